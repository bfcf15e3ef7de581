//! Weights: how often a target is hit compared with the others of its list.

use crate::targets::ReadMode;
use crate::targets::problem::Problem;

/// Weight of a target whose list gives none.
pub const DEFAULT: u32 = 1;

/// Parses a weight, a whole number of at least 1.
///
/// # Errors
///
/// If the text is not a whole number of at least 1, or if the list is read during the attack.
pub fn parse(text: &str, mode: ReadMode) -> Result<u32, Problem> {
    // Weights are shares of the whole list, which is unknown while it is being read.
    if mode == ReadMode::Streamed {
        return Err(Problem::StreamedWeight);
    }
    match text.parse() {
        Ok(0) => Err(Problem::ZeroWeight(text.to_owned())),
        Ok(weight) if !text.starts_with('+') => Ok(weight),
        _ => Err(Problem::Weight(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_a_whole_number_of_at_least_one() {
        let whole = "expected a whole number from 1 to 4294967295";
        let zero = "expected at least 1; remove a target from the list to never send it";
        let table = [
            ("1", Ok(1)),
            ("4294967295", Ok(u32::MAX)),
            ("0", Err(format!("bad weight '0': {zero}"))),
            ("4294967296", Err(format!("bad weight '4294967296': {whole}"))),
            ("-1", Err(format!("bad weight '-1': {whole}"))),
            ("+1", Err(format!("bad weight '+1': {whole}"))),
            ("1.5", Err(format!("bad weight '1.5': {whole}"))),
            ("5 times", Err(format!("bad weight '5 times': {whole}"))),
            ("", Err(format!("bad weight '': {whole}"))),
        ];
        for (text, expected) in table {
            let weight = parse(text, ReadMode::Whole).map_err(|problem| problem.to_string());
            assert_eq!(weight, expected);
        }
    }

    #[test]
    fn a_streamed_list_has_no_weights() {
        let problem = parse("5", ReadMode::Streamed).unwrap_err().to_string();
        assert_eq!(problem, "a weight needs the whole list before the attack: leave out -lazy");
    }
}
