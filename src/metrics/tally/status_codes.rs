//! How often each status occurred.

/// Counts by status. The memory is bounded by the 65536 statuses that the stream can hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CodeCounts {
    /// The count of status k at place k; as long as the largest status needs.
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
