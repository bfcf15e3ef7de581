//! What a verdict is based on, and the limits of what is tolerated.

use std::time::Duration;

use crate::facts::Facts;
use crate::metrics::run_metrics::Metrics;
use crate::metrics::tally::exhaustion::Exhaustion;

/// Lag that is always tolerated, regardless of latency. A thread that shares its core may wake one
/// scheduler tick late without any overload; 4 ms is the longest common tick.
///
/// Source: Linux, kernel/Kconfig.hz: CONFIG_HZ is 250 unless chosen otherwise.
const MIN_TOLERANCE: Duration = Duration::from_millis(5);

/// Lag that is never tolerated, regardless of latency: the load is no longer the planned one.
pub(super) const MAX_TOLERANCE: Duration = Duration::from_millis(100);

/// The tolerance between these limits, as a share of the median latency. With less lag, most
/// response times differ from their latencies by less than repeated runs of one server differ.
const TOLERANCE_PER_LATENCY: f64 = 0.1;

/// Hits that must be later than the checked percentile: a single hiccup, however long, is no limit.
const LATE_HITS: u64 = 10;

/// Hits below which not even half of them are [`LATE_HITS`]. Only lag above [`MAX_TOLERANCE`]
/// counts then.
const FEW_HITS: u64 = 2 * LATE_HITS;

/// Lag from which a busy machine is a reason. An engine that polls is busy and on time.
///
/// Source: Gil Tene, wrk2, README: a sleep is exact to about 1 ms.
const NOTICEABLE_LAG: Duration = Duration::from_millis(1);

/// Share of the hits that may have to wait for a worker, the reader of the stream or a target.
///
/// Source: k6, documentation, Dropped iterations: the usual shortage at an arrival rate is that of
/// VUs.
const MAX_WAITING: f64 = 0.01;

/// What is known of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Evidence {
    pub requests: u64,
    /// Requests with a status.
    pub answered: u64,
    pub lag: LagPercentile,
    /// Median latency.
    pub latency: Duration,
    /// None if the plan has no slots for this number of requests, and for several attacks.
    pub release: Option<Release>,
    /// Planned hits; 0 if the plan leaves them open, was interrupted, or may still be running.
    pub planned: u64,
    pub exhaustion: Exhaustion,
    pub facts: Facts,
}

/// The percentile of lag that is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LagPercentile {
    /// In percent, e.g. 99.
    pub percentile: u32,
    pub value: Duration,
}

/// Time from the first release to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub planned: Duration,
    pub actual: Duration,
}

impl Evidence {
    /// Returns what is known of a run; None if no record has its lag.
    pub fn of(metrics: &Metrics) -> Option<Self> {
        let lag = metrics.lag()?;
        let percentile = checked_percentile(lag.count());
        let requests = metrics.requests();
        let unanswered: u64 =
            metrics.codes().filter(|(code, _)| *code == 0).map(|(_, count)| count).sum();
        let facts = metrics.all_facts();
        Some(Self {
            requests,
            answered: requests - unanswered,
            lag: LagPercentile { percentile, value: lag.quantile(f64::from(percentile) / 100.0) },
            latency: metrics.latency().quantile(0.5),
            release: Release::of(metrics),
            planned: planned(metrics),
            exhaustion: metrics.exhaustion(),
            facts: facts.worst().clone(),
        })
    }

    /// Returns the lag that is tolerated at the run's latency.
    pub fn lag_tolerance(&self) -> Duration {
        if self.requests < FEW_HITS {
            return MAX_TOLERANCE;
        }
        self.latency.mul_f64(TOLERANCE_PER_LATENCY).clamp(MIN_TOLERANCE, MAX_TOLERANCE)
    }

    /// How late the next hit was when the attack was stopped.
    pub fn overdue(&self) -> Duration {
        Duration::from_nanos(self.facts.overdue_ns)
    }

    /// Returns whether hits were late enough for the cause to matter.
    pub fn has_noticeable_lag(&self) -> bool {
        self.lag.value > NOTICEABLE_LAG || self.overdue() > NOTICEABLE_LAG
    }

    /// Returns whether a number of waits is too high, and lag was noticeable.
    pub fn has_waited(&self, waits: u64) -> bool {
        waits as f64 > MAX_WAITING * self.requests as f64 && self.has_noticeable_lag()
    }
}

impl Release {
    fn of(metrics: &Metrics) -> Option<Self> {
        let is_one_attack = metrics.plans().attacks() == 1;
        let is_scheduled = metrics.lag()?.count() == metrics.requests();
        let plan = metrics.plan().filter(|_| is_one_attack && is_scheduled)?;
        Some(Self { planned: plan.span_of(metrics.requests())?, actual: metrics.duration() })
    }
}

/// Returns the number of planned hits that must have been made; 0 if it is unknown.
fn planned(metrics: &Metrics) -> u64 {
    let facts = metrics.all_facts();
    // An attack without facts may still be running.
    let is_over = facts.attacks() >= metrics.plans().attacks();
    let plan = metrics.plan().filter(|_| is_over && !facts.worst().interrupted);
    plan.map_or(0, |plan| plan.requests)
}

/// Returns the highest of the reported percentiles beyond which enough of the hits lie.
pub(super) fn checked_percentile(hits: u64) -> u32 {
    [99, 90].into_iter().find(|p| hits * u64::from(100 - p) >= LATE_HITS * 100).unwrap_or(50)
}
