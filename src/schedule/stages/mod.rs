//! Stages: a rate over time, the number of hits, and the slot of each hit.
//!
//! Both follow from the integral Λ(t) of the rate from 0 to t. Hit `k` is due at the last instant
//! at which Λ does not exceed `k`:
//!
//! ```text
//! slot(k) = inf { t : Λ(t) > k }
//! ```
//!
//! so that a hit due at the start of a pause is released at its end. The number of hits is the
//! number of slots before the end: the integral, rounded up. Nothing else is rounded, so that
//! fractions of hits carry over from one stage to the next.

mod hits;
mod stage_rate;
mod linear;
mod sine;
mod stage;
mod parse;
pub mod csv_plan;

pub use csv_plan::read_plan;
pub use hits::Hits;
pub use parse::parse_stages;
pub use stage::{Shape, Stage};
pub use stage_rate::StageRate;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::units::Rate;

/// Most stages of a plan: one for each of the 86,400 seconds of a day still fits, and all of them
/// are written to the head of the stream.
const MAX_STAGES: usize = 100_000;

/// The longest plan: 584 years, the limit of 64 bits of ns.
const LONGEST: Duration = Duration::from_nanos(u64::MAX);

/// A rate over time: consecutive stages from offset 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    /// At least one.
    placed: Arc<[PlacedStage]>,
    /// At least 1 ns.
    length: Duration,
    /// Integral of the rate over the whole length, > 0.
    hits: Hits,
}

/// A stage and its position in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedStage {
    /// Offset of its start.
    pub start: Duration,
    /// Number of hits before it, which may have a fraction.
    pub before: Hits,
    /// The stage.
    pub stage: Stage,
}

impl Stages {
    /// Returns the plan that consists of `stages`.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if there are no stages or too many, if they are too long, or if they have
    /// no hits.
    pub fn new(stages: &[Stage]) -> Result<Self, Error> {
        let bad = |expected| Error::Value { what: "stages", input: list(stages), expected };
        if stages.is_empty() {
            return Err(bad("at least one, as in 30s@1..50,2m@50"));
        }
        if stages.len() > MAX_STAGES {
            let input = format!("{} of them", stages.len());
            return Err(Error::Value { what: "stages", input, expected: "at most 100000" });
        }
        let (mut start, mut before) = (Duration::ZERO, Hits::default());
        let mut placed = Vec::with_capacity(stages.len());
        for stage in stages.iter().copied() {
            placed.push(PlacedStage { start, before, stage });
            start = start.saturating_add(stage.length);
            before = before.plus(stage.hits());
        }
        if start > LONGEST {
            return Err(bad("at most 584 years"));
        }
        if before == Hits::default() {
            return Err(bad("a rate above 0 in at least one of them"));
        }
        Ok(Self { placed: placed.into(), length: start, hits: before })
    }

    /// Returns the plan of a constant rate. `length` is > 0; without it, the plan has the greatest
    /// possible length.
    pub fn steady(rate: Rate, length: Option<Duration>) -> Self {
        let length = length.unwrap_or(LONGEST).min(LONGEST);
        let stage = Stage { length, shape: Shape::Constant(rate.into()) };
        let placed = PlacedStage { start: Duration::ZERO, before: Hits::default(), stage };
        Self { placed: Arc::new([placed]), length, hits: stage.hits() }
    }

    /// Returns the constant rate. None if the plan has several stages or its rate changes.
    pub fn steady_rate(&self) -> Option<Rate> {
        match self.placed[..] {
            [PlacedStage { stage: Stage { shape: Shape::Constant(rate), .. }, .. }] => rate.rate(),
            _ => None,
        }
    }

    /// Returns the offset at which the integral of the rate passes `hits`, rounded to ns, before
    /// the end. It is monotonic in `hits`. None if the integral never passes `hits`.
    ///
    /// The error is at most 1 ns, except for rates so small that a hit takes years. An f64 holds 15
    /// digits of the time since the start of the stage, or of the hits of a sine stage.
    pub fn slot(&self, hits: Hits) -> Option<Duration> {
        if hits >= self.hits {
            return None;
        }
        // If several stages start at the same count, all but the last of them are pauses.
        let next = self.placed.partition_point(|placed| placed.before <= hits);
        let placed = &self.placed[next.saturating_sub(1)];
        Some(placed.start + placed.stage.slot(hits.minus(placed.before)))
    }

    /// Returns the number of hits with constant arrivals, >= 1.
    pub fn hits(&self) -> u64 {
        self.hits.ceil()
    }

    /// Returns the integral of the rate over the whole length, > 0.
    pub fn integral(&self) -> Hits {
        self.hits
    }

    /// Returns the length, > 0.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Returns the integral of the rate from 0 to `time`. After the end it no longer grows.
    pub fn hits_by(&self, time: Duration) -> Hits {
        let next = self.placed.partition_point(|placed| placed.start <= time);
        let placed = &self.placed[next.saturating_sub(1)];
        let within = time.saturating_sub(placed.start).min(placed.stage.length);
        placed.before.plus(placed.stage.hits_by(within))
    }

    /// Returns the greatest rate, in hits per second.
    pub fn peak(&self) -> f64 {
        self.placed.iter().map(|placed| placed.stage.peak()).fold(0.0, f64::max)
    }

    /// Returns the mean rate, in hits per second.
    pub fn mean(&self) -> f64 {
        self.hits.as_f64() / self.length.as_secs_f64()
    }

    /// Returns the stages in order, at least one, with their positions.
    pub fn placed(&self) -> &[PlacedStage] {
        &self.placed
    }
}

/// Prints the stages in the grammar of [`parse_stages`].
impl fmt::Display for Stages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (idx, placed) in self.placed.iter().enumerate() {
            write!(f, "{}{}", if idx == 0 { "" } else { "," }, placed.stage)?;
        }
        Ok(())
    }
}

fn list(stages: &[Stage]) -> String {
    stages.iter().map(Stage::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
