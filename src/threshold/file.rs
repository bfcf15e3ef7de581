//! A file of thresholds, one per line.

use crate::error::{Error, TextFile};
use crate::threshold::expression::Threshold;

/// Parses thresholds, one per line. Blank lines are ignored. A comment begins with a `#` at the
/// begin of a line or after a space.
///
/// # Errors
///
/// [`Error::Line`] if a line is not a threshold; [`Error::Value`] if there is none at all, since an
/// empty list would let every run pass.
pub fn parse_thresholds(text: &str) -> Result<Vec<Threshold>, Error> {
    // Some editors begin a file with a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    let lines = (1..).zip(text.lines()).map(|(line, text)| (line, without_comment(text).trim()));
    let parsed = lines.filter(|(_, text)| !text.is_empty()).map(|(line, text)| {
        let at = |error: Error| Error::at_line(TextFile::Thresholds, line, error);
        text.parse().map_err(at)
    });
    let thresholds = parsed.collect::<Result<Vec<Threshold>, Error>>()?;
    if thresholds.is_empty() {
        return Err(Error::Value {
            what: "list of thresholds",
            input: String::new(),
            expected: "one per line, as in p99<500ms",
        });
    }
    Ok(thresholds)
}

fn without_comment(line: &str) -> &str {
    let begins = |place: &usize| line[..*place].chars().next_back().is_none_or(char::is_whitespace);
    let comment = line.match_indices('#').map(|(place, _)| place).find(begins);
    &line[..comment.unwrap_or(line.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_one_per_line_between_comments() {
        let text =
            "\u{feff}# for the release\n\np99<500ms\r\n  login#2:p95<=200ms # a < b\n\t# end\n";
        let thresholds = parse_thresholds(text).unwrap();
        let found: Vec<_> = thresholds.iter().map(|threshold| threshold.expr.as_str()).collect();
        assert_eq!(found, ["p99<500ms", "login#2:p95<=200ms"]);
    }

    #[test]
    fn a_byte_order_mark_may_precede_a_threshold() {
        let thresholds = parse_thresholds("\u{feff}p99<500ms\r\n").unwrap();
        assert_eq!(thresholds[0].expr, "p99<500ms");
    }

    #[test]
    fn a_bad_line_is_reported_with_its_number() {
        let error = parse_thresholds("# x\np99<500\n").unwrap_err().to_string();
        let expected = "line 2: bad value '500': expected a duration with its unit, as in 500ms \
                        or 1.5s";
        assert_eq!(error, expected);
    }

    #[test]
    fn a_list_without_thresholds_is_refused() {
        for text in ["", "\n\n", "# p99<500ms\n"] {
            let error = parse_thresholds(text).unwrap_err().to_string();
            assert!(error.starts_with("bad list of thresholds '"), "{error}");
        }
    }
}
