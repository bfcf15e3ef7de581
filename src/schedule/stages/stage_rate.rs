//! The rate at one point of a stage, which may be zero.

use std::fmt;
use std::time::Duration;

use crate::schedule::stages::Hits;
use crate::units::{GoDuration, Rate};

/// A number of hits per unit of time, which may be zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageRate {
    /// >= 0.
    hits: u64,
    /// > 0.
    per: Duration,
}

impl StageRate {
    /// The rate of a pause.
    pub const ZERO: Self = Self { hits: 0, per: Duration::from_secs(1) };

    /// Returns the rate. None if it is zero.
    pub fn rate(self) -> Option<Rate> {
        Rate::new(self.hits, self.per)
    }

    /// Returns the hits per second.
    pub fn per_second(self) -> f64 {
        self.hits as f64 / self.per.as_secs_f64()
    }

    /// Returns the hits per ns.
    pub(super) fn per_ns(self) -> f64 {
        self.hits as f64 / self.per.as_nanos() as f64
    }

    /// Returns the hits in `length`.
    pub(super) fn hits_in(self, length: Duration) -> Hits {
        Hits::in_length(self.hits, self.per, length)
    }

    /// Returns the time that `hits` take, in ns. The rate must not be zero.
    pub(super) fn ns_of(self, hits: Hits) -> u64 {
        hits.ns_at(self.hits, self.per)
    }

    /// Returns whether it is at most `other`, compared in integers.
    pub(super) fn is_at_most(self, other: Self) -> bool {
        // 64 bits of hits times 64 bits of ns.
        u128::from(self.hits) * other.per.as_nanos() <= u128::from(other.hits) * self.per.as_nanos()
    }
}

impl From<Rate> for StageRate {
    fn from(rate: Rate) -> Self {
        Self { hits: rate.hits(), per: rate.per() }
    }
}

/// Prints `50` for 50 per second, `3000/1m0s`, or `0`.
impl fmt::Display for StageRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hits {
            hits if hits == 0 || self.per == Duration::from_secs(1) => write!(f, "{hits}"),
            hits => write!(f, "{hits}/{}", GoDuration(self.per)),
        }
    }
}
