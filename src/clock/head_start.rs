//! How early a timer must be set for its wake-up to come in time.

use std::time::Duration;

/// What is taken for the first wake-up.
const FIRST: Duration = Duration::from_micros(50);

/// Longest head start. A system that wakes later than this is not made up for by polling: it
/// would cost a core to be late all the same.
const LONGEST: Duration = if cfg!(target_os = "linux") {
    Duration::from_micros(150)
} else {
    // tokio's own timer rings up to a millisecond late.
    Duration::from_millis(1)
};

/// What one wake-up changes: so much less where it came in time, [`LATE`] times as much more
/// where it was late.
const STEP: Duration = Duration::from_micros(1);

/// Of so many wake-ups and one more, one is late. What the others come too early is polled; with 9,
/// more was polled and the median lag no smaller.
const LATE: u32 = 3;

/// How early a timer must be set, learnt from how late it woke.
///
/// It settles where three of four wake-ups come in time; what they come too early is polled.
///
/// Source: the quantile as a stochastic approximation, Robbins and Monro, "A Stochastic
/// Approximation Method", 1951.
#[derive(Debug)]
pub struct HeadStart(Duration);

impl HeadStart {
    /// Returns what to begin with.
    pub fn new() -> Self {
        Self(FIRST)
    }

    /// Returns by how much a timer is to be set early, in [0, 150 µs] on Linux.
    pub fn length(&self) -> Duration {
        self.0
    }

    /// Learns from a wake-up that came so long after the timer was to ring.
    pub fn learn(&mut self, late: Duration) {
        self.0 = match late > self.0 {
            true => LONGEST.min(self.0 + LATE * STEP),
            false => self.0.saturating_sub(STEP),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the head start after so many wake-ups, each as late as `late` says, in µs.
    fn learnt(wakes: u64, late: impl Fn(u64) -> u64) -> u64 {
        let mut head_start = HeadStart::new();
        for wake in 0..wakes {
            head_start.learn(Duration::from_micros(late(wake)));
        }
        head_start.length().as_micros() as u64
    }

    #[test]
    fn three_of_four_wake_ups_come_in_time() {
        // Spread evenly over [20, 60) µs.
        let length = learnt(10_000, |wake| 20 + wake * 17 % 40);
        assert!((46..=56).contains(&length), "{length}");
    }

    #[test]
    fn a_system_that_wakes_at_once_needs_none_and_a_slow_one_no_more_than_the_longest() {
        assert_eq!(learnt(1_000, |_| 0), 0);
        assert_eq!(learnt(1_000, |_| 5_000), LONGEST.as_micros() as u64);
    }
}
