//! The limits that a hit must pass before its release: hits in flight, and records not yet written.
//! Neither drops a hit; a wait adds to its lag.

pub mod user_places;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Most bytes of records that may wait for a slow reader of the stream; then hits wait. Hits that
/// are already in flight can still add to it.
const BACKLOG_BYTES: usize = 256 << 20;

/// A hit's place among the hits in flight, released when dropped. None if there is no limit.
pub type Permit = Option<OwnedSemaphorePermit>;

/// Admits hits while they are within the limits.
#[derive(Debug)]
pub struct Admission {
    /// Free places. None if there is no limit.
    in_flight: Option<Arc<Semaphore>>,
    backlog: Arc<Backlog>,
    waits_for_place: Cell<u64>,
    waits_for_reader: Cell<u64>,
}

/// Number of hits that had to wait, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// Waits for a place among the hits in flight.
    pub for_place: u64,
    /// Waits for the reader of the stream.
    pub for_reader: u64,
    /// Waits for a target that had not been read.
    pub for_target: u64,
}

impl Admission {
    /// Returns an admission of at most `in_flight` hits at a time, and of none while the backlog is
    /// full. None for no limit.
    pub fn new(in_flight: Option<u64>, backlog: Arc<Backlog>) -> Self {
        let places = |n| usize::try_from(n).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let in_flight = in_flight.map(|n| Arc::new(Semaphore::new(places(n))));
        Self {
            in_flight,
            backlog,
            waits_for_place: Cell::default(),
            waits_for_reader: Cell::default(),
        }
    }

    /// Returns an admission without a place, and its places. One must be added for each user.
    pub fn of_users(backlog: Arc<Backlog>) -> (Self, Arc<Semaphore>) {
        let places = Arc::new(Semaphore::new(0));
        (Self { in_flight: Some(places.clone()), ..Self::new(None, backlog) }, places)
    }

    /// Returns the number of hits that have waited so far. Waits for targets are counted elsewhere.
    pub fn waits(&self) -> Waits {
        Waits {
            for_place: self.waits_for_place.get(),
            for_reader: self.waits_for_reader.get(),
            for_target: 0,
        }
    }

    /// Returns whether there is room for the record of a hit that already has a place.
    pub fn has_room(&self) -> bool {
        !self.backlog.is_full()
    }

    /// Admits a hit without waiting. None if a limit is reached.
    pub fn try_admit(&self) -> Option<Permit> {
        if self.backlog.is_full() {
            return None;
        }
        match &self.in_flight {
            None => Some(None),
            Some(places) => places.clone().try_acquire_owned().ok().map(Some),
        }
    }

    /// Waits until a hit is within the limits, and admits it.
    ///
    /// # Cancel safety
    ///
    /// Safe: it takes no place before it returns.
    pub async fn admit(&self) -> Permit {
        if self.backlog.is_full() {
            self.waits_for_reader.update(|waits| waits + 1);
            self.backlog.has_room().await;
        }
        let places = self.in_flight.as_ref()?;
        if places.available_permits() == 0 {
            self.waits_for_place.update(|waits| waits + 1);
        }
        places.clone().acquire_owned().await.ok()
    }
}

/// Bytes of records that the writer of the stream has not yet taken.
#[derive(Debug, Default)]
pub struct Backlog {
    bytes: AtomicUsize,
    shrunk: Notify,
}

impl Backlog {
    /// Adds records that now wait.
    pub fn grow(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Subtracts records that have been written.
    pub fn shrink(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.shrunk.notify_waiters();
    }

    fn is_full(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= BACKLOG_BYTES
    }

    /// Waits until the backlog is not full.
    async fn has_room(&self) {
        loop {
            let shrunk = self.shrunk.notified();
            if !self.is_full() {
                return;
            }
            shrunk.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[tokio::test(start_paused = true)]
    async fn hits_wait_while_the_backlog_is_full() {
        let backlog = Arc::new(Backlog::default());
        let admission = Admission::new(None, backlog.clone());
        assert!(admission.try_admit().is_some());
        backlog.grow(BACKLOG_BYTES);
        assert!(admission.try_admit().is_none());
        let deadline = Some(clock::now() + std::time::Duration::from_secs(1));
        assert!(clock::limit(deadline, admission.admit()).await.is_none());
        tokio::join!(admission.admit(), async { backlog.shrink(1) });
        assert!(admission.try_admit().is_some());
        assert_eq!(admission.waits(), Waits { for_reader: 2, ..Waits::default() });
    }

    #[tokio::test(start_paused = true)]
    async fn a_hit_over_the_limit_waits_for_a_place_and_is_counted() {
        let admission = Admission::new(Some(1), Arc::default());
        let place = admission.try_admit().unwrap();
        assert!(admission.try_admit().is_none());
        tokio::join!(admission.admit(), async { drop(place) });
        assert_eq!(admission.waits(), Waits { for_place: 1, ..Waits::default() });
        assert!(admission.admit().await.is_some());
        assert_eq!(admission.waits().for_place, 1);
    }
}
