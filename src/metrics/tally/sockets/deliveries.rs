//! Deliveries: how many of the expected arrivals of broadcasts there were.

use std::iter;

use crate::record::Rows;

/// The deliveries of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// Number of deliveries that messages waited for; 0 if none did.
    pub expected: u64,
    /// Number of these that came in time, <= `expected`.
    pub in_time: u64,
    /// Number of all deliveries: those in time, those after the timeout of their message, and those
    /// of messages that waited for none. A second delivery to the same socket does not count.
    pub total: u64,
}

impl Deliveries {
    /// Share of the expected deliveries that came in time, in `[0, 1]`. None if none was expected.
    pub fn reach(self) -> Option<f64> {
        (self.expected > 0).then(|| self.in_time as f64 / self.expected as f64)
    }
}

/// The deliveries that messages waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExpectedDeliveries {
    /// Number of deliveries.
    pub expected: u64,
    /// Number of these that did not come in time, <= `expected`.
    pub missing: u64,
}

/// The deliveries that one message waited for in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Number of deliveries, > 0.
    pub count: u64,
    /// How long the message waited, from its release, in ns.
    pub latency_ns: u64,
    /// The same from its slot. None if its lag is unknown.
    pub response_ns: Option<u64>,
}

impl ExpectedDeliveries {
    /// Adds the messages in a run of records, and passes on what they waited for in vain.
    pub fn add_rows(&mut self, rows: &Rows<'_>, mut on_missing: impl FnMut(Missing)) {
        let lags = rows.lags_ns().chain(iter::repeat(None));
        let waits = rows.latencies_ns().zip(lags);
        for (deliveries, (latency_ns, lag_ns)) in rows.deliveries().zip(waits) {
            let Some((expected, received)) = deliveries else { continue };
            let count = u64::from(expected.saturating_sub(received));
            self.expected += u64::from(expected);
            self.missing += count;
            let response_ns = lag_ns.map(|lag_ns| latency_ns.saturating_add(lag_ns));
            if count > 0 {
                on_missing(Missing { count, latency_ns, response_ns });
            }
        }
    }

    /// Adds the deliveries of another part of the same run.
    pub fn merge(&mut self, other: Self) {
        self.expected += other.expected;
        self.missing += other.missing;
    }
}
