//! Stages: a rate over time, how many hits it makes, and when each of them is due.
//!
//! Both follow from one integral. With Λ(t) the hits that the rate makes from 0 to t, hit `k` is due
//! at the last instant at which Λ is not yet beyond `k`:
//!
//! ```text
//! slot(k) = inf { t : Λ(t) > k }
//! ```
//!
//! so that a hit due as a pause begins comes at its end. There are as many hits as slots before the
//! end, the integral rounded up. It is rounded there alone: stages hand on fractions of hits.

mod hits;
mod stage_rate;
mod stage;
mod linear;
mod sine;
mod parse;
pub mod csv_plan;

pub use csv_plan::read_plan;
pub use hits::Hits;
pub use stage_rate::Level;
pub use parse::parse_stages;
pub use stage::{Form, Stage};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::units::Rate;

/// Most stages of a plan: a day has 86 400 seconds, and the head of a stream carries them all.
const MOST_STAGES: usize = 100_000;

/// The longest plan, whose instants are counted in 64 bits of ns: 584 years.
const LONGEST: Duration = Duration::from_nanos(u64::MAX);

/// A rate over time: stages one after another, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    /// At least one.
    placed: Arc<[Placed]>,
    /// In ns, >= 1.
    length: Duration,
    /// > 0.
    hits: Hits,
}

/// A stage where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Offset of its beginning.
    pub start: Duration,
    /// Hits before it, which may end with a part of one.
    pub before: Hits,
    /// What it is.
    pub stage: Stage,
}

impl Stages {
    /// Returns the plan of these stages.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where there are none or too many, where they are too long, or make no hit.
    pub fn new(stages: &[Stage]) -> Result<Self, Error> {
        let bad = |expected| Error::Value { what: "stages", input: list(stages), expected };
        if stages.is_empty() {
            return Err(bad("at least one, as in 30s@1..50,2m@50"));
        }
        if stages.len() > MOST_STAGES {
            let input = format!("{} of them", stages.len());
            return Err(Error::Value { what: "stages", input, expected: "at most 100000" });
        }
        let (mut start, mut before) = (Duration::ZERO, Hits::default());
        let mut placed = Vec::with_capacity(stages.len());
        for stage in stages.iter().copied() {
            placed.push(Placed { start, before, stage });
            start = start.saturating_add(stage.length);
            before = before.plus(stage.hits());
        }
        if start > LONGEST {
            return Err(bad("at most 584 years"));
        }
        if before == Hits::default() {
            return Err(bad("a rate of more than 0 in one of them"));
        }
        Ok(Self { placed: placed.into(), length: start, hits: before })
    }

    /// Returns the plan of one rate, for as long as there are instants where no length, > 0, is
    /// given.
    pub fn steady(rate: Rate, length: Option<Duration>) -> Self {
        let length = length.unwrap_or(LONGEST).min(LONGEST);
        let stage = Stage { length, form: Form::Hold(rate.into()) };
        let placed = Placed { start: Duration::ZERO, before: Hits::default(), stage };
        Self { placed: Arc::new([placed]), length, hits: stage.hits() }
    }

    /// Returns the rate where it is one throughout.
    pub fn steady_rate(&self) -> Option<Rate> {
        match self.placed[..] {
            [Placed { stage: Stage { form: Form::Hold(level), .. }, .. }] => level.rate(),
            _ => None,
        }
    }

    /// Returns when the integral of the rate passes `level`, rounded to ns and before the end; None
    /// where it never does. Never falls as `level` grows.
    ///
    /// A slot is at most 1 ns off, but where the rate is so small that a hit takes years: f64 has 15
    /// digits of the time since its stage began, and a sine stage those of its hits.
    pub fn slot(&self, level: Hits) -> Option<Duration> {
        if level >= self.hits {
            return None;
        }
        // Of the stages that begin at the same count all but the last are pauses.
        let behind = self.placed.partition_point(|placed| placed.before <= level);
        let placed = &self.placed[behind.saturating_sub(1)];
        Some(placed.start + placed.stage.slot(level.minus(placed.before)))
    }

    /// Number of hits at constant arrivals, >= 1.
    pub fn hits(&self) -> u64 {
        self.hits.ceil()
    }

    /// Integral of the rate, > 0.
    pub fn integral(&self) -> Hits {
        self.hits
    }

    /// Length, > 0.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Returns the integral of the rate from 0 to `time`, all of it from the end on.
    pub fn hits_by(&self, time: Duration) -> Hits {
        let behind = self.placed.partition_point(|placed| placed.start <= time);
        let placed = &self.placed[behind.saturating_sub(1)];
        let within = time.saturating_sub(placed.start).min(placed.stage.length);
        placed.before.plus(placed.stage.hits_by(within))
    }

    /// The greatest rate, in hits a second.
    pub fn peak(&self) -> f64 {
        self.placed.iter().map(|placed| placed.stage.peak()).fold(0.0, f64::max)
    }

    /// The mean rate, in hits a second.
    pub fn mean(&self) -> f64 {
        self.hits.as_f64() / self.length.as_secs_f64()
    }

    /// The stages where they stand, in order, at least one.
    pub fn placed(&self) -> &[Placed] {
        &self.placed
    }
}

/// Prints the stages in the form that they are parsed from.
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
