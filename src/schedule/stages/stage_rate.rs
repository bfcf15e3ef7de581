//! A rate that a stage goes through, which may be zero.

use std::fmt;
use std::time::Duration;

use crate::schedule::stages::Hits;
use crate::units::{GoDuration, Rate};

/// So many hits in each unit of time, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// >= 0.
    hits: u64,
    /// > 0.
    per: Duration,
}

impl Level {
    /// No hits.
    pub const NONE: Self = Self { hits: 0, per: Duration::from_secs(1) };

    /// Returns the rate; None where it is zero.
    pub fn rate(self) -> Option<Rate> {
        Rate::new(self.hits, self.per)
    }

    /// Hits in a second.
    pub fn per_second(self) -> f64 {
        self.hits as f64 / self.per.as_secs_f64()
    }

    /// Hits in a ns.
    pub(super) fn per_ns(self) -> f64 {
        self.hits as f64 / self.per.as_nanos() as f64
    }

    /// Returns the hits that it makes in a length.
    pub(super) fn hits_in(self, length: Duration) -> Hits {
        Hits::made(self.hits, self.per, length)
    }

    /// Returns the ns in which it makes so many hits; it must not be zero.
    pub(super) fn ns_of(self, hits: Hits) -> u64 {
        hits.taking(self.hits, self.per)
    }

    /// Returns whether it is at most another, by whole numbers.
    pub(super) fn is_at_most(self, other: Self) -> bool {
        // 64 bits of hits times 64 bits of ns.
        u128::from(self.hits) * other.per.as_nanos() <= u128::from(other.hits) * self.per.as_nanos()
    }
}

impl From<Rate> for Level {
    fn from(rate: Rate) -> Self {
        Self { hits: rate.hits(), per: rate.per() }
    }
}

/// Prints `50` for 50 in each second, `3000/1m0s`, or `0`.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hits {
            hits if hits == 0 || self.per == Duration::from_secs(1) => write!(f, "{hits}"),
            hits => write!(f, "{hits}/{}", GoDuration(self.per)),
        }
    }
}
