//! The alarm of an engine: it waits for instants precisely.

use std::io;
use std::str::FromStr;

use tokio::time::Instant;

use crate::clock::head_start::HeadStart;
use crate::clock::now;
#[cfg(target_os = "linux")]
use crate::clock::timerfd;
use crate::error::Error;
use crate::units::parse_keyword;

/// How to wait for an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Sleep until the instant: least CPU time, but late by the system's wake-up time.
    Sleep,
    /// Poll the clock: most precise, but uses a whole core.
    Poll,
    /// Sleep until shortly before the instant, by the wake-up time measured so far, then poll.
    Auto,
}

/// Parses `sleep`, `poll` or `auto`.
impl FromStr for Wait {
    type Err = Error;

    fn from_str(wait: &str) -> Result<Self, Error> {
        let choices = [("sleep", Self::Sleep), ("poll", Self::Poll), ("auto", Self::Auto)];
        parse_keyword("wait", wait, &choices)
    }
}

/// Waits for one instant at a time.
#[derive(Debug)]
pub struct Alarm {
    timer: Timer,
    wait: Wait,
    head_start: HeadStart,
}

#[derive(Debug)]
enum Timer {
    #[cfg(target_os = "linux")]
    Precise(timerfd::Timer),
    Coarse,
}

impl Alarm {
    /// Returns an alarm that goes off within microseconds of its instant, by a timerfd. On systems
    /// other than Linux it has the timer of [`Alarm::coarse`].
    ///
    /// # Errors
    ///
    /// The process has no file descriptor left.
    pub fn precise(wait: Wait) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        let timer = Timer::Precise(timerfd::Timer::new()?);
        #[cfg(not(target_os = "linux"))]
        let timer = Timer::Coarse;
        Ok(Self { timer, wait, head_start: HeadStart::new() })
    }

    /// Returns an alarm that goes off within about 1 ms of its instant, by tokio's timer. A test
    /// that pauses tokio's clock controls it.
    pub fn coarse() -> Self {
        Self { timer: Timer::Coarse, wait: Wait::Sleep, head_start: HeadStart::new() }
    }

    /// Returns whether [`Alarm::until`] only polls and never sleeps.
    pub fn only_polls(&self) -> bool {
        self.wait == Wait::Poll
    }

    /// Waits until an instant; returns immediately if it is past.
    ///
    /// # Cancel safety
    ///
    /// Safe: the next wait sets the timer again.
    pub async fn until(&mut self, instant: Instant) {
        match self.wait {
            Wait::Sleep => self.timer.until(instant).await,
            Wait::Poll => poll(instant).await,
            Wait::Auto => {
                self.sleep_ahead_of(instant).await;
                poll(instant).await;
            }
        }
    }

    /// Waits until an instant by the timer alone, for every kind of wait.
    ///
    /// # Cancel safety
    ///
    /// The same as [`Alarm::until`].
    pub async fn sleep_until(&mut self, instant: Instant) {
        self.timer.until(instant).await;
    }

    /// Sleeps until shortly before an instant. If the instant is so close that waking up would take
    /// longer than the sleep, it does not sleep.
    async fn sleep_ahead_of(&mut self, instant: Instant) {
        let head_start = self.head_start.length();
        let early = instant - head_start;
        if early <= now() + head_start {
            return;
        }
        self.timer.until(early).await;
        self.head_start.learn(now().saturating_duration_since(early));
    }
}

impl Timer {
    #[allow(clippy::disallowed_methods, reason = "this module wraps the clock")]
    async fn until(&mut self, instant: Instant) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Precise(timer) => timer.until(instant).await,
            Self::Coarse => tokio::time::sleep_until(instant).await,
        }
    }
}

/// Polls the clock until an instant; in between, the runtime polls the sockets.
async fn poll(instant: Instant) {
    while now() < instant {
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::limit;

    #[tokio::test]
    async fn a_precise_alarm_is_never_early_even_after_a_cancelled_wait() {
        for wait in [Wait::Sleep, Wait::Poll, Wait::Auto] {
            let mut alarm = Alarm::precise(wait).unwrap();
            let far = now() + Duration::from_secs(3600);
            let soon = Some(now() + Duration::from_millis(1));
            assert!(limit(soon, alarm.until(far)).await.is_none());
            for micros in [0, 50, 300, 2_000] {
                let instant = now() + Duration::from_micros(micros);
                alarm.until(instant).await;
                assert!(now() >= instant, "{wait:?}");
            }
        }
    }
}
