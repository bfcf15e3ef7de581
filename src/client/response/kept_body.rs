//! The kept start of a response's body.

use std::mem;

use bytes::Bytes;

use crate::client::response::body_budget::BodyAccount;

/// The start of a body, within two limits: the number of bytes to keep of one body, and the memory
/// for all of them.
pub struct KeptBody<'a> {
    bytes: Vec<u8>,
    /// Number of bytes that were left out for lack of memory.
    n_missing: usize,
    /// Maximum number of bytes to keep.
    limit: usize,
    account: &'a BodyAccount,
    /// Number of bytes claimed for the body of this hit.
    claimed: usize,
}

/// A body after its end.
#[derive(Debug, Default)]
pub struct StoredBody {
    /// The kept bytes.
    pub bytes: Bytes,
    /// Number of bytes received, up to the limit on one body.
    pub n_received: u64,
    /// Number of bytes of the budget that the body holds.
    pub claimed: usize,
}

impl StoredBody {
    /// Returns the start of a body that has arrived, within a number of bytes and the memory for
    /// all bodies. The bytes are shared, not copied.
    pub fn of(mut bytes: Bytes, limit: usize, account: &BodyAccount) -> Self {
        let wanted = bytes.len().min(limit);
        let claimed = account.claim(wanted, 0);
        if claimed < wanted {
            account.count_truncated();
        }
        bytes.truncate(claimed);
        Self { bytes, n_received: wanted as u64, claimed }
    }

    /// Discards the body. What it has claimed is left to the next body of the hit.
    pub fn discard(&mut self) {
        self.bytes = Bytes::new();
        self.n_received = 0;
    }
}

impl<'a> KeptBody<'a> {
    /// Returns an empty body of a hit that has claimed a number of bytes for an earlier body.
    pub fn new(limit: usize, account: &'a BodyAccount, claimed: usize) -> Self {
        Self { bytes: Vec::new(), n_missing: 0, limit, account, claimed }
    }

    /// Returns how many more bytes count.
    pub fn room(&self) -> usize {
        self.limit - self.n_received()
    }

    /// Returns whether no more bytes count.
    pub fn is_full(&self) -> bool {
        self.room() == 0
    }

    fn n_received(&self) -> usize {
        self.bytes.len() + self.n_missing
    }

    /// Adds bytes, up to the limits.
    pub fn add(&mut self, data: &[u8]) {
        let data = &data[..data.len().min(self.room())];
        // A body has no gaps.
        let n_kept = if self.n_missing == 0 { self.make_room(data.len()) } else { 0 };
        self.bytes.extend_from_slice(&data[..n_kept]);
        if n_kept < data.len() {
            if self.n_missing == 0 {
                self.account.count_truncated();
            }
            self.n_missing += data.len() - n_kept;
        }
    }

    /// Adds bytes as [`KeptBody::add`] does, without a copy if they are the first ones.
    pub fn add_all(&mut self, data: Vec<u8>) {
        if self.n_received() == 0 && data.len() <= self.room() {
            let wanted = data.len().saturating_sub(self.claimed);
            self.claimed += self.account.claim(wanted, self.claimed);
            if data.len() <= self.claimed {
                self.bytes = data;
                return;
            }
        }
        self.add(&data);
    }

    /// Makes room for a number of bytes, without ending the process if there is no memory. Returns
    /// the number of bytes that there is room for.
    fn make_room(&mut self, wanted: usize) -> usize {
        let len = self.bytes.len();
        let missing = (len + wanted).saturating_sub(self.claimed);
        if missing > 0 {
            // A body that grows doubles its memory, so that it is copied only a few times.
            let more = missing.max(len.min(self.room().saturating_sub(wanted)));
            self.claimed += self.account.claim(more, self.claimed);
        }
        let n_kept = wanted.min(self.claimed.saturating_sub(len));
        let needed = len + n_kept;
        if needed > self.bytes.capacity() {
            let capacity = needed.max(self.claimed.min(2 * len));
            if self.bytes.try_reserve_exact(capacity - len).is_err() {
                return self.bytes.capacity() - len;
            }
        }
        n_kept
    }

    /// Returns the body, and begins another one.
    pub fn take(&mut self) -> StoredBody {
        let n_received = self.n_received() as u64;
        let bytes = mem::take(&mut self.bytes);
        self.n_missing = 0;
        StoredBody { bytes: bytes.into(), n_received, claimed: self.claimed }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::client::response::body_budget::BodyBudget;

    fn account(bytes: u64) -> (BodyAccount, Arc<BodyBudget>) {
        let budget = Arc::new(BodyBudget::new(Some(bytes)));
        (BodyAccount::new(budget.clone()), budget)
    }

    #[test]
    fn a_body_within_the_budget_is_kept_up_to_its_limit() {
        let (account, budget) = account(1 << 20);
        let mut body = KeptBody::new(10, &account, 0);
        body.add(b"hello, ");
        body.add(b"world");
        assert!(body.is_full());
        let stored = body.take();
        assert_eq!((&stored.bytes[..], stored.n_received), (&b"hello, wor"[..], 10));
        assert_eq!(budget.truncated(), 0);
    }

    #[test]
    fn a_body_beyond_the_budget_is_cut_off_and_counted_in_full() {
        let (account, budget) = account(1_000_000);
        let mut body = KeptBody::new(5_000_000, &account, 0);
        (0..60).for_each(|_| body.add(&[7; 100_000]));
        let stored = body.take();
        // The last quarter of the budget is left to small bodies.
        assert_eq!((stored.bytes.len(), stored.n_received), (750_000, 5_000_000));
        assert_eq!(stored.claimed, 750_000);
        assert_eq!(budget.truncated(), 1);
        let mut small = KeptBody::new(5_000_000, &account, 0);
        small.add_all(vec![7; 1000]);
        assert_eq!(small.take().bytes.len(), 1000);
        assert_eq!(budget.truncated(), 1);
    }

    #[test]
    fn memory_that_the_system_does_not_have_is_not_used() {
        let account = BodyAccount::new(Arc::new(BodyBudget::new(None)));
        let mut body = KeptBody::new(usize::MAX, &account, 0);
        body.add(b"hello");
        assert!(body.make_room(isize::MAX as usize) < 100);
    }

    #[test]
    fn a_second_body_uses_what_the_first_one_has_claimed() {
        let (account, budget) = account(100);
        let mut first = KeptBody::new(200, &account, 0);
        first.add(&[1; 80]);
        let claimed = first.take().claimed;
        let mut second = KeptBody::new(200, &account, claimed);
        second.add(&[2; 100]);
        assert_eq!((second.take().bytes.len(), budget.truncated()), (100, 0));
    }
}
