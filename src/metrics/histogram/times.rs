//! Times of requests, some of which are only lower bounds because no answer came.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::time::Duration;

use crate::metrics::histogram::{Distribution, Quantiles};
use crate::metrics::quantile::hazen_rank;
use crate::units::GoDuration;

/// Times of requests. That of a request without an answer is how long the request was waited for,
/// and so a lower bound.
///
/// A request without an answer counts as slower than every request with one, since nothing else is
/// known. So a quantile is known as long as enough requests have an answer, and otherwise it is a
/// lower bound, see [`TimeQuantiles::at`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// Of all records.
    all: Distribution,
    /// Of the records with an answer. None if all have one. Boxed, because most runs have none.
    answered: Option<Box<Distribution>>,
    /// How long was waited for what left no record. None if nothing is missing.
    missing: Option<Box<Distribution>>,
}

/// A time, or a lower bound of a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoundedTime {
    /// The time.
    pub time: Duration,
    /// Whether the true time is this one or longer.
    pub is_lower_bound: bool,
}

impl BoundedTime {
    /// Printed before a lower bound.
    pub const AT_LEAST: &str = "≥";
}

/// As reports print it: `1.2s`, or `≥30s` for a lower bound.
impl Display for BoundedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_lower_bound { Self::AT_LEAST } else { "" };
        f.pad(&format!("{sign}{}", GoDuration::rounded(self.time)))
    }
}

impl Times {
    /// Adds times in ns of records that all have an answer.
    pub(crate) fn add_answered(&mut self, times: impl Iterator<Item = u64> + Clone) {
        if let Some(answered) = &mut self.answered {
            answered.add_all(times.clone());
        }
        self.all.add_all(times);
    }

    /// Adds times in ns, each with whether its record has an answer.
    pub(crate) fn add_all(&mut self, times: impl Iterator<Item = (u64, bool)> + Clone) {
        if self.answered.is_none() && times.clone().any(|(_, is_answered)| !is_answered) {
            self.answered = Some(Box::new(self.all.clone()));
        }
        if let Some(answered) = &mut self.answered {
            let with_answer = times.clone().filter(|(_, is_answered)| *is_answered);
            answered.add_all(with_answer.map(|(ns, _)| ns));
        }
        self.all.add_all(times.map(|(ns, _)| ns));
    }

    /// Adds something that left no record and was waited for, in ns, a number of times.
    pub(crate) fn add_missing(&mut self, waited_ns: u64, count: u64) {
        if count > 0 {
            self.missing.get_or_insert_default().add_n(waited_ns, count);
        }
    }

    /// Adds the times of another part of the same run.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.answered.is_some() || other.answered.is_some() {
            let answered = self.answered.get_or_insert_with(|| Box::new(self.all.clone()));
            answered.merge(other.answered.as_deref().unwrap_or(&other.all));
        }
        self.all.merge(&other.all);
        if let Some(missing) = &other.missing {
            self.missing.get_or_insert_default().merge(missing);
        }
    }

    /// Times of all records, in which those without an answer count with the time waited for.
    pub fn all(&self) -> &Distribution {
        &self.all
    }

    /// Number of records.
    pub fn count(&self) -> u64 {
        self.all.count()
    }

    /// Returns whether every record has an answer, and nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.answered.is_none() && self.missing.is_none()
    }

    /// Arithmetic mean of the times of all records, with the time waited for where no answer came;
    /// 0 without records.
    pub fn mean(&self) -> Duration {
        self.all.mean()
    }

    /// Longest time; a lower bound if any request has no answer.
    pub fn max(&self) -> BoundedTime {
        let time = self.all.max().max(self.missing.as_ref().map_or(Duration::ZERO, |it| it.max()));
        BoundedTime { time, is_lower_bound: !self.is_complete() }
    }

    /// Returns a quantile in `[0, 1]`; see [`TimeQuantiles::at`]. For several quantiles,
    /// [`Times::quantiles`] is faster.
    pub fn quantile(&self, quantile: f64) -> BoundedTime {
        self.quantiles().at(quantile)
    }

    /// Returns a lookup of quantiles.
    pub fn quantiles(&self) -> TimeQuantiles {
        let answered = self.answered.as_deref().unwrap_or(&self.all).quantiles();
        let bounds = (!self.is_complete()).then(|| self.bounds().quantiles());
        TimeQuantiles { answered, bounds }
    }

    /// Returns a lower bound of each time.
    fn bounds(&self) -> Cow<'_, Distribution> {
        let Some(missing) = &self.missing else { return Cow::Borrowed(&self.all) };
        let mut bounds = self.all.clone();
        bounds.merge(missing);
        Cow::Owned(bounds)
    }
}

/// A lookup of quantiles of times.
#[derive(Debug)]
pub struct TimeQuantiles {
    answered: Quantiles,
    /// Of the lower bounds of all times. None if all times are known.
    bounds: Option<Quantiles>,
}

impl TimeQuantiles {
    /// Returns Hazen's quantile, in `[0, 1]`, of all requests, where those without an answer are
    /// slower than all others. If it falls among these, it is a lower bound: the quantile of the
    /// times as far as they were waited for.
    ///
    /// Source: Edward L. Kaplan, Paul Meier, Nonparametric Estimation from Incomplete Observations,
    /// Journal of the American Statistical Association 53 (282), 1958, for times that are only lower
    /// bounds. Their estimator takes an early end of the wait for chance. Here it is often the end of
    /// a connection, and then no answer would ever have come.
    pub fn at(&self, quantile: f64) -> BoundedTime {
        let Some(bounds) = &self.bounds else {
            return BoundedTime { time: self.answered.at(quantile), is_lower_bound: false };
        };
        let last = hazen_rank(quantile, bounds.count()).ceil() as u64;
        match last <= self.answered.count() {
            true => {
                let time = self.answered.at_of(quantile, bounds.count());
                BoundedTime { time, is_lower_bound: false }
            }
            false => BoundedTime { time: bounds.at(quantile), is_lower_bound: true },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns times in ns, which are exact up to 2 µs; negative ones without an answer.
    fn of(times: &[i64]) -> Times {
        let mut all = Times::default();
        all.add_all(times.iter().map(|ns| (ns.unsigned_abs(), *ns > 0)));
        all
    }

    fn shown(times: &Times, quantiles: &[f64]) -> Vec<String> {
        quantiles.iter().map(|quantile| times.quantile(*quantile).to_string()).collect()
    }

    #[test]
    fn a_quantile_among_unanswered_requests_is_a_lower_bound() {
        let table: [(&[i64], [&str; 4]); 6] = [
            (&[10, 20, 30, 40], ["10ns", "25ns", "40ns", "40ns"]),
            (&[10, 20, 30, -500], ["10ns", "25ns", "≥500ns", "≥500ns"]),
            (&[10, -500, 30, -500], ["10ns", "≥265ns", "≥500ns", "≥500ns"]),
            // A message that fails at once, because its socket was lost, is no fast one.
            (&[10, -2, 30, -2], ["10ns", "≥6ns", "≥30ns", "≥30ns"]),
            (&[10, 20, 30, 40, 50, -1], ["10ns", "35ns", "≥50ns", "≥50ns"]),
            (&[-500, -500], ["≥500ns", "≥500ns", "≥500ns", "≥500ns"]),
        ];
        for (times, expected) in table {
            assert_eq!(shown(&of(times), &[0.0, 0.5, 0.95, 1.0]), expected, "{times:?}");
        }
    }

    proptest! {
        #[test]
        fn slower_answers_would_not_have_changed_a_quantile_that_is_no_lower_bound(
            answered in prop::collection::vec(1_u64..400, 0..60),
            waited in prop::collection::vec((1_u64..400, 0_u64..400), 0..60),
            millionths in 0_u64..=1_000_000,
        ) {
            prop_assume!(!answered.is_empty() || !waited.is_empty());
            let quantile = millionths as f64 / 1e6;
            let longest = answered.iter().copied().max().unwrap_or(0);
            // Each answer would have come after the wait, and after all others.
            let late = waited.iter().map(|(ns, more)| longest.max(*ns) + more);
            let mut all = Distribution::default();
            all.add_all(answered.iter().copied().chain(late));
            let known = answered.iter().map(|ns| (*ns, true));
            let mut times = Times::default();
            times.add_all(known.chain(waited.iter().map(|(ns, _)| (*ns, false))));
            let (found, truth) = (times.quantile(quantile), all.quantile(quantile));
            if found.is_lower_bound {
                prop_assert!(truth >= found.time, "{found} for {truth:?}");
            } else {
                prop_assert_eq!(truth, found.time);
            }
        }
    }

    #[test]
    fn answers_alone_have_the_quantiles_of_their_distribution() {
        let mut times = Times::default();
        times.add_answered((1..=1000).map(|ms| ms * 1_000_000));
        assert!(times.is_complete());
        for quantile in [0.0, 0.5, 0.99, 0.999, 1.0] {
            let found = times.quantile(quantile);
            assert_eq!((found.time, found.is_lower_bound), (times.all().quantile(quantile), false));
        }
        assert_eq!(times.max().to_string(), "1s");
    }

    #[test]
    fn what_left_no_record_counts_among_the_unanswered() {
        let mut times = of(&[10, 20, 30]);
        times.add_missing(30_000_000_000, 0);
        assert!(times.is_complete());
        times.add_missing(30_000_000_000, 1);
        assert_eq!(shown(&times, &[0.5, 0.95]), ["25ns", "≥30s"]);
        assert_eq!((times.max().to_string(), times.count()), ("≥30s".to_owned(), 3));
        let mut none = Times::default();
        none.add_missing(1_000_000, 2);
        assert_eq!(shown(&none, &[0.5]), ["≥1ms"]);
    }

    #[test]
    fn parts_of_a_run_add_up_to_it() {
        let all = [10, 20, -500, 30, -500, 40];
        for cut in 0..=all.len() {
            let (one, other) = all.split_at(cut);
            let mut merged = of(one);
            merged.merge(&of(other));
            assert_eq!(merged, of(&all), "{cut}");
            let mut added = of(one);
            let answered: Vec<i64> = other.iter().copied().filter(|ns| *ns > 0).collect();
            added.add_answered(answered.iter().map(|ns| ns.unsigned_abs()));
            assert_eq!(added, of(&[one, &answered].concat()), "{cut}");
        }
    }
}
