//! Linux's timers as file descriptors: exact to the microsecond where tokio's own wheel turns
//! once a millisecond.

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

/// A timer that rings within microseconds of its instant.
#[derive(Debug)]
pub struct Timer(AsyncFd<OwnedFd>);

impl Timer {
    /// Returns a timer on the runtime that is entered.
    ///
    /// # Errors
    ///
    /// Where the system gives none, for want of file descriptors.
    #[allow(unsafe_code, reason = "tokio has no other way to wait for a descriptor")]
    pub fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        // SAFETY: an OwnedFd is open for as long as it lives and never names another file; it
        // lives in the AsyncFd, which lets go of it before it is closed.
        let timer = unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) };
        Ok(Self(timer?))
    }

    /// Waits until an instant; returns at once where it is past.
    ///
    /// # Cancel safety
    ///
    /// Safe: the next wait sets the timer anew.
    pub async fn until(&mut self, instant: Instant) {
        let length = instant.saturating_duration_since(super::now());
        // A length of zero would disarm the timer instead of firing it.
        if length.is_zero() || self.ring(instant, length).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    async fn ring(&mut self, instant: Instant, length: Duration) -> io::Result<()> {
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once(length))?;
        loop {
            // Nobody reads the descriptor: setting it anew forgets that it rang, and each ring is
            // an event of its own. One that is left from a wait given up comes too early.
            self.0.readable().await?.clear_ready();
            if super::now() >= instant {
                return Ok(());
            }
        }
    }
}

fn once(length: Duration) -> Itimerspec {
    let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
    let value = Timespec {
        tv_sec: length.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: length.subsec_nanos().into(),
    };
    Itimerspec { it_interval: zero, it_value: value }
}
