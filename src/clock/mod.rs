//! The clock: the only module that reads time, and the precise wait for an instant.

#[cfg(target_os = "linux")]
mod timerfd;
mod head_start;
mod alarm;

pub use alarm::{Alarm, Wait};

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use futures_util::future::Either;
use tokio::time::Instant;

/// Returns the monotonic time. A test that pauses tokio's clock also pauses this one.
#[allow(clippy::disallowed_methods, reason = "this module wraps the clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// Returns the wall-clock time in ns since 1970 UTC.
#[allow(clippy::disallowed_methods, reason = "this module wraps the clock")]
pub fn wall_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Returns the CPU time of the calling thread so far. None if unknown, as on systems other than
/// Linux.
pub fn thread_cpu() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// One instant on both clocks, from which the wall time of every other instant follows. The wall
/// clock may be set back during an attack, but timestamps must not go back.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    instant: Instant,
    wall_ns: i64,
}

impl Epoch {
    /// Returns the current instant.
    pub fn now() -> Self {
        Self { instant: now(), wall_ns: wall_ns() }
    }

    /// Returns the wall-clock time of an instant in ns since 1970 UTC.
    pub fn wall_ns_of(&self, instant: Instant) -> i64 {
        let after = instant.saturating_duration_since(self.instant).as_nanos();
        let before = self.instant.saturating_duration_since(instant).as_nanos();
        self.wall_ns + after as i64 - before as i64
    }
}

/// Waits for `work` until a deadline, with a precision of about 1 ms. Without a deadline it waits
/// forever. None if the deadline came first.
///
/// # Cancel safety
///
/// The same as `work`.
#[allow(clippy::disallowed_methods, reason = "this module wraps the clock")]
pub fn limit<T>(
    deadline: Option<Instant>,
    work: impl Future<Output = T>,
) -> impl Future<Output = Option<T>> {
    // An async function would reserve memory for `work` twice: as its argument, and where it waits.
    match deadline {
        Some(deadline) => Either::Left(tokio::time::timeout_at(deadline, work).map(Result::ok)),
        None => Either::Right(work.map(Some)),
    }
}

/// Waits for a length of time, with a precision of about 1 ms.
///
/// # Cancel safety
///
/// Safe: it keeps no state.
#[allow(clippy::disallowed_methods, reason = "this module wraps the clock")]
pub async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_follows_the_monotonic_clock_in_both_directions() {
        let epoch = Epoch { instant: now() + Duration::from_secs(5), wall_ns: 1_000 };
        assert_eq!(epoch.wall_ns_of(epoch.instant + Duration::from_nanos(7)), 1_007);
        assert_eq!(epoch.wall_ns_of(epoch.instant - Duration::from_nanos(7)), 993);
    }
}
