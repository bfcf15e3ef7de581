//! The groups of columns that only some streams have.

/// The groups of columns that only some streams have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// The columns of requests in flows.
    pub flows: bool,
    /// The columns of calls and messages.
    pub messaging: bool,
}

impl Extras {
    /// Returns the groups that are in either of the two.
    pub fn union(self, other: Self) -> Self {
        Self { flows: self.flows || other.flows, messaging: self.messaging || other.messaging }
    }

    /// Returns whether all groups of the other are in these.
    pub fn includes(self, other: Self) -> bool {
        self.union(other) == self
    }
}
