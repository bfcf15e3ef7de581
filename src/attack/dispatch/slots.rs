//! The slots of an engine, and the limits of what is released at them.

use std::time::Duration;

use tokio::time::Instant;

use crate::attack::admission::Admission;
use crate::attack::dispatch::open_loop::Dispatch;
use crate::attack::dispatch::release::Release;
use crate::attack::stop::Stop;
use crate::attack::target_choice::HitTargets;
use crate::client::Readiness;
use crate::clock::Alarm;
use crate::error::Error;
use crate::schedule::{Pacer, Shard};

/// The slots of an engine, and the limits of what is released at them.
pub struct Slots {
    /// The schedule of the whole attack.
    pub pacer: Pacer,
    /// The part of the schedule that the engine releases.
    pub shard: Shard,
    /// The limits of what is released.
    pub admission: Admission,
    /// Wakes the engine at a slot.
    pub alarm: Alarm,
}

impl Slots {
    /// Calls `release` at each slot, as [`Dispatch::run`] does.
    ///
    /// # Errors
    ///
    /// As [`Dispatch::run`].
    pub async fn run<T: HitTargets>(
        &mut self,
        targets: &mut T,
        readiness: &Readiness,
        start: Instant,
        stop: &mut Stop,
        release: impl FnMut(Release<T::Target>),
    ) -> Result<Duration, Error> {
        let Self { pacer, shard, admission, alarm } = self;
        let dispatch = Dispatch { pacer, shard: *shard, start, admission, targets, readiness };
        dispatch.run(alarm, stop, release).await
    }

    /// Returns the end of the plan. None if it has no end.
    pub fn end(&self, start: Instant) -> Option<Instant> {
        self.pacer.duration().map(|length| start + length)
    }
}
