//! A rate that changes steadily, and the instants of its hits in closed form.
//!
//! ```text
//! λ(t) = a + (b - a) t / T        Λ(t) = a t + (b - a) t² / 2T
//! ```
//!
//! - `a`, `b`: the rate at the beginning and at the end, in hits a ns
//! - `T`: length, in ns

use std::time::Duration;

use crate::schedule::stages::{Hits, Level};

/// Returns the integral over the whole length: the mean of both ends held.
pub fn hits(from: Level, to: Level, length: Duration) -> Hits {
    from.hits_in(length).part(2).plus(to.hits_in(length).part(2))
}

/// Returns the integral up to `time`.
pub fn hits_by(from: Level, to: Level, length: Duration, time: Duration) -> Hits {
    let (a, b) = (from.per_ns(), to.per_ns());
    let (time, length) = (time.as_nanos() as f64, length.as_nanos() as f64);
    Hits::from_f64(time * (a + (b - a) * time / (2.0 * length)))
}

/// Returns when the integral passes `level`, in ns, to the nearest.
///
/// A falling rate is counted from its end, where it is a rising one: a difference of two near
/// numbers would leave few digits of the last hits.
pub fn slot(from: Level, to: Level, length: Duration, level: Hits) -> u64 {
    let (a, b, ns) = (from.per_ns(), to.per_ns(), length.as_nanos() as f64);
    let slot = if a <= b {
        rising(a, b, ns, level)
    } else {
        ns - rising(b, a, ns, hits(from, to, length).minus(level))
    };
    slot.round() as u64
}

/// Solves `Λ(t) = h` for a rate that does not fall, by the form of the root that subtracts nothing.
///
/// ```text
/// t = 2 h / (a + sqrt(a² + 2 (b - a) h / T))
/// ```
///
/// Source: Nicholas J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 1.8.
fn rising(a: f64, b: f64, ns: f64, level: Hits) -> f64 {
    let level = level.as_f64();
    let root = (a * a + 2.0 * (b - a) * level / ns).sqrt();
    // Nothing over nothing: the first hit of a rate that rises from zero.
    if level > 0.0 { 2.0 * level / (a + root) } else { 0.0 }
}
