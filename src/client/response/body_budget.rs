//! The memory that the response bodies of an attack may take up together.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Number of bytes that an engine takes from the budget at a time, so that small bodies cost it no
/// access to shared memory.
const CHUNK: usize = 256 << 10;

/// Number of bytes of a body that may use the whole budget. The rest of it leaves a part to others.
const SMALL_BODY: usize = 64 << 10;

/// The part of the budget that is left to small bodies, as a divisor: a few large bodies must not
/// take it all.
const SMALL_PART: usize = 4;

/// The memory that the bodies of all engines may take up together: bodies that are being received,
/// those of records in a batch, and those of batches that are not written yet.
#[derive(Debug)]
pub struct BodyBudget {
    /// Number of bytes that are not claimed.
    left: AtomicUsize,
    /// Number of bytes that only small bodies may claim.
    for_small: usize,
    truncated: AtomicU64,
}

impl BodyBudget {
    /// Returns a budget of a number of bytes. None for no limit.
    pub fn new(bytes: Option<u64>) -> Self {
        let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
        Self {
            left: AtomicUsize::new(bytes),
            for_small: bytes / SMALL_PART,
            truncated: AtomicU64::default(),
        }
    }

    /// Returns the number of bodies that were truncated since the budget was used up.
    pub fn truncated(&self) -> u64 {
        self.truncated.load(Relaxed)
    }

    /// Counts a body of which not everything was kept for lack of memory.
    pub fn count_truncated(&self) {
        self.truncated.fetch_add(1, Relaxed);
    }

    /// Takes up to `most` bytes and leaves at least `floor`. Returns the number of bytes taken.
    fn take(&self, most: usize, floor: usize) -> usize {
        let mut taken = 0;
        let took = self.left.fetch_update(Relaxed, Relaxed, |left| {
            taken = most.min(left.saturating_sub(floor));
            Some(left - taken)
        });
        took.map_or(0, |_| taken)
    }

    /// Gives back bytes that are free again.
    pub fn give_back(&self, bytes: usize) {
        self.left.fetch_add(bytes, Relaxed);
    }
}

/// An engine's use of the budget.
#[derive(Debug)]
pub struct BodyAccount {
    budget: Arc<BodyBudget>,
    /// Number of bytes that were taken from the budget and are not claimed by a body.
    spare: Cell<usize>,
}

impl BodyAccount {
    /// Returns an account without bytes.
    pub fn new(budget: Arc<BodyBudget>) -> Self {
        Self { budget, spare: Cell::default() }
    }

    /// Claims up to `wanted` bytes for a body that has claimed `claimed` before. Returns the number
    /// of bytes granted.
    pub fn claim(&self, wanted: usize, claimed: usize) -> usize {
        let spare = self.spare.get();
        if wanted <= spare {
            self.spare.set(spare - wanted);
            return wanted;
        }
        let floor = if claimed < SMALL_BODY { 0 } else { self.budget.for_small };
        let spare = spare + self.budget.take(wanted.max(CHUNK) - spare, floor);
        let granted = wanted.min(spare);
        self.spare.set(spare - granted);
        granted
    }

    /// Counts a body of which not everything was kept for lack of memory.
    pub fn count_truncated(&self) {
        self.budget.count_truncated();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(bytes: u64) -> (BodyAccount, Arc<BodyBudget>) {
        let budget = Arc::new(BodyBudget::new(Some(bytes)));
        (BodyAccount::new(budget.clone()), budget)
    }

    #[test]
    fn small_bodies_are_served_from_one_chunk() {
        let (account, budget) = account(10 << 20);
        for _ in 0..100 {
            assert_eq!(account.claim(1 << 10, 0), 1 << 10);
        }
        assert_eq!(budget.left.load(Relaxed), (10 << 20) - CHUNK);
    }

    #[test]
    fn a_budget_is_granted_once_and_again_after_it_was_given_back() {
        let (account, budget) = account(1 << 20);
        assert_eq!(account.claim(3 << 20, 0), 1 << 20);
        assert_eq!(account.claim(1, 0), 0);
        budget.give_back(1 << 20);
        assert_eq!(account.claim(CHUNK, 0), CHUNK);
        assert_eq!(account.claim(3 << 20, 0), (1 << 20) - CHUNK);
    }

    #[test]
    fn large_bodies_leave_a_part_to_small_ones() {
        let (account, _) = account(4 << 20);
        let mut claimed = 0;
        loop {
            match account.claim(1 << 20, claimed) {
                0 => break,
                granted => claimed += granted,
            }
        }
        assert_eq!(claimed, 3 << 20);
        assert_eq!(account.claim(1 << 20, 0), 1 << 20);
    }

    #[test]
    fn without_a_limit_everything_is_granted() {
        let budget = Arc::new(BodyBudget::new(None));
        let account = BodyAccount::new(budget.clone());
        assert_eq!(account.claim(1 << 40, SMALL_BODY), 1 << 40);
        account.count_truncated();
        assert_eq!(budget.truncated(), 1);
    }
}
