//! Flows: how many started and how they ended, their times, and their checks.

use std::time::Duration;

use crate::metrics::histogram::Distribution;
use crate::record::{FlowEnd, FlowStep, Rows};

/// The flows of a run, folded to constant size.
///
/// A flow started with its first request. It then finished, or failed because a step failed, or is
/// unfinished: it is still in progress, or was cut at the end of the attack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flows {
    started: u64,
    ended: u64,
    failed: u64,
    /// First and last start, in ns since 1970 UTC; None if no flow started.
    starts_ns: Option<(i64, i64)>,
    /// Last end of a flow, in ns since 1970 UTC; None if no flow ended.
    last_end_ns: Option<i64>,
    time: Distribution,
    total_time: Distribution,
    checks: Checks,
}

/// The checks of steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Number of checks that were made.
    pub total: u64,
    /// Number of checks that failed, <= `total`.
    pub failed: u64,
}

impl Checks {
    /// Returns the share of the checks that passed, in `[0, 1]`; 0 if none was made.
    pub fn passed(self) -> f64 {
        share(self.total - self.failed, self.total)
    }
}

impl Flows {
    /// Adds the steps in a run of records.
    pub(crate) fn add_rows(&mut self, rows: &Rows<'_>) {
        let instants = rows.timestamps_ns().iter().zip(rows.latencies_ns());
        for (step, (release_ns, latency_ns)) in rows.flow_steps().zip(instants) {
            let Some(step) = step else { continue };
            self.count_checks(&step);
            if step.flow_hit == 0 {
                self.start(*release_ns);
            }
            if let Some(end) = step.ended {
                self.end(end, release_ns.saturating_add_unsigned(latency_ns));
            }
        }
    }

    fn count_checks(&mut self, step: &FlowStep<'_>) {
        let total = step.checks.unwrap_or(0);
        self.checks.total += u64::from(total);
        // Another program may have written the stream.
        self.checks.failed += u64::from(step.checks_failed.unwrap_or(0).min(total));
    }

    fn start(&mut self, ns: i64) {
        self.started += 1;
        let (first_ns, last_ns) = self.starts_ns.unwrap_or((ns, ns));
        self.starts_ns = Some((first_ns.min(ns), last_ns.max(ns)));
    }

    fn end(&mut self, end: FlowEnd, end_ns: i64) {
        self.ended += 1;
        self.failed += u64::from(end.failed);
        self.last_end_ns = self.last_end_ns.max(Some(end_ns));
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.time.add_all([nanos(end.time.saturating_sub(end.thought))].into_iter());
        self.total_time.add_all([nanos(end.time)].into_iter());
    }

    /// Adds the flows of another part of the same run.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.started += other.started;
        self.ended += other.ended;
        self.failed += other.failed;
        self.starts_ns = match (self.starts_ns, other.starts_ns) {
            (Some(ours), Some(theirs)) => Some((ours.0.min(theirs.0), ours.1.max(theirs.1))),
            (ours, theirs) => ours.or(theirs),
        };
        self.last_end_ns = self.last_end_ns.max(other.last_end_ns);
        self.time.merge(&other.time);
        self.total_time.merge(&other.total_time);
        self.checks.total += other.checks.total;
        self.checks.failed += other.checks.failed;
    }

    /// Number of flows that started.
    pub fn started(&self) -> u64 {
        // The beginning of the stream may be missing.
        self.started.max(self.ended)
    }

    /// Number of flows that ended, with or without a failed step.
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// Number of flows that ended without a failed step.
    pub fn finished(&self) -> u64 {
        self.ended - self.failed
    }

    /// Number of flows that ended with a failed step.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Number of flows that have not ended: they were cut, or are still in progress.
    pub fn unfinished(&self) -> u64 {
        self.started() - self.ended
    }

    /// Share of the started flows that finished, in `[0, 1]`; 0 without flows.
    pub fn success(&self) -> f64 {
        share(self.finished(), self.started())
    }

    /// Share of the ended flows that finished, in `[0, 1]`; 0 if no flow ended.
    pub fn success_so_far(&self) -> f64 {
        share(self.finished(), self.ended)
    }

    /// Share of a number of flows among those that started, in `[0, 1]`; 0 without flows.
    pub fn share(&self, flows: u64) -> f64 {
        share(flows, self.started())
    }

    /// Time from the first start to the last.
    pub fn duration(&self) -> Duration {
        self.starts_ns.map_or(Duration::ZERO, |(first, last)| between(first, last))
    }

    /// Flows started per second of [`Flows::duration`]; their number if all started at one instant.
    pub fn rate(&self) -> f64 {
        self.per_second(self.started(), self.duration())
    }

    /// Flows started per second of the time in which the users of a closed loop began them, who all
    /// begin at once. None for an open loop, whose rate is [`Flows::rate`].
    pub fn rate_in(&self, time: Option<Duration>) -> f64 {
        match time.filter(|time| !time.is_zero()) {
            Some(time) => self.started() as f64 / time.as_secs_f64(),
            None => self.rate(),
        }
    }

    /// Flows finished per second from the first start to the last end; their number if all started
    /// at one instant.
    pub fn throughput(&self) -> f64 {
        let span = self.starts_ns.zip(self.last_end_ns);
        let time = span.map_or(Duration::ZERO, |((first, _), last)| between(first, last));
        self.per_second(self.finished(), time)
    }

    /// Divides unless all flows started at one instant: a single flow has no rate.
    fn per_second(&self, count: u64, time: Duration) -> f64 {
        let seconds = if self.duration().is_zero() { 1.0 } else { time.as_secs_f64() };
        count as f64 / seconds
    }

    /// Times of the flows that ended, without think time: what the server and the network took, and
    /// the waiting for retries. Failed flows are included, as failed requests are in latencies.
    pub fn time(&self) -> &Distribution {
        &self.time
    }

    /// Times of the flows that ended, with think time.
    pub fn total_time(&self) -> &Distribution {
        &self.total_time
    }

    /// Mean think time of the flows that ended; zero without any.
    pub fn mean_think_time(&self) -> Duration {
        self.total_time.mean().saturating_sub(self.time.mean())
    }

    /// The checks of all steps.
    pub(crate) fn checks(&self) -> Checks {
        self.checks
    }
}

fn between(from_ns: i64, to_ns: i64) -> Duration {
    Duration::from_nanos(to_ns.abs_diff(from_ns))
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::samples::{FlowSample, flow_batch, flow_samples};

    fn of(samples: &[FlowSample]) -> Flows {
        let (batch, mut flows) = (flow_batch(samples), Flows::default());
        flows.add_rows(&batch.rows(0..batch.len()));
        flows
    }

    #[test]
    fn flows_are_counted_by_how_they_ended() {
        let flows = of(&flow_samples());
        let counts = [flows.started(), flows.finished(), flows.failed(), flows.unfinished()];
        assert_eq!(counts, [100, 86, 10, 4]);
        assert_eq!((flows.success(), flows.success_so_far()), (0.86, 86.0 / 96.0));
        assert_eq!(flows.share(flows.unfinished()), 0.04);
        assert_eq!(flows.duration(), Duration::from_millis(9_900));
        assert!((flows.rate() - 100.0 / 9.9).abs() < 1e-9, "{}", flows.rate());
        let rates = [Some(20), Some(0), None].map(|s| flows.rate_in(s.map(Duration::from_secs)));
        assert_eq!(rates, [5.0, flows.rate(), flows.rate()]);
        // The last flow to end is the 99th, which starts at 9.8 s.
        assert!((flows.throughput() - 86.0 / 10.82).abs() < 1e-9, "{}", flows.throughput());
        assert_eq!(flows.checks(), Checks { total: 100 + 96 * 3, failed: 10 });
    }

    #[test]
    fn times_are_of_ended_flows_with_and_without_thinking() {
        let flows = of(&flow_samples());
        assert_eq!((flows.time().count(), flows.total_time().count()), (96, 96));
        assert_eq!(flows.time().min(), Duration::from_millis(20));
        assert_eq!(flows.total_time().max(), Duration::from_millis(1_118));
        assert_eq!(flows.mean_think_time(), Duration::from_secs(1));
    }

    #[test]
    fn parts_of_a_run_add_up_to_it() {
        let samples = flow_samples();
        for cut in [0, 1, 77, samples.len()] {
            let (one, other) = samples.split_at(cut);
            let mut merged = of(one);
            merged.merge(&of(other));
            assert_eq!(merged, of(&samples), "{cut}");
        }
    }

    #[test]
    fn a_stream_without_its_beginning_has_no_negative_numbers() {
        let samples: Vec<_> =
            flow_samples().into_iter().filter(|it| it.step.flow_hit > 0).collect();
        let flows = of(&samples);
        assert_eq!((flows.started(), flows.unfinished(), flows.rate()), (96, 0, 96.0));
        assert_eq!((Flows::default().success(), Flows::default().rate()), (0.0, 0.0));
        assert_eq!(Checks::default().passed(), 0.0);
        let step = FlowStep { checks: Some(1), checks_failed: Some(9), ..FlowStep::default() };
        let wrong = of(&[FlowSample { step, ..samples[0].clone() }]);
        assert_eq!(wrong.checks(), Checks { total: 1, failed: 1 });
    }
}
