//! Which target of a list each hit goes to: a function of the hit's number.
//!
//! Without weights the targets come in turn. With weights they come evenly: at no time has any of
//! them had a whole hit more or less than its share. At random they have their shares as
//! probabilities.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::str::FromStr;

use rand::Rng;

use crate::error::Error;
use crate::schedule::seed::{HitRngs, Purpose, Seed};
use crate::units::parse_keyword;

/// In which order the targets of a list are hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Each as often as its weight says, as evenly as can be; in turn where all weigh the same.
    Even,
    /// Each with the probability that its weight says.
    Random,
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(order: &str) -> Result<Self, Error> {
        parse_keyword("order", order, &[("even", Self::Even), ("random", Self::Random)])
    }
}

/// Tells which target each hit goes to, hits in their order.
#[derive(Clone, Debug)]
pub enum Mix {
    /// In turn.
    Turn(Round),
    /// Evenly by weight.
    Even(Even),
    /// At random by weight.
    Random(Random),
}

impl Mix {
    /// Returns the place in an engine's share of the target of hit `seq`, which is no earlier one
    /// than was asked for before.
    pub fn place_of(&mut self, seq: u64) -> usize {
        match self {
            Self::Turn(round) => round.place_of(seq),
            Self::Even(even) => even.place_of(seq),
            Self::Random(random) => random.place_of(seq),
        }
    }
}

/// Targets in turn.
///
/// Engine i of n makes the hits k = i mod n, which go to the targets k mod their number: where
/// that has a divisor in common with n, only to those of one class modulo the divisor.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Number of targets of the whole list, >= 1.
    pub n_listed: u64,
    /// Distance in the list of two targets that are next to one another in the share, >= 1.
    pub stride: u64,
}

impl Round {
    fn place_of(self, seq: u64) -> usize {
        (seq % self.n_listed / self.stride) as usize
    }
}

/// Targets evenly by weight, in memory that grows with their number, not with the weights.
///
/// Hits come in cycles of W, the sum of the weights, in each of which target i has w_i. Its k-th
/// hit of a cycle may go out from the hit on with which it is not too far ahead of its share, and
/// must by the last with which it is not too far behind. Of those that may, the one goes that must
/// soonest, and of several such the first of the list:
///
/// ```text
/// from(k) = ceil((k - 1 + d) W / w_i)
/// by(k)   = floor((k - d) W / w_i) + 1
/// d       = 1 / (2 n - 2)
/// ```
///
/// - `k`: number of the target's hit in the cycle, from 1
/// - `n`: number of targets, at least 2
/// - `d`: how much less than a hit any target is ever off its share; no order does better for all
///   weights
///
/// Source: R. Tijdeman, The chairman assignment problem, Discrete Mathematics 32, 1980, theorem 1,
/// for `d`, which says that there is such an order; J. R. Jackson, Scheduling a production line to
/// minimize maximum tardiness, 1955, that the soonest deadline first then finds one.
#[derive(Clone, Debug)]
pub struct Even {
    weights: Vec<u32>,
    /// Sum of the weights.
    cycle: u64,
    /// Hits that have their target so far, in all cycles.
    n_given: u64,
    /// The target of the last of them.
    last: usize,
    /// Hits of each target in this cycle.
    n_given_to: Vec<u32>,
    /// Targets whose next hit may go out: by when it must, and which target's.
    due: BinaryHeap<Reverse<(u64, usize)>>,
    /// Targets whose next hit may not go out yet: from when on it may.
    to_come: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Even {
    /// Takes the weights of at least two targets.
    pub fn new(weights: Vec<u32>) -> Self {
        let cycle = sum(&weights);
        let n_given_to = vec![0; weights.len()];
        let (due, to_come) = Default::default();
        Self { weights, cycle, n_given: 0, last: 0, n_given_to, due, to_come }
    }

    fn place_of(&mut self, seq: u64) -> usize {
        while self.n_given <= seq {
            self.last = self.next();
        }
        self.last
    }

    fn next(&mut self) -> usize {
        let hit = self.n_given % self.cycle + 1;
        if hit == 1 {
            self.n_given_to.fill(0);
            self.to_come = (0..self.weights.len()).map(|i| Reverse((self.from(i, 1), i))).collect();
        }
        while let Some(Reverse((from, i))) = self.to_come.peek().copied()
            && from <= hit
        {
            self.to_come.pop();
            let by = self.by(i, self.n_given_to[i] + 1);
            self.due.push(Reverse((by, i)));
        }
        let Reverse((_, i)) = self.due.pop().expect("there is an order that keeps to all windows");
        self.n_given_to[i] += 1;
        self.n_given += 1;
        if self.n_given_to[i] < self.weights[i] {
            self.to_come.push(Reverse((self.from(i, self.n_given_to[i] + 1), i)));
        }
        i
    }

    /// Returns from which hit of the cycle on the k-th of target `i` may go out.
    fn from(&self, i: usize, k: u32) -> u64 {
        let parts = self.parts();
        let share = parts * u128::from(self.weights[i]);
        let from = (u128::from(k - 1) * parts + 1) * u128::from(self.cycle);
        from.div_ceil(share) as u64
    }

    /// Returns by which hit of the cycle the k-th of target `i` must go out.
    fn by(&self, i: usize, k: u32) -> u64 {
        let parts = self.parts();
        let share = parts * u128::from(self.weights[i]);
        ((u128::from(k) * parts - 1) * u128::from(self.cycle) / share) as u64 + 1
    }

    /// 1 / d
    fn parts(&self) -> u128 {
        2 * self.weights.len() as u128 - 2
    }
}

/// Targets at random by weight.
#[derive(Clone, Debug)]
pub struct Random {
    /// The sum of the weights up to each target and with it; the last is that of all.
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

    fn place_of(&mut self, seq: u64) -> usize {
        let all = self.sums.last().copied().unwrap_or_default();
        // A number below 2^64 scaled down to one below the sum: off by less than their ratio.
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

    /// Takes an even mix through so many hits; at each prefix no target may be off its share by
    /// more than the bound.
    fn check_even(weights: &[u32], n_hits: u64) {
        let mut even = Even::new(weights.to_vec());
        let (all, n) = (sum(weights) as i128, weights.len() as i128);
        let mut n_given = vec![0_i128; weights.len()];
        for seq in 0..n_hits {
            n_given[even.place_of(seq)] += 1;
            for (given, weight) in n_given.iter().zip(weights) {
                // |given - hits w / W| <= 1 - 1 / (2 n - 2)
                let off = given * all - (i128::from(seq) + 1) * i128::from(*weight);
                let within = off.abs() * (2 * n - 2) <= all * (2 * n - 3);
                assert!(within, "{weights:?}: {n_given:?} after {} hits", seq + 1);
            }
        }
    }

    proptest! {
        #[test]
        fn no_target_is_ever_a_whole_hit_off_its_share(
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
            // On these the smooth weighted round robin of servers is off by 1.27 hits.
            (&[1, 8, 5, 1, 1, 3, 30, 30, 30, 1], 1_000),
            (&[50, 1, 1, 1, 1, 1, 1, 1], 1_000),
        ];
        for (weights, n_hits) in table {
            check_even(weights, n_hits);
        }
        check_even(&(1..=2_000).map(|weight| weight % 7 + 1).collect::<Vec<_>>(), 3_000);
    }

    #[test]
    fn an_even_mix_reads_as_one_would_write_it() {
        let table: [(&[u32], &str); 5] = [
            (&[2, 1], "abaaba"),
            (&[3, 1], "aabaaaba"),
            (&[5, 1, 1], "aabaaca"),
            (&[1, 1, 1], "abcabc"),
            (&[5, 4, 3, 2], "abcadbacbadabc"),
        ];
        for (weights, expected) in table {
            let mut even = Even::new(weights.to_vec());
            let places = (0..expected.len() as u64).map(|seq| even.place_of(seq));
            let shown: String = places.map(|place| (b'a' + place as u8) as char).collect();
            assert_eq!(shown, expected, "{weights:?}");
        }
    }

    #[test]
    fn engines_that_skip_one_another_s_hits_mix_as_one_would() {
        let weights = [5, 4, 3, 2, 2, 1];
        let mixes = || {
            let random = Random::new(&weights, Seed(1));
            [Mix::Even(Even::new(weights.to_vec())), Mix::Random(random)]
        };
        let whole = mixes().map(|mut mix| (0..500).map(|seq| mix.place_of(seq)).collect());
        for (mix, whole) in mixes().into_iter().zip::<[Vec<usize>; 2]>(whole) {
            for engine in 0..3 {
                let mut mix = mix.clone();
                for seq in (engine..500).step_by(3) {
                    assert_eq!(mix.place_of(seq as u64), whole[seq]);
                }
            }
        }
    }

    #[test]
    fn at_random_weights_are_probabilities() {
        let weights = [5, 1, 3, 1];
        let mut random = Random::new(&weights, Seed(3));
        let mut counts = [0_u32; 4];
        (0..100_000).for_each(|seq| counts[random.place_of(seq)] += 1);
        // The chi-squared statistic of three degrees of freedom is below 16.3 in 999 of 1000 runs.
        let terms = weights.iter().zip(counts).map(|(weight, count)| {
            let expected = f64::from(*weight) * 10_000.0;
            (f64::from(count) - expected).powi(2) / expected
        });
        assert!(terms.sum::<f64>() < 16.3, "{counts:?}");
    }
}
