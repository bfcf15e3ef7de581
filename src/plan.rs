//! Plan: what an attack set out to do, carried at the head of its stream.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::schedule::stages::{Hits, Stages, parse_stages};
use crate::units::parse_rate;

/// Names that a plan carries at most.
pub const MOST_NAMES: usize = 1000;

/// Bytes of a command that a plan carries, roughly at most.
pub const MOST_COMMAND_BYTES: usize = 4096;

/// What the arrivals of a Poisson process are called.
pub const POISSON: &str = "poisson";

/// How much later than in the mean the last of many hits may come by chance, in standard deviations
/// of the Poisson distribution: one run in three million has one that is later.
const LATE_BY_CHANCE: f64 = 5.0;

/// What an attack set out to do, and where it ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Rate as typed, e.g. `50/1s`; empty by stages, and for as fast as the limits allow.
    pub rate: String,
    /// Stages of a rate that changes, e.g. `30s@1..50,2m0s@50`; empty where it does not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stages: String,
    /// `poisson` where hits come by chance; empty where they come at even distances.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub arrivals: String,
    /// Length in ns; 0 until stopped.
    pub duration_ns: u64,
    /// Hits planned; 0 where neither rate and duration nor a count fix them.
    pub requests: u64,
    /// What random choices follow from; None where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Version of drumfire that attacked.
    pub version: String,
    /// Names of the targets, each once, sorted, without the empty one; None where they are not known
    /// before the attack, or more than [`MOST_NAMES`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// Operating system, machine and number of cores, e.g. `linux x86_64, 2 cores`.
    pub host: String,
    /// The command that began the attack, as a shell takes it again but for its secrets, for which
    /// `***` stands; on one line, cut with an ellipsis past [`MOST_COMMAND_BYTES`]. Empty where
    /// unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub command: String,
}

impl Plan {
    /// The planned rate over time; None for as fast as the limits allow.
    pub fn course(&self) -> Option<Stages> {
        if !self.stages.is_empty() {
            return parse_stages(&self.stages).ok();
        }
        let rate = parse_rate(&self.rate).ok().flatten()?;
        Some(Stages::steady(rate, self.duration()))
    }

    /// Whether hits have slots, and so lag.
    pub fn is_scheduled(&self) -> bool {
        !self.rate.is_empty() || !self.stages.is_empty()
    }

    /// The planned length; None until stopped.
    pub fn duration(&self) -> Option<Duration> {
        (self.duration_ns > 0).then(|| Duration::from_nanos(self.duration_ns))
    }

    /// The time from the first of so many slots, >= 1, to the last of them; None where there are
    /// not so many. By chance it is one that the last slot is hardly ever later than.
    pub fn span_of(&self, hits: u64) -> Option<Duration> {
        let course = self.course()?;
        let last = hits.checked_sub(1)?;
        let first = course.slot(Hits::default())?;
        if self.arrivals == POISSON {
            let late = Hits::from_f64(LATE_BY_CHANCE * (hits as f64).sqrt());
            let span = course.slot(Hits::whole(last).plus(late)).unwrap_or(course.length());
            return Some(span);
        }
        Some(course.slot(Hits::whole(last))? - first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_span_what_the_plan_s_own_rate_gives_them() {
        let ms = Duration::from_millis;
        let table = [
            ("50/1s", "", 1, Some(ms(0))),
            ("50/1s", "", 101, Some(ms(2_000))),
            ("", "", 5, None),
            ("", "3s@0,1s@4,7s@0,1s@4", 4, Some(ms(750))),
            ("", "3s@0,1s@4,7s@0,1s@4", 5, Some(ms(8_000))),
            ("", "3s@0,1s@4,7s@0,1s@4", 9, None),
            ("", "a stage of times to come", 4, None),
        ];
        for (rate, stages, hits, span) in table {
            let (rate, stages) = (rate.to_owned(), stages.to_owned());
            let plan = Plan { rate, stages, ..Plan::default() };
            assert_eq!(plan.span_of(hits), span, "{plan:?}");
        }
    }

    #[test]
    fn hits_by_chance_may_take_longer_but_no_longer_than_the_plan() {
        let plan = |stages: &str| Plan {
            stages: stages.to_owned(),
            arrivals: POISSON.to_owned(),
            ..Plan::default()
        };
        let table = [("60s@100", 2_500, 27_490), ("60s@100", 5_999, 60_000)];
        for (stages, hits, ms) in table {
            assert_eq!(plan(stages).span_of(hits), Some(Duration::from_millis(ms)));
        }
    }
}
