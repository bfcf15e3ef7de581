//! The waits before the next request.

use std::time::Duration;

use crate::flow::session::Wait;

/// Times to wait before the next request, in ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    pub think_ns: u64,
    pub pace_ns: u64,
    /// Before a repeat, or before a retry.
    pub delay_ns: u64,
}

/// Returns a length in ns.
pub fn nanos(length: Duration) -> u64 {
    u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)
}

impl Waits {
    /// Takes the next wait. None if there is none.
    pub fn next(&mut self, is_retry: bool) -> Option<(Wait, Duration)> {
        let last = if is_retry { Wait::Retry } else { Wait::Delay };
        let waits = [
            (Wait::Think, &mut self.think_ns),
            (Wait::Pace, &mut self.pace_ns),
            (last, &mut self.delay_ns),
        ];
        let next = waits.into_iter().find(|(_, nanos)| **nanos > 0);
        next.map(|(wait, nanos)| (wait, Duration::from_nanos(std::mem::take(nanos))))
    }

    /// Returns the sum of the waits.
    pub fn total(&self) -> Duration {
        let nanos = self.think_ns.saturating_add(self.pace_ns).saturating_add(self.delay_ns);
        Duration::from_nanos(nanos)
    }
}
