//! Hit number k -> scheduled offset: pure arithmetic, without a clock.

use std::time::Duration;

use crate::units::Rate;

/// The schedule of an attack at a constant rate, or as fast as its limits allow.
///
/// Hit 0 is at 0, and a hit exists where its slot lies before the end.
#[derive(Clone, Copy, Debug)]
pub struct Pacer {
    rate: Option<Rate>,
    duration: Option<Duration>,
    requests: Option<u64>,
}

impl Pacer {
    /// Returns the schedule.
    ///
    /// Without a `rate` every hit is due at once; without a `duration` and without `requests`
    /// there is no last hit.
    pub fn new(rate: Option<Rate>, duration: Option<Duration>, requests: Option<u64>) -> Self {
        Self { rate, duration, requests }
    }

    /// Returns the offset of hit `k` from the start of the attack; None where there is no such hit.
    ///
    /// ```text
    /// start(k) = floor(k * P / H)
    /// ```
    ///
    /// - `P`: length of the rate's unit, in ns
    /// - `H`: hits in each unit
    ///
    /// Whole numbers throughout, so that the schedule does not drift however long it is.
    pub fn start_of(&self, k: u64) -> Option<Duration> {
        if self.requests.is_some_and(|requests| k >= requests) {
            return None;
        }
        let Some(rate) = self.rate else { return Some(Duration::ZERO) };
        let nanos = u128::from(k) * rate.per().as_nanos() / u128::from(rate.hits());
        let offset = Duration::from_nanos(u64::try_from(nanos).ok()?);
        self.duration.is_none_or(|duration| offset < duration).then_some(offset)
    }

    /// Returns the number of hits; None where the plan does not fix it.
    pub fn hits(&self) -> Option<u64> {
        let timed = self.rate.zip(self.duration).map(|(rate, duration)| {
            let hits = duration.as_nanos() * u128::from(rate.hits());
            u64::try_from(hits.div_ceil(rate.per().as_nanos())).unwrap_or(u64::MAX)
        });
        timed.into_iter().chain(self.requests).min()
    }

    /// Returns the rate; None for as fast as the limits allow.
    pub fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// Returns the planned length; None until stopped.
    pub fn duration(&self) -> Option<Duration> {
        self.duration
    }
}

/// One of several engines that share a schedule: engine `index` of `of` takes every hit whose
/// number is `index` modulo `of`.
#[derive(Clone, Copy, Debug)]
pub struct Shard {
    /// Which engine, from 0, < `of`.
    pub index: u64,
    /// Number of engines, >= 1.
    pub of: u64,
}

impl Shard {
    /// Returns this engine's part of a total, so that the parts add up to it.
    pub fn part_of(self, total: u64) -> u64 {
        total / self.of + u64::from(self.index < total % self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let pacer = constant(hits, Duration::from_millis(per_ms), Some(duration));
            assert_eq!(pacer.hits(), Some(planned));
            assert!(pacer.start_of(planned - 1).is_some());
            assert_eq!(pacer.start_of(planned), None);
        }
    }

    #[test]
    fn without_a_rate_every_hit_is_due_at_once() {
        let pacer = Pacer::new(None, Some(Duration::from_secs(1)), Some(3));
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
            let all: Vec<_> = (0..).map_while(|k| Some((pacer.start_of(k)?, k))).collect();
            let mut union: Vec<_> = (0..of)
                .flat_map(|index| (index..).step_by(of as usize).map_while(|k| Some((pacer.start_of(k)?, k))))
                .collect();
            union.sort_unstable();
            prop_assert_eq!(all, union);
            let parts: u64 = (0..of).map(|index| Shard { index, of }.part_of(planned)).sum();
            prop_assert_eq!(parts, planned);
        }

        #[test]
        fn planned_hits_are_those_that_exist(
            hits in 1..5_000_u64, per_ns in 1..3_000_000_u64, duration_ns in 1..100_000_u64,
        ) {
            let pacer = constant(hits, Duration::from_nanos(per_ns), Some(Duration::from_nanos(duration_ns)));
            let planned = pacer.hits().unwrap();
            prop_assert!(planned == 0 || pacer.start_of(planned - 1).is_some());
            prop_assert!(pacer.start_of(planned).is_none());
        }
    }
}
