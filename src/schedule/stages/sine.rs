//! A rate that follows a sine wave, and the slots of its hits by a monotonic iteration.
//!
//! ```text
//! λ(t) = M + A sin(ω t)        ω = 2π / P
//! ```
//!
//! - `M`, `A`: mean and amplitude, in hits per ns, A <= M
//! - `P`: period, in ns
//!
//! Measured from a trough, with `u = t + P/4`, the rate is an even function and its integral is
//! odd:
//!
//! ```text
//! λ(u) = M - A cos(ω u)        L(u) = M u - A/ω sin(ω u)        L(u + P) = L(u) + M P
//! ```
//!
//! so that each slot is within half a period of a trough. Near the trough, where slots are most
//! sensitive to errors because the rate is least, few digits are lost.

use std::f64::consts::{PI, TAU};
use std::time::Duration;

use crate::schedule::stages::{Hits, StageRate};

/// 2^64 / 2π, rounded down.
const INVERSE_TURN: u64 = 2_935_890_503_282_001_226;

/// The iteration stops at steps below this, in ns.
const TOLERANCE: f64 = 1e-3;

/// A sine wave, with values that every slot needs.
pub struct Wave {
    /// M, in hits per ns.
    mean: f64,
    /// A, in hits per ns.
    amplitude: f64,
    /// P, in ns.
    period: f64,
    /// M P, the hits of a period.
    per_period: Hits,
    /// L(P/4), the hits from the trough before the start to the start.
    before: Hits,
}

impl Wave {
    /// Returns the wave.
    pub fn new(mean: StageRate, amplitude: StageRate, period: Duration) -> Self {
        let per_period = mean.hits_in(period);
        Self {
            mean: mean.per_ns(),
            amplitude: amplitude.per_ns(),
            period: period.as_nanos() as f64,
            per_period,
            before: per_period.part(4).minus(amplitude.hits_in(period).share(INVERSE_TURN)),
        }
    }

    /// Returns the integral from the start to `time`.
    pub fn hits_by(&self, time: Duration) -> Hits {
        let period = self.period as u128;
        let (periods, rest) = (time.as_nanos() / period, (time.as_nanos() % period) as f64);
        let whole = self.per_period.times(u64::try_from(periods).unwrap_or(u64::MAX));
        // The sine's part, A/ω (1 - cos(ω t)), without the difference of two nearly equal numbers.
        let half = libm::sin(PI * rest / self.period);
        let swing = self.amplitude * self.period / PI * half * half;
        whole.plus(Hits::from_f64(self.mean * rest + swing))
    }

    /// Returns the offset at which the integral passes `hits`, in ns, rounded to the nearest.
    pub fn slot(&self, hits: Hits) -> u64 {
        let (periods, rest) = hits.plus(self.before).divided_by(self.per_period);
        let trough = periods as f64 * self.period - self.period / 4.0;
        let slot = if rest <= self.per_period.part(2) {
            trough + self.after_trough(rest.as_f64())
        } else {
            trough + self.period - self.after_trough(self.per_period.minus(rest).as_f64())
        };
        slot.round() as u64
    }

    /// Solves `L(s) = hits` for `s` in `[0, P/2]`, in ns.
    ///
    /// L is convex there, so that Newton's iteration from above approaches the root and never
    /// passes it.
    fn after_trough(&self, hits: f64) -> f64 {
        let mut at = self.upper_bound(hits);
        loop {
            let phase = TAU * at / self.period;
            let rate = self.mean - self.amplitude * libm::cos(phase);
            let next = at - (self.hits_from_trough(at) - hits) / rate;
            // The step may also be negative when the digits are exhausted, and NaN (0 / 0) at the
            // trough of a rate that falls to zero.
            if next.is_nan() || next >= at - TOLERANCE {
                return next.max(0.0).min(at);
            }
            at = next;
        }
    }

    /// Returns L(s) for `s` in `[0, P/2]`.
    fn hits_from_trough(&self, at: f64) -> f64 {
        let swing = self.amplitude * self.period / TAU;
        (self.mean - self.amplitude) * at + swing * x_minus_sine(TAU * at / self.period)
    }

    /// Returns an upper bound of the root of `L(s) = hits`.
    ///
    /// Neither part of L exceeds L, and `x - sin(x) >= x³/π²` for `x` in `[0, π]`.
    fn upper_bound(&self, hits: f64) -> f64 {
        let by_rate = hits / (self.mean - self.amplitude);
        let swing = self.amplitude * self.period / TAU;
        let by_swing = libm::cbrt(PI * PI * hits / swing) * self.period / TAU;
        (self.period / 2.0).min(by_rate).min(by_swing)
    }
}

/// Returns `x - sin(x)` for `x` in `[0, π]`, with full precision for small `x`.
fn x_minus_sine(x: f64) -> f64 {
    if x > 0.5 {
        return x - libm::sin(x);
    }
    let square = x * x;
    // Taylor series: the eighth term is less than 2^-53 of the first.
    let series = [210.0, 156.0, 110.0, 72.0, 42.0, 20.0]
        .into_iter()
        .fold(1.0, |inner, divisor| 1.0 - square / divisor * inner);
    x * square / 6.0 * series
}
