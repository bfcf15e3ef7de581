//! What a verdict is based on, and the limits of what is tolerated.

use std::time::Duration;

use crate::facts::Facts;
use crate::metrics::run_metrics::Metrics;
use crate::metrics::tally::exhaustion::Exhaustion;
use crate::metrics::tally::flows::Flows;

/// Lag that is always tolerated, regardless of latency. A thread that shares its core may wake one
/// scheduler tick late without any overload; 4 ms is the longest common tick.
///
/// Source: Linux, kernel/Kconfig.hz: CONFIG_HZ is 250 unless chosen otherwise.
const MIN_TOLERANCE: Duration = Duration::from_millis(5);

/// Lag that is never tolerated, regardless of latency: the load is no longer the planned one.
///
/// Source: Marios Kogias et al., Lancet, USENIX ATC 2019: a measurement counts only if its arrivals
/// follow the planned distribution.
pub(super) const MAX_TOLERANCE: Duration = Duration::from_millis(100);

/// The lag that is tolerated between these limits, as a share of the latency at the same
/// percentile. The thread that releases late also reads responses late, so that lag of the size of
/// the latency means that the latency itself may be the generator's.
///
/// Source: Yunqi Zhang et al., Treadmill, ISCA 2016: requests queue in a busy client.
const LAG_PER_LATENCY: f64 = 0.5;

/// What lag may add to a percentile of the response time, as a share of the latency at the same
/// percentile, between the same limits. Repeated runs of one server differ by as much.
const EFFECT_PER_LATENCY: f64 = 0.1;

/// The percentiles of reports that lag may distort.
const REPORTED: [u32; 4] = [50, 90, 95, 99];

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
    /// Latency at the percentile of lag that is checked.
    pub latency: Duration,
    /// What lag does to each reported percentile up to the checked one.
    pub effects: Vec<Effect>,
    /// None if the plan has no slots for this number of requests, and for several attacks.
    pub release: Option<Release>,
    /// Planned hits, or flows if the plan has flows; 0 if the plan leaves them open, was
    /// interrupted, or may still be running.
    pub planned: u64,
    /// Number of flows that started. None if the plan has no flows.
    pub flows: Option<u64>,
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

/// What lag does to a reported percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    /// In percent, e.g. 95.
    pub percentile: u32,
    /// Latency from the release.
    pub latency: Duration,
    /// Latency from the slot.
    pub response: Duration,
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
            // A message on a stream has no status.
            answered: (requests - unanswered).max(metrics.successes()),
            lag: LagPercentile { percentile, value: lag.quantile(f64::from(percentile) / 100.0) },
            latency: metrics.latency().quantile(f64::from(percentile) / 100.0),
            effects: effects(metrics, percentile),
            release: Release::of(metrics),
            planned: planned(metrics),
            flows: started_flows(metrics),
            exhaustion: metrics.exhaustion(),
            facts: facts.worst().clone(),
        })
    }

    /// Returns the lag that is tolerated at the run's latency.
    pub fn lag_tolerance(&self) -> Duration {
        self.tolerance(self.latency, LAG_PER_LATENCY)
    }

    /// Returns what lag may add to a percentile of the response time.
    pub fn effect_tolerance(&self, effect: &Effect) -> Duration {
        self.tolerance(effect.latency, EFFECT_PER_LATENCY)
    }

    fn tolerance(&self, latency: Duration, share: f64) -> Duration {
        if self.requests < FEW_HITS {
            return MAX_TOLERANCE;
        }
        latency.mul_f64(share).clamp(MIN_TOLERANCE, MAX_TOLERANCE)
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
        self.has_too_many(waits, self.requests)
    }

    /// Returns whether a number of waits is too high for a number of arrivals, and lag was
    /// noticeable.
    pub fn has_too_many(&self, waits: u64, arrivals: u64) -> bool {
        waits as f64 > MAX_WAITING * arrivals as f64 && self.has_noticeable_lag()
    }
}

impl Release {
    fn of(metrics: &Metrics) -> Option<Self> {
        let is_one_attack = metrics.plans().attacks() == 1;
        let is_scheduled = metrics.lag()?.count() == metrics.requests();
        let plan = metrics.plan().filter(|_| is_one_attack && is_scheduled)?;
        // Only the starts of flows are planned: their later requests follow the responses.
        let (arrivals, actual) = match metrics.flows().filter(|_| plan.flows.is_some()) {
            Some(flows) => (flows.started(), flows.duration()),
            None => (metrics.requests(), metrics.duration()),
        };
        Some(Self { planned: plan.span_of(arrivals)?, actual })
    }
}

impl Effect {
    /// Returns what lag adds to the percentile.
    pub fn added(&self) -> Duration {
        self.response.saturating_sub(self.latency)
    }
}

/// Returns what lag does to the reported percentiles up to a highest one; empty if only some of the
/// records have a lag.
fn effects(metrics: &Metrics, highest: u32) -> Vec<Effect> {
    let latency = metrics.latency();
    let response = metrics.response().filter(|response| response.count() == latency.count());
    let effect = |percentile: u32| {
        let quantile = f64::from(percentile) / 100.0;
        let response = response?.all().quantile(quantile);
        Some(Effect { percentile, latency: latency.quantile(quantile), response })
    };
    REPORTED.into_iter().filter(|percentile| *percentile <= highest).filter_map(effect).collect()
}

/// Returns the number of planned hits or flows that must have been made; 0 if it is unknown.
fn planned(metrics: &Metrics) -> u64 {
    let facts = metrics.all_facts();
    // An attack without facts may still be running.
    let is_over = facts.attacks() >= metrics.plans().attacks();
    let plan = metrics.plan().filter(|_| is_over && !facts.worst().interrupted);
    plan.map_or(0, |plan| plan.flow_count.unwrap_or(plan.requests))
}

/// Returns the number of flows that started; None if the plan has no flows.
fn started_flows(metrics: &Metrics) -> Option<u64> {
    metrics.plan().filter(|plan| plan.flows.is_some())?;
    let recorded = metrics.flows().map_or(0, Flows::started);
    // A flow may end without a request.
    let known = metrics.all_facts().worst().flows.map_or(0, |flows| flows.started);
    Some(recorded.max(known))
}

/// Returns the highest of the reported percentiles beyond which enough of the hits lie.
pub(super) fn checked_percentile(hits: u64) -> u32 {
    [99, 90].into_iter().find(|p| hits * u64::from(100 - p) >= LATE_HITS * 100).unwrap_or(50)
}
