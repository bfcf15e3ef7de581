//! The comparison as text.

use crate::compare::table::{cells, head, judged, side};
use crate::compare::{Comparison, Judgement, Row};
use crate::markup::escape::visible;
use crate::markup::text_table::align;

/// Returns the comparison, and the judgements on it, where there are any.
pub(super) fn render(comparison: &Comparison<'_>, judgements: &[Judgement<'_>]) -> String {
    let sides = comparison.sides().map(|(name, run)| [name.to_owned(), visible(&side(run))]);
    let warnings = comparison.warnings().iter();
    let warnings = warnings.map(|warning| ["warning".to_owned(), visible(warning)]);
    let top: Vec<_> = sides.into_iter().chain(warnings).collect();
    let mut text = align(&top).concat();
    text += &table("", comparison.rows());
    for (name, rows) in comparison.groups() {
        text += &table(&visible(name), rows);
    }
    if !judgements.is_empty() {
        let rows = judged(judgements).into_iter().map(|row| row.map(|cell| visible(&cell)));
        text += "\n";
        text += &align(&rows.collect::<Vec<_>>()).concat();
    }
    text
}

/// Returns the rows of the whole, or of a group with its name, below an empty line.
fn table(name: &str, rows: &[Row]) -> String {
    let name = if name.is_empty() { String::new() } else { format!("{name}\n") };
    let rows: Vec<_> = [head("")].into_iter().chain(cells(rows)).collect();
    format!("\n{name}{}", align(&rows).concat())
}
