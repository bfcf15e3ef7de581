//! Ticks of a time axis for every window of time that a reader may zoom to.
//!
//! A page cannot hold the ticks of every window. It holds the steps between them and the formats of
//! their labels; its script places the multiples of one step.

use crate::plot::render::axis::round::round_numbers;
use crate::plot::render::axis::time::{MAX_TIME_TICKS, since_first_hit, time_unit};

/// Steps from a tenth of a second to two days that are natural for a clock, in seconds.
const CLOCK_STEPS: [f64; 23] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0,
    1_800.0, 3_600.0, 7_200.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0, 172_800.0,
];

/// The shortest window, as a share of the whole run: values have no finer resolution.
const SHORTEST_WINDOW: f64 = 1e-6;

/// End of a window in seconds from which on labels are clock times: larger numbers of seconds are
/// hard to read.
const CLOCK_FROM: f64 = 180.0;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;

/// Steps and label formats of the ticks of a time axis.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoomTicks {
    /// A window has the shortest step that fits at most this many times into the window.
    pub max_steps: f64,
    /// Steps in seconds, rising, each with the number of decimals of its labels.
    pub steps: Vec<(f64, usize)>,
    /// Formats, by rising steps.
    pub formats: Vec<TickFormat>,
}

/// How the labels of ticks are printed.
#[derive(Clone, Debug, PartialEq)]
pub struct TickFormat {
    /// The format is for steps shorter than this, in seconds; None for all longer steps.
    pub below: Option<f64>,
    /// Labels are multiples of this unit, in seconds.
    pub unit: f64,
    /// Name of the axis.
    pub name: String,
    /// Labels as clock times; None for a format that always prints numbers.
    pub clock: Option<ClockFormat>,
}

/// How labels are printed as clock times.
#[derive(Clone, Debug, PartialEq)]
pub struct ClockFormat {
    /// End of a window, in seconds, from which on its labels are clock times.
    pub from: f64,
    /// Whether labels have seconds; otherwise they end with minutes.
    pub has_seconds: bool,
    /// Name of the axis of a window that ends within the first hour, and of a later one.
    pub names: [String; 2],
}

impl ZoomTicks {
    /// Returns the ticks of a run of `span` seconds, > 0; a small axis has fewer.
    pub fn new(span: f64, is_small: bool) -> Self {
        let max_steps = MAX_TIME_TICKS[usize::from(is_small)];
        let formats = formats(span);
        let steps = steps(span * SHORTEST_WINDOW / max_steps, span / max_steps);
        let with_decimals = |step: f64| {
            let format = formats.iter().find(|format| format.below.is_none_or(|end| step < end));
            (step, decimals(step / format.map_or(1.0, |format| format.unit)))
        };
        Self { max_steps, steps: steps.map(with_decimals).collect(), formats }
    }
}

/// Returns the formats of a run of `span` seconds.
fn formats(span: f64) -> Vec<TickFormat> {
    let number = |below, unit: f64, name: &str| TickFormat {
        below,
        unit,
        name: since_first_hit(name),
        clock: None,
    };
    // Within a second, every window has the unit of the whole run.
    if span < 1.0 {
        let (unit, name) = time_unit(span);
        return vec![number(None, unit, name)];
    }
    let clock = |from, has_seconds, names: [&str; 2]| {
        Some(ClockFormat { from, has_seconds, names: names.map(since_first_hit) })
    };
    let with_seconds = clock(CLOCK_FROM, true, ["minutes:seconds", "hours:minutes:seconds"]);
    let without = clock(HOUR, false, ["minutes", "hours:minutes"]);
    vec![
        TickFormat { clock: with_seconds, ..number(Some(MINUTE), 1.0, "seconds") },
        TickFormat { clock: without, ..number(Some(HOUR), MINUTE, "minutes") },
        number(None, HOUR, "hours"),
    ]
}

/// Returns the steps between ticks in seconds, rising: from the last one up to `least` to the first
/// one from `most` on.
fn steps(least: f64, most: f64) -> impl Iterator<Item = f64> {
    let [first, last] = [CLOCK_STEPS[0], CLOCK_STEPS[CLOCK_STEPS.len() - 1]];
    let short = round_numbers().take_while(move |step| *step < first * (1.0 - 1e-9));
    let long = round_numbers().map(|hours| hours * HOUR).filter(move |step| *step > last);
    let all: Vec<f64> = short.chain(CLOCK_STEPS).chain(long).collect();
    let begin = all.partition_point(|step| *step <= least).saturating_sub(1);
    let end = all.partition_point(|step| *step < most);
    all.into_iter().take(end + 1).skip(begin)
}

/// Returns the number of decimals that distinguish the multiples of a step.
fn decimals(step: f64) -> usize {
    let is_whole = |digits: &usize| {
        let scaled = step * 10_f64.powi(*digits as i32);
        (scaled - scaled.round()).abs() < 1e-6
    };
    (0..12).find(is_whole).unwrap_or(12)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The step of a window, and its decimals.
    fn step_of(ticks: &ZoomTicks, window: f64) -> (f64, usize) {
        let fits = |(step, _): &&(f64, usize)| window / step <= ticks.max_steps;
        *ticks.steps.iter().find(fits).unwrap()
    }

    #[test]
    fn every_window_has_a_round_step() {
        let hour = ZoomTicks::new(HOUR, false);
        let table = [
            (HOUR, (600.0, 0)),
            (600.0, (60.0, 0)),
            (90.0, (10.0, 0)),
            (1.0, (0.1, 1)),
            (0.3, (0.05, 2)),
        ];
        for (window, expected) in table {
            let (step, decimals) = step_of(&hour, window);
            assert!((step - expected.0).abs() < 1e-9 && decimals == expected.1, "{window}: {step}");
        }
        assert_eq!(step_of(&ZoomTicks::new(HOUR, true), HOUR).0, 900.0);
        assert!(step_of(&hour, HOUR * SHORTEST_WINDOW).0 > 0.0);
        assert!(step_of(&ZoomTicks::new(1e9, false), 1e9).0 >= 1e8);
    }

    #[test]
    fn a_run_shorter_than_a_second_keeps_its_unit() {
        let ticks = ZoomTicks::new(0.02, false);
        assert_eq!(ticks.formats.len(), 1);
        assert_eq!(ticks.formats[0].name, "milliseconds since the first hit");
        assert_eq!(step_of(&ticks, 0.001).1, 1);
    }
}
