//! The limit on the rate of new connections.

use std::num::NonZero;
use std::time::{Duration, Instant};

use governor::clock::Clock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock;
use crate::units::Rate;

/// As many dials as fall into this time may begin together. A wait for a turn ends some milliseconds
/// late on a busy machine, and the turns that went by are then made up for.
const TOGETHER: Duration = Duration::from_millis(50);

/// Gives each dial its turn, so that no more of them begin than a rate allows.
pub struct Pace(RateLimiter<NotKeyed, InMemoryState, Monotonic>);

impl Pace {
    /// Returns what allows so many dials.
    pub fn new(rate: Rate) -> Self {
        let apart = Duration::from_secs_f64(1.0 / rate.per_second()).max(Duration::from_nanos(1));
        let together = (rate.per_second() * TOGETHER.as_secs_f64()) as u32;
        let quota = Quota::with_period(apart)
            .expect("dials are at least a nanosecond apart")
            .allow_burst(NonZero::new(together).unwrap_or(NonZero::<u32>::MIN));
        Self(RateLimiter::direct_with_clock(quota, Monotonic))
    }

    /// Waits for a dial's turn.
    ///
    /// # Cancel safety
    ///
    /// Safe: a turn is taken only by the last step.
    pub async fn turn(&self) {
        while let Err(early) = self.0.check() {
            clock::pause(early.wait_time_from(Monotonic.now())).await;
        }
    }
}

/// The clock of the house, so that a test that pauses it paces dials too.
#[derive(Clone, Copy, Debug)]
struct Monotonic;

impl Clock for Monotonic {
    type Instant = Instant;

    fn now(&self) -> Instant {
        clock::now().into_std()
    }
}
