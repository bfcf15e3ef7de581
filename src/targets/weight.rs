//! How often a target is hit beside the others of its list.

use crate::targets::Reading;
use crate::targets::fields::clip;

/// The weight of a target whose list does not give one.
pub(super) const USUAL: u32 = 1;

/// Parses a weight, a whole number of at least 1.
///
/// The error is what is wrong with it and what was expected.
pub(super) fn parse(text: &str, reading: Reading) -> Result<u32, String> {
    if reading == Reading::AsNeeded {
        return Err("a weight needs the whole list before the attack: leave out -lazy".to_owned());
    }
    let bad = |expected: &str| format!("bad weight '{}': expected {expected}", clip(text));
    match text.parse() {
        Ok(0) => Err(bad("at least 1; take a target that is never to be hit off the list")),
        Ok(weight) if !text.starts_with('+') => Ok(weight),
        _ => Err(bad(&format!("a whole number from 1 to {}", u32::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_a_whole_number_of_at_least_one() {
        let whole = "expected a whole number from 1 to 4294967295";
        let none = "expected at least 1; take a target that is never to be hit off the list";
        let table = [
            ("1", Ok(1)),
            ("4294967295", Ok(u32::MAX)),
            ("0", Err(format!("bad weight '0': {none}"))),
            ("4294967296", Err(format!("bad weight '4294967296': {whole}"))),
            ("-1", Err(format!("bad weight '-1': {whole}"))),
            ("+1", Err(format!("bad weight '+1': {whole}"))),
            ("1.5", Err(format!("bad weight '1.5': {whole}"))),
            ("5 times", Err(format!("bad weight '5 times': {whole}"))),
            ("", Err(format!("bad weight '': {whole}"))),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text, Reading::Whole), expected);
        }
    }

    #[test]
    fn a_list_that_is_read_once_in_its_order_has_no_weights() {
        let problem = "a weight needs the whole list before the attack: leave out -lazy";
        assert_eq!(parse("5", Reading::AsNeeded), Err(problem.to_owned()));
    }
}
