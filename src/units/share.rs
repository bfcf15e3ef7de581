//! Shares of a whole such as `1%` or `0.01`.

use crate::error::Error;

/// Parses a share, as a percentage or as a ratio, and returns the ratio, in [0, 1].
///
/// The point of a percentage is shifted, not divided, so that 99.9% is the very number that 999 of
/// 1000 come to.
///
/// # Errors
///
/// [`Error::Value`] where the text is no number or lies outside of the whole.
pub fn parse_share(text: &str) -> Result<f64, Error> {
    let ratio = match text.strip_suffix('%') {
        Some(percent) => format!("{percent}e-2").parse::<f64>(),
        None => text.parse(),
    };
    ratio.ok().filter(|ratio| (0.0..=1.0).contains(ratio)).ok_or_else(|| Error::Value {
        what: "share",
        input: text.to_owned(),
        expected: "0% to 100%, or 0 to 1",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_or_a_ratio() {
        let table = [
            ("0%", 0.0),
            ("2.5%", 0.025),
            ("99.9%", 999.0 / 1000.0),
            ("100%", 1.0),
            ("0.01", 0.01),
            ("1", 1.0),
        ];
        for (text, expected) in table {
            assert_eq!(parse_share(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_part_of_a_whole_is_refused() {
        for text in ["", "%", "101%", "2", "-1%", "nan", "1 %", "half"] {
            let error = parse_share(text).unwrap_err().to_string();
            assert_eq!(error, format!("bad share '{text}': expected 0% to 100%, or 0 to 1"));
        }
    }
}
