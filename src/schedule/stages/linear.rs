//! A rate that changes linearly, and the slots of its hits in closed form.
//!
//! ```text
//! λ(t) = a + (b - a) t / T        Λ(t) = a t + (b - a) t² / 2T
//! ```
//!
//! - `a`, `b`: rate at the start and at the end, in hits per ns
//! - `T`: length, in ns

use std::time::Duration;

use crate::schedule::stages::{Hits, StageRate};

/// Returns the integral over the whole length: the mean of both rates, times the length.
pub fn integral(from: StageRate, to: StageRate, length: Duration) -> Hits {
    from.hits_in(length).part(2).plus(to.hits_in(length).part(2))
}

/// Returns the integral up to `time`.
pub fn integral_to(from: StageRate, to: StageRate, length: Duration, time: Duration) -> Hits {
    let (a, b) = (from.per_ns(), to.per_ns());
    let (time, length) = (time.as_nanos() as f64, length.as_nanos() as f64);
    Hits::from_f64(time * (a + (b - a) * time / (2.0 * length)))
}

/// Returns the offset at which the integral passes `hits`, in ns, rounded to the nearest.
///
/// A falling rate is treated as a rising one from its end. This avoids the difference of two nearly
/// equal numbers, which would lose the digits of the last hits.
pub fn slot(from: StageRate, to: StageRate, length: Duration, hits: Hits) -> u64 {
    let (a, b, ns) = (from.per_ns(), to.per_ns(), length.as_nanos() as f64);
    let slot = if a <= b {
        rising(a, b, ns, hits)
    } else {
        ns - rising(b, a, ns, integral(from, to, length).minus(hits))
    };
    slot.round() as u64
}

/// Solves `Λ(t) = h` for a rate that does not fall, with the form of the root that has no
/// subtraction.
///
/// ```text
/// t = 2 h / (a + sqrt(a² + 2 (b - a) h / T))
/// ```
///
/// Source: Nicholas J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 1.8.
fn rising(a: f64, b: f64, ns: f64, hits: Hits) -> f64 {
    let h = hits.as_f64();
    let root = (a * a + 2.0 * (b - a) * h / ns).sqrt();
    // The first hit of a rate that rises from zero would be 0 / 0.
    if h > 0.0 { 2.0 * h / (a + root) } else { 0.0 }
}
