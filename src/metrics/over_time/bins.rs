//! Slots of time, as many as a chart shows, however long the run.

use std::collections::VecDeque;

/// Length of the shortest slot: 2^-9 s. Doubled nine times it is a second.
const SHORTEST_NS: i64 = 1_953_125;

/// What is kept of a slot of time.
pub trait Slot: Clone + Default {
    /// Adds what is kept of the slot that follows this one, or of one that holds nothing, and
    /// begins `later_ns` after it.
    fn absorb(&mut self, next: Self, later_ns: u64);
}

/// Slots of equal length that follow one another. As the run outgrows them, their length doubles.
///
/// Slots begin at whole multiples of their length, counted from 1970, so that what is kept depends
/// on the hits alone, not on the order they came in.
#[derive(Clone, Debug)]
pub struct Slots<T> {
    /// Slots at most, >= 2.
    most: usize,
    /// Slots are 2^shift times [`SHORTEST_NS`] long.
    shift: u32,
    /// Number of the first slot, counted from 1970; of no meaning without slots.
    first: i64,
    slots: VecDeque<T>,
    /// The slot that was asked for last, since most hits are near the one before.
    last: Last,
}

/// Where a slot is.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    /// Begin, in ns since 1970 UTC.
    from_ns: i64,
    /// Length in ns; 0 for no slot.
    length_ns: u64,
    place: usize,
}

impl<T: Slot> Slots<T> {
    /// Returns no slots, which will be `most` at most, >= 2.
    pub fn new(most: usize) -> Self {
        Self { most, shift: 0, first: 0, slots: VecDeque::new(), last: Last::default() }
    }

    /// Returns the slot of an instant in ns since 1970 UTC, and the ns from its begin to then.
    pub fn at(&mut self, at_ns: i64) -> (&mut T, u64) {
        // Before the slot this wraps to a number beyond any length.
        if at_ns.wrapping_sub(self.last.from_ns) as u64 >= self.last.length_ns {
            self.find(at_ns);
        }
        let within_ns = at_ns.wrapping_sub(self.last.from_ns) as u64;
        (&mut self.slots[self.last.place], within_ns)
    }

    /// Finds the slot of an instant, and keeps where it is.
    fn find(&mut self, at_ns: i64) {
        let shortest = at_ns.div_euclid(SHORTEST_NS);
        let place = usize::try_from((shortest >> self.shift) - self.first).ok();
        let place = match place.filter(|place| *place < self.slots.len()) {
            Some(place) => place,
            None => self.reach(shortest),
        };
        let begin = (shortest >> self.shift) << self.shift;
        let from_ns = begin.wrapping_mul(SHORTEST_NS);
        self.last = Last { from_ns, length_ns: self.length_ns(), place };
    }

    /// Makes room for a slot, by its number among the shortest ones, and returns its place.
    #[cold]
    fn reach(&mut self, shortest: i64) -> usize {
        if self.slots.is_empty() {
            self.first = shortest >> self.shift;
        }
        loop {
            let number = shortest >> self.shift;
            let last = self.first + self.slots.len() as i64 - 1;
            let (from, to) = (self.first.min(number), last.max(number));
            if to - from < self.most as i64 {
                (from..self.first).for_each(|_| self.slots.push_front(T::default()));
                self.first = from;
                self.slots.resize((to - from + 1) as usize, T::default());
                return (number - from) as usize;
            }
            self.widen();
        }
    }

    /// Doubles the length of the slots.
    pub fn widen(&mut self) {
        let length_ns = self.length_ns();
        let mut numbers = self.first..;
        let mut wide: VecDeque<T> = VecDeque::with_capacity(self.slots.len() / 2 + 1);
        for (number, slot) in numbers.by_ref().zip(std::mem::take(&mut self.slots)) {
            let is_second = number & 1 == 1;
            if !is_second || wide.is_empty() {
                wide.push_back(T::default());
            }
            let last = wide.back_mut().expect("one was just pushed, or is there");
            last.absorb(slot, if is_second { length_ns } else { 0 });
        }
        self.slots = wide;
        self.first >>= 1;
        self.shift += 1;
        self.last = Last::default();
    }

    /// Length of a slot in ns.
    pub fn length_ns(&self) -> u64 {
        SHORTEST_NS.unsigned_abs() << self.shift
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns the slots in the order of time, with the begin of each, in ns since 1970 UTC, which
    /// may lie before the first hit.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i128, &T)> {
        let length_ns = i128::from(self.length_ns());
        let first = i128::from(self.first);
        let slots = self.slots.iter().enumerate();
        slots.map(move |(place, slot)| ((first + place as i128) * length_ns, slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 256;

    /// Counts hits, and sums up when they were, from the begin of the slot.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Hits(u64, u128);

    impl Slot for Hits {
        fn absorb(&mut self, next: Self, later_ns: u64) {
            self.0 += next.0;
            self.1 += next.1 + u128::from(next.0) * u128::from(later_ns);
        }
    }

    fn slots(hits: impl IntoIterator<Item = i64>) -> Slots<Hits> {
        let mut slots = Slots::new(MOST);
        for at_ns in hits {
            let (Hits(count, sum), offset_ns) = slots.at(at_ns);
            *count += 1;
            *sum += u128::from(offset_ns);
            assert!(slots.len() <= MOST);
        }
        slots
    }

    fn kept(slots: &Slots<Hits>) -> Vec<(i128, Hits)> {
        let filled = slots.iter().filter(|(_, hits)| hits.0 > 0);
        filled.map(|(from_ns, hits)| (from_ns, hits.clone())).collect()
    }

    #[test]
    fn slots_double_with_the_run_and_lose_no_hit() {
        let slots = slots((0..3600).map(|second| second * 1_000_000_000));
        assert_eq!((slots.length_ns(), slots.len()), (16_000_000_000, 225));
        assert_eq!(slots.iter().map(|(_, hits)| hits.0).sum::<u64>(), 3600);
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let run: Vec<i64> = (0..5_000).map(|hit| hit * 77_777_777 - 9_000_000_000).collect();
        let sorted = kept(&slots(run.iter().copied()));
        assert_eq!(kept(&slots(run.iter().rev().copied())), sorted);
        assert_eq!(kept(&slots((0..5_000).map(|hit| run[hit * 7 % 5_000]))), sorted);
    }

    #[test]
    fn instants_within_slots_are_kept_as_slots_double() {
        let run = [-7_000_000_001, 3, 1_953_124, 1_953_125, 90_000_000_000];
        let slots = slots(run);
        let instants = slots.iter().map(|(from, hits)| from * i128::from(hits.0) + hits.1 as i128);
        assert_eq!(instants.sum::<i128>(), run.iter().map(|at_ns| i128::from(*at_ns)).sum());
    }

    #[test]
    fn hits_at_the_ends_of_time_have_slots() {
        let slots = slots([i64::MIN, 0, i64::MAX]);
        assert_eq!(kept(&slots).iter().map(|(_, hits)| hits.0).sum::<u64>(), 3);
    }
}
