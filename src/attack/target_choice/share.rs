//! Splits a list of targets among engines.

use std::iter;

use crate::attack::target_choice::mix::{Even, Mix, Order, Random, Turns};
use crate::schedule::seed::Seed;
use crate::targets::Target;
use crate::units::greatest_common_divisor;

/// The targets of a list that one engine hits, and which of them each hit goes to.
#[derive(Clone)]
pub struct Share {
    pub targets: Vec<Target>,
    pub mix: Mix,
}

impl Share {
    /// Returns the share of each engine. Engines have targets in common if the order requires it.
    pub fn split(targets: Vec<Target>, order: Order, seed: Seed, n_engines: usize) -> Vec<Self> {
        let weights: Vec<_> = targets.iter().map(|target| target.weight).collect();
        let mix = match order {
            Order::Random => Mix::Random(Random::new(&weights, seed)),
            Order::Even if weights.iter().all(|weight| *weight == weights[0]) => {
                return Self::split_turns(targets, n_engines);
            }
            Order::Even => Mix::Even(Even::new(weights)),
        };
        vec![Self { targets, mix }; n_engines]
    }

    /// Returns the shares if targets take turns: each engine has only the targets of its hits.
    fn split_turns(targets: Vec<Target>, n_engines: usize) -> Vec<Self> {
        let n_listed = targets.len() as u64;
        let divisor = greatest_common_divisor(n_listed, n_engines as u64);
        let turns = Turns { n_listed, stride: divisor };
        let stride = divisor as usize;
        let len = targets.len() / stride;
        let empty = || Self { targets: Vec::with_capacity(len), mix: Mix::Turns(turns) };
        let mut shares: Vec<_> = iter::repeat_with(empty).take(stride).collect();
        for (index, target) in targets.into_iter().enumerate() {
            shares[index % stride].targets.push(target);
        }
        // Further engines hit the same targets as one of the first.
        for engine in stride..n_engines {
            shares.push(shares[engine % stride].clone());
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::{Defaults, read_http};

    fn list(n_targets: usize) -> Vec<Target> {
        let list: String = (0..n_targets).map(|n| format!("GET http://a/{n}\n")).collect();
        read_http(list.as_bytes(), &Defaults::default()).unwrap()
    }

    #[test]
    fn an_engine_has_only_the_targets_of_its_hits() {
        for (n_targets, n_engines) in [(1, 1), (5, 1), (6, 2), (5, 2), (6, 4), (2, 6), (1, 3)] {
            let shares = Share::split(list(n_targets), Order::Even, Seed(0), n_engines);
            assert_eq!(shares.len(), n_engines);
            for (engine, mut share) in shares.into_iter().enumerate() {
                let mut is_hit = vec![false; share.targets.len()];
                for seq in (engine..n_targets * n_engines).step_by(n_engines) {
                    let index = share.mix.index_of(seq as u64);
                    let url = &share.targets[index].url;
                    assert_eq!(*url, format!("http://a/{}", seq % n_targets));
                    is_hit[index] = true;
                }
                assert!(is_hit.iter().all(|hit| *hit), "{n_targets} targets, {n_engines} engines");
            }
        }
    }
}
