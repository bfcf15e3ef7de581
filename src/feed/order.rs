//! Which row of a feed each hit has: a function of the hit's number.

use std::str::FromStr;

use rand::Rng;

use crate::error::Error;
use crate::schedule::seed::HitRngs;
use crate::units::parse_keyword;

/// In which order hits have the rows of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// In the order of the file, over and over.
    Cyclic,
    /// Each row once in every round, in another order each.
    Shuffle,
    /// Any row, whatever those before it.
    Random,
    /// In the order of the file; behind the last row the attack ends.
    Once,
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(order: &str) -> Result<Self, Error> {
        let choices = [
            ("cyclic", Self::Cyclic),
            ("shuffle", Self::Shuffle),
            ("random", Self::Random),
            ("once", Self::Once),
        ];
        parse_keyword("feed order", order, &choices)
    }
}

impl Order {
    /// Returns the row of hit `k` among so many, from 0; None behind the last.
    pub fn row_of(self, k: u64, n_rows: u64, rngs: HitRngs) -> Option<u64> {
        match self {
            Self::Cyclic => Some(k % n_rows),
            Self::Shuffle => Some(shuffled(k % n_rows, n_rows, rngs, k / n_rows)),
            Self::Random => Some(below(n_rows, &mut rngs.for_hit(k))),
            Self::Once => (k < n_rows).then_some(k),
        }
    }
}

/// Returns a number below `n`, off from even chances by less than n / 2^64.
fn below(n: u64, numbers: &mut impl Rng) -> u64 {
    ((u128::from(numbers.next_u64()) * u128::from(n)) >> 64) as u64
}

/// Returns what a number below `n` becomes in a round's permutation, without memory of the others.
///
/// Source: M. Luby and C. Rackoff, How to construct pseudorandom permutations from pseudorandom
/// functions, 1988, for a power of four; J. Black and P. Rogaway, Ciphers with arbitrary finite
/// domains, 2002, section 3, for walking on until the number is below `n`.
fn shuffled(place: u64, n: u64, rngs: HitRngs, round: u64) -> u64 {
    let mut numbers = rngs.for_hit(round);
    let keys: [u64; 8] = std::array::from_fn(|_| numbers.next_u64());
    let half = (u64::BITS - (n - 1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1 << half) - 1;
    let mut place = place;
    loop {
        let (mut left, mut right) = (place >> half, place & mask);
        for key in keys {
            (left, right) = (right, left ^ (mixed(right ^ key) & mask));
        }
        place = (left << half) | right;
        if place < n {
            return place;
        }
    }
}

/// Returns a number each bit of which depends on all of the given one.
///
/// Source: D. Stafford, Better bit mixing, 2011, variant 13, as in SplitMix64.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schedule::seed::{Purpose, Seed};

    /// Returns the rows of so many hits.
    fn rows(order: Order, n_rows: u64, hits: std::ops::Range<u64>) -> Vec<Option<u64>> {
        let rngs = Seed(5).rngs(Purpose::Rows);
        hits.map(|k| order.row_of(k, n_rows, rngs)).collect()
    }

    proptest! {
        #[test]
        fn a_shuffled_round_has_each_row_once(n_rows in 1..400_u64, round in 0..5_u64) {
            let begin = round * n_rows;
            let mut seen = rows(Order::Shuffle, n_rows, begin..begin + n_rows);
            seen.sort();
            prop_assert_eq!(seen, (0..n_rows).map(Some).collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_order_gives_its_rows() {
        assert_eq!(rows(Order::Cyclic, 3, 2..5), [Some(2), Some(0), Some(1)]);
        assert_eq!(rows(Order::Once, 2, 0..4), [Some(0), Some(1), None, None]);
        assert_ne!(rows(Order::Shuffle, 50, 0..50), rows(Order::Shuffle, 50, 50..100));
        assert_ne!(rows(Order::Shuffle, 50, 0..50), rows(Order::Cyclic, 50, 0..50));
    }

    #[test]
    fn any_row_is_as_likely_as_any_other_at_each_hit() {
        for order in [Order::Random, Order::Shuffle] {
            // Of a shuffle, the first hit of each round: the others follow from those before.
            let step = if order == Order::Shuffle { 10 } else { 1 };
            let rngs = Seed(1).rngs(Purpose::Rows);
            let mut counts = [0_u32; 10];
            for k in 0..100_000 {
                counts[order.row_of(k * step, 10, rngs).unwrap() as usize] += 1;
            }
            // The chi-squared statistic of nine degrees of freedom is below 27.9 in 999 of 1000
            // runs.
            let terms = counts.map(|count| (f64::from(count) - 10_000.0).powi(2) / 10_000.0);
            assert!(terms.iter().sum::<f64>() < 27.9, "{order:?}: {counts:?}");
        }
    }
}
