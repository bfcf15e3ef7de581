//! A count of hits with a fraction, in fixed point, so that sums are exact.

use std::time::Duration;

/// A count of hits in `[0, 2^64)`, in steps of 2^-64. Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hits(u128);

/// Number of steps in a whole hit.
const ONE: u128 = 1 << 64;

impl Hits {
    /// Returns a whole number of hits.
    pub fn whole(hits: u64) -> Self {
        Self(u128::from(hits) << 64)
    }

    /// Returns a whole number of hits plus `fraction` steps of 2^-64.
    pub fn new(whole: u64, fraction: u64) -> Self {
        Self(u128::from(whole) << 64 | u128::from(fraction))
    }

    /// Returns the hits in `length` at a rate of `hits` per `per`, > 0, rounded down to a step.
    pub fn in_length(hits: u64, per: Duration, length: Duration) -> Self {
        let per = per.as_nanos();
        let Some(product) = length.as_nanos().checked_mul(u128::from(hits)) else {
            return Self(u128::MAX);
        };
        let (whole, rest) = (product / per, product % per);
        match (u64::try_from(whole), rest.checked_mul(ONE)) {
            (Ok(whole), Some(rest)) => Self::whole(whole).plus(Self(rest / per)),
            _ => Self(u128::MAX),
        }
    }

    /// Returns a number of hits, >= 0, with the precision of an f64.
    pub fn from_f64(hits: f64) -> Self {
        Self((hits * ONE as f64) as u128)
    }

    /// Returns the number as the nearest f64.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// Returns the number rounded up.
    pub fn ceil(self) -> u64 {
        u64::try_from(self.0.div_ceil(ONE)).unwrap_or(u64::MAX)
    }

    /// Returns the number rounded to the nearest integer.
    pub fn round(self) -> u64 {
        u64::try_from(self.0.saturating_add(ONE / 2) / ONE).unwrap_or(u64::MAX)
    }

    /// Returns the sum.
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the difference; 0 if `other` is greater.
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Returns the product with an integer.
    pub fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor.into()))
    }

    /// Returns one of `of` equal parts, `of` >= 1, rounded down to a step.
    pub fn part(self, of: u64) -> Self {
        Self(self.0 / u128::from(of))
    }

    /// Returns the product with `fraction` / 2^64, rounded down to a step.
    pub fn share(self, fraction: u64) -> Self {
        let (whole, rest) = (self.0 >> 64, self.0 % ONE);
        Self(whole * u128::from(fraction) + ((rest * u128::from(fraction)) >> 64))
    }

    /// Returns quotient and remainder of a division by `other`, > 0.
    pub fn divided_by(self, other: Self) -> (u64, Self) {
        let times = u64::try_from(self.0 / other.0).unwrap_or(u64::MAX);
        (times, Self(self.0 % other.0))
    }

    /// Returns the time that these hits take at a rate of `hits`, > 0, per `per`, in whole ns,
    /// rounded down.
    pub fn ns_at(self, hits: u64, per: Duration) -> u64 {
        let per = per.as_nanos();
        let whole = (self.0 >> 64).saturating_mul(per);
        let part = (self.0 % ONE).checked_mul(per).map_or(per, |part| part >> 64);
        u64::try_from(whole.saturating_add(part) / u128::from(hits)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn hits_in_a_length_are_exact_to_a_step() {
        let third = Hits::in_length(1, 3 * S, S);
        let table = [
            (Hits::in_length(50, S, 60 * S), Hits::whole(3000)),
            (Hits::in_length(1, 2 * S, S), Hits::new(0, 1 << 63)),
            (third.times(3).plus(Hits::new(0, 1)), Hits::whole(1)),
            (Hits::in_length(u64::MAX, Duration::from_nanos(1), S), Hits(u128::MAX)),
            (Hits::in_length(0, S, S), Hits::default()),
        ];
        for (hits, expected) in table {
            assert_eq!(hits, expected);
        }
        assert_eq!((third.ceil(), third.round(), Hits::whole(2).ceil()), (1, 0, 2));
    }

    #[test]
    fn hits_take_the_time_that_the_rate_says() {
        let table = [
            (Hits::whole(7), 60, 60 * S, 7_000_000_000),
            (Hits::new(1, 1 << 63), 1, S, 1_500_000_000),
            (Hits::whole(1), 3, S, 333_333_333),
        ];
        for (hits, rate, per, ns) in table {
            assert_eq!(hits.ns_at(rate, per), ns, "{hits:?} at {rate}/{per:?}");
        }
    }

    #[test]
    fn shares_and_parts_keep_their_fractions() {
        assert_eq!(Hits::whole(3).share(1 << 63), Hits::new(1, 1 << 63));
        assert_eq!(Hits::whole(3).part(4), Hits::new(0, 3 << 62));
        assert_eq!(Hits::new(7, 5).divided_by(Hits::whole(2)), (3, Hits::new(1, 5)));
        assert_eq!(Hits::from_f64(2.25), Hits::new(2, 1 << 62));
        assert_eq!(Hits::new(2, 1 << 62).as_f64(), 2.25);
    }
}
