//! The figures of what came last, beside those of the whole.

use std::mem;
use std::time::Duration;

use crate::metrics::Metrics;
use crate::record::Rows;

/// How much later than it ended a hit may be told of, beyond the hit that is told of soonest: batches
/// come each 100 ms, and take their way.
const GRAIN: Duration = Duration::from_millis(150);

/// Gathers records from one look to the next.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    metrics: Metrics,
    /// None before the first record.
    mark: Option<Mark>,
    has_looked: bool,
}

/// What is known of time at a look, in ns since 1970 UTC by the clock of the records.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Where the interval ended, >= `end_ns`.
    until_ns: i64,
    /// Last end of a hit so far.
    end_ns: i64,
    /// An instant that was over, >= `until_ns`, and at most [`GRAIN`] later where time went by.
    now_ns: i64,
}

/// The records between two looks.
#[derive(Clone, Debug, Default)]
pub struct Latest {
    /// Their figures. Its rates are those between releases, which for a few hits that ended late are
    /// those of another time; [`Latest::rate`] and [`Latest::throughput`] are not.
    pub metrics: Metrics,
    /// How long the interval was: within 150 ms the time that went by, or longer where the records
    /// tell of more time than that, as those of a file do.
    pub length: Duration,
    /// How long no hit had ended when the interval did; zero where that may be due to the way that
    /// records take.
    pub idle: Duration,
}

impl Recent {
    /// Adds a run of records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        self.metrics.add_rows(rows);
    }

    /// Returns what came since the last look, `elapsed` ago, and begins anew; at the first look since
    /// the beginning.
    ///
    /// Intervals reach from one last end of a hit to the next, by the records' own clock: by the time
    /// that went by, a batch more or less would make a rate jump. Where the last end is older than the
    /// records' way explains, the interval ends without it, lest a pause be left out.
    pub fn look(&mut self, elapsed: Duration) -> Latest {
        let metrics = mem::take(&mut self.metrics);
        let has_looked = mem::replace(&mut self.has_looked, true);
        let Some(since) = self.mark.or_else(|| first(&metrics, elapsed, has_looked)) else {
            return Latest::default();
        };
        let end_ns = metrics.span().map_or(since.end_ns, |span| span.end_ns.max(since.end_ns));
        let now_ns = since.now_ns.saturating_add_unsigned(nanos(elapsed));
        let least_ns = now_ns.saturating_sub_unsigned(nanos(GRAIN));
        let until_ns = since.until_ns.max(end_ns).max(least_ns);
        self.mark = Some(Mark { until_ns, end_ns, now_ns: now_ns.max(until_ns) });
        let between = |from_ns: i64| Duration::from_nanos(until_ns.abs_diff(from_ns));
        Latest { metrics, length: between(since.until_ns), idle: between(end_ns) }
    }
}

/// Returns where the first interval with records begins: at their first release where that is about
/// as long ago as the interval, or longer; at the last look where one was, since releases may be older
/// than that, or where the first release was late. None without records.
fn first(metrics: &Metrics, elapsed: Duration, has_looked: bool) -> Option<Mark> {
    let span = metrics.span()?;
    let ago_ns = span.end_ns.saturating_sub_unsigned(nanos(elapsed));
    let is_late = span.earliest_ns > ago_ns.saturating_add_unsigned(nanos(GRAIN));
    let until_ns = if has_looked || is_late { ago_ns } else { span.earliest_ns };
    Some(Mark { until_ns, end_ns: until_ns, now_ns: until_ns.max(ago_ns) })
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
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

    /// [`Metrics::rate`] of the whole, of which this is the end, counted up to the interval's end.
    pub fn rate_of(&self, whole: &Metrics) -> f64 {
        whole.rate() * self.share(whole, whole.duration())
    }

    /// [`Metrics::throughput`] of the whole, of which this is the end, counted up to the interval's
    /// end.
    pub fn throughput_of(&self, whole: &Metrics) -> f64 {
        whole.throughput() * self.share(whole, whole.duration().saturating_add(whole.wait()))
    }

    fn per_second(&self, count: u64) -> f64 {
        let seconds = if self.length.is_zero() { 1.0 } else { self.length.as_secs_f64() };
        count as f64 / seconds
    }

    /// Returns the share that a time has of it and the idle time behind it. Figures of the whole take
    /// a second where all hits were released in one instant.
    fn share(&self, whole: &Metrics, time: Duration) -> f64 {
        let seconds = if whole.duration().is_zero() { 1.0 } else { time.as_secs_f64() };
        seconds / (seconds + self.idle.as_secs_f64())
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

    const SECOND: Duration = Duration::from_secs(1);

    /// Returns the number of hits, the length in ms and the rate in whole hits of what a look a second
    /// after the one before tells.
    fn look(recent: &mut Recent) -> (u64, u128, u64) {
        let latest = recent.look(SECOND);
        (latest.metrics.requests(), latest.length.as_millis(), latest.rate().round() as u64)
    }

    /// Returns a hit of 10 ms in each 10 ms that end in a stretch, in ms.
    fn steady(from: i64, to: i64) -> impl Iterator<Item = Sample> {
        (from / 10..to / 10).map(|n| hit(n * 10, n * 10 + 10))
    }

    #[test]
    fn a_look_tells_of_what_came_since_the_one_before() {
        let mut recent = Recent::default();
        assert_eq!(look(&mut recent), (0, 0, 0));
        add(&mut recent, steady(0, 1_000));
        let latest = recent.look(SECOND);
        assert_eq!((latest.metrics.requests(), latest.length.as_millis()), (100, 1000));
        assert_eq!((latest.rate(), latest.throughput()), (100.0, 100.0));
        let failed = Sample { code: 500, ..hit(1_000, 1_010) };
        add(&mut recent, [failed, hit(1_010, 2_000)]);
        let latest = recent.look(SECOND);
        assert_eq!((latest.rate(), latest.throughput()), (2.0, 1.0));
        assert_eq!(recent.look(Duration::ZERO).metrics.requests(), 0);
    }

    #[test]
    fn a_batch_more_or_less_leaves_a_steady_rate_as_it_is() {
        let mut recent = Recent::default();
        let known_to = [0, 950, 2_000, 2_900, 3_980, 4_900];
        for step in known_to.windows(2) {
            add(&mut recent, steady(step[0], step[1]));
            assert_eq!(look(&mut recent).2, 100);
        }
        // Views that follow each other faster than batches come have none, or a whole one.
        for from in [4_900, 5_000] {
            assert_eq!(recent.look(SECOND / 20).metrics.requests(), 0);
            add(&mut recent, steady(from, from + 100));
            assert_eq!(recent.look(SECOND / 20).rate(), 100.0);
        }
    }

    #[test]
    fn a_pause_is_part_of_the_interval() {
        let mut recent = Recent::default();
        let mut whole = Metrics::default();
        add(&mut recent, steady(0, 950));
        whole.merge(&recent.metrics);
        assert_eq!(look(&mut recent), (95, 950, 100));
        // The last that ends before a server stops: 9 hits of a second.
        add(&mut recent, steady(950, 1_040));
        whole.merge(&recent.metrics);
        assert_eq!(look(&mut recent), (9, 900, 10));
        for idle_ms in [1_810, 2_810] {
            let latest = recent.look(SECOND);
            assert_eq!(
                (latest.length, latest.rate(), latest.idle.as_millis()),
                (SECOND, 0.0, idle_ms)
            );
            let seconds = 1.03 + idle_ms as f64 / 1e3;
            assert!((latest.rate_of(&whole) - 104.0 / seconds).abs() < 1e-9);
            assert!((latest.throughput_of(&whole) - 104.0 / (seconds + 0.01)).abs() < 1e-9);
        }
        // When answers return, the time without them is over.
        add(&mut recent, (0..46).map(|n| hit(1_050 + n, 4_490 + n * 10)));
        assert_eq!(look(&mut recent), (46, 1_090, 42));
    }

    #[test]
    fn first_answers_that_come_late_belong_to_the_interval_in_which_they_come() {
        let mut recent = Recent::default();
        assert_eq!((look(&mut recent).0, look(&mut recent).0), (0, 0));
        add(&mut recent, (0..46).map(|n| hit(n, 2_500 + n * 10)));
        assert_eq!(look(&mut recent), (46, 1_000, 46));
        let mut recent = Recent::default();
        add(&mut recent, steady(800, 900));
        assert_eq!(look(&mut recent).2, 10);
    }

    #[test]
    fn records_of_a_file_have_their_own_time() {
        let mut recent = Recent::default();
        for from in [0, 60_000] {
            add(&mut recent, steady(from, from + 60_000));
            assert_eq!(look(&mut recent), (6_000, 60_000, 100));
        }
    }

    #[test]
    fn hits_released_long_ago_do_not_stretch_the_interval() {
        let mut recent = Recent::default();
        add(&mut recent, [hit(0, 29_000)]);
        recent.look(Duration::ZERO);
        add(&mut recent, [hit(10, 29_500), hit(29_400, 30_000)]);
        assert_eq!(recent.look(SECOND).rate(), 2.0);
        add(&mut recent, [hit(3, 5)]);
        let latest = recent.look(Duration::ZERO);
        assert_eq!((latest.length, latest.rate()), (Duration::ZERO, 1.0));
    }
}
