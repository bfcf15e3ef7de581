//! The part of a schedule, or of a limit, that belongs to one engine.

/// One of `of` equal parts of a schedule: every hit whose number is `index` modulo `of`.
#[derive(Clone, Copy, Debug)]
pub struct Shard {
    /// Number of the part, in `[0, of)`.
    pub index: u64,
    /// Number of parts, >= 1.
    pub of: u64,
}

impl Shard {
    /// Returns this part of a total. All parts add up to `total` and differ by at most 1.
    pub fn part_of(self, total: u64) -> u64 {
        total / self.of + u64::from(self.index < total % self.of)
    }
}
