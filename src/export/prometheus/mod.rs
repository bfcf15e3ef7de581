//! TOLD: an attack under way, in figures that Prometheus scrapes.
//!
//! Records are folded in batches where the stream is written, and told by a server of their own:
//! neither is on the path of a hit. What Vegeta's exporter tells bears Vegeta's names; all else
//! begins with `drumfire_`.

mod hits;
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

use crate::export::prometheus::hits::Hits;
use crate::record::Batch;

/// Upper bounds of the buckets of the lag, in seconds.
const LAGS: [f64; 12] =
    [10e-6, 50e-6, 100e-6, 500e-6, 1e-3, 5e-3, 10e-3, 50e-3, 100e-3, 500e-3, 1.0, 5.0];

/// Takes in the records of an attack.
pub struct Feed {
    hits: Hits,
    lag: Histogram,
}

/// Tells the figures of an attack.
pub struct Exporter {
    registry: Registry,
    in_flight: Gauge<u64, AtomicU64>,
    recent_lag: Gauge<f64, AtomicU64>,
}

/// A form of text that Prometheus reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Prometheus' own, version 0.0.4.
    Plain,
    /// OpenMetrics, version 1.0.0.
    OpenMetrics,
}

/// Returns the two ends of an exporter that knows of no hit yet.
pub fn exporter() -> (Feed, Arc<Exporter>) {
    let mut registry = Registry::default();
    let hits = Hits::new(&mut registry);
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
    (Feed { hits, lag }, Arc::new(Exporter { registry, in_flight, recent_lag }))
}

impl Feed {
    /// Adds the records of a batch.
    pub fn add_batch(&mut self, batch: &Batch) {
        for record in batch.records() {
            self.hits.add(&record);
            if let Some(lag) = record.lag {
                self.lag.observe(lag.as_secs_f64());
            }
        }
    }
}

impl Exporter {
    /// Notes how the attack is going: hits in flight, and the greatest lag since the last note.
    pub fn note(&self, in_flight: u64, recent_lag: Duration) {
        self.in_flight.set(in_flight);
        self.recent_lag.set(recent_lag.as_secs_f64());
    }

    /// Returns all figures as text.
    pub fn text(&self, form: Form) -> String {
        let mut text = String::new();
        // Only writing can fail, and a String takes all.
        let _ = encode(&mut text, &self.registry);
        match form {
            Form::OpenMetrics => text,
            // The forms differ in this word alone, which ends a line of no other kind: a help has
            // a full stop there, a sample a number. A counter may bear any name in this one.
            Form::Plain => text.replace(" unknown\n", " counter\n"),
        }
    }
}

#[cfg(test)]
mod tests;
