//! The figures of what came last, beside those of the whole.

use std::mem;
use std::time::Duration;

use super::Metrics;
use crate::record::Rows;

/// Gathers records from one look to the next.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    metrics: Metrics,
    /// Last end of a hit at the last look, in ns since 1970 UTC; None before there was any.
    since_ns: Option<i64>,
}

/// The records between two looks.
#[derive(Clone, Debug, Default)]
pub struct Latest {
    /// Their figures. Its rates are those between releases, which for a few hits that ended late are
    /// those of another time; [`Latest::rate`] and [`Latest::throughput`] are not.
    pub metrics: Metrics,
    /// From the last end of a hit that was known at the look before to the last one now, by the
    /// records' own clock: their way here may be uneven, and those of a file are all there at once.
    pub length: Duration,
}

impl Recent {
    /// Adds a run of records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        self.metrics.add_rows(rows);
    }

    /// Returns what came since the last look, and begins anew.
    pub fn look(&mut self) -> Latest {
        let metrics = mem::take(&mut self.metrics);
        let Some(span) = metrics.span() else {
            return Latest::default();
        };
        let since_ns = self.since_ns.unwrap_or(span.earliest_ns);
        let until_ns = span.end_ns.max(since_ns);
        self.since_ns = Some(until_ns);
        Latest { metrics, length: Duration::from_nanos(until_ns.abs_diff(since_ns)) }
    }
}

impl Latest {
    /// Hits that ended in a second; their mere number where all ended in one instant.
    pub fn rate(&self) -> f64 {
        self.per_second(self.metrics.requests())
    }

    /// Successes that ended in a second; their mere number where all ended in one instant.
    pub fn throughput(&self) -> f64 {
        self.per_second(self.metrics.successes())
    }

    fn per_second(&self, count: u64) -> f64 {
        let seconds = if self.length.is_zero() { 1.0 } else { self.length.as_secs_f64() };
        count as f64 / seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::samples::{Sample, batch};

    const MS: i64 = 1_000_000;

    fn add(recent: &mut Recent, hits: impl IntoIterator<Item = Sample>) {
        let batch = batch(&hits.into_iter().collect::<Vec<_>>());
        recent.add_rows(&batch.rows(0..batch.len()));
    }

    /// Returns a hit that began and ended so many ms after 1970.
    fn hit(from: i64, to: i64) -> Sample {
        let latency_ns = ((to - from) * MS).unsigned_abs();
        Sample { code: 200, timestamp_ns: from * MS, latency_ns, ..Sample::default() }
    }

    #[test]
    fn a_look_tells_of_what_came_since_the_one_before() {
        let mut recent = Recent::default();
        assert_eq!((recent.look().metrics.requests(), recent.look().rate()), (0, 0.0));
        add(&mut recent, (0..100).map(|n| hit(n * 10, n * 10 + 10)));
        let latest = recent.look();
        assert_eq!((latest.metrics.requests(), latest.length.as_millis()), (100, 1000));
        assert_eq!((latest.rate(), latest.throughput()), (100.0, 100.0));
        let failed = Sample { code: 500, ..hit(1_000, 1_010) };
        add(&mut recent, [failed, hit(1_010, 1_040)]);
        let latest = recent.look();
        assert_eq!((latest.rate(), latest.throughput()), (50.0, 25.0));
        assert_eq!(recent.look().metrics.requests(), 0);
    }

    #[test]
    fn hits_released_long_ago_do_not_stretch_the_interval() {
        let mut recent = Recent::default();
        add(&mut recent, [hit(0, 29_000)]);
        recent.look();
        add(&mut recent, [hit(10, 29_500), hit(29_400, 30_000)]);
        assert_eq!(recent.look().rate(), 2.0);
        add(&mut recent, [hit(3, 5)]);
        let latest = recent.look();
        assert_eq!((latest.length, latest.rate()), (Duration::ZERO, 1.0));
    }
}
