//! Latency by slots of time, in bounded memory: what the quantiles over time are read from.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Quantiles in [0, 1] that a step has, rising; the last is the slowest hit.
pub const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 1.0];

/// Length of the shortest slot: 2^-9 s. Doubled nine times it is a second.
const SHORTEST_NS: i64 = 1_953_125;

/// Slots from the first hit to the last, at most. A slot is a histogram of up to some 30 kB.
const MOST_SLOTS: i64 = 256;

/// Hits a drawn step should have on average, so that its p99 is not merely its slowest hit.
const GOOD_HITS: u64 = 100;

/// Steps that are left at least when slots are merged for the sake of [`GOOD_HITS`].
const GOOD_STEPS: u64 = 20;

/// Latency of one attack by slots of time. As the run grows beyond 256 slots, their length doubles.
///
/// Slots begin at whole multiples of their length, so that what is kept depends on the hits
/// alone, not on the order they came in.
#[derive(Clone, Default)]
pub struct Slots {
    /// Slots are 2^shift times [`SHORTEST_NS`] long.
    shift: u32,
    /// Latencies in ns by number of the slot, counted from 1970; none is empty.
    slots: BTreeMap<i64, Histogram<u32>>,
}

/// The latencies of the hits released in one slot of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Begin of the slot, in ns since 1970 UTC. It may lie before the first hit.
    pub from_ns: i128,
    /// End of the slot, and begin of the next.
    pub to_ns: i128,
    /// Latency in ns at each of [`QUANTILES`], within 1 %.
    pub latencies_ns: [u64; 4],
}

impl Slots {
    /// Adds one hit.
    pub fn add(&mut self, at_ns: i64, latency_ns: u64) {
        let slot = at_ns.div_euclid(SHORTEST_NS) >> self.shift;
        let histogram = self.slots.entry(slot).or_insert_with(empty);
        histogram.record(latency_ns).expect("the histogram resizes itself to any value");
        while self.span() > MOST_SLOTS {
            self.widen();
        }
    }

    /// Returns the steps in the order of time, and their length. Slots without hits have none.
    ///
    /// Where slots hold few hits, several of them make one step, as long as 20 steps remain; and
    /// no step is so short that more than 256 of them fit into `span`.
    pub fn steps(&self, span: Duration) -> (Vec<Step>, Duration) {
        let mut slots = self.clone();
        while slots.is_sparse() || span > slots.length() * MOST_SLOTS as u32 {
            slots.widen();
        }
        let length_ns = slots.length().as_nanos() as i128;
        let step = |(slot, histogram): (&i64, &Histogram<u32>)| Step {
            from_ns: i128::from(*slot) * length_ns,
            to_ns: (i128::from(*slot) + 1) * length_ns,
            latencies_ns: QUANTILES.map(|quantile| histogram.value_at_quantile(quantile)),
        };
        (slots.slots.iter().map(step).collect(), slots.length())
    }

    /// Length of a slot.
    fn length(&self) -> Duration {
        Duration::from_nanos(SHORTEST_NS.unsigned_abs() << self.shift)
    }

    /// Slots from the first hit to the last.
    fn span(&self) -> i64 {
        match (self.slots.first_key_value(), self.slots.last_key_value()) {
            (Some((first, _)), Some((last, _))) => last - first + 1,
            _ => 0,
        }
    }

    fn is_sparse(&self) -> bool {
        let n_hits: u64 = self.slots.values().map(Histogram::len).sum();
        let n_slots = self.span().unsigned_abs();
        n_slots >= 2 * GOOD_STEPS && n_hits < GOOD_HITS * n_slots
    }

    /// Doubles the length of the slots, merging pairs.
    fn widen(&mut self) {
        self.shift += 1;
        for (slot, histogram) in std::mem::take(&mut self.slots) {
            let merged = self.slots.entry(slot >> 1).or_insert_with(empty);
            merged.add(&histogram).expect("the histogram resizes itself to any value");
        }
    }
}

fn empty() -> Histogram<u32> {
    Histogram::new(2).expect("2 significant digits are allowed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(hits: impl IntoIterator<Item = (i64, u64)>) -> Slots {
        let mut slots = Slots::default();
        hits.into_iter().for_each(|(at_ns, latency_ns)| slots.add(at_ns, latency_ns));
        slots
    }

    fn n_hits(slots: &Slots) -> u64 {
        slots.slots.values().map(Histogram::len).sum()
    }

    #[test]
    fn slots_double_with_the_run_and_lose_no_hit() {
        let mut slots = Slots::default();
        for second in 0..3600 {
            slots.add(second * 1_000_000_000, 1_000);
            assert_eq!(n_hits(&slots), second.unsigned_abs() + 1);
            assert!(slots.span() <= MOST_SLOTS);
        }
        assert_eq!(SHORTEST_NS << slots.shift, 16_000_000_000);
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let run: Vec<(i64, u64)> = (0..5_000_i64)
            .map(|hit| (hit * 77_777_777, 1_000 + hit.unsigned_abs() % 991))
            .collect();
        let sorted = slots(run.iter().copied()).steps(Duration::ZERO);
        assert_eq!(slots(run.iter().rev().copied()).steps(Duration::ZERO), sorted);
        assert_eq!(slots((0..5_000).map(|hit| run[hit * 7 % 5_000])).steps(Duration::ZERO), sorted);
    }

    #[test]
    fn a_step_has_the_quantiles_of_its_hits() {
        let (steps, length) = slots((1..=1_000).map(|hit| (7, hit * 1_000))).steps(Duration::ZERO);
        assert_eq!(length, Duration::from_nanos(1_953_125));
        assert_eq!((steps.len(), steps[0].from_ns, steps[0].to_ns), (1, 0, 1_953_125));
        for (latency_ns, exact) in steps[0].latencies_ns.iter().zip([500, 900, 990, 1_000]) {
            let off = *latency_ns as f64 / f64::from(exact * 1_000) - 1.0;
            assert!((0.0..0.01).contains(&off), "{latency_ns} for {exact} µs");
        }
    }

    #[test]
    fn sparse_slots_make_common_steps() {
        let table = [
            // A hit a second: 200 slots of a second become at least 20 steps.
            (1_000_000_000, 200, 8.0, 25),
            // 200 hits a second for 40 s: a second holds enough.
            (5_000_000, 8_000, 0.5, 80),
            // Few slots stay apart, however few the hits.
            (10_000_000, 3, 0.001953125, 3),
        ];
        for (gap_ns, n_hits, seconds, n_steps) in table {
            let (steps, length) =
                slots((0..n_hits).map(|hit| (hit * gap_ns, 1))).steps(Duration::ZERO);
            assert_eq!((length.as_secs_f64(), steps.len()), (seconds, n_steps), "{gap_ns}");
        }
    }

    #[test]
    fn no_step_is_finer_than_the_axis_shows() {
        let slots = slots([(0, 1), (1_000_000_000, 1)]);
        let (steps, length) = slots.steps(Duration::from_secs(3_600));
        assert_eq!((length, steps.len()), (Duration::from_secs(16), 1));
    }

    #[test]
    fn hits_at_the_ends_of_time_and_of_latency_count() {
        let slots = slots([(i64::MIN, 0), (0, u64::MAX), (i64::MAX, i64::MAX.unsigned_abs())]);
        assert_eq!(n_hits(&slots), 3);
        let (steps, _) = slots.steps(Duration::ZERO);
        assert!(steps.iter().all(|step| step.from_ns < step.to_ns));
        assert_eq!(steps[0].latencies_ns, [0; 4]);
    }
}
