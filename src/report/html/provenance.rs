//! The provenance of a page's numbers: the plan, the machine, and the commands.

use crate::facts::Facts;
use crate::markup::escape::visible;
use crate::markup::html::Page;
use crate::metrics::{Metrics, Origin};
use crate::report::text;

/// Adds the plan, the machine that ran the attack, the limits it met there, and the commands of the
/// attacks and of the page.
pub(super) fn add(page: &mut Page, metrics: &Metrics, command: &str) {
    let mut pairs = Vec::new();
    if let Some(plan) = metrics.plan() {
        let planned = text::planned(plan).into_iter();
        pairs.extend(planned.map(|(name, figure)| (format!("Planned {name}"), figure)));
    }
    for Origin { command, version, host } in metrics.origins() {
        let version =
            if version.is_empty() { String::new() } else { format!("drumfire {version}") };
        let entries = [("Attack", command), ("Version", &version), ("Machine", host)];
        pairs.extend(entries.map(|(name, text)| (name.to_owned(), visible(text))));
    }
    pairs.extend(metrics.facts().into_iter().flat_map(fact_rows));
    pairs.push(("Page".to_owned(), visible(command)));
    // Fields that the plan leaves open are omitted.
    pairs.retain(|(_, text)| !text.is_empty() && text != text::OPEN);
    if !pairs.is_empty() {
        page.section("Plan and environment");
        page.pairs(&pairs);
    }
}

/// Returns what an attack recorded about its machine at its end; of several attacks, the worst
/// value of each.
fn fact_rows(facts: &Facts) -> Vec<(String, String)> {
    let share = |share: f64| format!("{:.1}%", share * 100.0);
    let truncated = Some(facts.truncated_bodies).filter(|n| *n > 0).map(text::truncated_bodies);
    let busiest = facts.engine_cpu.iter().copied().reduce(f64::max);
    let entries = [
        ("Busiest engine", busiest.map(|cpu| format!("{} of a core", share(cpu)))),
        ("CPU stolen", facts.stolen.map(share)),
        ("CPU throttled", facts.throttled.map(share)),
        ("Open files", facts.descriptors.map(|most| format!("at most {most}"))),
        ("Truncated bodies", truncated),
        ("Interrupted", facts.interrupted.then(|| "yes".to_owned())),
    ];
    let rows = entries.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?)));
    rows.collect()
}
