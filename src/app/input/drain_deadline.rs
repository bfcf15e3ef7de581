//! How long an input is still read after an interrupt.

use std::time::Duration;

use drumfire::clock;
use tokio::time::Instant;

/// Longest silence of an input after an interrupt.
const MAX_SILENCE: Duration = Duration::from_secs(1);

/// Longest time to keep reading after Ctrl-C; the process writing the stream may not have received
/// the signal.
const MAX_DRAIN: Duration = Duration::from_secs(10);

/// When reading ends after an interrupt: after [`MAX_SILENCE`] without records, or after
/// [`MAX_DRAIN`].
pub struct DrainDeadline {
    /// Number of records read at the last check.
    records: u64,
    /// When reading ends if no more records arrive.
    next: Instant,
    /// When reading ends in any case.
    last: Instant,
}

impl DrainDeadline {
    /// Returns the deadline after an interrupt that happens now.
    pub fn new() -> Self {
        let now = clock::now();
        Self { records: 0, next: now + MAX_SILENCE, last: now + MAX_DRAIN }
    }

    /// Returns when to check again.
    pub fn next(&self) -> Instant {
        self.next
    }

    /// Returns whether reading ends now. `records` is the total number of records read so far.
    pub fn has_passed(&mut self, records: u64) -> bool {
        let now = clock::now();
        if records > self.records {
            self.records = records;
            self.next = self.last.min(now + MAX_SILENCE);
        }
        now >= self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks every 50 ms an input that provides a record before each check, until a number of ms
    /// after the interrupt. Returns when reading ends, in ms after the interrupt.
    async fn end_ms(provides_until_ms: u64) -> u64 {
        let mut deadline = DrainDeadline::new();
        let checks = (50..).step_by(50);
        for (records, ms) in (10..).zip(checks) {
            clock::pause(Duration::from_millis(50)).await;
            if deadline.has_passed(records.min(10 + provides_until_ms / 50)) {
                return ms;
            }
        }
        unreachable!("the checks do not end");
    }

    #[tokio::test(start_paused = true)]
    async fn an_input_is_read_until_it_is_silent_or_time_is_up() {
        assert_eq!(end_ms(0).await, 1050);
        assert_eq!(end_ms(3000).await, 4050);
        assert_eq!(end_ms(u64::MAX).await, 10_000);
    }
}
