//! Where the figures of a page come from: the plan, and the command.

use super::super::text;
use crate::metrics::Metrics;
use crate::page::{Page, visible};

/// Adds what was planned, and the command that makes the page.
pub(super) fn add(page: &mut Page, metrics: &Metrics, command: &str) {
    let mut pairs = Vec::new();
    if let Some(plan) = metrics.plan() {
        let planned = text::planned(plan).into_iter();
        pairs.extend(planned.map(|(name, figure)| (format!("Planned {name}"), figure)));
    }
    pairs.push(("Page".to_owned(), visible(command)));
    // What the plan leaves open is not told.
    pairs.retain(|(_, text)| !text.is_empty() && text != text::OPEN);
    if !pairs.is_empty() {
        page.section("Plan and environment");
        page.pairs(&pairs);
    }
}
