//! The rules of the verdict, each with what was found and the next thing to try.

use std::time::Duration;

use crate::metrics::verdict::evidence::{Effect, Evidence, MAX_TOLERANCE};
use crate::units::GoDuration;

/// How late the last hit may be, as a share of the planned time.
const MAX_DELAY: f64 = 0.01;

/// Share of its time that an engine thread may be busy.
///
/// Source: Locust, locust/runners.py, CPU_WARNING_THRESHOLD. Yunqi Zhang et al., Treadmill, ISCA
/// 2016: requests queue in a busy client, and its latencies are too long.
const MAX_BUSY: f64 = 0.9;

/// Share of the CPU time that the hypervisor may give to other machines: half of the share at which
/// operators consider a machine slow.
///
/// Source: Scout, Understanding CPU Steal Time: when should you be worried?
const MAX_STOLEN: f64 = 0.05;

/// Share of the time that a CPU quota may throttle the generator. At 1 % it affects p99.
///
/// Source: Linux, Documentation/scheduler/sched-bwc.rst.
const MAX_THROTTLED: f64 = 0.01;

/// A rule of the verdict.
pub(super) struct Rule {
    /// Returns what was found if a run breaks the rule, else None.
    pub broken: fn(&Evidence) -> Option<String>,
    /// The next thing to try if it does.
    pub next: &'static str,
}

/// All rules, from symptoms to causes.
pub(super) const RULES: [Rule; 14] = [
    Rule { broken: lag, next: "free a core, lower -rate, or use several machines" },
    Rule { broken: delay, next: "lower -rate, or raise -threads if cores are free" },
    Rule { broken: overdue, next: "lower -rate, or remove what delayed the requests" },
    Rule { broken: missing, next: "check the errors that attack printed, and repeat the attack" },
    Rule { broken: busy, next: "raise -threads if cores are free, or lower -rate" },
    Rule { broken: stolen, next: "attack from a machine with dedicated cores" },
    Rule { broken: throttled, next: "raise the CPU quota of the container or cgroup" },
    Rule { broken: no_worker, next: "raise -max-workers, or lower -rate" },
    Rule { broken: no_place, next: "raise -max-flows, or lower -rate" },
    Rule { broken: slow_reader, next: "attack with -output=FILE, and read the file afterwards" },
    Rule {
        broken: no_target,
        next: "write the targets to a file before the attack, or lower -rate",
    },
    Rule {
        broken: no_descriptors,
        next: "raise the hard limit of open files, or set -max-connections",
    },
    Rule {
        broken: no_ports,
        next: "set -max-connections, keep -keepalive on, or widen net.ipv4.ip_local_port_range",
    },
    Rule { broken: client_limit, next: "repeat the attack with -http2=false, and report a bug" },
];

fn lag(run: &Evidence) -> Option<String> {
    let tolerance = run.lag_tolerance();
    let is_late = run.lag.value > tolerance;
    let found = is_late.then(|| {
        let (percentile, value) = (run.lag.percentile, shown(run.lag.value));
        let tolerance = shown(tolerance);
        format!("p{percentile} lag is {value}, above the {tolerance} tolerance for this run")
    });
    found.or_else(|| effect(run))
}

/// Returns the first reported percentile that lag distorts.
fn effect(run: &Evidence) -> Option<String> {
    let is_distorted = |effect: &&Effect| effect.added() > run.effect_tolerance(effect);
    let effect = run.effects.iter().find(is_distorted)?;
    let (percentile, tolerance) = (effect.percentile, shown(run.effect_tolerance(effect)));
    let (added, latency) = (shown(effect.added()), shown(effect.latency));
    Some(format!(
        "lag adds {added} to the p{percentile} of {latency}, above the {tolerance} tolerance for \
         this run"
    ))
}

fn delay(run: &Evidence) -> Option<String> {
    let release = run.release?;
    let delay = release.actual.saturating_sub(release.planned);
    (delay > release.planned.mul_f64(MAX_DELAY) && delay > MAX_TOLERANCE).then(|| {
        let (delay, planned) = (shown(delay), shown(release.planned));
        let what = if run.flows.is_some() { "flow started" } else { "request was sent" };
        format!("the last {what} {delay} late, after a plan of {planned}")
    })
}

/// Requests that are overdue at a stop are in no record, although they are the latest of all.
fn overdue(run: &Evidence) -> Option<String> {
    let overdue = run.overdue();
    (overdue > MAX_TOLERANCE)
        .then(|| format!("the next request was {} overdue when the attack stopped", shown(overdue)))
}

fn missing(run: &Evidence) -> Option<String> {
    let (arrivals, problem) = match run.flows {
        Some(started) => (started, "flows did not start"),
        None => (run.requests, "requests were not sent"),
    };
    let missing = run.planned.saturating_sub(arrivals);
    (missing > 0).then(|| format!("{missing} of {} planned {problem}", run.planned))
}

fn busy(run: &Evidence) -> Option<String> {
    let busiest = run.facts.engine_cpu.iter().copied().reduce(f64::max);
    excess(run, busiest, MAX_BUSY)
        .map(|share| format!("an engine thread was busy {share} of its time"))
}

fn stolen(run: &Evidence) -> Option<String> {
    let share = excess(run, run.facts.stolen, MAX_STOLEN)?;
    Some(format!("the hypervisor gave {share} of the CPU time to other machines"))
}

fn throttled(run: &Evidence) -> Option<String> {
    let share = excess(run, run.facts.throttled, MAX_THROTTLED)?;
    Some(format!("a CPU quota throttled the generator {share} of the time"))
}

/// Returns a share in percent if it reaches a limit and lag was noticeable, else None.
fn excess(run: &Evidence, share: Option<f64>, limit: f64) -> Option<String> {
    let share = share.filter(|share| *share >= limit && run.has_noticeable_lag())?;
    Some(format!("{:.0}%", share * 100.0))
}

fn no_worker(run: &Evidence) -> Option<String> {
    let waits = run.facts.waited_for_place;
    run.has_waited(waits).then(|| format!("requests waited {waits} times for a free worker"))
}

fn no_place(run: &Evidence) -> Option<String> {
    let waits = run.facts.flows?.waited_for_place;
    let is_limited = run.has_too_many(waits, run.flows.unwrap_or(0));
    is_limited.then(|| format!("flows waited {waits} times for others to end"))
}

fn slow_reader(run: &Evidence) -> Option<String> {
    let waits = run.facts.waited_for_reader;
    run.has_waited(waits)
        .then(|| format!("requests waited {waits} times for the reader of the stream"))
}

fn no_target(run: &Evidence) -> Option<String> {
    let waits = run.facts.waited_for_target;
    run.has_waited(waits).then(|| format!("requests waited {waits} times for a target to be read"))
}

fn no_descriptors(run: &Evidence) -> Option<String> {
    let failed = run.exhaustion.descriptors;
    let limit = run.facts.descriptors.map_or(String::new(), |limit| format!(", limit {limit}"));
    (failed > 0).then(|| format!("{failed} requests failed: no file descriptor was free{limit}"))
}

/// If no request at all was answered, a wrong address is more likely than exhausted ports.
fn no_ports(run: &Evidence) -> Option<String> {
    let failed = run.exhaustion.ports;
    (failed > 0 && run.answered > 0)
        .then(|| format!("{failed} requests failed: no local port was free"))
}

fn client_limit(run: &Evidence) -> Option<String> {
    let failed = run.exhaustion.client;
    (failed > 0).then(|| format!("{failed} requests failed because of a limit of drumfire itself"))
}

fn shown(duration: Duration) -> String {
    GoDuration::rounded(duration).to_string()
}
