//! One engine's part of a schedule, and of a limit.

/// One of several engines that share a schedule: engine `index` of `of` takes every hit whose
/// number is `index` modulo `of`.
#[derive(Clone, Copy, Debug)]
pub struct Shard {
    /// Which engine, from 0, < `of`.
    pub index: u64,
    /// Number of engines, >= 1.
    pub of: u64,
}

impl Shard {
    /// Returns this engine's part of a total, so that the parts add up to it.
    pub fn part_of(self, total: u64) -> u64 {
        total / self.of + u64::from(self.index < total % self.of)
    }
}
