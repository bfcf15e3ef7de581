//! The verdict: whether the generator kept up with its schedule, by rules that stand in one table.
//!
//! docs/method/verdict.md says why the rules are as they are.

use std::fmt;
use std::time::Duration;

use crate::facts::Facts;
use crate::metrics::Metrics;
use crate::metrics::tally::exhaustion::Shortages;
use crate::units::GoDuration;

/// Whether the generator kept up with its schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// In the order of the rules, from what was seen to what it came from.
    reasons: Vec<Reason>,
}

/// A rule that the run broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What was found, e.g. `hits waited 980 times for a place`.
    pub found: String,
    /// The next thing to try, e.g. `raise -max-workers`.
    pub next: &'static str,
}

impl Verdict {
    /// Returns whether the figures are those of the server; where not, they are the generator's too.
    pub fn is_valid(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Returns `valid` or `generator-limited`.
    pub fn name(&self) -> &'static str {
        if self.is_valid() { "valid" } else { "generator-limited" }
    }

    /// Why the run is generator-limited; empty where it is valid.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

/// On one line: the name, whatever was found, and the next thing to try about the last of it, which
/// lies nearest to the cause.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        for (idx, reason) in self.reasons.iter().enumerate() {
            write!(f, "{} {}", if idx == 0 { ":" } else { ";" }, reason.found)?;
        }
        self.reasons.last().map_or(Ok(()), |last| write!(f, "; {}", last.next))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.found, self.next)
    }
}

/// Lag that never matters, whatever the latency. A thread that shares its core is at times woken a
/// tick of the scheduler late without any overload; 4 ms is the longest that is common.
///
/// Source: Linux, kernel/Kconfig.hz: CONFIG_HZ is 250 unless chosen otherwise.
const HARMLESS: Duration = Duration::from_millis(5);

/// Lag that always matters, whatever the latency: the load is no longer the one that was planned.
const HARMFUL: Duration = Duration::from_millis(100);

/// Between these two, lag may be so much of the median latency. Then most response times differ from
/// their latencies by less than the runs of one server differ among themselves.
const SHARE_OF_LATENCY: f64 = 0.1;

/// Hits that must have been later than what is judged: one hiccup, however long, is no limit.
const LATE_HITS: u64 = 10;

/// Hits below which not even half of them are so many; only lag that always matters is one then.
const FEW: u64 = 2 * LATE_HITS;

/// How far the last hit may be behind the plan, as a share of the time planned.
const BEHIND: f64 = 0.01;

/// Lag from which a busy machine is a reason. An engine that polls is busy and on time.
///
/// Source: Gil Tene, wrk2, README: a sleep is exact to about 1 ms.
const FELT: Duration = Duration::from_millis(1);

/// Share of its time that an engine thread may be busy.
///
/// Source: Locust, locust/runners.py, CPU_WARNING_THRESHOLD. Yunqi Zhang et al., Treadmill, ISCA
/// 2016: requests queue in a busy client, and its latencies are too long.
const BUSY: f64 = 0.9;

/// Share of the CPU time that the host may give to others: half of that at which operators take a
/// machine for a slow one.
///
/// Source: Scout, Understanding CPU Steal Time: when should you be worried?
const STOLEN: f64 = 0.05;

/// Share of the time that a CPU quota may hold the generator up. At a hundredth it reaches p99.
///
/// Source: Linux, Documentation/scheduler/sched-bwc.rst.
const THROTTLED: f64 = 0.01;

/// Share of the hits that may have to wait for a place, the reader of the stream or a target.
///
/// Source: k6, documentation, Dropped iterations: what is short at an arrival rate are VUs.
const WAITED: f64 = 0.01;

/// One rule.
struct Rule {
    /// Returns what was found where the run breaks the rule.
    broken: fn(&Run) -> Option<String>,
    /// The next thing to try then.
    next: &'static str,
}

/// All rules, from what was seen to what it came from.
const RULES: [Rule; 12] = [
    Rule { broken: late, next: "free a core, lower -rate, or share the load among machines" },
    Rule { broken: behind, next: "lower -rate, or raise -threads where cores are free" },
    Rule { broken: overdue, next: "lower -rate, or end what held the hits up" },
    Rule { broken: unmade, next: "see what attack said on standard error, and attack again" },
    Rule { broken: busy, next: "raise -threads where cores are free, or lower -rate" },
    Rule { broken: stolen, next: "attack from a machine with cores of its own" },
    Rule { broken: throttled, next: "raise the CPU quota of its container or cgroup" },
    Rule { broken: no_place, next: "raise -max-workers, or lower -rate" },
    Rule { broken: slow_reader, next: "attack with -output=FILE, and read the file afterwards" },
    Rule { broken: no_target, next: "write the list ahead of the attack, or lower -rate" },
    Rule {
        broken: no_descriptors,
        next: "raise the hard limit of open files, or set -max-connections",
    },
    Rule {
        broken: no_ports,
        next: "set -max-connections, leave -keepalive on, or widen net.ipv4.ip_local_port_range",
    },
];

/// What the rules look at.
#[derive(Clone, Debug, Default, PartialEq)]
struct Run {
    requests: u64,
    /// Requests with a status.
    answered: u64,
    /// The percentile of lag that is judged, and its value.
    late: (u32, Duration),
    /// Median latency.
    latency: Duration,
    /// From the first release to the last: as planned, and as it was; None where the plan has no
    /// slots for so many, or is that of several attacks.
    length: Option<(Duration, Duration)>,
    /// Hits planned; 0 where the plan leaves them open, was broken off, or may be under way.
    planned: u64,
    shortages: Shortages,
    facts: Facts,
}

/// Returns the percentile of lag by which a run is judged, and the most that does no harm; None
/// where nothing was scheduled.
pub(super) fn lag_limit(metrics: &Metrics) -> Option<(u32, Duration)> {
    let run = Run::of(metrics)?;
    Some((run.late.0, run.tolerance()))
}

/// Returns the verdict on what was measured; None where nothing was scheduled.
pub(super) fn of(metrics: &Metrics) -> Option<Verdict> {
    let run = Run::of(metrics)?;
    let reason = |rule: &Rule| (rule.broken)(&run).map(|found| Reason { found, next: rule.next });
    Some(Verdict { reasons: RULES.iter().filter_map(reason).collect() })
}

impl Run {
    fn of(metrics: &Metrics) -> Option<Self> {
        let lag = metrics.lag()?;
        let percentile = judged_percentile(lag.count());
        let requests = metrics.requests();
        let unanswered: u64 =
            metrics.codes().filter(|(code, _)| *code == 0).map(|(_, count)| count).sum();
        let plan = metrics.plan();
        let is_one = metrics.planned.attacks() == 1 && lag.count() == requests;
        let facts = metrics.circumstances.worst();
        let is_over = metrics.circumstances.attacks() >= metrics.planned.attacks();
        let planned =
            plan.filter(|_| is_over && !facts.interrupted).map_or(0, |plan| plan.requests);
        Some(Self {
            requests,
            answered: requests - unanswered,
            late: (percentile, lag.quantile(f64::from(percentile) / 100.0)),
            latency: metrics.latency().quantile(0.5),
            length: plan
                .filter(|_| is_one)
                .and_then(|plan| Some((plan.span_of(requests)?, metrics.duration()))),
            planned,
            shortages: metrics.shortages,
            facts: facts.clone(),
        })
    }

    /// Returns the lag that does no harm beside such latencies.
    fn tolerance(&self) -> Duration {
        if self.requests < FEW {
            return HARMFUL;
        }
        self.latency.mul_f64(SHARE_OF_LATENCY).clamp(HARMLESS, HARMFUL)
    }

    /// Returns whether hits were late enough for their cause to matter.
    fn is_late(&self) -> bool {
        self.late.1 > FELT || self.overdue() > FELT
    }

    fn overdue(&self) -> Duration {
        Duration::from_nanos(self.facts.overdue_ns)
    }

    /// Returns such a share in percent where it is too great and was felt.
    fn felt(&self, share: Option<f64>, limit: f64) -> Option<String> {
        let share = share.filter(|share| *share >= limit && self.is_late())?;
        Some(format!("{:.0}%", share * 100.0))
    }

    /// Returns whether so many waits were too many and were felt.
    fn is_held_up(&self, waits: u64) -> bool {
        waits as f64 > WAITED * self.requests as f64 && self.is_late()
    }
}

/// Returns the greatest of the percentiles in a report beyond which lie enough of so many hits.
fn judged_percentile(hits: u64) -> u32 {
    [99, 90].into_iter().find(|p| hits * u64::from(100 - p) >= LATE_HITS * 100).unwrap_or(50)
}

fn late(run: &Run) -> Option<String> {
    let (percentile, lag) = run.late;
    let tolerance = run.tolerance();
    (lag > tolerance).then(|| {
        let (lag, tolerance) = (shown(lag), shown(tolerance));
        format!("p{percentile} of lag is {lag}, more than the {tolerance} that do no harm here")
    })
}

fn behind(run: &Run) -> Option<String> {
    let (planned, length) = run.length?;
    let behind = length.saturating_sub(planned);
    (behind > planned.mul_f64(BEHIND) && behind > HARMFUL)
        .then(|| format!("the last hit was {} behind a plan of {}", shown(behind), shown(planned)))
}

/// The hits that a stop finds overdue are in no record, and as late as any.
fn overdue(run: &Run) -> Option<String> {
    let overdue = run.overdue();
    let text =
        || format!("the next hit was {} overdue when the attack was stopped", shown(overdue));
    (overdue > HARMFUL).then(text)
}

fn unmade(run: &Run) -> Option<String> {
    let unmade = run.planned.saturating_sub(run.requests);
    (unmade > 0).then(|| format!("{unmade} of {} planned hits were not made", run.planned))
}

fn busy(run: &Run) -> Option<String> {
    let busiest = run.facts.engine_cpu.iter().copied().reduce(f64::max);
    run.felt(busiest, BUSY).map(|share| format!("an engine thread was busy {share} of its time"))
}

fn stolen(run: &Run) -> Option<String> {
    let share = run.felt(run.facts.stolen, STOLEN)?;
    Some(format!("the host gave {share} of the CPU time to others"))
}

fn throttled(run: &Run) -> Option<String> {
    let share = run.felt(run.facts.throttled, THROTTLED)?;
    Some(format!("a CPU quota held the generator up {share} of the time"))
}

fn no_place(run: &Run) -> Option<String> {
    let waits = run.facts.waited_for_place;
    run.is_held_up(waits).then(|| format!("hits waited {waits} times for a place in flight"))
}

fn slow_reader(run: &Run) -> Option<String> {
    let waits = run.facts.waited_for_reader;
    run.is_held_up(waits).then(|| format!("hits waited {waits} times for the stream's reader"))
}

fn no_target(run: &Run) -> Option<String> {
    let waits = run.facts.waited_for_target;
    run.is_held_up(waits).then(|| format!("hits waited {waits} times for a target to be read"))
}

fn no_descriptors(run: &Run) -> Option<String> {
    let failed = run.shortages.descriptors;
    let limit = run.facts.descriptors.map_or(String::new(), |limit| format!(" of {limit}"));
    (failed > 0).then(|| format!("{failed} hits failed for want of file descriptors{limit}"))
}

/// Where no hit at all was answered, the address is more likely a bad one than all ports taken.
fn no_ports(run: &Run) -> Option<String> {
    let failed = run.shortages.ports;
    (failed > 0 && run.answered > 0)
        .then(|| format!("{failed} hits failed for want of local ports"))
}

fn shown(duration: Duration) -> String {
    GoDuration::rounded(duration).to_string()
}

#[cfg(test)]
mod tests;
