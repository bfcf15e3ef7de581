//! Time axes.

use crate::plot::render::axis::round::round_step;
use crate::plot::render::axis::{Axis, Scale, Tick, Unit};
use crate::plot::render::labels::decimal;

/// Units of time: length in seconds, name, and the shortest axis in seconds that uses the unit.
const TIME_UNITS: [(f64, &str, f64); 5] = [
    (3600.0, "hours", 3.0 * 3600.0),
    (60.0, "minutes", 180.0),
    (1.0, "seconds", 1.0),
    (1e-3, "milliseconds", 1e-3),
    (1e-6, "microseconds", 0.0),
];

/// Maximum number of ticks of a time axis in addition to the one at zero, and of a small time axis.
pub const MAX_TIME_TICKS: [f64; 2] = [10.0, 4.0];

/// Maximum part of the distance between two ticks by which a time axis is extended to end at a
/// tick.
const NEAR: f64 = 0.15;

impl Axis {
    /// A time axis from 0 to `span` seconds, > 0, or to the next tick if that is close. The labels
    /// use a unit that fits the span; a small axis has fewer ticks.
    pub fn of_time(span: f64, is_small: bool) -> Self {
        let (unit, name) = time_unit(span);
        let step = time_step(span / unit, unit, MAX_TIME_TICKS[usize::from(is_small)]);
        // The last hit of 60 s at 50/s is released at 59.98 s; its axis should end at 60.
        let n_steps = (span / unit / step + NEAR).floor() as u64;
        let ticks: Vec<Tick> = (0..=n_steps)
            .map(|idx| idx as f64 * step)
            .map(|place| Tick { at: place * unit, label: decimal(place) })
            .collect();
        Self {
            from: 0.0,
            to: ticks.last().map_or(span, |tick| span.max(tick.at)),
            ticks,
            name: since_first_hit(name),
            scale: Scale::Linear,
            unit: Unit::Seconds,
        }
    }
}

/// Returns the unit of a time axis of `span` seconds, > 0: its length in seconds, and its name.
pub fn time_unit(span: f64) -> (f64, &'static str) {
    let fitting = TIME_UNITS.iter().find(|(_, _, from)| span >= *from);
    let (unit, name, _) = fitting.unwrap_or(&TIME_UNITS[TIME_UNITS.len() - 1]);
    (*unit, name)
}

/// Returns the name of a time axis whose labels have the given unit or format.
pub fn since_first_hit(unit: &str) -> String {
    format!("{unit} since the first hit")
}

/// Returns a step between the ticks of a time axis, in its unit: a round number, or a round part of
/// an hour or a day if the unit has one.
fn time_step(range: f64, unit: f64, most: f64) -> f64 {
    let natural: &[f64] = match unit as u64 {
        3600 => &[0.25, 0.5, 1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 48.0],
        60 => &[0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0],
        1 => &[0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0],
        _ => &[],
    };
    let fitting = natural.iter().copied().find(|step| range / step <= most);
    let is_long = fitting.is_some_and(|step| range / step >= most / 3.0);
    fitting.filter(|_| is_long).unwrap_or_else(|| round_step(range, most))
}
