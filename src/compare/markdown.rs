//! The comparison in Markdown, for a pull request or the summary of a job.

use crate::compare::comparison::Comparison;
use crate::compare::regression::RegressionResult;
use crate::compare::row::Row;
use crate::compare::table::{cells, flow_table, head, result_rows, side};
use crate::markup::markdown::{escaped, table};

/// Returns the comparison, and the results of regression limits if there are any.
pub(super) fn render(comparison: &Comparison<'_>, results: &[RegressionResult<'_>]) -> String {
    let mut text = String::from("## drumfire compare\n\n");
    for (name, run) in comparison.sides() {
        text += &format!("- {name}: {}\n", escaped(&side(run)));
    }
    for warning in comparison.warnings() {
        text += &format!("\n**Warning:** {}\n", escaped(warning));
    }
    text += &statistics(comparison.rows());
    for rows in [comparison.flows(), comparison.calls()] {
        if let [head, rows @ ..] = &flow_table(rows)[..]
            && !rows.is_empty()
        {
            text += &format!("\n{}", table(head, rows));
        }
    }
    for (name, rows) in comparison.groups() {
        text += &format!("\n### {}\n{}", escaped(name), statistics(rows));
    }
    if !results.is_empty() {
        let names = ["result", "regression limit", "found"].map(str::to_owned);
        text += &format!("\n{}", table(&names, &result_rows(results)));
    }
    text
}

fn statistics(rows: &[Row]) -> String {
    format!("\n{}", table(&head("statistic"), &cells(rows)))
}
