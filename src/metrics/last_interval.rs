//! Metrics of the last interval of a running attack, next to those of the whole run.

use std::mem;
use std::time::Duration;

use crate::metrics::run_metrics::Metrics;
use crate::metrics::tally::time_span::Span;
use crate::record::Rows;

/// Jitter between a hit's end and the arrival of its record: batches are sent every 100 ms.
const JITTER: Duration = Duration::from_millis(150);

/// Collects the records of the current interval.
#[derive(Clone, Debug, Default)]
pub struct IntervalCollector {
    metrics: Metrics,
    /// The end of the last interval; None before the first record.
    mark: Option<Mark>,
    has_ended_one: bool,
}

/// What is known of time at the end of an interval, in ns since 1970 UTC by the records' clock.
///
/// ```text
///  end_ns            until_ns                    now_ns
///    |------ idle ------|--- at most JITTER --------|-----> time
///  last hit        the interval ends         present instant,
///  that ended                                as far as known
/// ```
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Last end of a hit so far.
    end_ns: i64,
    /// End of the interval, >= `end_ns`.
    until_ns: i64,
    /// An instant that is over, >= `until_ns`.
    now_ns: i64,
}

/// The records of one interval.
#[derive(Clone, Debug, Default)]
pub struct Interval {
    /// Their metrics. The rate in them is that of the releases, which for hits with long latencies
    /// were in other intervals; use [`Interval::rate`] and [`Interval::throughput`] instead.
    pub metrics: Metrics,
    /// Length of the interval: the elapsed time within 150 ms, or longer if the records span more
    /// time, as those of a file do.
    pub length: Duration,
    /// Time without an ended hit at the end of the interval; zero if jitter explains it.
    pub idle: Duration,
}

impl IntervalCollector {
    /// Adds a run of records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        self.metrics.add_rows(rows);
    }

    /// Ends the interval, which began `elapsed` ago, and begins the next one.
    ///
    /// An interval reaches from one last end of a hit to the next, by the records' clock. By the
    /// elapsed time, one batch more or less would make the rate jump. If the last end is older than
    /// jitter explains, the interval ends later, so that it includes the pause.
    pub fn end(&mut self, elapsed: Duration) -> Interval {
        let metrics = mem::take(&mut self.metrics);
        let has_ended_one = mem::replace(&mut self.has_ended_one, true);
        let first = || Some(Mark::before_first(metrics.span()?, elapsed, has_ended_one));
        let Some(previous) = self.mark.or_else(first) else {
            return Interval::default();
        };
        let now = previous.next(metrics.span(), elapsed);
        self.mark = Some(now);
        Interval::between(previous, now, metrics)
    }
}

impl Mark {
    /// Returns the begin of the first interval that has records.
    fn before_first(span: Span, elapsed: Duration, has_ended_one: bool) -> Self {
        let ago_ns = span.end_ns.saturating_sub_unsigned(nanos(elapsed));
        let is_late = span.earliest_ns > ago_ns.saturating_add_unsigned(nanos(JITTER));
        // The first release may be before an earlier interval, or long after the begin of this one.
        let until_ns = if has_ended_one || is_late { ago_ns } else { span.earliest_ns };
        Self { end_ns: until_ns, until_ns, now_ns: until_ns.max(ago_ns) }
    }

    /// Returns the end of the next interval, given the span of its records.
    fn next(self, span: Option<Span>, elapsed: Duration) -> Self {
        let end_ns = span.map_or(self.end_ns, |span| span.end_ns.max(self.end_ns));
        let now_ns = self.now_ns.saturating_add_unsigned(nanos(elapsed));
        let earliest_ns = now_ns.saturating_sub_unsigned(nanos(JITTER));
        let until_ns = self.until_ns.max(end_ns).max(earliest_ns);
        Self { end_ns, until_ns, now_ns: now_ns.max(until_ns) }
    }
}

impl Interval {
    /// Returns the interval between two marks.
    ///
    /// ```text
    ///  previous.until_ns          now.end_ns        now.until_ns
    ///    |---------------------------|----- idle -------|
    ///    |------------------- length -------------------|
    /// ```
    fn between(previous: Mark, now: Mark, metrics: Metrics) -> Self {
        let until_now = |from_ns: i64| Duration::from_nanos(now.until_ns.abs_diff(from_ns));
        Self { metrics, length: until_now(previous.until_ns), idle: until_now(now.end_ns) }
    }

    /// Hits that ended per second; their number if all ended at one instant.
    pub fn rate(&self) -> f64 {
        self.per_second(self.metrics.requests())
    }

    /// Successes that ended per second; their number if all ended at one instant.
    pub fn throughput(&self) -> f64 {
        self.per_second(self.metrics.successes())
    }

    /// [`Metrics::rate`] of the whole run up to the end of this interval, the last one.
    pub fn rate_of(&self, whole: &Metrics) -> f64 {
        whole.rate() * self.share(whole, whole.duration())
    }

    /// [`Metrics::throughput`] of the whole run up to the end of this interval, the last one.
    pub fn throughput_of(&self, whole: &Metrics) -> f64 {
        whole.throughput() * self.share(whole, whole.duration().saturating_add(whole.wait()))
    }

    fn per_second(&self, count: u64) -> f64 {
        let seconds = if self.length.is_zero() { 1.0 } else { self.length.as_secs_f64() };
        count as f64 / seconds
    }

    /// Returns the share of a time in itself plus the idle time after it. If all hits of the whole
    /// were released at one instant, its rates count per second, so the time is a second.
    fn share(&self, whole: &Metrics, time: Duration) -> f64 {
        let seconds = if whole.duration().is_zero() { 1.0 } else { time.as_secs_f64() };
        seconds / (seconds + self.idle.as_secs_f64())
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::samples::{Sample, batch};

    const MS: i64 = 1_000_000;

    fn add(collector: &mut IntervalCollector, hits: impl IntoIterator<Item = Sample>) {
        let batch = batch(&hits.into_iter().collect::<Vec<_>>());
        collector.add_rows(&batch.rows(0..batch.len()));
    }

    /// Returns a hit that began and ended at instants in ms since 1970.
    fn hit(from: i64, to: i64) -> Sample {
        let latency_ns = ((to - from) * MS).unsigned_abs();
        Sample { code: 200, timestamp_ns: from * MS, latency_ns, ..Sample::default() }
    }

    const SECOND: Duration = Duration::from_secs(1);

    /// Ends an interval after a second, and returns its number of hits, its length in ms, and its
    /// rate in whole hits.
    fn end(collector: &mut IntervalCollector) -> (u64, u128, u64) {
        let interval = collector.end(SECOND);
        (interval.metrics.requests(), interval.length.as_millis(), interval.rate().round() as u64)
    }

    /// Returns hits of 10 ms, one after the other, between two instants in ms.
    fn steady(from: i64, to: i64) -> impl Iterator<Item = Sample> {
        (from / 10..to / 10).map(|n| hit(n * 10, n * 10 + 10))
    }

    #[test]
    fn an_interval_has_the_records_since_the_one_before() {
        let mut collector = IntervalCollector::default();
        assert_eq!(end(&mut collector), (0, 0, 0));
        add(&mut collector, steady(0, 1_000));
        let interval = collector.end(SECOND);
        assert_eq!((interval.metrics.requests(), interval.length.as_millis()), (100, 1000));
        assert_eq!((interval.rate(), interval.throughput()), (100.0, 100.0));
        let failed = Sample { code: 500, ..hit(1_000, 1_010) };
        add(&mut collector, [failed, hit(1_010, 2_000)]);
        let interval = collector.end(SECOND);
        assert_eq!((interval.rate(), interval.throughput()), (2.0, 1.0));
        assert_eq!(collector.end(Duration::ZERO).metrics.requests(), 0);
    }

    #[test]
    fn one_batch_more_or_less_does_not_change_a_steady_rate() {
        let mut collector = IntervalCollector::default();
        let known_to = [0, 950, 2_000, 2_900, 3_980, 4_900];
        for step in known_to.windows(2) {
            add(&mut collector, steady(step[0], step[1]));
            assert_eq!(end(&mut collector).2, 100);
        }
        // Intervals shorter than those of batches have no batch, or a whole one.
        for from in [4_900, 5_000] {
            assert_eq!(collector.end(SECOND / 20).metrics.requests(), 0);
            add(&mut collector, steady(from, from + 100));
            assert_eq!(collector.end(SECOND / 20).rate(), 100.0);
        }
    }

    #[test]
    fn a_pause_is_part_of_the_interval() {
        let mut collector = IntervalCollector::default();
        let mut whole = Metrics::default();
        add(&mut collector, steady(0, 950));
        whole.merge(&collector.metrics);
        assert_eq!(end(&mut collector), (95, 950, 100));
        // The last 9 hits before a server stops.
        add(&mut collector, steady(950, 1_040));
        whole.merge(&collector.metrics);
        assert_eq!(end(&mut collector), (9, 900, 10));
        for idle_ms in [1_810, 2_810] {
            let interval = collector.end(SECOND);
            assert_eq!(
                (interval.length, interval.rate(), interval.idle.as_millis()),
                (SECOND, 0.0, idle_ms)
            );
            let seconds = 1.03 + idle_ms as f64 / 1e3;
            assert!((interval.rate_of(&whole) - 104.0 / seconds).abs() < 1e-9);
            assert!((interval.throughput_of(&whole) - 104.0 / (seconds + 0.01)).abs() < 1e-9);
        }
        // When responses return, the pause is over.
        add(&mut collector, (0..46).map(|n| hit(1_050 + n, 4_490 + n * 10)));
        assert_eq!(end(&mut collector), (46, 1_090, 42));
    }

    #[test]
    fn late_first_responses_belong_to_the_interval_in_which_they_end() {
        let mut collector = IntervalCollector::default();
        assert_eq!((end(&mut collector).0, end(&mut collector).0), (0, 0));
        add(&mut collector, (0..46).map(|n| hit(n, 2_500 + n * 10)));
        assert_eq!(end(&mut collector), (46, 1_000, 46));
        let mut collector = IntervalCollector::default();
        add(&mut collector, steady(800, 900));
        assert_eq!(end(&mut collector).2, 10);
    }

    #[test]
    fn records_of_a_file_have_their_own_clock() {
        let mut collector = IntervalCollector::default();
        for from in [0, 60_000] {
            add(&mut collector, steady(from, from + 60_000));
            assert_eq!(end(&mut collector), (6_000, 60_000, 100));
        }
    }

    #[test]
    fn hits_released_long_ago_do_not_lengthen_the_interval() {
        let mut collector = IntervalCollector::default();
        add(&mut collector, [hit(0, 29_000)]);
        collector.end(Duration::ZERO);
        add(&mut collector, [hit(10, 29_500), hit(29_400, 30_000)]);
        assert_eq!(collector.end(SECOND).rate(), 2.0);
        add(&mut collector, [hit(3, 5)]);
        let interval = collector.end(Duration::ZERO);
        assert_eq!((interval.length, interval.rate()), (Duration::ZERO, 1.0));
    }
}
