//! The limit on the rate of new connections.

use std::num::NonZero;
use std::time::{Duration, Instant};

use governor::clock::Clock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock;
use crate::units::Rate;

/// Time whose share of dials may start together. On a busy machine a timer fires some milliseconds
/// late, and the dials that were due meanwhile then follow at once.
const BURST: Duration = Duration::from_millis(50);

/// Delays dials so that they do not exceed a rate.
pub struct DialRate(RateLimiter<NotKeyed, InMemoryState, Monotonic>);

impl DialRate {
    /// Creates a limiter for a rate of dials.
    pub fn new(rate: Rate) -> Self {
        let period = Duration::from_secs_f64(1.0 / rate.per_second()).max(Duration::from_nanos(1));
        let burst = (rate.per_second() * BURST.as_secs_f64()) as u32;
        let quota = Quota::with_period(period)
            .expect("the period is at least a nanosecond")
            .allow_burst(NonZero::new(burst).unwrap_or(NonZero::<u32>::MIN));
        Self(RateLimiter::direct_with_clock(quota, Monotonic))
    }

    /// Waits until the next dial may start.
    ///
    /// # Cancel safety
    ///
    /// Safe: a dropped future uses up no part of the rate.
    pub async fn wait(&self) {
        while let Err(early) = self.0.check() {
            clock::pause(early.wait_time_from(Monotonic.now())).await;
        }
    }
}

/// The clock of the crate, so that a test that pauses it also pauses this limiter.
#[derive(Clone, Copy, Debug)]
struct Monotonic;

impl Clock for Monotonic {
    type Instant = Instant;

    fn now(&self) -> Instant {
        clock::now().into_std()
    }
}
