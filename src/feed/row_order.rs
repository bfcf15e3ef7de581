//! The order of a feed: which row each hit uses, as a function of the hit's number.

use std::str::FromStr;

use rand::Rng;

use crate::error::Error;
use crate::schedule::seed::HitRngs;
use crate::units::parse_keyword;

/// The order in which hits use the rows of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// In file order, starting again after the last row.
    Cyclic,
    /// Every row once per round, in a different random order each round.
    Shuffle,
    /// A random row, independent of the rows before it.
    Random,
    /// In file order; the attack ends after the last row.
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
    /// Returns the row of hit `k`, in `[0, n_rows)`. None after the last row.
    pub fn row_of(self, k: u64, n_rows: u64, rngs: HitRngs) -> Option<u64> {
        match self {
            Self::Cyclic => Some(k % n_rows),
            Self::Shuffle => Some(shuffled(k % n_rows, n_rows, rngs, k / n_rows)),
            Self::Random => Some(below(n_rows, &mut rngs.for_hit(k))),
            Self::Once => (k < n_rows).then_some(k),
        }
    }
}

/// Returns a random number in `[0, n)`. The bias is below n / 2^64.
fn below(n: u64, rng: &mut impl Rng) -> u64 {
    ((u128::from(rng.next_u64()) * u128::from(n)) >> 64) as u64
}

/// Returns the image of `place`, in `[0, n)`, under the random permutation of a round. It needs no
/// memory for the other images.
///
/// Source: M. Luby and C. Rackoff, How to construct pseudorandom permutations from pseudorandom
/// functions, 1988, for a domain of a power of four; J. Black and P. Rogaway, Ciphers with
/// arbitrary finite domains, 2002, section 3, for repeating it until the number is below `n`.
fn shuffled(place: u64, n: u64, rngs: HitRngs, round: u64) -> u64 {
    let mut rng = rngs.for_hit(round);
    let keys: [u64; 8] = std::array::from_fn(|_| rng.next_u64());
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

/// Returns a number of which each bit depends on all bits of `number`.
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

    /// Returns the rows of a range of hits.
    fn rows(order: Order, n_rows: u64, hits: std::ops::Range<u64>) -> Vec<Option<u64>> {
        let rngs = Seed(5).rngs(Purpose::Rows);
        hits.map(|k| order.row_of(k, n_rows, rngs)).collect()
    }

    proptest! {
        #[test]
        fn a_shuffled_round_has_every_row_once(n_rows in 1..400_u64, round in 0..5_u64) {
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
    fn all_rows_are_equally_likely() {
        for order in [Order::Random, Order::Shuffle] {
            // Of a shuffle, only the first hit of each round, since the others depend on it.
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
