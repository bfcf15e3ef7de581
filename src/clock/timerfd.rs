//! Linux timers as file descriptors, precise to microseconds. Tokio's timer wheel has a resolution
//! of 1 ms.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

use crate::clock;

/// A timer that goes off within microseconds of its instant.
#[derive(Debug)]
pub struct Timer(AsyncFd<OwnedFd>);

impl Timer {
    /// Returns a timer on the current runtime.
    ///
    /// # Errors
    ///
    /// The process has no file descriptor left.
    #[allow(unsafe_code, reason = "tokio has no other way to wait for a file descriptor")]
    pub fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        // SAFETY: an OwnedFd stays open for its whole life and always names the same file. The
        // AsyncFd owns it, and deregisters it before it is closed.
        let timer = unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) };
        Ok(Self(timer?))
    }

    /// Waits until an instant; returns immediately if it is past.
    ///
    /// # Cancel safety
    ///
    /// Safe: the next wait sets the timer again.
    pub async fn until(&mut self, instant: Instant) {
        let length = instant.saturating_duration_since(clock::now());
        // A length of zero would disarm the timer instead of firing it.
        if length.is_zero() || self.wait(instant, length).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    async fn wait(&mut self, instant: Instant, length: Duration) -> io::Result<()> {
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once(length))?;
        loop {
            // The descriptor is never read: setting the timer resets it, and each expiration is a
            // separate event. An event left over from a cancelled wait comes too early.
            self.0.readable().await?.clear_ready();
            if clock::now() >= instant {
                return Ok(());
            }
        }
    }
}

/// Returns a timer setting that expires once, after `length`.
fn once(length: Duration) -> Itimerspec {
    let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
    let value = Timespec {
        tv_sec: length.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: length.subsec_nanos().into(),
    };
    Itimerspec { it_interval: zero, it_value: value }
}
