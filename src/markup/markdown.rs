//! Foreign text and tables in Markdown.

use crate::markup::escape::visible;

/// Characters that Markdown gives a meaning, besides those of HTML.
const SPECIAL: &str = "\\`*_{}[]#|~!";

/// Returns a table with a header row; every cell shows its text literally.
///
/// Source: GitHub Flavored Markdown, section 4.10, Tables.
pub(crate) fn table<const N: usize>(header: &[String; N], rows: &[[String; N]]) -> String {
    let delimiter = format!("|{}\n", "---|".repeat(N));
    [row(header), delimiter].into_iter().chain(rows.iter().map(row)).collect()
}

fn row<const N: usize>(cells: &[String; N]) -> String {
    format!("| {} |\n", cells.each_ref().map(|cell| escaped(cell)).join(" | "))
}

/// Returns a text that Markdown shows literally, on one line: no part of it becomes markup, HTML or
/// the mention of a user.
///
/// Source: CommonMark 0.31, section 2.4, Backslash escapes, and section 2.5, Entity references.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A backslash does not stop a forge from notifying the user of that name.
            '@' => escaped.push_str("&#64;"),
            _ if SPECIAL.contains(character) => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_literally() {
        let table = [
            ("plain é 1.5", "plain é 1.5"),
            ("a|b `c` *d*", r"a\|b \`c\` \*d\*"),
            ("<img> & @you", "&lt;img&gt; &amp; &#64;you"),
            ("[x](y) #1", r"\[x\](y) \#1"),
            ("a\nb", r"a\\nb"),
        ];
        for (text, expected) in table {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn a_table_has_a_header_and_a_delimiter_row() {
        let cells = |texts: [&str; 2]| texts.map(str::to_owned);
        let written = table(&cells(["name", "p99"]), &[cells(["a|b", "1ms"])]);
        assert_eq!(written, "| name | p99 |\n|---|---|\n| a\\|b | 1ms |\n");
    }
}
