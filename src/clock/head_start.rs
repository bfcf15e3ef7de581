//! The head start of a timer: how early it is set so that the thread wakes up in time.

use std::time::Duration;

/// Head start of the first wake-up.
const FIRST: Duration = Duration::from_micros(50);

/// Longest head start. A system that wakes up later is not compensated by polling: that would use a
/// whole core and still be late.
const LONGEST: Duration = if cfg!(target_os = "linux") {
    Duration::from_micros(150)
} else {
    // Tokio's timer goes off up to 1 ms late.
    Duration::from_millis(1)
};

/// Change by one wake-up: shorter by this if it was in time, longer by [`LATE`] times this if it
/// was late.
const STEP: Duration = Duration::from_micros(1);

/// Number of wake-ups in time for each late one. With 9 instead of 3, engines polled longer and the
/// median lag was not smaller.
const LATE: u32 = 3;

/// How early a timer is set, learned from how late the thread woke up.
///
/// It converges to the value at which three of four wake-ups are in time. The rest of an early wait
/// is polled.
///
/// Source: the quantile as a stochastic approximation, Robbins and Monro, "A Stochastic
/// Approximation Method", 1951.
#[derive(Debug)]
pub struct HeadStart(Duration);

impl HeadStart {
    /// Returns the initial head start.
    pub fn new() -> Self {
        Self(FIRST)
    }

    /// Returns how early to set a timer, in `[0, 150 µs]` on Linux.
    pub fn length(&self) -> Duration {
        self.0
    }

    /// Learns from a wake-up that came `late` after the time of the timer.
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

    /// Returns the head start in µs after some wake-ups, each `late(k)` µs late.
    fn learned(wakes: u64, late: impl Fn(u64) -> u64) -> u64 {
        let mut head_start = HeadStart::new();
        for wake in 0..wakes {
            head_start.learn(Duration::from_micros(late(wake)));
        }
        head_start.length().as_micros() as u64
    }

    #[test]
    fn three_of_four_wake_ups_are_in_time() {
        // Uniform over [20, 60) µs.
        let length = learned(10_000, |wake| 20 + wake * 17 % 40);
        assert!((46..=56).contains(&length), "{length}");
    }

    #[test]
    fn the_head_start_is_between_zero_and_the_longest() {
        assert_eq!(learned(1_000, |_| 0), 0);
        assert_eq!(learned(1_000, |_| 5_000), LONGEST.as_micros() as u64);
    }
}
