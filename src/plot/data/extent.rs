//! The ranges of a run's hits in time and in latency.

use crate::plot::data::sampled_hits::Point;

/// The ranges of the hits, all ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Earliest release, in ns since 1970 UTC.
    pub first_ns: i64,
    /// Latest release, in ns since 1970 UTC.
    pub last_ns: i64,
    /// Minimum latency in ns.
    pub least_ns: u64,
    /// Maximum latency in ns.
    pub most_ns: u64,
}

impl Extent {
    /// Returns the extent of one hit.
    pub fn of(hit: Point) -> Self {
        Self {
            first_ns: hit.at_ns,
            last_ns: hit.at_ns,
            least_ns: hit.latency_ns,
            most_ns: hit.latency_ns,
        }
    }

    /// Extends the ranges to include another hit.
    pub fn add(&mut self, hit: Point) {
        self.first_ns = self.first_ns.min(hit.at_ns);
        self.last_ns = self.last_ns.max(hit.at_ns);
        self.least_ns = self.least_ns.min(hit.latency_ns);
        self.most_ns = self.most_ns.max(hit.latency_ns);
    }

    /// Returns the seconds from the earliest release to an instant in ns since 1970 UTC.
    pub fn seconds_to(&self, at_ns: i128) -> f64 {
        (at_ns - i128::from(self.first_ns)) as f64 / 1e9
    }

    /// Seconds from the earliest release to the latest.
    pub fn span(&self) -> f64 {
        self.seconds_to(i128::from(self.last_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extent_reaches_over_all_hits() {
        let hit = |at_ns, latency_ns| Point { at_ns, latency_ns };
        let mut extent = Extent::of(hit(3_000_000_000, 7));
        extent.add(hit(-2_000_000_000, 9));
        extent.add(hit(1, 5));
        let expected =
            Extent { first_ns: -2_000_000_000, last_ns: 3_000_000_000, least_ns: 5, most_ns: 9 };
        assert_eq!((extent, extent.span()), (expected, 5.0));
        let all_time = Extent { first_ns: i64::MIN, last_ns: i64::MAX, ..extent };
        assert!(all_time.span() > 1.8e10);
    }
}
