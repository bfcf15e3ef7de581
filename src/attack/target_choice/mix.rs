//! Selects the target of a list for each hit, as a function of the hit's number.
//!
//! Without weights, targets take turns. With weights, hits are spread evenly: at any time, each
//! target is less than one hit away from its share. At random, shares are probabilities.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::str::FromStr;

use rand::Rng;

use crate::error::Error;
use crate::schedule::seed::{HitRngs, Purpose, Seed};
use crate::units::parse_keyword;

/// The order in which the targets of a list are hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Each as often as its weight demands, spread evenly; in turn if all weights are equal.
    Even,
    /// Each with a probability in proportion to its weight.
    Random,
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(order: &str) -> Result<Self, Error> {
        parse_keyword("order", order, &[("even", Self::Even), ("random", Self::Random)])
    }
}

/// Selects the target of each hit, for hits in order.
#[derive(Clone, Debug)]
pub enum Mix {
    /// In turn.
    Turns(Turns),
    /// Evenly by weight.
    Even(Even),
    /// At random by weight.
    Random(Random),
}

impl Mix {
    /// Returns the index of the target of hit `seq` in the engine's share. Hits must be passed in
    /// increasing order.
    pub fn index_of(&mut self, seq: u64) -> usize {
        match self {
            Self::Turns(turns) => turns.index_of(seq),
            Self::Even(even) => even.index_of(seq),
            Self::Random(random) => random.index_of(seq),
        }
    }
}

/// Targets in turn.
///
/// Engine `i` of `n` makes the hits `k` with `k mod n = i`. Hit `k` goes to target `k mod m` of `m`
/// targets. If `m` and `n` have a common divisor, an engine thus hits only the targets of one
/// residue class modulo that divisor.
#[derive(Clone, Copy, Debug)]
pub struct Turns {
    /// Number of targets in the whole list, >= 1.
    pub n_listed: u64,
    /// Distance in the list between neighboring targets of the share, >= 1.
    pub stride: u64,
}

impl Turns {
    fn index_of(self, seq: u64) -> usize {
        (seq % self.n_listed / self.stride) as usize
    }
}

/// Targets evenly by weight, in memory that grows with their number but not with their weights.
///
/// Hits form cycles of W, the sum of the weights, in which target i has w_i hits. Hit k of a target
/// in a cycle has a window: earlier, the target would be too far ahead of its share; later, too far
/// below it. Among the targets whose window is open, the one whose window closes first is hit, and
/// among several of these the first of the list:
///
/// ```text
/// from(k) = ceil((k - 1 + d) W / w_i)
/// by(k)   = floor((k - d) W / w_i) + 1
/// d       = 1 / (2 n - 2)
/// ```
///
/// - `from`, `by`: first and last hit of the cycle in the window
/// - `k`: number of the target's hit in the cycle, from 1
/// - `n`: number of targets, at least 2
/// - `d`: each target stays at most `1 - d` hits away from its share; no order achieves a larger
///   `d` for all weights
///
/// Source: R. Tijdeman, The chairman assignment problem, Discrete Mathematics 32, 1980, theorem 1,
/// which proves that an order with this `d` exists; J. R. Jackson, Scheduling a production line to
/// minimize maximum tardiness, 1955, which proves that earliest deadline first then finds one.
#[derive(Clone, Debug)]
pub struct Even {
    weights: Vec<u32>,
    /// Sum of the weights.
    cycle: u64,
    /// Number of hits that have been assigned, in all cycles.
    n_assigned: u64,
    /// The target of the last assigned hit.
    last: usize,
    /// Number of hits of each target in this cycle.
    n_assigned_to: Vec<u32>,
    /// Targets whose window is open: the end of the window, and the target.
    open: BinaryHeap<Reverse<(u64, usize)>>,
    /// Targets whose window is not open yet: the start of the window, and the target.
    waiting: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Even {
    /// Takes the weights of at least two targets.
    pub fn new(weights: Vec<u32>) -> Self {
        let cycle = sum(&weights);
        let n_assigned_to = vec![0; weights.len()];
        let (open, waiting) = Default::default();
        Self { weights, cycle, n_assigned: 0, last: 0, n_assigned_to, open, waiting }
    }

    fn index_of(&mut self, seq: u64) -> usize {
        while self.n_assigned <= seq {
            self.last = self.next();
        }
        self.last
    }

    fn next(&mut self) -> usize {
        let hit = self.n_assigned % self.cycle + 1;
        if hit == 1 {
            self.n_assigned_to.fill(0);
            self.waiting = (0..self.weights.len()).map(|i| Reverse((self.from(i, 1), i))).collect();
        }
        while let Some(Reverse((from, i))) = self.waiting.peek().copied()
            && from <= hit
        {
            self.waiting.pop();
            let by = self.by(i, self.n_assigned_to[i] + 1);
            self.open.push(Reverse((by, i)));
        }
        let Reverse((_, i)) = self.open.pop().expect("an order exists that respects all windows");
        self.n_assigned_to[i] += 1;
        self.n_assigned += 1;
        if self.n_assigned_to[i] < self.weights[i] {
            self.waiting.push(Reverse((self.from(i, self.n_assigned_to[i] + 1), i)));
        }
        i
    }

    /// Returns the first hit of the cycle in the window of hit `k` of target `i`.
    fn from(&self, i: usize, k: u32) -> u64 {
        let parts = self.parts();
        let share = parts * u128::from(self.weights[i]);
        let from = (u128::from(k - 1) * parts + 1) * u128::from(self.cycle);
        from.div_ceil(share) as u64
    }

    /// Returns the last hit of the cycle in the window of hit `k` of target `i`.
    fn by(&self, i: usize, k: u32) -> u64 {
        let parts = self.parts();
        let share = parts * u128::from(self.weights[i]);
        ((u128::from(k) * parts - 1) * u128::from(self.cycle) / share) as u64 + 1
    }

    /// Returns 1 / d.
    fn parts(&self) -> u128 {
        2 * self.weights.len() as u128 - 2
    }
}

/// Targets at random by weight.
#[derive(Clone, Debug)]
pub struct Random {
    /// Cumulative sums of the weights; the last is the total.
    sums: Vec<u64>,
    rngs: HitRngs,
}

impl Random {
    /// Takes the weights of at least one target.
    pub fn new(weights: &[u32], seed: Seed) -> Self {
        let add = |sum: &mut u64, weight: &u32| {
            *sum += u64::from(*weight);
            Some(*sum)
        };
        Self { sums: weights.iter().scan(0, add).collect(), rngs: seed.rngs(Purpose::Targets) }
    }

    /// Returns the index of the target of hit `seq`, for hits in any order.
    pub fn index_of(&self, seq: u64) -> usize {
        let all = self.sums.last().copied().unwrap_or_default();
        // Scaling a 64-bit number down to the total has a relative bias below total / 2^64.
        let drawn = u128::from(self.rngs.for_hit(seq).next_u64()) * u128::from(all);
        self.sums.partition_point(|sum| *sum <= (drawn >> 64) as u64)
    }
}

fn sum(weights: &[u32]) -> u64 {
    weights.iter().map(|weight| u64::from(*weight)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Takes an even mix through a number of hits; at each prefix no target may be off its share by
    /// more than the bound.
    fn check_even(weights: &[u32], n_hits: u64) {
        let mut even = Even::new(weights.to_vec());
        let (all, n) = (sum(weights) as i128, weights.len() as i128);
        let mut n_assigned = vec![0_i128; weights.len()];
        for seq in 0..n_hits {
            n_assigned[even.index_of(seq)] += 1;
            for (given, weight) in n_assigned.iter().zip(weights) {
                // |given - hits w / W| <= 1 - 1 / (2 n - 2)
                let off = given * all - (i128::from(seq) + 1) * i128::from(*weight);
                let within = off.abs() * (2 * n - 2) <= all * (2 * n - 3);
                assert!(within, "{weights:?}: {n_assigned:?} after {} hits", seq + 1);
            }
        }
    }

    proptest! {
        #[test]
        fn every_target_is_less_than_a_hit_away_from_its_share(
            weights in prop::collection::vec(1..40_u32, 2..12),
        ) {
            check_even(&weights, 2 * sum(&weights) + 3);
        }
    }

    #[test]
    fn shares_hold_for_any_weights_and_any_number_of_targets() {
        let table: [(&[u32], u64); 6] = [
            (&[999_983, 1], 1_100_000),
            (&[u32::MAX, 1], 100_000),
            (&[u32::MAX, u32::MAX - 1, u32::MAX - 2], 100_000),
            (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 1_000),
            // With these weights, smooth weighted round robin would be off by 1.27 hits.
            (&[1, 8, 5, 1, 1, 3, 30, 30, 30, 1], 1_000),
            (&[50, 1, 1, 1, 1, 1, 1, 1], 1_000),
        ];
        for (weights, n_hits) in table {
            check_even(weights, n_hits);
        }
        check_even(&(1..=2_000).map(|weight| weight % 7 + 1).collect::<Vec<_>>(), 3_000);
    }

    #[test]
    fn an_even_mix_looks_as_expected() {
        let table: [(&[u32], &str); 5] = [
            (&[2, 1], "abaaba"),
            (&[3, 1], "aabaaaba"),
            (&[5, 1, 1], "aabaaca"),
            (&[1, 1, 1], "abcabc"),
            (&[5, 4, 3, 2], "abcadbacbadabc"),
        ];
        for (weights, expected) in table {
            let mut even = Even::new(weights.to_vec());
            let places = (0..expected.len() as u64).map(|seq| even.index_of(seq));
            let shown: String = places.map(|place| (b'a' + place as u8) as char).collect();
            assert_eq!(shown, expected, "{weights:?}");
        }
    }

    #[test]
    fn several_engines_mix_like_one() {
        let weights = [5, 4, 3, 2, 2, 1];
        let mixes = || {
            let random = Random::new(&weights, Seed(1));
            [Mix::Even(Even::new(weights.to_vec())), Mix::Random(random)]
        };
        let whole = mixes().map(|mut mix| (0..500).map(|seq| mix.index_of(seq)).collect());
        for (mix, whole) in mixes().into_iter().zip::<[Vec<usize>; 2]>(whole) {
            for engine in 0..3 {
                let mut mix = mix.clone();
                for seq in (engine..500).step_by(3) {
                    assert_eq!(mix.index_of(seq as u64), whole[seq]);
                }
            }
        }
    }

    #[test]
    fn random_targets_have_their_weights_as_probabilities() {
        let weights = [5, 1, 3, 1];
        let random = Random::new(&weights, Seed(3));
        let mut counts = [0_u32; 4];
        (0..100_000).for_each(|seq| counts[random.index_of(seq)] += 1);
        // The chi-squared statistic of three degrees of freedom is below 16.3 in 999 of 1000 runs.
        let terms = weights.iter().zip(counts).map(|(weight, count)| {
            let expected = f64::from(*weight) * 10_000.0;
            (f64::from(count) - expected).powi(2) / expected
        });
        assert!(terms.sum::<f64>() < 16.3, "{counts:?}");
    }
}
