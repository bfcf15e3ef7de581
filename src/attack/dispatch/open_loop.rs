//! The loop of an engine: wait for the next slot, release the hits that are due, poll the sockets.
//!
//! An engine that is late must not make itself later. It releases only a few hits per turn of the
//! loop. While one of them waits for a connection and the sockets still have responses, responses
//! come first: more hits in flight would not help a busy generator. Once the sockets have no more
//! responses, the next hits are released, so that a slow server does not slow the schedule.

use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task;
use tokio::time::Instant;

use crate::attack::admission::{Admission, Permit};
use crate::attack::dispatch::release::Release;
use crate::attack::stop::Stop;
use crate::attack::target_choice::HitTargets;
use crate::client::Readiness;
use crate::clock::{self, Alarm};
use crate::error::Error;
use crate::schedule::{Pacer, Shard};

/// Most hits released in one turn of the loop. With 32 or more, a late generator is so busy dialing
/// that it does not read responses; below 4 it catches up more slowly.
pub const BURST: usize = 8;

/// Least time between two wake-ups, unless the engine polls. Slots that are closer are released
/// together, since waking up costs more than sending.
pub const GRAIN: Duration = Duration::from_micros(100);

/// The inputs of the loop.
#[derive(Debug)]
pub struct Dispatch<'a, T> {
    /// The schedule of the attack.
    pub pacer: &'a mut Pacer,
    /// The part of the schedule that this engine releases.
    pub shard: Shard,
    /// When hit 0 is due.
    pub start: Instant,
    /// The limits that a hit must pass before its release.
    pub admission: &'a Admission,
    /// The targets of the hits.
    pub targets: &'a mut T,
    /// What the connection pool knows of waiting hits and responses.
    pub readiness: &'a Readiness,
}

/// What follows a turn of the loop.
enum Next {
    /// The next hit, which is due at this slot.
    At(Instant),
    /// The end. The next hit was overdue by this much.
    Done(Duration),
}

impl<T: HitTargets> Dispatch<'_, T> {
    /// Calls `release` for each hit of the shard at its slot, regardless of earlier hits. Returns
    /// after the last hit, at the end of the targets, or when stopped. The result is by how much
    /// the next hit was overdue then; zero if it was not.
    ///
    /// A hit over a limit, or whose target is not yet available, waits and is released late. No hit
    /// is skipped.
    ///
    /// # Errors
    ///
    /// The reason why a hit has no target.
    pub async fn run(
        mut self,
        alarm: &mut Alarm,
        stop: &mut Stop,
        mut release: impl FnMut(Release<T::Target>),
    ) -> Result<Duration, Error> {
        let grain = if alarm.only_polls() { Duration::ZERO } else { GRAIN };
        let mut seq = self.shard.index;
        let mut wake = clock::now();
        self.readiness.set_scheduled(self.pacer.is_scheduled());
        loop {
            let (now, first) = (clock::now(), seq);
            let next = match self.release_due(now, &mut seq, stop, &mut release).await? {
                Next::At(slot) => slot,
                Next::Done(overdue) => return Ok(overdue),
            };
            if next <= now {
                // More hits are due, but responses come first while a hit waits.
                self.readiness.poll_while_hits_wait().await;
            } else if seq > first {
                // Setting a timer takes time, so the released hits go first.
                task::yield_now().await;
            } else {
                wake = next.max(wake + grain);
                if !sleep(alarm, wake, wake == next, stop).await {
                    return Ok(Duration::ZERO);
                }
            }
        }
    }

    /// Releases the hits from `seq` on that are due at `now`, at most [`BURST`], and advances `seq`
    /// past them.
    async fn release_due(
        &mut self,
        now: Instant,
        seq: &mut u64,
        stop: &mut Stop,
        release: &mut impl FnMut(Release<T::Target>),
    ) -> Result<Next, Error> {
        let mut released = 0;
        loop {
            let Some(offset) = self.pacer.slot(*seq) else {
                return Ok(Next::Done(Duration::ZERO));
            };
            let slot = self.start + offset;
            if slot > now || released == BURST {
                return Ok(Next::At(slot));
            }
            let Some(permit) = self.admit(stop).await else {
                return Ok(Next::Done(self.overdue(slot)));
            };
            let Some(target) = self.target(*seq, stop).await? else {
                // A hit without a target is overdue only if the attack was stopped.
                let overdue = if stop.is_draining() { self.overdue(slot) } else { Duration::ZERO };
                return Ok(Next::Done(overdue));
            };
            if self.is_over() {
                return Ok(Next::Done(Duration::ZERO));
            }
            let scheduled = self.pacer.is_scheduled().then_some(slot);
            release(Release { seq: *seq, target, scheduled, permit });
            *seq += self.shard.of;
            released += 1;
        }
    }

    /// Returns by how much a slot is past; zero without a schedule.
    fn overdue(&self, slot: Instant) -> Duration {
        match self.pacer.is_scheduled() {
            true => clock::now().saturating_duration_since(slot),
            false => Duration::ZERO,
        }
    }

    /// Returns whether an attack without a schedule has reached its end. With a schedule, every hit
    /// whose slot is before the end is released, however late.
    fn is_over(&self) -> bool {
        self.unscheduled_end().is_some_and(|end| clock::now() >= end)
    }

    /// Returns the end of an attack without a schedule. None if it has none.
    fn unscheduled_end(&self) -> Option<Instant> {
        let length = self.pacer.duration().filter(|_| !self.pacer.is_scheduled());
        length.map(|length| self.start + length)
    }

    /// Waits until a hit is within the limits. None if the attack is stopped.
    async fn admit(&self, stop: &mut Stop) -> Option<Permit> {
        if stop.is_draining() {
            return None;
        }
        if let Some(permit) = self.admission.try_admit() {
            return Some(permit);
        }
        tokio::select! {
            biased;
            () = stop.draining() => None,
            permit = clock::limit(self.unscheduled_end(), self.admission.admit()) => permit,
        }
    }

    /// Waits for the target of a hit. None at the end of the targets, or if the attack is stopped.
    /// Targets that may never come are waited for only until the end of the attack.
    async fn target(&mut self, seq: u64, stop: &mut Stop) -> Result<Option<T::Target>, Error> {
        let may_fall_silent = self.targets.may_fall_silent();
        let mut next = pin!(self.targets.next(seq));
        // Most targets are available: they need no deadline and no check of the stop signal.
        if let Some(target) = next.as_mut().now_or_never() {
            return target;
        }
        let end = self.pacer.duration().filter(|_| may_fall_silent);
        let end = end.map(|length| self.start + length);
        tokio::select! {
            biased;
            target = clock::limit(end, next) => target.unwrap_or(Ok(None)),
            () = stop.draining() => Ok(None),
        }
    }
}

/// Sleeps until `wake`. Returns false if the attack is stopped first.
async fn sleep(alarm: &mut Alarm, wake: Instant, is_slot: bool, stop: &mut Stop) -> bool {
    tokio::select! {
        biased;
        () = stop.draining() => false,
        () = wake_at(alarm, wake, is_slot) => true,
    }
}

/// Sleeps until `wake`, precisely if that is the instant of a slot or of a step.
pub async fn wake_at(alarm: &mut Alarm, wake: Instant, is_due: bool) {
    match is_due {
        true => alarm.until(wake).await,
        // A wake-up that the grain has delayed needs no precision.
        false => alarm.sleep_until(wake).await,
    }
}

#[cfg(test)]
mod tests;
