//! The comparison as text.

use crate::compare::comparison::Comparison;
use crate::compare::regression::RegressionResult;
use crate::compare::row::Row;
use crate::compare::table::{cells, flow_table, head, result_rows, side};
use crate::markup::escape::visible;
use crate::markup::text_table::align;

/// Returns the comparison, and the results of regression limits if there are any.
pub(super) fn render(comparison: &Comparison<'_>, results: &[RegressionResult<'_>]) -> String {
    let sides = comparison.sides().map(|(name, run)| [name.to_owned(), visible(&side(run))]);
    let warnings = comparison.warnings().iter();
    let warnings = warnings.map(|warning| ["warning".to_owned(), visible(warning)]);
    let top: Vec<_> = sides.into_iter().chain(warnings).collect();
    let mut text = align(&top).concat();
    text += &table("", comparison.rows());
    for rows in [comparison.flows(), comparison.calls()].into_iter().filter(|it| !it.is_empty()) {
        text += "\n";
        text += &align(&flow_table(rows)).concat();
    }
    for (name, rows) in comparison.groups() {
        text += &table(&visible(name), rows);
    }
    if !results.is_empty() {
        let rows = result_rows(results).into_iter().map(|row| row.map(|cell| visible(&cell)));
        text += "\n";
        text += &align(&rows.collect::<Vec<_>>()).concat();
    }
    text
}

/// Returns the rows of the whole runs, or of a group with its name, after an empty line.
fn table(name: &str, rows: &[Row]) -> String {
    let name = if name.is_empty() { String::new() } else { format!("{name}\n") };
    let rows: Vec<_> = [head("")].into_iter().chain(cells(rows)).collect();
    format!("\n{name}{}", align(&rows).concat())
}
