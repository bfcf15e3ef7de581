//! The span of time that records cover.

use std::time::Duration;

use crate::record::Rows;

/// The first and last instants of a run, in ns since 1970 UTC.
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
    /// Returns the span of a run of records; None without records.
    pub(crate) fn of(rows: &Rows<'_>) -> Option<Self> {
        let timestamps = rows.timestamps_ns();
        let ends = timestamps.iter().zip(rows.latencies_ns());
        Some(Self {
            earliest_ns: *timestamps.iter().min()?,
            latest_ns: *timestamps.iter().max()?,
            end_ns: ends.map(|(start, ns)| start.saturating_add_unsigned(ns)).max()?,
        })
    }

    /// Returns the span that covers both.
    pub(crate) fn joined(self, other: Self) -> Self {
        Self {
            earliest_ns: self.earliest_ns.min(other.earliest_ns),
            latest_ns: self.latest_ns.max(other.latest_ns),
            end_ns: self.end_ns.max(other.end_ns),
        }
    }

    /// Time from the first release to the last.
    pub fn duration(self) -> Duration {
        Duration::from_nanos(self.latest_ns.abs_diff(self.earliest_ns))
    }

    /// Time from the last release to the last end.
    pub fn wait(self) -> Duration {
        Duration::from_nanos(self.end_ns.abs_diff(self.latest_ns))
    }
}
