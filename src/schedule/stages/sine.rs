//! A rate that swings, and the instants of its hits by a monotone iteration.
//!
//! ```text
//! λ(t) = M + A sin(ω t)        ω = 2π / P
//! ```
//!
//! - `M`, `A`: mean and amplitude, in hits a ns, A <= M
//! - `P`: period, in ns
//!
//! Counted from a trough, at `u = t + P/4`, the rate is even and its integral odd:
//!
//! ```text
//! λ(u) = M - A cos(ω u)        L(u) = M u - A/ω sin(ω u)        L(u + P) = L(u) + M P
//! ```
//!
//! so that each slot lies within half a period of a trough, and few digits are lost where the rate
//! is least and a slot hangs on them most.

use std::f64::consts::{PI, TAU};
use std::time::Duration;

use crate::schedule::stages::{Hits, Level};

/// 2^64 / 2π, cut.
const INVERSE_TURN: u64 = 2_935_890_503_282_001_226;

/// Nearer than this, in ns, an iteration need not come.
const NEAR: f64 = 1e-3;

/// A sine with what its stage asks of it most.
pub struct Wave {
    /// M, in hits a ns.
    mean: f64,
    /// A, in hits a ns.
    amplitude: f64,
    /// P, in ns.
    period: f64,
    /// M P.
    turn: Hits,
    /// L(P/4): from the trough before the beginning to the beginning.
    before: Hits,
}

impl Wave {
    /// Returns the sine.
    pub fn new(mean: Level, amplitude: Level, period: Duration) -> Self {
        let turn = mean.hits_in(period);
        Self {
            mean: mean.per_ns(),
            amplitude: amplitude.per_ns(),
            period: period.as_nanos() as f64,
            turn,
            before: turn.part(4).minus(amplitude.hits_in(period).share(INVERSE_TURN)),
        }
    }

    /// Returns the integral from the beginning to `time`.
    pub fn hits_by(&self, time: Duration) -> Hits {
        let period = self.period as u128;
        let (turns, rest) = (time.as_nanos() / period, (time.as_nanos() % period) as f64);
        let turns = self.turn.times(u64::try_from(turns).unwrap_or(u64::MAX));
        // The swing alone, A/ω (1 - cos(ω t)), without the difference of two near numbers.
        let half = libm::sin(PI * rest / self.period);
        let swing = self.amplitude * self.period / PI * half * half;
        turns.plus(Hits::from_f64(self.mean * rest + swing))
    }

    /// Returns when the integral passes `level`, in ns from the beginning, to the nearest.
    pub fn slot(&self, level: Hits) -> u64 {
        let (turns, rest) = level.plus(self.before).divided_by(self.turn);
        let trough = turns as f64 * self.period - self.period / 4.0;
        let slot = if rest <= self.turn.part(2) {
            trough + self.beyond_trough(rest.as_f64())
        } else {
            trough + self.period - self.beyond_trough(self.turn.minus(rest).as_f64())
        };
        slot.round() as u64
    }

    /// Solves `L(s) = hits` for `s` in [0, P/2], in ns.
    ///
    /// There L is convex, so that Newton's iteration from above comes down to the root and never
    /// beyond it.
    fn beyond_trough(&self, hits: f64) -> f64 {
        let mut at = self.bound(hits);
        loop {
            let phase = TAU * at / self.period;
            let rate = self.mean - self.amplitude * libm::cos(phase);
            let next = at - (self.hits_from_trough(at) - hits) / rate;
            // So that it ends where digits do, too, and at the trough of a rate of nothing, where
            // nothing is divided by nothing.
            if next.is_nan() || next >= at - NEAR {
                return next.max(0.0).min(at);
            }
            at = next;
        }
    }

    /// Returns L(s) for `s` in [0, P/2].
    fn hits_from_trough(&self, at: f64) -> f64 {
        let swing = self.amplitude * self.period / TAU;
        (self.mean - self.amplitude) * at + swing * less_sine(TAU * at / self.period)
    }

    /// Returns what the root of `L(s) = hits` is not above.
    ///
    /// Both parts of L are at most all of it, and `x - sin(x) >= x³/π²` for `x` in [0, π].
    fn bound(&self, hits: f64) -> f64 {
        let by_rate = hits / (self.mean - self.amplitude);
        let swing = self.amplitude * self.period / TAU;
        let by_swing = libm::cbrt(PI * PI * hits / swing) * self.period / TAU;
        (self.period / 2.0).min(by_rate).min(by_swing)
    }
}

/// Returns `x - sin(x)` for `x` in [0, π], to its last digits where it is small, too.
fn less_sine(x: f64) -> f64 {
    if x > 0.5 {
        return x - libm::sin(x);
    }
    let square = x * x;
    // Taylor's series: of its terms the eighth is less than 2^-53 of the first.
    let series = [210.0, 156.0, 110.0, 72.0, 42.0, 20.0]
        .into_iter()
        .fold(1.0, |inner, divisor| 1.0 - square / divisor * inner);
    x * square / 6.0 * series
}
