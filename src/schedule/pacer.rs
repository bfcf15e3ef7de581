//! Hit number k -> scheduled offset: pure arithmetic, without a clock.

use std::time::Duration;

use crate::schedule::poisson::Poisson;
use crate::schedule::seed::Seed;
use crate::schedule::stages::{Hits, Stages};
use crate::units::Rate;

/// The schedule of an attack at a rate, constant or by stages, or as fast as its limits allow.
///
/// A hit exists where its slot lies before the end.
#[derive(Clone, Debug)]
pub struct Pacer {
    /// None where nothing is scheduled. Without a length they go on for ever.
    stages: Option<Stages>,
    /// None where hits come at the distances that the rate gives.
    chance: Option<Poisson>,
    duration: Option<Duration>,
    requests: Option<u64>,
}

impl Pacer {
    /// Returns the schedule of one rate.
    ///
    /// Without a `rate` every hit is due at once; without a `duration` and without `requests`
    /// there is no last hit.
    pub fn new(rate: Option<Rate>, duration: Option<Duration>, requests: Option<u64>) -> Self {
        let stages = rate.map(|rate| Stages::steady(rate, duration));
        Self { stages, chance: None, duration, requests }
    }

    /// Returns the schedule of stages, which `requests` may end early.
    pub fn staged(stages: Stages, requests: Option<u64>) -> Self {
        Self { duration: Some(stages.length()), stages: Some(stages), chance: None, requests }
    }

    /// Returns the schedule of hits that come by chance, at the same rate in the mean: a Poisson
    /// process.
    pub fn by_chance(self, seed: Seed) -> Self {
        Self { chance: Some(Poisson::new(seed)), ..self }
    }

    /// Returns the offset of hit `k` from the start of the attack; None where there is no such hit.
    ///
    /// It is where the integral of the rate passes `k`, or what chance has put in its place, in
    /// whole numbers wherever the rate stays, so that the schedule does not drift however long it
    /// is: see [`Stages::slot`].
    pub fn start_of(&mut self, k: u64) -> Option<Duration> {
        if self.requests.is_some_and(|requests| k >= requests) {
            return None;
        }
        match &self.stages {
            Some(stages) => {
                let chance = self.chance.as_mut();
                stages.slot(chance.map_or(Hits::whole(k), |chance| chance.level(k)))
            }
            None => Some(Duration::ZERO),
        }
    }

    /// Returns the number of hits; None where the plan does not fix it, and where chance does but
    /// for more hits than can be counted ahead.
    pub fn hits(&self) -> Option<u64> {
        let timed = self.stages.as_ref().filter(|_| self.duration.is_some());
        match (timed, &self.chance) {
            (Some(stages), Some(chance)) => {
                chance.count(stages.integral(), self.requests.unwrap_or(u64::MAX))
            }
            _ => timed.map(Stages::hits).into_iter().chain(self.requests).min(),
        }
    }

    /// Returns what chance follows from; None where there is none.
    pub fn seed(&self) -> Option<Seed> {
        self.chance.as_ref().map(Poisson::seed)
    }

    /// Returns the rate over time; None for as fast as the limits allow.
    pub fn stages(&self) -> Option<&Stages> {
        self.stages.as_ref()
    }

    /// Returns whether hits have slots; where not, each is due as soon as the limits allow.
    pub fn is_scheduled(&self) -> bool {
        self.stages.is_some()
    }

    /// Returns the planned length; None until stopped.
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
    fn hits_stand_on_the_grid_from_zero() {
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
            let start = constant(hits, per, None).start_of(k);
            assert_eq!(start, Some(Duration::from_nanos(nanos)), "hit {k} at {hits}/{per:?}");
        }
    }

    #[test]
    fn a_hit_exists_where_its_slot_lies_before_the_end() {
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
            assert!(pacer.start_of(planned - 1).is_some());
            assert_eq!(pacer.start_of(planned), None);
        }
    }

    #[test]
    fn stages_end_by_themselves_or_with_the_last_request() {
        let stages = parse_stages("1s@4,7s@0,1s@4,7s@0").unwrap();
        let table = [(None, 8), (Some(3), 3), (Some(9), 8)];
        for (requests, hits) in table {
            let mut pacer = Pacer::staged(stages.clone(), requests);
            let slots: Vec<_> = (0..).map_while(|k| pacer.start_of(k)).collect();
            assert_eq!((pacer.hits(), slots.len() as u64), (Some(hits), hits));
            assert_eq!(pacer.duration(), Some(Duration::from_secs(16)));
        }
    }

    #[test]
    fn hits_by_chance_are_as_many_as_have_slots_whatever_the_shape() {
        for text in ["10s@100", "5s@0..100,5s@0,5s@100..0", "20s@50~50/5s"] {
            let stages = parse_stages(text).unwrap();
            let expected = stages.hits() as f64;
            for requests in [None, Some(10)] {
                let mut pacer = Pacer::staged(stages.clone(), requests).by_chance(Seed(3));
                let slots: Vec<_> = (0..).map_while(|k| pacer.start_of(k)).collect();
                assert!(slots.is_sorted(), "{text}");
                assert_eq!(pacer.hits(), Some(slots.len() as u64), "{text}");
                let off = (slots.len() as f64 - expected).abs();
                assert!(requests.is_some() || off < 4.0 * expected.sqrt(), "{text}: {off}");
            }
        }
    }

    #[test]
    fn without_a_rate_every_hit_is_due_at_once() {
        let mut pacer = Pacer::new(None, Some(Duration::from_secs(1)), Some(3));
        assert_eq!(pacer.hits(), Some(3));
        assert_eq!(pacer.start_of(2), Some(Duration::ZERO));
        assert_eq!(pacer.start_of(3), None);
    }

    proptest! {
        #[test]
        fn the_union_of_the_shards_is_the_whole_schedule(
            hits in 1..2_000_u64, per_us in 1..2_000_000_u64, of in 1..9_u64, planned in 0..300_u64,
        ) {
            let rate = Rate::new(hits, Duration::from_micros(per_us));
            let pacer = Pacer::new(rate, None, Some(planned));
            for pacer in [pacer.clone(), pacer.by_chance(Seed(of))] {
                let slots = |first: u64, step: u64| {
                    let mut pacer = pacer.clone();
                    let own = (first..).step_by(step as usize);
                    own.map_while(|k| Some((pacer.start_of(k)?, k))).collect::<Vec<_>>()
                };
                let mut union: Vec<_> = (0..of).flat_map(|index| slots(index, of)).collect();
                union.sort_unstable_by_key(|(_, k)| *k);
                prop_assert_eq!(slots(0, 1), union);
            }
            let parts: u64 = (0..of).map(|index| Shard { index, of }.part_of(planned)).sum();
            prop_assert_eq!(parts, planned);
        }

        #[test]
        fn planned_hits_are_those_that_exist(
            hits in 1..5_000_u64, per_ns in 1..3_000_000_u64, duration_ns in 1..100_000_u64,
        ) {
            let mut pacer = constant(hits, Duration::from_nanos(per_ns), Some(Duration::from_nanos(duration_ns)));
            let planned = pacer.hits().unwrap();
            prop_assert!(planned == 0 || pacer.start_of(planned - 1).is_some());
            prop_assert!(pacer.start_of(planned).is_none());
        }
    }
}
