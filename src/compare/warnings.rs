//! Warnings: reasons to trust a comparison less.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::compare::run::Run;
use crate::metrics::{Groups, Metrics};
use crate::plan::Plan;
use crate::report::shorten_stages;
use crate::units::GoDuration;

/// Groups in only one run that are named, at most.
const MAX_NAMED: usize = 5;

/// Returns the warnings, a sentence each.
pub(super) fn of(base: Run<'_>, new: Run<'_>) -> Vec<String> {
    let sides = [("base", base), ("new", new)];
    let limited = sides.iter().filter_map(|(side, run)| limited(side, run.whole));
    let alone =
        [groups_without_partner("base", base, new), groups_without_partner("new", new, base)];
    let plans = plans(base.whole, new.whole);
    let loops = loops(base.whole, new.whole);
    limited.chain(loops).chain(plans).chain(alone.into_iter().flatten()).collect()
}

fn limited(side: &str, metrics: &Metrics) -> Option<String> {
    let verdict = metrics.verdict().filter(|verdict| !verdict.is_valid())?;
    Some(format!("{side} is {verdict}"))
}

/// Returns a warning if a run is a closed loop; None if both are open loops, as far as is known.
fn loops(base: &Metrics, new: &Metrics) -> Option<String> {
    let is_closed = |run: &Metrics| run.plan().is_some_and(|plan| plan.users.is_some());
    match [base, new].map(is_closed) {
        [false, false] => None,
        [true, true] => Some(
            "both runs are closed loops: the slower server got fewer requests, so the difference of \
             the latencies is understated; compare runs with the same -rate"
                .to_owned(),
        ),
        [is_base, _] => {
            let (closed, open) = if is_base { ("base", "new") } else { ("new", "base") };
            Some(format!(
                "{closed} is a closed loop and {open} is an open loop: their latencies cannot be \
                 compared; repeat {closed} with -rate"
            ))
        }
    }
}

/// Returns a warning if the plans differ; None if a run has no plan.
fn plans(base: &Metrics, new: &Metrics) -> Option<String> {
    let (was, is) = (base.plan()?, new.plan()?);
    let flows = |plan: &Plan| plan.flows.clone();
    let load = |plan: &Plan| (plan.rate.clone(), plan.users.clone(), plan.duration_ns, flows(plan));
    let differ = load(was) != load(is);
    differ.then(|| {
        let [was, is] = [was, is].map(in_words);
        format!(
            "the plans differ, {was} and {is}: throughput depends on the plan and latency on the \
             load; compare runs of one plan"
        )
    })
}

fn in_words(plan: &Plan) -> String {
    let (rate, stages) = (plan.rate.rate_text(), plan.rate.stages_text());
    let rate = match &plan.users {
        Some(users) => format!("{} users", shorten_stages(users)),
        None if rate.is_empty() && stages.is_empty() => "no rate".to_owned(),
        None if rate.is_empty() => shorten_stages(&stages),
        None => rate,
    };
    let shown = |length: Duration| format!("for {}", GoDuration::rounded(length));
    let length = plan.duration().map_or_else(|| "until stopped".to_owned(), shown);
    format!("{rate} {length}")
}

/// Returns a warning if some groups are in only this run.
fn groups_without_partner(side: &str, run: Run<'_>, other: Run<'_>) -> Option<String> {
    let names = |run: Run<'_>| -> BTreeSet<String> {
        run.groups.into_iter().flat_map(Groups::iter).map(|(name, _)| name.text).collect()
    };
    let others = names(other);
    let alone: Vec<String> = names(run).into_iter().filter(|name| !others.contains(name)).collect();
    let named = alone.iter().take(MAX_NAMED).map(|name| format!("'{name}'"));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = alone.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!alone.is_empty()).then(|| {
        format!("only {side} has {named}{more}, not compared; use the same targets in both runs")
    })
}
