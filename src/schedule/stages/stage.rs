//! One stage of a plan: its length, and the shape of its rate.

use std::fmt;
use std::time::Duration;

use crate::schedule::stages::{Hits, StageRate, linear, sine};
use crate::units::GoDuration;

/// A part of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Length, > 0.
    pub length: Duration,
    /// The rate over that time.
    pub shape: Shape,
}

/// The shape of the rate over a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A constant rate; zero is a pause.
    Constant(StageRate),
    /// A linear change.
    Linear {
        /// Rate at the start.
        from: StageRate,
        /// Rate at the end.
        to: StageRate,
    },
    /// A sine wave: `mean + amplitude * sin(2π t / period)`, with `t` from the start of the stage.
    Sine {
        /// Mean rate, > 0.
        mean: StageRate,
        /// Largest deviation from the mean, in `[0, mean]`.
        amplitude: StageRate,
        /// Length of one wave, > 0.
        period: Duration,
    },
}

impl Stage {
    /// Returns the integral of the rate over the stage.
    pub fn hits(&self) -> Hits {
        self.hits_by(self.length)
    }

    /// Returns the integral of the rate from the start to `time`, which is at most the length.
    pub(super) fn hits_by(&self, time: Duration) -> Hits {
        match self.shape {
            Shape::Constant(rate) => rate.hits_in(time),
            Shape::Linear { from, to } if time == self.length => linear::integral(from, to, time),
            Shape::Linear { from, to } => linear::integral_to(from, to, self.length, time),
            Shape::Sine { mean, amplitude, period } => {
                sine::Wave::new(mean, amplitude, period).hits_by(time)
            }
        }
    }

    /// Returns the offset from the start at which the integral passes `hits`, before the end of the
    /// stage. `hits` must be less than the integral over the stage.
    pub(super) fn slot(&self, hits: Hits) -> Duration {
        let ns = match self.shape {
            Shape::Constant(rate) => rate.ns_of(hits),
            Shape::Linear { from, to } => linear::slot(from, to, self.length, hits),
            Shape::Sine { mean, amplitude, period } => {
                sine::Wave::new(mean, amplitude, period).slot(hits)
            }
        };
        Duration::from_nanos(ns).min(self.length.saturating_sub(Duration::from_nanos(1)))
    }

    /// Returns the greatest rate, in hits per second. For a sine wave it is the crest, even if the
    /// stage ends before it.
    pub(super) fn peak(&self) -> f64 {
        match self.shape {
            Shape::Constant(rate) => rate.per_second(),
            Shape::Linear { from, to } => from.per_second().max(to.per_second()),
            Shape::Sine { mean, amplitude, .. } => mean.per_second() + amplitude.per_second(),
        }
    }
}

impl Shape {
    /// Returns the linear change between two rates, or a constant rate if they are equal.
    pub(super) fn between(from: StageRate, to: StageRate) -> Self {
        if from == to { Self::Constant(from) } else { Self::Linear { from, to } }
    }
}

/// Prints `30s@50`, `30s@1..50` or `5m0s@100~50/1m0s`.
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", GoDuration(self.length), self.shape)
    }
}

/// Prints `50`, `1..50` or `100~50/1m0s`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Constant(rate) => write!(f, "{rate}"),
            Shape::Linear { from, to } => write!(f, "{from}..{to}"),
            Shape::Sine { mean, amplitude, period } => {
                write!(f, "{mean}~{amplitude}/{}", GoDuration(*period))
            }
        }
    }
}
