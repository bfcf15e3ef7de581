//! Whole-number arithmetic that schedules and target mixes share.

/// Returns the greatest common divisor of two numbers; the other number if one is zero.
///
/// Source: Euclid, Elements, book VII, proposition 2.
pub fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_divisor_is_the_greatest_in_common() {
        let table = [(12, 18, 6), (18, 12, 6), (7, 5, 1), (0, 4, 4), (4, 0, 4), (0, 0, 0)];
        for (a, b, expected) in table {
            assert_eq!(greatest_common_divisor(a, b), expected, "{a}, {b}");
        }
    }
}
