//! One stage: a length, and the form of the rate over it.

use std::fmt;
use std::time::Duration;

use crate::schedule::stages::{Hits, Level, linear, sine};
use crate::units::GoDuration;

/// A stretch of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// How long it lasts, > 0.
    pub length: Duration,
    /// What the rate does meanwhile.
    pub form: Form,
}

/// How the rate goes through a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// It stays; zero is a pause.
    Hold(Level),
    /// It changes steadily.
    Linear {
        /// At the beginning.
        from: Level,
        /// At the end.
        to: Level,
    },
    /// It swings: `mean + amplitude * sin(2π t / period)`, `t` from the beginning of the stage.
    Sine {
        /// In the middle, > 0.
        mean: Level,
        /// At most as much as the mean, so that the rate is never below zero.
        amplitude: Level,
        /// Of one swing up and down, > 0.
        period: Duration,
    },
}

impl Stage {
    /// Returns the integral of the rate.
    pub fn hits(&self) -> Hits {
        self.hits_by(self.length)
    }

    /// Returns the integral of the rate from the beginning to `time`, at most the length.
    pub(super) fn hits_by(&self, time: Duration) -> Hits {
        match self.form {
            Form::Hold(level) => level.hits_in(time),
            Form::Linear { from, to } if time == self.length => linear::hits(from, to, time),
            Form::Linear { from, to } => linear::hits_by(from, to, self.length, time),
            Form::Sine { mean, amplitude, period } => {
                sine::Wave::new(mean, amplitude, period).hits_by(time)
            }
        }
    }

    /// Returns when the integral passes `level`, which is less than the hits of the stage, from its
    /// beginning and before its end.
    pub(super) fn slot(&self, level: Hits) -> Duration {
        let ns = match self.form {
            Form::Hold(rate) => rate.ns_of(level),
            Form::Linear { from, to } => linear::slot(from, to, self.length, level),
            Form::Sine { mean, amplitude, period } => {
                sine::Wave::new(mean, amplitude, period).slot(level)
            }
        };
        Duration::from_nanos(ns).min(self.length.saturating_sub(Duration::from_nanos(1)))
    }

    /// The greatest rate, in hits a second. Of a sine that does not come to its crest it is the
    /// crest all the same.
    pub(super) fn peak(&self) -> f64 {
        match self.form {
            Form::Hold(level) => level.per_second(),
            Form::Linear { from, to } => from.per_second().max(to.per_second()),
            Form::Sine { mean, amplitude, .. } => mean.per_second() + amplitude.per_second(),
        }
    }
}

/// Prints `30s@50`, `30s@1..50` or `5m0s@100~50/1m0s`.
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", GoDuration(self.length), self.form)
    }
}

/// Prints `50`, `1..50` or `100~50/1m0s`.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Form::Hold(level) => write!(f, "{level}"),
            Form::Linear { from, to } => write!(f, "{from}..{to}"),
            Form::Sine { mean, amplitude, period } => {
                write!(f, "{mean}~{amplitude}/{}", GoDuration(*period))
            }
        }
    }
}
