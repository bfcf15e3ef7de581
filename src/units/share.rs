//! Shares of a whole such as `1%` or `0.01`.

use crate::error::Error;

/// Parses a percentage or a ratio, and returns the ratio, in `[0, 1]`.
///
/// The decimal point of a percentage is shifted instead of dividing by 100, so that 99.9% is
/// exactly the number 999.0 / 1000.0.
///
/// # Errors
///
/// [`Error::Value`] if the text is not a number or the ratio is out of range.
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
    fn a_share_out_of_range_is_refused() {
        for text in ["", "%", "101%", "2", "-1%", "nan", "1 %", "half"] {
            let error = parse_share(text).unwrap_err().to_string();
            assert_eq!(error, format!("bad share '{text}': expected 0% to 100%, or 0 to 1"));
        }
    }
}
