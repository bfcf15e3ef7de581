//! The table of groups: a row each, and the total.

use crate::markup::escape::visible;
use crate::metrics::{Groups, Metrics};
use crate::report::text::shown;

/// Name of the last row, which all records are in.
pub(super) const TOTAL: &str = "(total)";

/// A name, and figures of the requests that have it.
pub(super) type Row = [String; 8];

/// Returns the names of the columns, of which the first is the key.
pub(super) fn head(groups: &Groups) -> Row {
    let key = groups.by().word();
    [key, "requests", "rate", "success", "50", "95", "99", "max"].map(str::to_owned)
}

/// Returns a row for each group, and the total.
pub(super) fn rows(groups: &Groups, whole: &Metrics) -> Vec<Row> {
    let of_groups = groups.iter().map(|(name, metrics)| row(&visible(&name.text), metrics));
    of_groups.chain([row(TOTAL, whole)]).collect()
}

fn row(name: &str, metrics: &Metrics) -> Row {
    let latency = metrics.latency();
    let quantiles = latency.quantiles();
    let quantile = |quantile| shown(quantiles.at(quantile));
    [
        name.to_owned(),
        metrics.requests().to_string(),
        format!("{:.2}", metrics.rate()),
        format!("{:.2}%", metrics.success() * 100.0),
        quantile(0.5),
        quantile(0.95),
        quantile(0.99),
        shown(latency.max()),
    ]
}
