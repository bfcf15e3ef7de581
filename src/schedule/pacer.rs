//! The slot of each hit, as an offset from the start of the attack.

use std::time::Duration;

use crate::schedule::poisson::Poisson;
use crate::schedule::seed::Seed;
use crate::schedule::stages::{Hits, Stages};
use crate::units::Rate;

/// The schedule of an attack: a constant rate, stages, or as fast as the limits allow.
///
/// A hit exists if its slot is before the end.
#[derive(Clone, Debug)]
pub struct Pacer {
    /// None if hits have no slots. Without a duration, the stages never end.
    stages: Option<Stages>,
    /// None for arrivals at the intervals of the rate.
    poisson: Option<Poisson>,
    duration: Option<Duration>,
    requests: Option<u64>,
}

impl Pacer {
    /// Returns the schedule of a constant rate.
    ///
    /// Without a `rate`, every hit is due immediately. Without a `duration` and `requests`, there
    /// is no last hit.
    pub fn new(rate: Option<Rate>, duration: Option<Duration>, requests: Option<u64>) -> Self {
        let stages = rate.map(|rate| Stages::steady(rate, duration));
        Self { stages, poisson: None, duration, requests }
    }

    /// Returns the schedule of stages, limited to `requests` hits. None for no limit.
    pub fn staged(stages: Stages, requests: Option<u64>) -> Self {
        Self { duration: Some(stages.length()), stages: Some(stages), poisson: None, requests }
    }

    /// Returns the schedule with Poisson arrivals of the same mean rate.
    pub fn with_poisson_arrivals(self, seed: Seed) -> Self {
        Self { poisson: Some(Poisson::new(seed)), ..self }
    }

    /// Returns the slot of hit `k`, from 0, as an offset from the start of the attack. None if
    /// there is no hit `k`.
    ///
    /// The slot is where the integral of the rate passes `k`, or the `k`-th Poisson arrival. At a
    /// constant rate it is computed in integers, so that the schedule does not drift: see
    /// [`Stages::slot`].
    pub fn slot(&mut self, k: u64) -> Option<Duration> {
        if self.requests.is_some_and(|requests| k >= requests) {
            return None;
        }
        match &self.stages {
            Some(stages) => {
                let poisson = self.poisson.as_mut();
                stages.slot(poisson.map_or(Hits::whole(k), |poisson| poisson.arrival(k)))
            }
            None => Some(Duration::ZERO),
        }
    }

    /// Returns the number of hits. None if the plan does not determine it, or if there are too many
    /// Poisson arrivals to count in advance.
    pub fn hits(&self) -> Option<u64> {
        let timed = self.stages.as_ref().filter(|_| self.duration.is_some());
        match (timed, &self.poisson) {
            (Some(stages), Some(poisson)) => {
                poisson.count(stages.integral(), self.requests.unwrap_or(u64::MAX))
            }
            _ => timed.map(Stages::hits).into_iter().chain(self.requests).min(),
        }
    }

    /// Returns the seed of Poisson arrivals. None for constant arrivals.
    pub fn seed(&self) -> Option<Seed> {
        self.poisson.as_ref().map(Poisson::seed)
    }

    /// Returns the rate over time. None if hits have no slots.
    pub fn stages(&self) -> Option<&Stages> {
        self.stages.as_ref()
    }

    /// Returns whether hits have slots. Otherwise each is due as soon as the limits allow.
    pub fn is_scheduled(&self) -> bool {
        self.stages.is_some()
    }

    /// Returns the planned length. None if the attack runs until it is stopped.
    pub fn duration(&self) -> Option<Duration> {
        self.duration
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Shard;
    use crate::schedule::stages::parse_stages;
    use proptest::prelude::*;

    fn constant(hits: u64, per: Duration, duration: Option<Duration>) -> Pacer {
        Pacer::new(Rate::new(hits, per), duration, None)
    }

    #[test]
    fn slots_are_multiples_of_the_interval() {
        let second = Duration::from_secs(1);
        let table = [
            (50, second, 0, 0),
            (50, second, 1, 20_000_000),
            (3, second, 1, 333_333_333),
            (3, second, 3, 1_000_000_000),
            (60, Duration::from_secs(60), 7, 7_000_000_000),
            (5_000_000_000, second, 12, 2),
            (1_000_000, second, 86_400_000_000, 86_400_000_000_000),
        ];
        for (hits, per, k, nanos) in table {
            let start = constant(hits, per, None).slot(k);
            assert_eq!(start, Some(Duration::from_nanos(nanos)), "hit {k} at {hits}/{per:?}");
        }
    }

    #[test]
    fn a_hit_exists_if_its_slot_is_before_the_end() {
        let table = [
            (50, 1_000, Duration::from_secs(60), 3_000),
            (1, 2_000, Duration::from_millis(500), 1),
            (10, 1_000, Duration::from_millis(101), 2),
            (10, 1_000, Duration::from_millis(100), 1),
            (2_000_000_000, 1_000, Duration::from_nanos(10), 20),
        ];
        for (hits, per_ms, duration, planned) in table {
            let mut pacer = constant(hits, Duration::from_millis(per_ms), Some(duration));
            assert_eq!(pacer.hits(), Some(planned));
            assert!(pacer.slot(planned - 1).is_some());
            assert_eq!(pacer.slot(planned), None);
        }
    }

    #[test]
    fn stages_end_at_their_length_or_at_the_request_limit() {
        let stages = parse_stages("1s@4,7s@0,1s@4,7s@0").unwrap();
        let table = [(None, 8), (Some(3), 3), (Some(9), 8)];
        for (requests, hits) in table {
            let mut pacer = Pacer::staged(stages.clone(), requests);
            let slots: Vec<_> = (0..).map_while(|k| pacer.slot(k)).collect();
            assert_eq!((pacer.hits(), slots.len() as u64), (Some(hits), hits));
            assert_eq!(pacer.duration(), Some(Duration::from_secs(16)));
        }
    }

    #[test]
    fn the_number_of_poisson_hits_is_the_number_of_their_slots() {
        for text in ["10s@100", "5s@0..100,5s@0,5s@100..0", "20s@50~50/5s"] {
            let stages = parse_stages(text).unwrap();
            let expected = stages.hits() as f64;
            for requests in [None, Some(10)] {
                let mut pacer =
                    Pacer::staged(stages.clone(), requests).with_poisson_arrivals(Seed(3));
                let slots: Vec<_> = (0..).map_while(|k| pacer.slot(k)).collect();
                assert!(slots.is_sorted(), "{text}");
                assert_eq!(pacer.hits(), Some(slots.len() as u64), "{text}");
                let off = (slots.len() as f64 - expected).abs();
                assert!(requests.is_some() || off < 4.0 * expected.sqrt(), "{text}: {off}");
            }
        }
    }

    #[test]
    fn without_a_rate_every_hit_is_due_immediately() {
        let mut pacer = Pacer::new(None, Some(Duration::from_secs(1)), Some(3));
        assert_eq!(pacer.hits(), Some(3));
        assert_eq!(pacer.slot(2), Some(Duration::ZERO));
        assert_eq!(pacer.slot(3), None);
    }

    proptest! {
        #[test]
        fn the_union_of_the_shards_is_the_whole_schedule(
            hits in 1..2_000_u64, per_us in 1..2_000_000_u64, of in 1..9_u64, planned in 0..300_u64,
        ) {
            let rate = Rate::new(hits, Duration::from_micros(per_us));
            let pacer = Pacer::new(rate, None, Some(planned));
            for pacer in [pacer.clone(), pacer.with_poisson_arrivals(Seed(of))] {
                let slots = |first: u64, step: u64| {
                    let mut pacer = pacer.clone();
                    let own = (first..).step_by(step as usize);
                    own.map_while(|k| Some((pacer.slot(k)?, k))).collect::<Vec<_>>()
                };
                let mut union: Vec<_> = (0..of).flat_map(|index| slots(index, of)).collect();
                union.sort_unstable_by_key(|(_, k)| *k);
                prop_assert_eq!(slots(0, 1), union);
            }
            let parts: u64 = (0..of).map(|index| Shard { index, of }.part_of(planned)).sum();
            prop_assert_eq!(parts, planned);
        }

        #[test]
        fn the_number_of_hits_is_the_number_of_slots(
            hits in 1..5_000_u64, per_ns in 1..3_000_000_u64, duration_ns in 1..100_000_u64,
        ) {
            let [per, duration] = [per_ns, duration_ns].map(Duration::from_nanos);
            let mut pacer = constant(hits, per, Some(duration));
            let planned = pacer.hits().unwrap();
            prop_assert!(planned == 0 || pacer.slot(planned - 1).is_some());
            prop_assert!(pacer.slot(planned).is_none());
        }
    }
}
