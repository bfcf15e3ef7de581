//! Poisson arrivals: hits that know nothing of one another, at the rate of any plan.
//!
//! The hits of a Poisson process of rate 1 are apart by exponential lengths of mean 1. Taken for
//! levels of the integral of a rate, their sums are the hits of a Poisson process of that rate.
//!
//! Source: Erhan Çinlar, Introduction to Stochastic Processes, 1975, section 4.7, theorem 7.4.

use rand::Rng;
use rand::rngs::ChaCha8Rng;

use crate::schedule::seed::{Seed, Use};
use crate::schedule::stages::Hits;

/// Most hits that are counted ahead, which is done before the first of them.
const MOST_COUNTED: u64 = 10_000_000;

/// The levels at which hits come, drawn one after another. It remembers the last one alone, and
/// begins anew for one before it.
#[derive(Debug)]
pub struct Poisson {
    seed: Seed,
    numbers: ChaCha8Rng,
    /// Hits drawn.
    drawn: u64,
    /// Level of the last of them.
    level: Hits,
}

/// The clone begins anew.
impl Clone for Poisson {
    fn clone(&self) -> Self {
        Self::new(self.seed)
    }
}

impl Poisson {
    /// Returns the arrivals of a seed.
    pub fn new(seed: Seed) -> Self {
        let numbers = seed.dice(Use::Arrivals).of_hit(0);
        Self { seed, numbers, drawn: 0, level: Hits::default() }
    }

    /// The number that they follow from.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// Returns the integral of the rate at which hit `k` comes.
    pub fn level(&mut self, k: u64) -> Hits {
        if self.drawn > k.saturating_add(1) {
            *self = Self::new(self.seed);
        }
        while self.drawn <= k {
            self.level = self.level.plus(exponential(&mut self.numbers));
            self.drawn += 1;
        }
        self.level
    }

    /// Returns how many hits come before the integral is at `end`, but no more than `most`; None
    /// where counting them would take too long.
    pub fn count(&self, end: Hits, most: u64) -> Option<u64> {
        let expected = end.round().min(most);
        if expected > MOST_COUNTED {
            return None;
        }
        let mut arrivals = self.clone();
        (0..most).find(|k| arrivals.level(*k) >= end).or(Some(most))
    }
}

/// Draws an exponential length of mean 1 by comparing numbers alone, so that it is the same on every
/// machine: no library's logarithm is asked.
///
/// Of a run of falling numbers, each uniform in [0, 1), the first is kept where the run ends at an
/// odd one; each run before adds 1.
///
/// Source: John von Neumann, Various Techniques Used in Connection with Random Digits, 1951.
fn exponential(numbers: &mut impl Rng) -> Hits {
    let mut whole = 0;
    loop {
        let first = numbers.next_u64();
        let (mut last, mut odd) = (first, true);
        loop {
            let next = numbers.next_u64();
            if next >= last {
                break;
            }
            (last, odd) = (next, !odd);
        }
        if odd {
            return Hits::new(whole, first);
        }
        whole += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: u64 = 100_000;

    /// The lengths between hits, in hits.
    fn lengths(seed: u64) -> Vec<f64> {
        let mut arrivals = Poisson::new(Seed(seed));
        let levels: Vec<_> = (0..N).map(|k| arrivals.level(k).as_f64()).collect();
        let before = [0.0].into_iter().chain(levels.iter().copied());
        levels.iter().zip(before).map(|(level, before)| level - before).collect()
    }

    #[test]
    fn lengths_are_exponential_by_kolmogorov_and_smirnov() {
        let mut lengths = lengths(42);
        let mean = lengths.iter().sum::<f64>() / N as f64;
        // Three standard deviations.
        assert!((mean - 1.0).abs() < 3.0 / (N as f64).sqrt(), "{mean}");
        lengths.sort_by(f64::total_cmp);
        let distance = |(idx, length): (usize, &f64)| {
            let expected = -(-length).exp_m1();
            let (below, above) = (idx as f64 / N as f64, (idx + 1) as f64 / N as f64);
            (expected - below).abs().max((above - expected).abs())
        };
        let greatest = lengths.iter().enumerate().map(distance).fold(0.0, f64::max);
        // Of a true exponential distribution one sample in a hundred is farther away.
        assert!(greatest < 1.628 / (N as f64).sqrt(), "{greatest}");
    }

    #[test]
    fn counts_are_as_dispersed_as_they_are_many() {
        let mut counts = vec![0_u32; N as usize / 10];
        let mut level = 0.0;
        for length in lengths(42) {
            level += length;
            if let Some(count) = counts.get_mut((level / 10.0) as usize) {
                *count += 1;
            }
        }
        let bins = counts.len() as f64;
        let mean = counts.iter().map(|count| f64::from(*count)).sum::<f64>() / bins;
        let square = |count: &u32| (f64::from(*count) - mean).powi(2);
        let variance = counts.iter().map(square).sum::<f64>() / (bins - 1.0);
        // The index of dispersion has mean 1 and variance 2 / (bins - 1).
        let index = variance / mean;
        assert!((index - 1.0).abs() < 3.0 * (2.0 / bins).sqrt(), "{index}");
    }

    #[test]
    fn a_seed_draws_the_same_hits_for_ever_and_in_any_order() {
        let mut arrivals = Poisson::new(Seed(7));
        let forth = [0, 1, 999].map(|k| arrivals.level(k));
        let back = [999, 1, 0].map(|k| arrivals.level(k));
        assert_eq!(forth, [back[2], back[1], back[0]]);
        let shown = forth.map(|level| format!("{:.9}", level.as_f64()));
        // By ChaCha and von Neumann's method written anew in Python.
        assert_eq!(shown, ["1.838174186", "3.573546491", "1000.254935779"]);
        assert_ne!(Poisson::new(Seed(8)).level(0), forth[0]);
    }

    #[test]
    fn hits_are_counted_to_the_end_or_the_most() {
        let arrivals = Poisson::new(Seed(7));
        let mut drawn = arrivals.clone();
        let count = arrivals.count(Hits::whole(1000), u64::MAX).unwrap();
        assert!(drawn.level(count - 1) < Hits::whole(1000));
        assert!(drawn.level(count) >= Hits::whole(1000));
        assert_eq!(arrivals.count(Hits::whole(1000), 10), Some(10));
        assert_eq!(arrivals.count(Hits::whole(u64::MAX), u64::MAX), None);
    }
}
