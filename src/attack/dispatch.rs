//! One engine's loop: wait for the slot, release, look at the sockets.
//!
//! Whoever falls behind must not make it worse. At most a few hits are released in one turn of the
//! loop, and while one of them waits for a connection, and the sockets bring answers, those come
//! first: a generator that is busy has no use for more hits in flight. Once the sockets bring
//! nothing the next are released, so that a server that is slow does not slow the schedule.

use std::time::Duration;

use tokio::task;
use tokio::time::Instant;

use crate::attack::admission::{Admission, Permit};
use crate::attack::stop::Stop;
use crate::attack::targets::Supply;
use crate::client::Traffic;
use crate::clock::{self, Alarm};
use crate::error::Error;
use crate::schedule::{Pacer, Shard};

/// Most hits released in one turn of the loop. With 32 and more, a generator that fell behind
/// drowns in its own dials before it looks at the answers; below 4 it catches up more slowly.
const BURST: usize = 8;

/// Least time between two wake-ups, unless slots are polled for. Slots closer together than this
/// are released together, since waking costs more than sending.
const GRAIN: Duration = Duration::from_micros(100);

/// A hit at the moment of its release.
#[derive(Debug)]
pub struct Release<R> {
    /// Number of the hit in its attack, from 0.
    pub seq: u64,
    /// What it goes to.
    pub route: R,
    /// When it was due; None where nothing is scheduled.
    pub scheduled: Option<Instant>,
    /// Its place among the hits in flight, free again when dropped.
    pub permit: Permit,
}

/// What the loop goes by.
#[derive(Debug)]
pub struct Dispatch<'a, S> {
    /// The schedule.
    pub pacer: &'a mut Pacer,
    /// Which hits of it are ours.
    pub shard: Shard,
    /// When hit 0 is due.
    pub start: Instant,
    /// What must have room before a hit is released.
    pub admission: &'a Admission,
    /// What the hits go to.
    pub supply: &'a mut S,
    /// What becomes of them on the wire.
    pub traffic: &'a Traffic,
}

impl<S: Supply> Dispatch<'_, S> {
    /// Calls `release` for each hit of the shard at its slot, whatever becomes of the hits before
    /// it. Returns after the last one, at the end of the targets, or when told to stop; and then by
    /// how much the next hit was overdue, zero where it was not.
    ///
    /// A hit that finds no room, or whose target is not there yet, waits for it and is then
    /// released late; none is left out.
    ///
    /// # Errors
    ///
    /// Why a hit has no target.
    pub async fn run(
        mut self,
        alarm: &mut Alarm,
        stop: &mut Stop,
        mut release: impl FnMut(Release<S::Route>),
    ) -> Result<Duration, Error> {
        let mut seq = self.shard.index;
        let grain = if alarm.only_polls() { Duration::ZERO } else { GRAIN };
        let mut wake = clock::now();
        self.traffic.set_scheduled(self.pacer.is_scheduled());
        loop {
            let woken = clock::now();
            let mut released = 0;
            let next = loop {
                let Some(offset) = self.pacer.slot(seq) else { return Ok(Duration::ZERO) };
                let slot = self.start + offset;
                if slot > woken || released == BURST {
                    break slot;
                }
                let Some(permit) = self.admit(stop).await else { return Ok(self.overdue(slot)) };
                let Some(route) = self.route(seq, stop).await? else {
                    return Ok(if stop.is_draining() {
                        self.overdue(slot)
                    } else {
                        Duration::ZERO
                    });
                };
                if self.is_over() {
                    return Ok(Duration::ZERO);
                }
                let scheduled = self.pacer.is_scheduled().then_some(slot);
                release(Release { seq, route, scheduled, permit });
                seq += self.shard.of;
                released += 1;
            };
            if next <= woken {
                self.traffic.look_while_any_waits().await;
                continue;
            }
            if released > 0 {
                // The hits first: setting a timer takes time, too.
                task::yield_now().await;
                continue;
            }
            wake = next.max(wake + grain);
            let ring = async {
                match wake == next {
                    true => alarm.until(wake).await,
                    // Put off by the grain, the hits need no exact instant.
                    false => alarm.sleep_until(wake).await,
                }
            };
            tokio::select! {
                biased;
                () = stop.draining() => return Ok(Duration::ZERO),
                () = ring => {}
            }
        }
    }

    /// Returns by how much a slot is past; zero where nothing is scheduled.
    fn overdue(&self, slot: Instant) -> Duration {
        match self.pacer.is_scheduled() {
            true => clock::now().saturating_duration_since(slot),
            false => Duration::ZERO,
        }
    }

    /// Returns whether an attack without a schedule has reached its end. With one, the end is
    /// the schedule's, and a hit that is due before it is released however late.
    fn is_over(&self) -> bool {
        let end = self.pacer.duration().filter(|_| !self.pacer.is_scheduled());
        end.is_some_and(|end| clock::now() >= self.start + end)
    }

    /// Waits for room; None when told to stop.
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
            permit = self.admission.admit() => Some(permit),
        }
    }

    /// Waits for what a hit goes to; None at the end of the targets, where one that may never come
    /// has not until the end of the attack, or when told to stop.
    async fn route(&mut self, seq: u64, stop: &mut Stop) -> Result<Option<S::Route>, Error> {
        let end = self.pacer.duration().filter(|_| self.supply.may_fall_silent());
        let end = end.map(|length| self.start + length);
        tokio::select! {
            // In this order a target that is at hand costs no look at the stop.
            biased;
            route = clock::limit(end, self.supply.next(seq)) => route.unwrap_or(Ok(None)),
            () = stop.draining() => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
