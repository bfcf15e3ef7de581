//! Natural order of attack names.

use std::cmp::Ordering;

/// Orders names as people do, with numbers in them compared by value: `attack-2` before
/// `attack-10`. Different names are never equal.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    parts(a).cmp(parts(b)).then_with(|| a.cmp(b))
}

/// A part of a name; a number, as digits without leading zeros, comes before a text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    /// Number of digits, then the digits.
    Number(usize, &'a [u8]),
    Text(&'a [u8]),
}

fn parts(name: &str) -> impl Iterator<Item = Part<'_>> {
    name.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()).map(|part| {
        if !part[0].is_ascii_digit() {
            return Part::Text(part);
        }
        let zeros = part.iter().take_while(|digit| **digit == b'0').count();
        Part::Number(part.len() - zeros, &part[zeros..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_by_their_value() {
        let rising = [
            "",
            "7",
            "007a",
            "10",
            "attack",
            "attack-02",
            "attack-2",
            "attack-10",
            "attack-10-a",
            "attack-99999999999999999999999999",
            "attack-100000000000000000000000000",
            "été",
        ];
        let mut names = rising;
        names.reverse();
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, rising);
    }
}
