//! The table of thresholds: whether each one passed, and the value found.

use crate::markup::escape::visible;
use crate::threshold::ThresholdResults;

/// Whether it passed, the threshold, its group, and the value found.
pub(in crate::report) type Row = [String; 4];

/// Returns the names of the columns.
pub(in crate::report) fn head() -> Row {
    ["result", "threshold", "name", "found"].map(str::to_owned)
}

/// Returns one row for each threshold and group, and a warning row if the generator could not keep
/// up: even thresholds that passed then say little about the server.
pub(in crate::report) fn rows(thresholds: &ThresholdResults) -> Vec<Row> {
    let of_threshold = thresholds.results().iter().map(|row| {
        let result = if row.is_passed() { "pass" } else { "MISSED" };
        let name = row.name.as_deref().unwrap_or_default();
        [result, &visible(&row.expr), &visible(name), row.measured.text()].map(str::to_owned)
    });
    let warning =
        thresholds.limited().map(|verdict| ["WARNING", "", "", verdict].map(str::to_owned));
    of_threshold.chain(warning).collect()
}
