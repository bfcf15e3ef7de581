//! The table of groups: one row per group, and the total.

use crate::markup::escape::visible;
use crate::metrics::{Groups, Metrics};
use crate::units::GoDuration;

/// Name of the last row, which covers all records.
pub(in crate::report) const TOTAL: &str = "(total)";

/// The name of a group, and the statistics of its requests.
pub(in crate::report) type Row = [String; 8];

/// Returns the names of the columns; the first is the key that groups are formed by.
pub(in crate::report) fn head(groups: &Groups) -> Row {
    let key = groups.by().word();
    [key, "requests", "rate", "success", "50", "95", "99", "max"].map(str::to_owned)
}

/// Returns one row per group, and the total.
pub(in crate::report) fn rows(groups: &Groups, whole: &Metrics) -> Vec<Row> {
    let of_groups = groups.iter().map(|(name, metrics)| row(&visible(&name.text), metrics));
    of_groups.chain([row(TOTAL, whole)]).collect()
}

fn row(name: &str, metrics: &Metrics) -> Row {
    let latency = metrics.latency();
    let quantiles = latency.quantiles();
    let quantile = |quantile| GoDuration::rounded(quantiles.at(quantile)).to_string();
    [
        name.to_owned(),
        metrics.requests().to_string(),
        format!("{:.2}", metrics.rate()),
        format!("{:.2}%", metrics.success() * 100.0),
        quantile(0.5),
        quantile(0.95),
        quantile(0.99),
        GoDuration::rounded(latency.max()).to_string(),
    ]
}
