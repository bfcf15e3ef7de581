//! Values that are chosen by a keyword, such as `sleep`, `poll` or `auto`.

use crate::error::Error;

/// Returns the value that a keyword names.
///
/// `what` says what is chosen, for the error text, and `choices` lists the keywords with their
/// values in the order in which the text lists them.
///
/// # Errors
///
/// [`Error::Keyword`] if `input` is none of the keywords.
pub fn parse_keyword<T: Copy>(
    what: &'static str,
    input: &str,
    choices: &[(&'static str, T)],
) -> Result<T, Error> {
    let chosen = choices.iter().find(|(keyword, _)| *keyword == input);
    chosen.map(|(_, value)| *value).ok_or_else(|| {
        let keywords: Vec<&str> = choices.iter().map(|(keyword, _)| *keyword).collect();
        let expected = match keywords[..] {
            [one, other] => format!("{one} or {other}"),
            _ => format!("one of {}", keywords.join(", ")),
        };
        Error::Keyword { what, input: input.to_owned(), expected }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_names_a_value_or_is_refused_with_the_accepted_ones() {
        let choices = [("north", 0), ("east", 90), ("south", 180)];
        assert_eq!(parse_keyword("direction", "east", &choices).unwrap(), 90);
        let message = |choices| parse_keyword("direction", "East", choices).unwrap_err();
        assert_eq!(
            message(&choices).to_string(),
            "bad direction 'East': expected one of north, east, south"
        );
        let two = "bad direction 'East': expected north or east";
        assert_eq!(message(&choices[..2]).to_string(), two);
    }
}
