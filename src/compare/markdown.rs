//! The comparison in Markdown, for a pull request or the summary of a job.

use crate::compare::table::{cells, head, judged, side};
use crate::compare::{Comparison, Judgement, Row};
use crate::markup::markdown::{escaped, table};

/// Returns the comparison, and the judgements on it, where there are any.
pub(super) fn render(comparison: &Comparison<'_>, judgements: &[Judgement<'_>]) -> String {
    let mut text = String::from("## drumfire compare\n\n");
    for (name, run) in comparison.sides() {
        text += &format!("- {name}: {}\n", escaped(&side(run)));
    }
    for warning in comparison.warnings() {
        text += &format!("\n**Warning:** {}\n", escaped(warning));
    }
    text += &figures(comparison.rows());
    for (name, rows) in comparison.groups() {
        text += &format!("\n### {}\n{}", escaped(name), figures(rows));
    }
    if !judgements.is_empty() {
        let names = ["gate", "expression", "found"].map(str::to_owned);
        text += &format!("\n{}", table(&names, &judged(judgements)));
    }
    text
}

fn figures(rows: &[Row]) -> String {
    format!("\n{}", table(&head("figure"), &cells(rows)))
}
