//! Poisson arrivals: independent hits with the rate of any plan.
//!
//! The intervals of a Poisson process of rate 1 are exponential with mean 1. If their sums are
//! taken as values of the integral of a rate, the hits form a Poisson process of that rate.
//!
//! Source: Erhan Çinlar, Introduction to Stochastic Processes, 1975, section 4.7, theorem 7.4.

use rand::Rng;
use rand::rngs::ChaCha8Rng;

use crate::schedule::seed::{Purpose, Seed};
use crate::schedule::stages::Hits;

/// Most hits that are counted before the attack starts.
const MAX_COUNTED: u64 = 10_000_000;

/// The values of the integral of the rate at which hits arrive, drawn in order. Only the last one
/// is kept: an earlier one is drawn again from the start.
#[derive(Debug)]
pub struct Poisson {
    seed: Seed,
    rng: ChaCha8Rng,
    /// Number of hits drawn so far.
    drawn: u64,
    /// Integral of the rate at the last hit drawn.
    last: Hits,
}

/// The clone starts again at the first hit.
impl Clone for Poisson {
    fn clone(&self) -> Self {
        Self::new(self.seed)
    }
}

impl Poisson {
    /// Returns the arrivals that follow from `seed`.
    pub fn new(seed: Seed) -> Self {
        let rng = seed.rngs(Purpose::Arrivals).for_hit(0);
        Self { seed, rng, drawn: 0, last: Hits::default() }
    }

    /// Returns the seed of the arrivals.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// Returns the integral of the rate at which hit `k` arrives.
    pub fn arrival(&mut self, k: u64) -> Hits {
        if self.drawn > k.saturating_add(1) {
            *self = Self::new(self.seed);
        }
        while self.drawn <= k {
            self.last = self.last.plus(exponential(&mut self.rng));
            self.drawn += 1;
        }
        self.last
    }

    /// Returns the number of hits before the integral reaches `end`, at most `limit`. None if
    /// counting would take too long.
    pub fn count(&self, end: Hits, limit: u64) -> Option<u64> {
        let expected = end.round().min(limit);
        if expected > MAX_COUNTED {
            return None;
        }
        let mut arrivals = self.clone();
        (0..limit).find(|k| arrivals.arrival(*k) >= end).or(Some(limit))
    }
}

/// Draws an exponential interval with mean 1. The method only compares numbers, so that the result
/// does not depend on the logarithm of a math library and is the same on every machine.
///
/// Runs of falling numbers, uniform in `[0, 1)`, are drawn until one has an odd length. Its first
/// number is the fraction of the result; the number of runs before it is the whole part.
///
/// Source: John von Neumann, Various Techniques Used in Connection with Random Digits, 1951.
fn exponential(rng: &mut impl Rng) -> Hits {
    let mut whole = 0;
    loop {
        let first = rng.next_u64();
        let (mut last, mut odd) = (first, true);
        loop {
            let next = rng.next_u64();
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

    /// Returns the intervals between hits, in hits.
    fn intervals(seed: u64) -> Vec<f64> {
        let mut arrivals = Poisson::new(Seed(seed));
        let levels: Vec<_> = (0..N).map(|k| arrivals.arrival(k).as_f64()).collect();
        let before = [0.0].into_iter().chain(levels.iter().copied());
        levels.iter().zip(before).map(|(level, before)| level - before).collect()
    }

    #[test]
    fn intervals_pass_a_kolmogorov_smirnov_test_of_the_exponential_distribution() {
        let mut intervals = intervals(42);
        let mean = intervals.iter().sum::<f64>() / N as f64;
        // Three standard deviations.
        assert!((mean - 1.0).abs() < 3.0 / (N as f64).sqrt(), "{mean}");
        intervals.sort_by(f64::total_cmp);
        let distance = |(idx, length): (usize, &f64)| {
            let expected = -(-length).exp_m1();
            let (below, above) = (idx as f64 / N as f64, (idx + 1) as f64 / N as f64);
            (expected - below).abs().max((above - expected).abs())
        };
        let greatest = intervals.iter().enumerate().map(distance).fold(0.0, f64::max);
        // One sample in a hundred of a true exponential distribution exceeds this distance.
        assert!(greatest < 1.628 / (N as f64).sqrt(), "{greatest}");
    }

    #[test]
    fn counts_per_bin_have_the_dispersion_of_a_poisson_process() {
        let mut counts = vec![0_u32; N as usize / 10];
        let mut level = 0.0;
        for length in intervals(42) {
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
    fn a_seed_always_gives_the_same_hits_in_any_order() {
        let mut arrivals = Poisson::new(Seed(7));
        let forth = [0, 1, 999].map(|k| arrivals.arrival(k));
        let back = [999, 1, 0].map(|k| arrivals.arrival(k));
        assert_eq!(forth, [back[2], back[1], back[0]]);
        let shown = forth.map(|level| format!("{:.9}", level.as_f64()));
        // From an independent implementation of ChaCha and von Neumann's method in Python.
        assert_eq!(shown, ["1.838174186", "3.573546491", "1000.254935779"]);
        assert_ne!(Poisson::new(Seed(8)).arrival(0), forth[0]);
    }

    #[test]
    fn hits_are_counted_up_to_the_end_or_the_limit() {
        let arrivals = Poisson::new(Seed(7));
        let mut drawn = arrivals.clone();
        let count = arrivals.count(Hits::whole(1000), u64::MAX).unwrap();
        assert!(drawn.arrival(count - 1) < Hits::whole(1000));
        assert!(drawn.arrival(count) >= Hits::whole(1000));
        assert_eq!(arrivals.count(Hits::whole(1000), 10), Some(10));
        assert_eq!(arrivals.count(Hits::whole(u64::MAX), u64::MAX), None);
    }
}
