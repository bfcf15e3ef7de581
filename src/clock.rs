//! The only file that reads time, and the precise wait for an instant.

use std::future::Future;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Returns the monotonic time. A test that pauses tokio's clock pauses this one.
#[allow(clippy::disallowed_methods, reason = "this is the place")]
pub fn now() -> Instant {
    Instant::now()
}

/// Returns the wall clock's time in ns since 1970 UTC.
#[allow(clippy::disallowed_methods, reason = "this is the place")]
pub fn wall_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Returns the CPU time that the calling thread has taken so far; None where the system does not
/// tell.
pub fn thread_cpu() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok()
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// One instant on both clocks, from which the wall time of any other follows. The wall clock may
/// be set back during an attack; timestamps may not.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    instant: Instant,
    wall_ns: i64,
}

impl Epoch {
    /// Returns the present.
    pub fn now() -> Self {
        Self { instant: now(), wall_ns: wall_ns() }
    }

    /// Returns the wall time of an instant in ns since 1970 UTC.
    pub fn wall_ns_of(&self, instant: Instant) -> i64 {
        let after = instant.saturating_duration_since(self.instant).as_nanos();
        let before = self.instant.saturating_duration_since(instant).as_nanos();
        self.wall_ns + after as i64 - before as i64
    }
}

/// Waits for `work` until a deadline; None where the deadline came first. Without a deadline it
/// waits for ever. The deadline is kept to about a millisecond.
///
/// # Cancel safety
///
/// As `work` itself.
#[allow(clippy::disallowed_methods, reason = "this is the place")]
pub async fn limit<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, work).await.ok(),
        None => Some(work.await),
    }
}

/// Waits for a length of time, to about a millisecond.
///
/// # Cancel safety
///
/// Safe: nothing is kept.
#[allow(clippy::disallowed_methods, reason = "this is the place")]
pub async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}

/// Waits for instants, one after another.
#[derive(Debug)]
pub struct Alarm(Kind);

#[derive(Debug)]
enum Kind {
    #[cfg(target_os = "linux")]
    Precise(timerfd::Timer),
    Coarse,
}

impl Alarm {
    /// Returns an alarm that goes off within microseconds of its instant: by timerfd on Linux,
    /// elsewhere as [`Alarm::coarse`].
    ///
    /// # Errors
    ///
    /// Where the system gives no timer, for want of file descriptors.
    pub fn precise() -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        return timerfd::Timer::new().map(|timer| Self(Kind::Precise(timer)));
        #[cfg(not(target_os = "linux"))]
        return Ok(Self::coarse());
    }

    /// Returns an alarm that goes off within about a millisecond of its instant, by tokio's timer.
    /// A test that pauses tokio's clock drives this one.
    pub fn coarse() -> Self {
        Self(Kind::Coarse)
    }

    /// Waits until an instant; returns at once where it is past.
    ///
    /// # Cancel safety
    ///
    /// Safe: the next wait sets the timer anew.
    #[allow(clippy::disallowed_methods, reason = "this is the place")]
    pub async fn until(&mut self, instant: Instant) {
        match &mut self.0 {
            #[cfg(target_os = "linux")]
            Kind::Precise(timer) => timer.until(instant).await,
            Kind::Coarse => tokio::time::sleep_until(instant).await,
        }
    }
}

/// Linux's timers as file descriptors: exact to the microsecond where tokio's own wheel turns
/// once a millisecond.
#[cfg(target_os = "linux")]
mod timerfd {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::time::Instant;

    #[derive(Debug)]
    pub struct Timer(AsyncFd<OwnedFd>);

    impl Timer {
        #[allow(unsafe_code, reason = "tokio has no other way to wait for a descriptor")]
        pub fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            // SAFETY: an OwnedFd is open for as long as it lives and never names another file; it
            // lives in the AsyncFd, which lets go of it before it is closed.
            let timer = unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) };
            Ok(Self(timer?))
        }

        pub async fn until(&mut self, instant: Instant) {
            let length = instant.saturating_duration_since(super::now());
            // A length of zero would disarm the timer instead of firing it.
            if length.is_zero() || self.ring(instant, length).await.is_err() {
                tokio::task::yield_now().await;
            }
        }

        async fn ring(&mut self, instant: Instant, length: std::time::Duration) -> io::Result<()> {
            timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once(length))?;
            loop {
                let mut ready = self.0.readable().await?;
                let mut expirations = [0; 8];
                // An earlier wait that was given up may have left the descriptor marked as ready.
                let rang = rustix::io::read(ready.get_inner(), &mut expirations).is_ok();
                ready.clear_ready();
                if rang || super::now() >= instant {
                    return Ok(());
                }
            }
        }
    }

    fn once(length: std::time::Duration) -> Itimerspec {
        let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
        let value = Timespec {
            tv_sec: length.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: length.subsec_nanos().into(),
        };
        Itimerspec { it_interval: zero, it_value: value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_precise_alarm_never_rings_early_and_survives_a_wait_given_up() {
        let mut alarm = Alarm::precise().unwrap();
        let far = now() + Duration::from_secs(3600);
        let soon = Some(now() + Duration::from_millis(1));
        assert!(limit(soon, alarm.until(far)).await.is_none());
        for micros in [0, 50, 300, 2_000] {
            let instant = now() + Duration::from_micros(micros);
            alarm.until(instant).await;
            assert!(now() >= instant);
        }
    }

    #[test]
    fn wall_time_follows_the_monotonic_clock_both_ways() {
        let epoch = Epoch { instant: now() + Duration::from_secs(5), wall_ns: 1_000 };
        assert_eq!(epoch.wall_ns_of(epoch.instant + Duration::from_nanos(7)), 1_007);
        assert_eq!(epoch.wall_ns_of(epoch.instant - Duration::from_nanos(7)), 993);
    }
}
