//! Confidence intervals of a run's statistics, if requested.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::metrics::{ConfidenceInterval, Metrics, Statistic};
use crate::schedule::seed::Seed;
use crate::units::GoDuration;

/// Fixed seed, so that a report of the same stream prints the same intervals.
const SEED: Seed = Seed(1);

/// Printed for an interval that the run is too short to estimate, and for that of a lower bound.
const UNKNOWN: &str = "-";

/// The interval of each statistic, in the order of [`Statistic::ALL`]; None if the run is too short, and
/// if the statistic is only a lower bound.
pub(in crate::report) struct Intervals([(Statistic, Option<ConfidenceInterval>); 7]);

impl Intervals {
    /// Returns the intervals of a run; None if they were not requested.
    pub fn of(metrics: &Metrics) -> Option<Self> {
        if !metrics.is_sliced() {
            return None;
        }
        let resampled = metrics.resampled(SEED);
        // The resamples of a lower bound say how certain the bound is, not the statistic.
        let known = |figure: &Statistic| !figure.is_lower_bound(metrics);
        let interval = |figure| resampled.as_ref().filter(|_| known(&figure))?.interval(figure);
        Some(Self(Statistic::ALL.map(|figure| (figure, interval(figure)))))
    }

    /// Returns the interval of a statistic, formatted; None if it is unknown.
    pub fn formatted(&self, figure: Statistic) -> Option<String> {
        let (_, interval) = self.0.iter().find(|(known, _)| *known == figure)?;
        interval.map(|it| formatted(figure, it))
    }

    /// Returns each statistic's name and interval, for a row of the text report.
    pub fn rows(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().map(|(figure, interval)| {
            let text = interval.map_or_else(|| UNKNOWN.to_owned(), |it| formatted(*figure, it));
            (format!("[95%: {}]", figure.name()), text)
        })
    }
}

/// Writes an object from statistic name to the two ends of the interval, null if the run is too
/// short.
impl Serialize for Intervals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ends = |interval: Option<ConfidenceInterval>| interval.map(|it| [it.low, it.high]);
        serializer.collect_map(self.0.iter().map(|(figure, it)| (figure.name(), ends(*it))))
    }
}

fn formatted(figure: Statistic, ConfidenceInterval { low, high }: ConfidenceInterval) -> String {
    format!("{} to {}", format_statistic(figure, low), format_statistic(figure, high))
}

/// Formats a value of a statistic.
pub(crate) fn format_statistic(figure: Statistic, value: f64) -> String {
    match figure {
        Statistic::Success => format!("{:.2}%", value * 100.0),
        Statistic::Throughput => format!("{value:.2}/s"),
        _ => GoDuration::rounded(Duration::from_nanos(value.round() as u64)).to_string(),
    }
}
