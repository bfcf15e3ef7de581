//! The comparison in Markdown, for a pull request or the summary of a job.

use crate::compare::table::{cells, head, judged, side};
use crate::compare::{Comparison, Judgement, Row};
use crate::markup::escape::{escape, visible};

/// Returns the comparison, and the judgements on it, where there are any.
pub(super) fn render(comparison: &Comparison<'_>, judgements: &[Judgement<'_>]) -> String {
    let mut text = String::from("## drumfire compare\n\n");
    for (name, run) in comparison.sides() {
        text += &format!("- {name}: {}\n", plain(&side(run)));
    }
    for warning in comparison.warnings() {
        text += &format!("\n**Warning:** {}\n", plain(warning));
    }
    text += &figures(comparison.rows());
    for (name, rows) in comparison.groups() {
        text += &format!("\n### {}\n{}", plain(name), figures(rows));
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

/// Returns a table.
///
/// Source: GitHub Flavored Markdown, section 4.10, Tables.
fn table<const N: usize>(names: &[String; N], rows: &[[String; N]]) -> String {
    let line = |cells: &[String; N]| {
        let cells: Vec<_> = cells.iter().map(|cell| plain(cell)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = format!("|{}\n", " --- |".repeat(N));
    let rows: String = rows.iter().map(line).collect();
    line(names) + &rule + &rows
}

/// Returns a text that Markdown shows as it is: a name may come from a server.
///
/// Source: CommonMark 0.31, section 2.4, Backslash escapes.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in escape(&visible(text)).chars() {
        if matches!(letter, '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '@') {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_taken_for_markdown() {
        let table = [
            ("login", "login"),
            ("a|b", "a\\|b"),
            ("*a* [b](c) `d`", "\\*a\\* \\[b\\](c) \\`d\\`"),
            ("<script>&", "&lt;script&gt;&amp;"),
            ("a\nb", "a\\\\nb"),
            ("@team", "\\@team"),
        ];
        for (text, expected) in table {
            assert_eq!(plain(text), expected);
        }
    }
}
