//! The precise wait for an instant.

use std::io;
use std::str::FromStr;

use tokio::time::Instant;

use super::head_start::HeadStart;
use super::now;
#[cfg(target_os = "linux")]
use super::timerfd;
use crate::error::Error;
use crate::units::parse_keyword;

/// How an instant is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// By the timer alone: the least work, late by what the system takes to wake.
    Sleep,
    /// By looking at the clock again and again: the most exact, at the cost of a whole core.
    Poll,
    /// By a timer that is set early by what the system has lately taken to wake, and polling for
    /// what is left.
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

/// Waits for instants, one after another.
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
    /// Returns an alarm whose timer rings within microseconds of its instant: timerfd on Linux,
    /// elsewhere that of [`Alarm::coarse`].
    ///
    /// # Errors
    ///
    /// Where the system gives no timer, for want of file descriptors.
    pub fn precise(wait: Wait) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        let timer = Timer::Precise(timerfd::Timer::new()?);
        #[cfg(not(target_os = "linux"))]
        let timer = Timer::Coarse;
        Ok(Self { timer, wait, head_start: HeadStart::new() })
    }

    /// Returns an alarm that goes off within about a millisecond of its instant, by tokio's timer.
    /// A test that pauses tokio's clock drives this one.
    pub fn coarse() -> Self {
        Self { timer: Timer::Coarse, wait: Wait::Sleep, head_start: HeadStart::new() }
    }

    /// Returns whether it never sleeps, except where it is told to.
    pub fn only_polls(&self) -> bool {
        self.wait == Wait::Poll
    }

    /// Waits until an instant; returns at once where it is past.
    ///
    /// # Cancel safety
    ///
    /// Safe: the next wait sets the timer anew.
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

    /// Waits until an instant by the timer alone, whatever the kind of wait.
    ///
    /// # Cancel safety
    ///
    /// As [`Alarm::until`].
    pub async fn sleep_until(&mut self, instant: Instant) {
        self.timer.until(instant).await;
    }

    /// Sleeps until shortly before an instant, unless it is so near that waking would take longer
    /// than the sleep.
    async fn sleep_ahead_of(&mut self, instant: Instant) {
        let head_start = self.head_start.length();
        let ring = instant - head_start;
        if ring <= now() + head_start {
            return;
        }
        self.timer.until(ring).await;
        self.head_start.learn(now().saturating_duration_since(ring));
    }
}

impl Timer {
    #[allow(clippy::disallowed_methods, reason = "this is the place")]
    async fn until(&mut self, instant: Instant) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Precise(timer) => timer.until(instant).await,
            Self::Coarse => tokio::time::sleep_until(instant).await,
        }
    }
}

/// Looks at the sockets again and again until an instant.
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
    async fn a_precise_alarm_never_rings_early_and_survives_a_wait_given_up() {
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
