//! The histogram report, with the buckets that the user asked for.

use crate::markup::text_table::align;
use crate::metrics::Metrics;
use crate::units::GoDuration;

/// Number of `#` marks of a bucket that holds all requests.
const BAR: f64 = 75.0;

/// Returns the report; without buckets, only its header.
///
/// Source: Vegeta, lib/reporters.go, NewHistogramReporter.
pub(super) fn render(metrics: &Metrics) -> String {
    let mut rows = vec![["Bucket", "", "#", "%", "Histogram"].map(str::to_owned)];
    let requests = metrics.requests().max(1) as f64;
    for (lower, upper, count) in metrics.buckets().iter().flat_map(|buckets| buckets.iter()) {
        let share = count as f64 / requests;
        let upper = upper.map_or("+Inf".to_owned(), |upper| GoDuration(upper).to_string());
        rows.push([
            format!("[{},", GoDuration(lower)),
            format!("{upper}]"),
            count.to_string(),
            format!("{:.2}%", share * 100.0),
            "#".repeat((share * BAR) as usize),
        ]);
    }
    align(&rows).concat()
}
