//! Latency buckets that the user asks for, and the number of requests in each.

use std::time::Duration;

use crate::error::Error;
use crate::units::parse_span;

/// Lower bounds of adjacent buckets; the last bucket has no upper bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// At least one; the first is 0, and they rise strictly.
    bounds: Vec<Duration>,
}

impl Buckets {
    /// Parses a list like `[0,1ms,10ms]`. A list that begins above 0 gets a bucket from 0.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the text is not a list in brackets, is empty, has a bound that is not a
    /// duration, or bounds that do not rise.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse_bounds(text).map(|bounds| Self { bounds }).ok_or_else(|| Error::Value {
            what: "buckets",
            input: text.to_owned(),
            expected: "rising durations in brackets, with units unless 0, as in [0,1ms,10ms]",
        })
    }

    /// Lower bounds in rising order, the first 0.
    pub fn bounds(&self) -> &[Duration] {
        &self.bounds
    }
}

/// Returns the bounds, from 0; None if the text is not a list of bounds.
fn parse_bounds(text: &str) -> Option<Vec<Duration>> {
    let list = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let bounds: Result<Vec<Duration>, Error> =
        list.split(',').map(|bound| parse_span(bound.trim())).collect();
    let mut bounds = bounds.ok()?;
    if bounds.first()? > &Duration::ZERO {
        bounds.insert(0, Duration::ZERO);
    }
    bounds.is_sorted_by(|lower, upper| lower < upper).then_some(bounds)
}

/// Numbers of requests by bucket, exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketCounts {
    buckets: Buckets,
    /// One for each bound.
    counts: Vec<u64>,
}

impl BucketCounts {
    /// Returns empty counts.
    pub(crate) fn new(buckets: Buckets) -> Self {
        let counts = vec![0; buckets.bounds.len()];
        Self { buckets, counts }
    }

    /// Returns empty counts of the same buckets.
    pub(crate) fn emptied(&self) -> Self {
        Self::new(self.buckets.clone())
    }

    /// Counts one latency.
    pub(crate) fn add(&mut self, latency: Duration) {
        let n_reached = self.buckets.bounds.partition_point(|bound| *bound <= latency);
        // The first bound is 0, so every latency reaches at least one.
        self.counts[n_reached - 1] += 1;
    }

    /// Returns the sum of both; None if their buckets differ.
    pub(crate) fn merged(mut self, other: &Self) -> Option<Self> {
        if self.buckets != other.buckets {
            return None;
        }
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
        Some(self)
    }

    /// Returns each bucket in rising order: its lower bound, included, its upper bound, excluded,
    /// and its count. The last bucket has no upper bound.
    pub fn iter(&self) -> impl Iterator<Item = (Duration, Option<Duration>, u64)> {
        let lowers = self.buckets.bounds.iter().copied();
        let uppers = lowers.clone().skip(1).map(Some).chain([None]);
        let bounds = lowers.zip(uppers);
        bounds.zip(&self.counts).map(|((lower, upper), count)| (lower, upper, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_parse_to_bounds_from_zero() {
        let ms = Duration::from_millis;
        let table = [
            ("[0]", Some(vec![ms(0)])),
            ("[0,1ms,10ms]", Some(vec![ms(0), ms(1), ms(10)])),
            ("[0ms]", Some(vec![ms(0)])),
            (" [ 0 , 1ms,\t10ms ] ", Some(vec![ms(0), ms(1), ms(10)])),
            ("[3ms,10ms]", Some(vec![ms(0), ms(3), ms(10)])),
            ("[1.5s]", Some(vec![ms(0), ms(1500)])),
            ("", None),
            ("[]", None),
            ("[", None),
            ("]", None),
            ("0,1ms", None),
            ("{0, 2}", None),
            ("[0,2]", None),
            ("[0,,1ms]", None),
            ("[0,1ms,]", None),
            ("[0,x]", None),
            ("[-1ms,1ms]", None),
            ("[0,0]", None),
            ("[0,10ms,1ms]", None),
            ("[1ms,1ms]", None),
        ];
        for (text, bounds) in table {
            let parsed = Buckets::parse(text).ok().map(|buckets| buckets.bounds);
            assert_eq!(parsed, bounds, "{text}");
        }
    }

    #[test]
    fn a_bad_list_is_quoted_with_the_accepted_form() {
        assert_eq!(
            Buckets::parse("[0,2]").unwrap_err().to_string(),
            "bad buckets '[0,2]': expected rising durations in brackets, with units unless 0, \
             as in [0,1ms,10ms]"
        );
    }

    #[test]
    fn a_bucket_includes_its_lower_bound_only() {
        let buckets = Buckets::parse("[0,10ms,25ms,50ms,100ms,1s]").unwrap();
        let mut counts = BucketCounts::new(buckets);
        for ms in [5, 10, 49, 50, 999, 1000, 5000] {
            counts.add(Duration::from_millis(ms));
        }
        counts.add(Duration::from_nanos(9_999_999));
        counts.add(Duration::ZERO);
        let listed: Vec<u64> = counts.iter().map(|(_, _, count)| count).collect();
        assert_eq!(listed, [3, 1, 1, 1, 1, 2]);
    }

    #[test]
    fn counts_of_the_same_buckets_add_up() {
        let counts = |list, ms| {
            let mut counts = BucketCounts::new(Buckets::parse(list).unwrap());
            counts.add(Duration::from_millis(ms));
            counts
        };
        let sum = counts("[0,1ms]", 0).merged(&counts("[1ms]", 5)).unwrap();
        assert_eq!(sum.iter().map(|(_, _, count)| count).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(counts("[0,1ms]", 0).merged(&counts("[0,2ms]", 5)), None);
    }
}
