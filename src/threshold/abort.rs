//! Abort conditions: `[NAME:]METRIC OP VALUE for DURATION`, evaluated over a sliding window.

use std::collections::VecDeque;
use std::str::FromStr;
use std::time::Duration;

use crate::error::Error;
use crate::markup::redact;
use crate::metrics::Metrics;
use crate::record::{Batch, Label, Rows};
use crate::threshold::expression::{Threshold, shown};
use crate::threshold::scope::Scope;
use crate::units::parse_span;

/// Slices of a window, which slides by one slice at a time.
const SLICES: i64 = 10;

/// Requests or flows that must have ended within a window: a first slow response is no reason to
/// abort.
const MIN_ENDED: u64 = 20;

/// The shortest window. Records arrive every 100 ms.
const MIN_WINDOW: Duration = Duration::from_secs(1);

/// A condition that ends an attack if it holds over some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Abort {
    /// The condition.
    pub condition: Threshold,
    /// Length of the window, at least 1 s.
    pub window: Duration,
    /// As typed, without spaces around it, and without users and passwords of URLs.
    pub expr: String,
}

impl FromStr for Abort {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::Value {
            what: "abort condition",
            input: text.to_owned(),
            expected: "[NAME:]METRIC OP VALUE for DURATION, at least 1s, as in p99>2s for 10s",
        };
        let (condition, window) = text.rsplit_once(" for ").ok_or_else(malformed)?;
        let window = parse_span(window.trim())?;
        if window < MIN_WINDOW {
            return Err(malformed());
        }
        let condition: Threshold = condition.parse()?;
        if !condition.metric.is_known_early() {
            return Err(Error::Value {
                what: "abort condition",
                input: text.to_owned(),
                expected: "a metric that is known before the end of the attack: flows are cut only \
                           then",
            });
        }
        Ok(Self { condition, window, expr: shown(text) })
    }
}

/// Watches the records of an attack for an abort condition, in constant memory: the metrics of
/// eleven slices.
#[derive(Debug)]
pub struct AbortWatcher {
    abort: Abort,
    /// Length of a slice in ns, > 0.
    slice_ns: i64,
    /// Number and metrics of each slice since the begin of the window, rising. The last one still
    /// grows.
    slices: VecDeque<(i64, Metrics)>,
    /// Number of the slice in which the first request ended; None before it.
    first: Option<i64>,
}

impl AbortWatcher {
    /// Creates a watcher that has seen no records.
    pub fn new(abort: Abort) -> Self {
        let slice_ns = i64::try_from(abort.window.as_nanos()).unwrap_or(i64::MAX) / SLICES;
        Self { abort, slice_ns, slices: VecDeque::new(), first: None }
    }

    /// Adds records as they end, and returns the reason to end the attack, e.g. `p99>2s for 10s:
    /// 2.5s`; None to continue.
    ///
    /// A window is evaluated when it is over: as soon as a request has ended in the slice after it.
    pub fn add_batch(&mut self, batch: &Batch) -> Option<String> {
        let rows = batch.rows(0..batch.len());
        let places = self.places(&rows);
        let mut start = 0;
        let mut reason = None;
        for run in places.chunk_by(|left, right| left == right) {
            let end = start + run.len();
            if let Some(slice) = run[0] {
                let is_over = self.slices.back().is_some_and(|(last, _)| slice > *last);
                reason = reason.or_else(|| is_over.then(|| self.evaluate(slice)).flatten());
                self.add(slice, &rows.part(start..end));
            }
            start = end;
        }
        reason
    }

    /// Returns for each record the slice in which it ended; None if the record is not watched.
    fn places(&self, rows: &Rows<'_>) -> Vec<Option<i64>> {
        let [names, flows] = [Label::Name, Label::Flow].map(|label| rows.labels(label));
        let Threshold { scope, metric, .. } = &self.abort.condition;
        let ends = rows.timestamps_ns().iter().zip(rows.latencies_ns());
        let slice = |(start, ns): (&i64, u64)| start.saturating_add_unsigned(ns) / self.slice_ns;
        // A name is that of a flow, or of a target unless the metric is of flows.
        let is_watched = |place| {
            let has_name = |label: &str| scope.covers(&redact::shown(label));
            let is_whole = *scope == Scope::Whole;
            let is_target = || !metric.is_of_flows() && has_name(names.at(place));
            is_whole || is_target() || (rows.extras().flows && has_name(flows.at(place)))
        };
        ends.map(slice).enumerate().map(|(n, slice)| is_watched(n).then_some(slice)).collect()
    }

    /// Adds records that ended in one slice. Records too late for the window are ignored.
    fn add(&mut self, slice: i64, rows: &Rows<'_>) {
        self.first.get_or_insert(slice);
        let last = self.slices.back().map_or(slice, |(last, _)| slice.max(*last));
        self.slices.retain(|(number, _)| *number >= last.saturating_sub(SLICES));
        if slice < last.saturating_sub(SLICES) {
            return;
        }
        let place = self.slices.partition_point(|(number, _)| *number < slice);
        if self.slices.get(place).is_none_or(|(number, _)| *number != slice) {
            self.slices.insert(place, (slice, Metrics::default()));
        }
        self.slices[place].1.add_rows(rows);
    }

    /// Evaluates the window that ended when a slice began.
    fn evaluate(&self, slice: i64) -> Option<String> {
        let begin = slice.saturating_sub(SLICES);
        if self.first.is_none_or(|first| first > begin) {
            return None;
        }
        let mut window = Metrics::default();
        let within = self.slices.iter().filter(|(number, _)| (begin..slice).contains(number));
        within.for_each(|(_, metrics)| window.merge(metrics));
        let Abort { condition, expr, .. } = &self.abort;
        let metric = condition.metric;
        let window = condition.kind.of(&window)?;
        let value = metric.in_window(window).filter(|value| condition.holds(*value))?;
        let found = || format!("{expr}: {}", condition.show(value));
        let ended = match window.flows().filter(|_| metric.is_of_flows()) {
            Some(flows) => flows.ended(),
            None => window.requests(),
        };
        (ended >= MIN_ENDED).then(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{BatchBuilder, FlowEnd, FlowStep, Record};

    /// Releases a hit every 10 ms. Those released within `slow`, in s, take 500 ms and fail; all
    /// others take 5 ms. Returns when, in ms, and why the attack ends.
    fn ends(abort: &str, slow: std::ops::Range<u64>, seconds: u64) -> Option<(u64, String)> {
        let mut watcher = AbortWatcher::new(abort.parse().unwrap());
        let mut builder = BatchBuilder::new();
        (0..seconds * 10).find_map(|batch| {
            for n in batch * 10..batch * 10 + 10 {
                let is_slow = slow.contains(&(n / 100));
                builder.push(&Record {
                    code: if is_slow { 500 } else { 200 },
                    timestamp_ns: n as i64 * 10_000_000,
                    latency: Duration::from_millis(if is_slow { 500 } else { 5 }),
                    name: ["login", "home"][n as usize % 2],
                    ..Record::default()
                });
            }
            watcher.add_batch(&builder.finish()).map(|reason| (batch * 100, reason))
        })
    }

    fn check(abort: &str, slow: std::ops::Range<u64>, at_ms: std::ops::Range<u64>, found: &str) {
        let (ms, reason) = ends(abort, slow, 35).unwrap();
        assert!(at_ms.contains(&ms), "{abort}: at {ms} ms");
        assert_eq!(reason, format!("{abort}: {found}"));
    }

    #[test]
    fn an_attack_ends_once_the_condition_holds_for_a_window() {
        check("p50>400ms for 10s", 20..60, 24_000..27_000, "500ms");
        check("min>400ms for 10s", 20..60, 29_500..32_000, "500ms");
        check("success<50% for 2s", 20..60, 20_500..22_000, "40%");
        check("home:errors>=50 for 2s", 20..60, 20_500..22_500, "55");
        check("max>400ms for 1s", 0..60, 500..1_700, "500ms");
    }

    #[test]
    fn an_attack_continues_after_a_short_problem_or_few_requests() {
        let table = [
            ("p50>400ms for 10s", 20..23),
            ("p99>2s for 10s", 0..60),
            ("nosuch:max>400ms for 1s", 0..60),
        ];
        for (abort, slow) in table {
            assert_eq!(ends(abort, slow, 35), None, "{abort}");
        }
        let mut watcher = AbortWatcher::new("max>1ms for 1s".parse().unwrap());
        for n in 0..50 {
            let mut builder = BatchBuilder::new();
            let latency = Duration::from_millis(5);
            builder.push(&Record { timestamp_ns: n * 100_000_000, latency, ..Record::default() });
            assert_eq!(watcher.add_batch(&builder.finish()), None);
        }
    }

    /// Ends a flow every 10 ms. Those that end within `slow`, in s, took 500 ms and failed; all
    /// others took 5 ms. Each thought for 10 s, so that many are in progress. Returns why the attack
    /// ends.
    fn flows_end(abort: &str, slow: std::ops::Range<u64>) -> Option<String> {
        let mut watcher = AbortWatcher::new(abort.parse().unwrap());
        let mut builder = BatchBuilder::with_flows();
        (0..350).find_map(|batch| {
            for n in batch * 10..batch * 10 + 10 {
                let failed = slow.contains(&(n / 100));
                let ms = if failed { 500 } else { 5 };
                let thought = Duration::from_secs(10);
                let end = FlowEnd { time: thought + Duration::from_millis(ms), thought, failed };
                for ended in [None, Some(end)] {
                    let step = FlowStep {
                        flow: "buy",
                        flow_hit: u32::from(ended.is_some()),
                        ended,
                        ..FlowStep::default()
                    };
                    builder.push(&Record {
                        code: 200,
                        timestamp_ns: n as i64 * 10_000_000,
                        flow: Some(step),
                        name: "pay",
                        ..Record::default()
                    });
                }
            }
            watcher.add_batch(&builder.finish())
        })
    }

    #[test]
    fn a_condition_may_be_on_flows_that_ended() {
        let table = [
            ("flow.p50>400ms for 10s", 10..30, Some("500ms")),
            ("buy:flow.success<50% for 2s", 10..30, Some("40%")),
            ("flow.total.max>10.4s for 2s", 10..30, Some("10.5s")),
            ("buy:requests>=400 for 2s", 0..0, Some("400")),
            ("pay:requests>=400 for 2s", 0..0, Some("400")),
            ("flow.success<99% for 2s", 0..0, None),
            ("pay:flow.success<50% for 2s", 10..30, None),
            ("sell:flow.success<50% for 2s", 10..30, None),
        ];
        for (abort, slow, found) in table {
            let reason = found.map(|found| format!("{abort}: {found}"));
            assert_eq!(flows_end(abort, slow), reason);
        }
    }

    #[test]
    fn the_memory_of_a_window_is_bounded() {
        let mut watcher = AbortWatcher::new("p99>2s for 1s".parse().unwrap());
        for n in 0..2_000_i64 {
            let mut builder = BatchBuilder::new();
            let timestamp_ns = (n * 7_919 % 10_007) * 10_000_000;
            builder.push(&Record { timestamp_ns, ..Record::default() });
            watcher.add_batch(&builder.finish());
            assert!(watcher.slices.len() <= SLICES as usize + 1);
        }
    }

    #[test]
    fn a_malformed_condition_is_refused_with_what_was_expected() {
        let form =
            "expected [NAME:]METRIC OP VALUE for DURATION, at least 1s, as in p99>2s for 10s";
        let table = [
            ("p99>2s", form),
            ("p99>2s for", form),
            ("p99>2s for 100ms", form),
            ("p99>2s for 10", "bad duration '10': expected a number with a unit"),
            ("p99 for 10s", "bad threshold 'p99': expected [NAME:]METRIC OP VALUE"),
            ("p99>2 for 10s", "bad value '2': expected a duration with its unit"),
            ("flow.cut>1% for 10s", "expected a metric that is known before the end of the attack"),
            ("flow.nosuch>1% for 10s", "bad metric 'flow.nosuch': expected after flow. one of"),
        ];
        for (text, problem) in table {
            let error = text.parse::<Abort>().unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
