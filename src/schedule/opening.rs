//! The phase before the messages of an attack, in which its long-lived streams are opened.

use std::time::Duration;

use crate::schedule::{Pacer, Shard};
use crate::units::Rate;

/// When long-lived streams are opened, and when the messages on them begin.
///
/// ```text
/// connect k:  k / r                    hit k
/// message j:  C + slot(j)              hit n + j
/// C         = n / r + settle
/// ```
///
/// - `n`, `r`: number of streams, and how many are opened per second
/// - `settle`: time between the last connect and the first message
/// - `slot(j)`: slot of hit `j` in the schedule of the messages
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Number of streams, >= 1.
    pub n_streams: u32,
    /// Streams that are opened per unit of time.
    pub rate: Rate,
    /// Time between the last connect and the first message, besides the interval of the rate.
    pub settle: Duration,
}

impl Opening {
    /// Returns the schedule of the connects.
    pub fn connects(&self) -> Pacer {
        Pacer::new(Some(self.rate), None, Some(self.n_streams.into()))
    }

    /// Returns the length of the phase: the offset of the message that is due at slot 0.
    pub fn length(&self) -> Duration {
        let mut endless = Pacer::new(Some(self.rate), None, None);
        let opened = endless.slot(self.n_streams.into()).unwrap_or_default();
        opened.saturating_add(self.settle)
    }

    /// Returns the number of message `j` among the hits of the attack, which begin with the
    /// connects.
    pub fn hit_of(&self, message: u64) -> u64 {
        u64::from(self.n_streams) + message
    }

    /// Returns the number of the message that is a hit of the attack. None for a connect.
    pub fn message_of(&self, hit: u64) -> Option<u64> {
        hit.checked_sub(self.n_streams.into())
    }

    /// Returns which stream of its engine a message goes to, and how many messages went to that
    /// stream before it. The `m`-th message of an engine goes to stream `m` modulo the number of its
    /// streams, so that the messages of each stream are evenly spaced. The engine needs at least
    /// one stream.
    pub fn turn_of(&self, engine: Shard, message: u64) -> Turn {
        let n_own = engine.part_of(self.n_streams.into()).max(1);
        let m = message / engine.of;
        Turn { stream: (m % n_own) as usize, n_before: m / n_own }
    }
}

/// The turn of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Place of the stream among those of its engine, from 0.
    pub stream: usize,
    /// Number of earlier messages on the stream.
    pub n_before: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn opening(n_streams: u32, per_second: u64, settle: Duration) -> Opening {
        let rate = Rate::new(per_second, 1_000 * MS).unwrap();
        Opening { n_streams, rate, settle }
    }

    #[test]
    fn streams_are_opened_one_after_another_before_the_first_message() {
        let table = [
            (1, 1_000, 1_000 * MS, &[0][..], 1_001),
            (3, 1_000, 1_000 * MS, &[0, 1, 2], 1_003),
            (3, 10, Duration::ZERO, &[0, 100, 200], 300),
            (4, 40, 500 * MS, &[0, 25, 50, 75], 600),
        ];
        for (n_streams, per_second, settle, connects, length_ms) in table {
            let opening = opening(n_streams, per_second, settle);
            let mut pacer = opening.connects();
            let slots: Vec<_> = (0..).map_while(|k| pacer.slot(k)).collect();
            let expected: Vec<_> = connects.iter().map(|at| *at * MS).collect();
            assert_eq!(slots, expected, "{opening:?}");
            assert_eq!(opening.length(), length_ms * MS, "{opening:?}");
            assert_eq!(opening.hit_of(0), u64::from(n_streams));
            assert_eq!(opening.message_of(opening.hit_of(7)), Some(7));
            assert_eq!(opening.message_of(u64::from(n_streams) - 1), None);
        }
    }

    #[test]
    fn the_messages_of_an_engine_take_turns_on_its_streams() {
        // Streams 0, 2 and 4 belong to engine 0, streams 1 and 3 to engine 1.
        let opening = opening(5, 1_000, MS);
        let turns = |index: u64, of: u64| -> Vec<(usize, u64)> {
            let engine = Shard { index, of };
            let messages = (index..12).step_by(of as usize);
            let turns = messages.map(|message| opening.turn_of(engine, message));
            turns.map(|Turn { stream, n_before }| (stream, n_before)).collect()
        };
        let whole: Vec<_> = (0..12).map(|m| (m as usize % 5, m / 5)).collect();
        assert_eq!(turns(0, 1), whole);
        assert_eq!(turns(0, 2), [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]);
        assert_eq!(turns(1, 2), [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]);
    }
}
