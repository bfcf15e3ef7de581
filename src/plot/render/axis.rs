//! Axes with ticks at round values.

use crate::plot::render::labels::{decimal, duration_label};

/// An axis: its ends, and the ticks between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Lower end, in the unit of the axis.
    pub from: f64,
    /// Upper end, above the lower.
    pub to: f64,
    /// Ticks, rising, each within the ends.
    pub ticks: Vec<Tick>,
    /// What the axis measures, with the unit if the labels do not include it.
    pub name: String,
    /// How values map to positions.
    pub scale: Scale,
    /// The unit of the values.
    pub unit: Unit,
}

/// A tick on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Value, in the unit of the axis.
    pub at: f64,
    /// Label of the tick.
    pub label: String,
}

/// How values map to positions on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Linearly.
    Linear,
    /// By logarithm; values below the axis are placed at its lower end.
    Logarithmic,
    /// Quantiles by their number of nines: 0.9, 0.99 and 0.999 are equally spaced.
    Nines,
}

/// The unit of the values on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds since the first hit.
    Seconds,
    /// Nanoseconds.
    Nanoseconds,
    /// Hits per second.
    PerSecond,
    /// Hits.
    Hits,
    /// A quantile, in [0, 1].
    Quantile,
}

/// Units of time: length in seconds, name, and the shortest axis in seconds that uses the unit.
const TIME_UNITS: [(f64, &str, f64); 5] = [
    (3600.0, "hours", 3.0 * 3600.0),
    (60.0, "minutes", 180.0),
    (1.0, "seconds", 1.0),
    (1e-3, "milliseconds", 1e-3),
    (1e-6, "microseconds", 0.0),
];

/// Maximum number of ticks of a time axis in addition to the one at zero, and of a small time axis.
const MOST_TIME_TICKS: [f64; 2] = [10.0, 4.0];

/// Maximum number of ticks of an axis of numbers in addition to the one at zero.
const MOST_NUMBER_TICKS: f64 = 6.0;

/// Maximum part of the distance between two ticks by which a time axis is extended to end at a
/// tick.
const NEAR: f64 = 0.15;

/// Ratio of the upper to the lower end from which on a logarithmic axis has ticks at powers of ten
/// only.
const WIDE: f64 = 10_000.0;

/// Maximum number of powers of ten on an axis that all have a tick.
const MOST_POWERS: i32 = 9;

impl Axis {
    /// A time axis from 0 to `span` seconds, > 0, or to the next tick if that is close. The labels
    /// use a unit that fits the span; a small axis has fewer ticks.
    pub fn of_time(span: f64, is_small: bool) -> Self {
        let fitting = TIME_UNITS.iter().find(|(_, _, from)| span >= *from);
        let (unit, name, _) = fitting.unwrap_or(&TIME_UNITS[TIME_UNITS.len() - 1]);
        let step = time_step(span / unit, *unit, MOST_TIME_TICKS[usize::from(is_small)]);
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
            name: format!("{name} since the first hit"),
            scale: Scale::Linear,
            unit: Unit::Seconds,
        }
    }

    /// A logarithmic axis of durations that includes `least_ns` to `most_ns`; each label has its
    /// unit.
    pub fn of_durations(least_ns: u64, most_ns: u64, name: &str) -> Self {
        let (from, to) = round_ends(least_ns.max(1) as f64, most_ns.max(1) as f64, 1.0);
        let ticks = logarithmic_ticks(from, to, 1.0);
        Self {
            from,
            to,
            ticks: ticks.map(|ns| Tick { at: ns, label: duration_label(ns as u64) }).collect(),
            name: format!("{name}, logarithmic"),
            scale: Scale::Logarithmic,
            unit: Unit::Nanoseconds,
        }
    }

    /// A logarithmic axis of rates that includes `least` to `most` hits per second, > 0.
    pub fn of_logarithmic_rates(least: f64, most: f64, name: &str) -> Self {
        let (from, to) = round_ends(least, most, 0.0);
        let ticks = logarithmic_ticks(from, to, 0.0);
        Self {
            from,
            to,
            ticks: ticks.map(|at| Tick { at, label: decimal(at) }).collect(),
            name: format!("{name}, logarithmic"),
            scale: Scale::Logarithmic,
            unit: Unit::PerSecond,
        }
    }

    /// An axis of numbers from 0 to at least `most`.
    pub fn of_numbers(most: f64, unit: Unit, name: &str) -> Self {
        let most = if most > 0.0 { most } else { 1.0 };
        let step = round_step(most, MOST_NUMBER_TICKS);
        let n_steps = (most * 1.02 / step).ceil() as u64;
        let places = (0..=n_steps).map(|idx| idx as f64 * step);
        Self {
            from: 0.0,
            to: n_steps as f64 * step,
            ticks: places.map(|at| Tick { at, label: decimal(at) }).collect(),
            name: name.to_owned(),
            scale: Scale::Linear,
            unit,
        }
    }

    /// An axis of quantiles from 0 to the last of `n_hits` hits, labeled as percentiles: 0, 50, 90,
    /// 99, 99.9 and so on.
    ///
    /// Source: HdrHistogram, plotFiles.html.
    pub fn of_quantiles(n_hits: u64) -> Self {
        let to = 1.0 - 0.5 / n_hits.max(5) as f64;
        let nines = (1..16).map(|nines| (1.0 - 0.1_f64.powi(nines), nines_label(nines)));
        let few = [(0.0, "0".to_owned()), (0.5, "50".to_owned()), (0.75, "75".to_owned())];
        let ticks = few.into_iter().chain(nines).take_while(|(at, _)| *at <= to);
        Self {
            from: 0.0,
            to,
            ticks: ticks.map(|(at, label)| Tick { at, label }).collect(),
            name: "percentile, each nine as wide as the one before".to_owned(),
            scale: Scale::Nines,
            unit: Unit::Quantile,
        }
    }

    /// Returns the axis with at most `most` ticks: a logarithmic one keeps powers of ten first; any
    /// axis then keeps every second tick.
    pub fn thinned(&self, most: usize) -> Self {
        let mut ticks = self.ticks.clone();
        let is_power = |tick: &Tick| (tick.at.log10() - tick.at.log10().round()).abs() < 1e-9;
        if ticks.len() > most && self.scale == Scale::Logarithmic && ticks.iter().any(is_power) {
            ticks.retain(is_power);
        }
        while ticks.len() > most.max(2) {
            let mut keeps = [true, false].into_iter().cycle();
            ticks.retain(|_| keeps.next().unwrap_or_default());
        }
        Self { ticks, ..self.clone() }
    }

    /// Returns the label of the tick at a value; empty if there is no tick.
    pub fn label(&self, at: f64) -> String {
        let tick = self.ticks.iter().find(|tick| tick.at == at);
        tick.map(|tick| tick.label.clone()).unwrap_or_default()
    }

    /// Returns whether a value is on the axis.
    pub fn holds(&self, value: f64) -> bool {
        (self.from..=self.to).contains(&value)
    }

    /// Returns the position of a value along the axis: 0 at its lower end, 1 at its upper.
    pub fn place(&self, value: f64) -> f64 {
        let scaled = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.max(self.from).log10(),
            Scale::Nines => -(1.0 - value.min(self.to)).log10(),
        };
        let (from, to) = (scaled(self.from), scaled(self.to));
        (scaled(value) - from) / (to - from)
    }
}

/// Returns the percentile with the given number of nines.
fn nines_label(nines: i32) -> String {
    match nines {
        1 => "90".to_owned(),
        2 => "99".to_owned(),
        _ => format!("99.{}", "9".repeat(nines.unsigned_abs() as usize - 2)),
    }
}

/// Returns the smallest of 1, 2, 5, 10, 20, … and their decimal fractions that fits at most `most`
/// times into `range`, > 0.
fn round_step(range: f64, most: f64) -> f64 {
    let least = range / most * (1.0 - 1e-9);
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
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

/// Returns 1, 2, 5 times each power of ten, rising.
fn round_numbers() -> impl DoubleEndedIterator<Item = f64> {
    let power =
        |exponent: i32| if exponent < 0 { 0.1_f64.powi(-exponent) } else { 10_f64.powi(exponent) };
    (-9..=20).flat_map(move |exponent| [1.0, 2.0, 5.0].map(|m: f64| m * power(exponent)))
}

/// Returns the round numbers around a range; they differ, and neither is below `floor`.
fn round_ends(least: f64, most: f64, floor: f64) -> (f64, f64) {
    let lower =
        |above: f64| round_numbers().rfind(|end| *end <= above * (1.0 + 1e-9) && *end >= floor);
    let upper = |below: f64| round_numbers().find(|end| *end >= below * (1.0 - 1e-9));
    let lowest = round_numbers().find(|end| *end >= floor).unwrap_or(1.0);
    let (from, to) = (lower(least).unwrap_or(lowest), upper(most).unwrap_or(most));
    if from < to * (1.0 - 1e-9) {
        return (from, to);
    }
    let around = (lower(from * 0.999).unwrap_or(lowest), upper(to * 1.001).unwrap_or(to * 2.0));
    if around.0 < around.1 { around } else { (lowest, lowest * 2.0) }
}

/// Returns round numbers within a range: powers of ten over many decades, 1, 2 and 5 of each over a
/// few, and equal steps of at least `least_step` within one.
fn logarithmic_ticks(from: f64, to: f64, least_step: f64) -> impl Iterator<Item = f64> {
    let ratio = to / from;
    let step = round_step(to - from, MOST_NUMBER_TICKS).max(least_step);
    let steps = (from / step * (1.0 - 1e-9)).ceil() as u64..=(to / step * (1.0 + 1e-9)) as u64;
    let equal: Vec<f64> = steps.map(|idx| idx as f64 * step).collect();
    let (low, high) = (from * (1.0 - 1e-9), to * (1.0 + 1e-9));
    // Over very many decades, only every second or third of them has a tick.
    let sparse = ((ratio.log10() as i32) / MOST_POWERS + 1).max(1);
    let shown = move |number: &f64| {
        let power = number.log10();
        let is_power = (power - power.round()).abs() < 1e-9;
        let is_marked = is_power && power.round() as i32 % sparse == 0;
        (low..=high).contains(number) && (ratio < WIDE || is_marked)
    };
    let rounds = round_numbers().filter(shown);
    let rounds: Vec<f64> = if ratio < 9.0 { Vec::new() } else { rounds.collect() };
    let equal = if ratio < 9.0 { equal } else { Vec::new() };
    equal.into_iter().chain(rounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> String {
        let labels: Vec<&str> = axis.ticks.iter().map(|tick| tick.label.as_str()).collect();
        labels.join(" | ")
    }

    #[test]
    fn time_axes_are_in_a_unit_that_fits_their_span() {
        let table = [
            (20e-6, "0 | 2 | 4 | 6 | 8 | 10 | 12 | 14 | 16 | 18 | 20", "microseconds"),
            (0.005, "0 | 0.5 | 1 | 1.5 | 2 | 2.5 | 3 | 3.5 | 4 | 4.5 | 5", "milliseconds"),
            (1.0, "0 | 0.1 | 0.2 | 0.3 | 0.4 | 0.5 | 0.6 | 0.7 | 0.8 | 0.9 | 1", "seconds"),
            (29.9, "0 | 5 | 10 | 15 | 20 | 25 | 30", "seconds"),
            (29.0, "0 | 5 | 10 | 15 | 20 | 25", "seconds"),
            (59.98, "0 | 10 | 20 | 30 | 40 | 50 | 60", "seconds"),
            (120.0, "0 | 15 | 30 | 45 | 60 | 75 | 90 | 105 | 120", "seconds"),
            (3599.0, "0 | 10 | 20 | 30 | 40 | 50 | 60", "minutes"),
            (86_400.0, "0 | 3 | 6 | 9 | 12 | 15 | 18 | 21 | 24", "hours"),
            (
                1.8e9,
                "0 | 50,000 | 100,000 | 150,000 | 200,000 | 250,000 | 300,000 | 350,000 | \
                 400,000 | 450,000 | 500,000",
                "hours",
            ),
        ];
        for (span, expected, unit) in table {
            let axis = Axis::of_time(span, false);
            assert_eq!(labels(&axis), expected, "{span}");
            assert_eq!(axis.name, format!("{unit} since the first hit"));
            assert!(axis.to >= span && axis.to <= span * 1.05, "{span}");
            assert!(axis.ticks.iter().all(|tick| tick.at <= axis.to), "{span}");
        }
        assert_eq!(labels(&Axis::of_time(59.98, true)), "0 | 15 | 30 | 45 | 60");
    }

    #[test]
    fn axes_of_durations_have_round_ends_and_marks() {
        let table = [
            (1_050_000, 1_300_000, "1 ms | 1.2 ms | 1.4 ms | 1.6 ms | 1.8 ms | 2 ms"),
            (340_000, 4_100_000, "200 µs | 500 µs | 1 ms | 2 ms | 5 ms"),
            (900_000, 6_100_000_000, "1 ms | 10 ms | 100 ms | 1 s | 10 s"),
            (1_000_000, 1_000_000, "500 µs | 1 ms | 1.5 ms | 2 ms"),
            (0, 0, "1 ns | 2 ns"),
            (30_000_000_000, 45_000_000_000, "20 s | 25 s | 30 s | 35 s | 40 s | 45 s | 50 s"),
            (1, 2_000_000_000_000, "1 ns | 100 ns | 10 µs | 1 ms | 100 ms | 10 s | 1,000 s"),
        ];
        for (least, most, expected) in table {
            let axis = Axis::of_durations(least, most, "latency");
            assert_eq!(labels(&axis), expected, "{least}..{most}");
            let (low, high) = (least.max(1) as f64, most.max(1) as f64);
            assert!(axis.from <= low && high <= axis.to, "{least}..{most}");
            let within = |tick: &Tick| (0.0..=1.0).contains(&axis.place(tick.at));
            assert!(axis.ticks.iter().all(within), "{least}..{most}");
        }
    }

    #[test]
    fn the_longest_duration_has_an_axis() {
        for least in [0, u64::MAX] {
            let axis = Axis::of_durations(least, u64::MAX, "latency");
            assert!(axis.from < axis.to && axis.ticks.len() > 1, "{axis:?}");
        }
    }

    #[test]
    fn axes_of_numbers_begin_at_nothing_and_reach_beyond_the_most() {
        let table = [
            (0.0, "0 | 0.2 | 0.4 | 0.6 | 0.8 | 1 | 1.2"),
            (0.05, "0 | 0.01 | 0.02 | 0.03 | 0.04 | 0.05 | 0.06"),
            (10.0, "0 | 2 | 4 | 6 | 8 | 10 | 12"),
            (2_999.0, "0 | 500 | 1,000 | 1,500 | 2,000 | 2,500 | 3,000 | 3,500"),
        ];
        for (most, expected) in table {
            let axis = Axis::of_numbers(most, Unit::PerSecond, "hits a second");
            assert_eq!(labels(&axis), expected, "{most}");
        }
    }

    #[test]
    fn axes_of_rates_hold_the_rarest_and_the_most_frequent() {
        let table = [
            (0.5, 1_900.0, "0.5 | 1 | 2 | 5 | 10 | 20 | 50 | 100 | 200 | 500 | 1,000 | 2,000"),
            (0.0003, 0.0003, "0.0002 | 0.00025 | 0.0003 | 0.00035 | 0.0004 | 0.00045 | 0.0005"),
            (99.0, 101.0, "50 | 100 | 150 | 200"),
        ];
        for (least, most, expected) in table {
            let axis = Axis::of_logarithmic_rates(least, most, "hits a second");
            assert_eq!(labels(&axis), expected, "{least}..{most}");
        }
    }

    #[test]
    fn each_nine_of_a_quantile_is_as_wide_as_the_one_before() {
        let axis = Axis::of_quantiles(5_000);
        assert_eq!(labels(&axis), "0 | 50 | 75 | 90 | 99 | 99.9 | 99.99");
        let place = |quantile| axis.place(quantile);
        let nine = place(0.9);
        assert!(
            (place(0.99) - 2.0 * nine).abs() < 1e-9 && (place(0.999) - 3.0 * nine).abs() < 1e-9
        );
        assert!((place(1.0) - 1.0).abs() < 1e-9);
        assert_eq!(labels(&Axis::of_quantiles(0)), "0 | 50 | 75 | 90");
    }

    #[test]
    fn marks_that_have_no_room_are_left_out() {
        let axis = Axis::of_durations(2_000, 9_000_000, "latency");
        assert_eq!(axis.thinned(12), axis);
        assert_eq!(labels(&axis.thinned(11)), "10 µs | 100 µs | 1 ms | 10 ms");
        assert_eq!(labels(&axis.thinned(3)), "10 µs | 1 ms");
        let numbers = Axis::of_numbers(10.0, Unit::Hits, "hits");
        assert_eq!(labels(&numbers.thinned(4)), "0 | 4 | 8 | 12");
    }
}
