//! The verdict: whether the generator kept up with its schedule.
//!
//! `evidence` is what is known of the run, `rules` are what it must satisfy, and the verdict lists
//! the rules that it broke. docs/method/verdict.md gives the reasons for the rules.

mod evidence;
mod rules;

use std::fmt;
use std::time::Duration;

use crate::metrics::run_metrics::Metrics;
use crate::metrics::verdict::evidence::Evidence;
use crate::metrics::verdict::rules::RULES;

/// Whether the generator kept up with its schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// In the order of the rules, from symptoms to causes.
    reasons: Vec<Reason>,
}

/// A rule that the run broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What was found, e.g. `requests waited 980 times for a free worker`.
    pub found: String,
    /// The next thing to try, e.g. `raise -max-workers`.
    pub next: &'static str,
}

impl Metrics {
    /// Returns whether the generator kept up with the schedule; None if the records have no lag,
    /// so that nothing is known to have been scheduled.
    pub fn verdict(&self) -> Option<Verdict> {
        let evidence = Evidence::of(self)?;
        let broken = RULES.iter().filter_map(|rule| {
            (rule.broken)(&evidence).map(|found| Reason { found, next: rule.next })
        });
        Some(Verdict { reasons: broken.collect() })
    }

    /// Returns the percentile of lag that the verdict checks, and the most that it tolerates; None
    /// as for [`Metrics::verdict`].
    pub fn lag_limit(&self) -> Option<(u32, Duration)> {
        let evidence = Evidence::of(self)?;
        Some((evidence.lag.percentile, evidence.lag_tolerance()))
    }
}

impl Verdict {
    /// Returns whether the results are those of the server alone. If not, they include delays of
    /// the generator.
    pub fn is_valid(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Returns `valid` or `generator-limited`.
    pub fn name(&self) -> &'static str {
        if self.is_valid() { "valid" } else { "generator-limited" }
    }

    /// Why the run is generator-limited; empty if it is valid.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

/// On one line: the name, everything that was found, and the next thing to try for the last reason,
/// which is nearest to the cause.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        for (idx, reason) in self.reasons.iter().enumerate() {
            write!(f, "{} {}", if idx == 0 { ":" } else { ";" }, reason.found)?;
        }
        self.reasons.last().map_or(Ok(()), |last| write!(f, "; {}", last.next))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.found, self.next)
    }
}

#[cfg(test)]
mod tests;
