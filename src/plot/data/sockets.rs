//! The WebSockets of a run in bins of time, and their deliveries.

use std::time::Duration;

use crate::metrics::{Bin, Bins, Bounds, CoarseHistogram, Timeline};
use crate::plot::data::bin::Instants;
use crate::plot::data::slicing::{MAX_SLICES, slice};
use crate::record::{Kind, Rows};

/// Status of a response that opens a WebSocket.
const SWITCHING_PROTOCOLS: u16 = 101;

/// What happened to sockets in one slot of time.
#[derive(Clone, Debug, Default)]
pub struct SocketTally {
    /// Instants at which sockets were opened, also again, measured from the start of the slot.
    pub opened: Instants,
    /// Instants at which sockets ended, measured in the same way.
    pub ended: Instants,
    /// Sockets that could not be opened.
    pub refused: u64,
    /// Times of the deliveries that arrived in the slot.
    pub delivery: CoarseHistogram,
}

/// The WebSockets of a run, in bounded memory.
pub struct SocketBins {
    bins: Bins<SocketTally>,
    /// Whether any record is surely of a WebSocket, not of a gRPC stream.
    is_web: bool,
    n_opened: u64,
    n_ended: u64,
    n_deliveries: u64,
}

impl Default for SocketBins {
    fn default() -> Self {
        let bins = Bins::for_chart(MAX_SLICES);
        Self { bins, is_web: false, n_opened: 0, n_ended: 0, n_deliveries: 0 }
    }
}

impl SocketBins {
    /// Returns whether any of the records would be counted.
    pub fn has_some(rows: &Rows<'_>) -> bool {
        use Kind::{Close, Connect, Delivery, Ping, Reconnect};
        let counts = |kind: &Kind| matches!(kind, Connect | Reconnect | Delivery | Ping | Close);
        rows.kinds().iter().flatten().any(counts)
    }

    /// Adds the connects, closes and deliveries in a run of records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let outcomes = rows.outcomes().zip(rows.latencies_ns());
        for (at, (outcome, latency_ns)) in outcomes.enumerate() {
            self.is_web |= match outcome.kind {
                Some(Kind::Reconnect | Kind::Delivery | Kind::Ping) => true,
                Some(Kind::Connect | Kind::Close) => outcome.code == SWITCHING_PROTOCOLS,
                None | Some(Kind::Call | Kind::Message | Kind::Other) => false,
            };
            match outcome.kind {
                Some(Kind::Connect | Kind::Reconnect) => {
                    self.open(rows.end_ns(at), outcome.is_success());
                }
                Some(Kind::Delivery) => {
                    self.n_deliveries += 1;
                    self.bins.at(rows.end_ns(at)).0.delivery.add(latency_ns);
                }
                Some(Kind::Close) => {
                    self.n_ended += 1;
                    let (tally, offset_ns) = self.bins.at(rows.timestamps_ns()[at]);
                    tally.ended.add(offset_ns);
                }
                None | Some(Kind::Call | Kind::Message | Kind::Ping | Kind::Other) => {}
            }
        }
    }

    fn open(&mut self, at_ns: i64, is_success: bool) {
        let (tally, offset_ns) = self.bins.at(at_ns);
        if is_success {
            tally.opened.add(offset_ns);
            self.n_opened += 1;
        } else {
            tally.refused += 1;
        }
    }

    /// Returns whether any record is surely of a WebSocket.
    pub fn is_web(&self) -> bool {
        self.is_web
    }

    /// Number of times that a socket was opened.
    pub fn n_opened(&self) -> u64 {
        self.n_opened
    }

    /// Number of deliveries.
    pub fn n_deliveries(&self) -> u64 {
        self.n_deliveries
    }

    /// Returns the sockets in bins of time within bounds, for an axis of `span`, as finely as those of
    /// `n_hits` hits.
    pub fn timeline(&self, n_hits: u64, bounds: Bounds, span: Duration) -> SocketTimeline {
        let mut within: Bins<SocketTally> = Bins::for_chart(MAX_SLICES);
        let mut before = SocketTally::default();
        // The line begins and ends with the axis, even if nothing happens to a socket there.
        for at_ns in [bounds.from_ns, bounds.to_ns - 1] {
            within.at(clamped(at_ns));
        }
        for (from_ns, tally) in self.bins.iter() {
            // Sockets are opened before the first message. Their bins end before the axis begins.
            if from_ns < bounds.from_ns {
                before.absorb(tally.clone(), 0);
            } else {
                within.at(clamped(from_ns)).0.absorb(tally.clone(), 0);
            }
        }
        while within.width_ns() < self.bins.width_ns() {
            within.widen();
        }
        let is_open = before.opened.count as f64 - before.ended.count as f64;
        let n_events = n_hits + self.n_opened + self.n_ended + self.n_deliveries;
        SocketTimeline {
            open_before: is_open.max(0.0),
            timeline: slice(&within, n_events, bounds, span),
        }
    }
}

/// The sockets of a run over time.
pub struct SocketTimeline {
    /// Number of sockets that were open when the first slice begins.
    pub open_before: f64,
    /// What happened then.
    pub timeline: Timeline<SocketTally>,
}

fn clamped(ns: i128) -> i64 {
    i64::try_from(ns).unwrap_or(if ns < 0 { i64::MIN } else { i64::MAX })
}

impl Bin for SocketTally {
    fn absorb(&mut self, next: Self, later_ns: u64) {
        self.opened.absorb(next.opened, later_ns);
        self.ended.absorb(next.ended, later_ns);
        self.refused += next.refused;
        self.delivery.merge(&next.delivery);
    }
}
