//! Number of requests with each status.

/// Counts by status. A stream has at most 65536 statuses, which bounds the memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CodeCounts {
    /// The count of status k at index k, up to the highest status.
    counts: Vec<u64>,
}

impl CodeCounts {
    /// Adds to the count of a status.
    pub fn add(&mut self, code: u16, count: u64) {
        let place = usize::from(code);
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += count;
    }

    /// Adds the counts of another set.
    pub fn merge(&mut self, other: &Self) {
        for (code, count) in other.iter() {
            self.add(code, count);
        }
    }

    /// Returns the statuses that occurred with their counts, by rising status.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u64)> {
        (0..=u16::MAX).zip(self.counts.iter().copied()).filter(|(_, count)| *count > 0)
    }
}
