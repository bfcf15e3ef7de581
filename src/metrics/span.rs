//! The stretch of time that records cover.

use std::time::Duration;

use crate::record::Record;

/// The instants between which a run took place, in ns since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First release.
    pub earliest_ns: i64,
    /// Last release, >= `earliest_ns`.
    pub latest_ns: i64,
    /// Last end of a response or failure, >= `latest_ns`.
    pub end_ns: i64,
}

impl Span {
    /// Returns the span of one record.
    pub(super) fn of(record: &Record<'_>) -> Self {
        let latency_ns = u64::try_from(record.latency.as_nanos()).unwrap_or(u64::MAX);
        Self {
            earliest_ns: record.timestamp_ns,
            latest_ns: record.timestamp_ns,
            end_ns: record.timestamp_ns.saturating_add_unsigned(latency_ns),
        }
    }

    /// Returns the span of both.
    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            earliest_ns: self.earliest_ns.min(other.earliest_ns),
            latest_ns: self.latest_ns.max(other.latest_ns),
            end_ns: self.end_ns.max(other.end_ns),
        }
    }

    /// From the first release to the last.
    pub fn duration(self) -> Duration {
        Duration::from_nanos(self.latest_ns.abs_diff(self.earliest_ns))
    }

    /// From the last release to the last end.
    pub fn wait(self) -> Duration {
        Duration::from_nanos(self.end_ns.abs_diff(self.latest_ns))
    }
}
