//! What makes a comparison less worth than it seems.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::compare::Run;
use crate::metrics::{Groups, Metrics};
use crate::plan::Plan;
use crate::report::shorten_stages;
use crate::units::GoDuration;

/// Groups that are named where only one run has them, at most.
const MOST_NAMED: usize = 5;

/// Returns what is worth saying, a sentence each.
pub(super) fn of(base: Run<'_>, new: Run<'_>) -> Vec<String> {
    let sides = [("base", base), ("new", new)];
    let limited = sides.iter().filter_map(|(side, run)| limited(side, run.whole));
    let strangers = [strangers("base", base, new), strangers("new", new, base)];
    let plans = plans(base.whole, new.whole);
    limited.chain(plans).chain(strangers.into_iter().flatten()).collect()
}

fn limited(side: &str, metrics: &Metrics) -> Option<String> {
    let verdict = metrics.verdict().filter(|verdict| !verdict.is_valid())?;
    Some(format!("{side} is {verdict}"))
}

/// Returns what is to be said of plans that differ; nothing where a run has none.
fn plans(base: &Metrics, new: &Metrics) -> Option<String> {
    let (was, is) = (base.plan()?, new.plan()?);
    let load = |plan: &Plan| (plan.rate.clone(), plan.duration_ns);
    let differ = load(was) != load(is);
    differ.then(|| {
        let [was, is] = [was, is].map(told);
        format!("the plans differ, {was} and {is}: throughput follows the plan, latency the load")
    })
}

fn told(plan: &Plan) -> String {
    let rate = match (plan.rate.rate_text(), plan.rate.stages_text()) {
        (rate, stages) if rate.is_empty() && stages.is_empty() => "no rate".to_owned(),
        (rate, stages) if rate.is_empty() => shorten_stages(&stages),
        (rate, _) => rate,
    };
    let shown = |length: Duration| format!("for {}", GoDuration::rounded(length));
    let length = plan.duration().map_or_else(|| "until stopped".to_owned(), shown);
    format!("{rate} {length}")
}

/// Returns which groups only this run has.
fn strangers(side: &str, run: Run<'_>, other: Run<'_>) -> Option<String> {
    let names = |run: Run<'_>| -> BTreeSet<String> {
        run.groups.into_iter().flat_map(Groups::iter).map(|(name, _)| name.text).collect()
    };
    let others = names(other);
    let alone: Vec<String> = names(run).into_iter().filter(|name| !others.contains(name)).collect();
    let named = alone.iter().take(MOST_NAMED).map(|name| format!("'{name}'"));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = alone.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!alone.is_empty()).then(|| format!("only {side} has {named}{more}: not compared"))
}
