//! Live metrics of a running attack, exposed for Prometheus to scrape.
//!
//! Records are folded in batches by the writer of the stream, and a separate server exposes the
//! metrics, so neither is on the path of a hit. Metrics that Vegeta's exporter has keep Vegeta's
//! names; the names of all others begin with `drumfire_`.

mod hits;
mod flows;
mod calls;
mod sockets;
mod labels;
mod server;
pub mod counter;

pub use server::serve;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::export::prometheus::calls::CallSeries;
use crate::export::prometheus::flows::FlowSeries;
use crate::export::prometheus::hits::Hits;
use crate::export::prometheus::sockets::OpenSockets;
use crate::record::Batch;

/// Upper bounds of the lag buckets, in seconds.
const LAGS: [f64; 12] =
    [10e-6, 50e-6, 100e-6, 500e-6, 1e-3, 5e-3, 10e-3, 50e-3, 100e-3, 500e-3, 1.0, 5.0];

/// The end of an exporter that takes the records of an attack.
pub struct Feed {
    hits: Hits,
    flows: FlowSeries,
    calls: CallSeries,
    sockets: OpenSockets,
    lag: Histogram,
}

/// The end of an exporter that exposes the metrics of an attack.
pub struct Exporter {
    registry: Registry,
    in_flight: Gauge<u64, AtomicU64>,
    recent_lag: Gauge<f64, AtomicU64>,
}

/// A text format that Prometheus reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The text format of Prometheus, version 0.0.4.
    Plain,
    /// OpenMetrics, version 1.0.0.
    OpenMetrics,
}

/// Returns the two ends of an exporter without hits.
pub fn exporter() -> (Feed, Arc<Exporter>) {
    let mut registry = Registry::default();
    let hits = Hits::new(&mut registry);
    let flows = FlowSeries::new(&mut registry);
    let calls = CallSeries::new(&mut registry);
    let sockets = OpenSockets::new(&mut registry);
    let lag = Histogram::new(LAGS);
    let (in_flight, recent_lag) = (Gauge::default(), Gauge::default());
    registry.register(
        "drumfire_lag_seconds",
        "How late the generator itself released the hits",
        lag.clone(),
    );
    registry.register(
        "drumfire_recent_lag_seconds",
        "Greatest lag of the hits that ended in the last fifth of a second",
        recent_lag.clone(),
    );
    registry.register(
        "drumfire_in_flight_requests",
        "Hits released and not yet ended",
        in_flight.clone(),
    );
    (
        Feed { hits, flows, calls, sockets, lag },
        Arc::new(Exporter { registry, in_flight, recent_lag }),
    )
}

impl Feed {
    /// Adds the records of a batch.
    pub fn add_batch(&mut self, batch: &Batch) {
        for record in batch.records() {
            self.hits.add(&record);
            self.flows.add(&record);
            self.calls.add(&record);
            self.sockets.add(&record);
            if let Some(lag) = record.lag {
                self.lag.observe(lag.as_secs_f64());
            }
        }
    }
}

impl Exporter {
    /// Sets the state of the attack: hits in flight, and the greatest lag since the last call.
    pub fn set_state(&self, in_flight: u64, recent_lag: Duration) {
        self.in_flight.set(in_flight);
        self.recent_lag.set(recent_lag.as_secs_f64());
    }

    /// Returns all metrics as text.
    pub fn text(&self, form: Form) -> String {
        let mut text = String::new();
        // Only a write can fail, and a String accepts everything.
        let _ = encode(&mut text, &self.registry);
        match form {
            Form::OpenMetrics => text,
            // The formats differ only in this word at the end of TYPE lines: help lines end with a
            // full stop, samples with a number. In the plain format a counter may have any name.
            Form::Plain => text.replace(" unknown\n", " counter\n"),
        }
    }
}

#[cfg(test)]
mod tests;
