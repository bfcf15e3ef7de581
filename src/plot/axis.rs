//! Axes with marks at round places.

use std::time::Duration;

/// An axis: its ends, and the marks between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Lower end, in the unit of the axis.
    pub from: f64,
    /// Upper end, above the lower.
    pub to: f64,
    /// Marks, rising, each within the ends.
    pub ticks: Vec<Tick>,
    /// What is measured, and in which unit where the labels do not say.
    pub name: String,
}

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Place, in the unit of the axis.
    pub at: f64,
    /// What is written there.
    pub label: String,
}

/// Units of time: length in seconds, name, and from how many seconds on an axis is in it.
const TIME_UNITS: [(f64, &str, f64); 5] = [
    (3600.0, "hours", 3.0 * 3600.0),
    (60.0, "minutes", 180.0),
    (1.0, "seconds", 1.0),
    (1e-3, "milliseconds", 1e-3),
    (1e-6, "microseconds", 0.0),
];

/// Marks of a time axis, at most, besides the one at zero.
const MOST_TIME_TICKS: f64 = 10.0;

/// Part of the distance between two marks that an axis of time is lengthened by, at most, to end
/// at a mark.
const NEAR: f64 = 0.15;

/// An axis whose upper end is so many times its lower has marks at powers of ten alone.
const WIDE: u64 = 2_000;

impl Axis {
    /// An axis of time from 0 to `span` seconds, > 0, or to the next mark where that is near.
    /// Places are in seconds; the labels are in a unit that fits the span.
    pub fn of_time(span: f64) -> Self {
        let fitting = TIME_UNITS.iter().find(|(_, _, from)| span >= *from);
        let (unit, name, _) = fitting.unwrap_or(&TIME_UNITS[TIME_UNITS.len() - 1]);
        let step = round_step(span / unit, MOST_TIME_TICKS);
        // The last hit of 60 s at 50/s is released at 59.98 s: such an axis shall end at 60.
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
        }
    }

    /// A logarithmic axis of latency that holds all from `least_ns` to `most_ns`. Places are as
    /// [`height`] has them; each label has its unit.
    pub fn of_latency(least_ns: u64, most_ns: u64) -> Self {
        let (lower, upper) = round_ends(least_ns.max(1), most_ns.max(1));
        let ticks = latency_ticks(lower, upper)
            .into_iter()
            .map(|ns| Tick { at: height(ns), label: duration_label(ns) });
        Self {
            from: height(lower),
            to: height(upper),
            ticks: ticks.collect(),
            name: "latency, logarithmic".to_owned(),
        }
    }

    /// Returns what is written at a mark; nothing elsewhere.
    pub fn label(&self, at: f64) -> String {
        let tick = self.ticks.iter().find(|tick| tick.at == at);
        tick.map(|tick| tick.label.clone()).unwrap_or_default()
    }
}

/// Returns where a latency stands on a logarithmic axis: the decimal logarithm of its ns.
/// 0 stands with 1 ns, since such an axis has no 0.
pub fn height(latency_ns: u64) -> f64 {
    (latency_ns.max(1) as f64).log10()
}

/// Returns a number with its thousands set apart: `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Returns the smallest of 1, 2, 5, 10, 20, … and their decimal parts that goes at most `most`
/// times into `range`, > 0.
fn round_step(range: f64, most: f64) -> f64 {
    let least = range / most * (1.0 - 1e-9);
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

/// Returns 1, 2, 5, 10, 20, … as far as they go into 64 bits.
fn round_numbers() -> impl DoubleEndedIterator<Item = u64> {
    let powers = (0..20).map(|exponent| 10_u64.pow(exponent));
    powers.flat_map(|power| [1, 2, 5].into_iter().filter_map(move |m| power.checked_mul(m)))
}

/// Returns the round numbers around a range, two different ones.
fn round_ends(least: u64, most: u64) -> (u64, u64) {
    let lower = |above: u64| round_numbers().rfind(|end| *end <= above).unwrap_or(1);
    let upper = |below: u64| round_numbers().find(|end| *end >= below).unwrap_or(u64::MAX);
    let (from, to) = (lower(least), upper(most));
    if from < to { (from, to) } else { (lower((from - 1).max(1)), upper(to.saturating_add(1))) }
}

/// Returns round latencies from `lower` to `upper`, in ns: powers of ten over many decades, 1, 2
/// and 5 of each over few, equal steps within one.
fn latency_ticks(lower: u64, upper: u64) -> Vec<u64> {
    let ratio = upper / lower;
    if ratio < 10 {
        let step = (round_step((upper - lower) as f64, 6.0) as u64).max(1);
        let from = lower.div_ceil(step);
        return (from..=upper / step).map(|idx| idx * step).collect();
    }
    let shown =
        |ns: &u64| (lower..=upper).contains(ns) && (ratio < WIDE || 10_u64.pow(ns.ilog10()) == *ns);
    round_numbers().filter(shown).collect()
}

/// Prints a duration in the largest unit it has at least one of, with at most three decimals:
/// `1.5 ms`.
pub fn duration_label(ns: u64) -> String {
    let (unit, name) = match ns {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    format!("{} {name}", decimal(ns as f64 / unit as f64))
}

/// Prints the length of a stretch of time: as [`duration_label`] below a minute, then in minutes
/// and seconds, then in hours and minutes, the seconds cut off: `2 h 16 min`.
pub fn length_label(length: Duration) -> String {
    let seconds = length.as_secs();
    let (many, of, few, name) = match seconds {
        0..60 => return duration_label(length.as_nanos() as u64),
        60..3_600 => (seconds / 60, "min", seconds % 60, "s"),
        _ => (seconds / 3_600, "h", seconds / 60 % 60, "min"),
    };
    let many = format!("{} {of}", grouped(many));
    if few == 0 { many } else { format!("{many} {few} {name}") }
}

/// Prints a number >= 0 with at most three decimals, its thousands set apart.
fn decimal(number: f64) -> String {
    let thousandths = (number * 1_000.0).round() as u64;
    let fraction = format!("{:03}", thousandths % 1_000);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}", grouped(thousandths / 1_000))
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
            (120.0, "0 | 20 | 40 | 60 | 80 | 100 | 120", "seconds"),
            (3599.0, "0 | 10 | 20 | 30 | 40 | 50 | 60", "minutes"),
            (86_400.0, "0 | 5 | 10 | 15 | 20", "hours"),
            (
                1.8e9,
                "0 | 50,000 | 100,000 | 150,000 | 200,000 | 250,000 | 300,000 | 350,000 | \
                     400,000 | 450,000 | 500,000",
                "hours",
            ),
        ];
        for (span, expected, unit) in table {
            let axis = Axis::of_time(span);
            assert_eq!(labels(&axis), expected, "{span}");
            assert_eq!(axis.name, format!("{unit} since the first hit"));
            assert!(axis.to >= span && axis.to <= span * 1.05, "{span}");
            assert!(axis.ticks.iter().all(|tick| tick.at <= axis.to), "{span}");
        }
    }

    #[test]
    fn latency_axes_have_round_ends_and_marks() {
        let table = [
            (1_050_000, 1_300_000, "1 ms | 1.2 ms | 1.4 ms | 1.6 ms | 1.8 ms | 2 ms"),
            (340_000, 4_100_000, "200 µs | 500 µs | 1 ms | 2 ms | 5 ms"),
            (900_000, 2_100_000_000, "1 ms | 10 ms | 100 ms | 1 s"),
            (1_000_000, 1_000_000, "500 µs | 1 ms | 1.5 ms | 2 ms"),
            (0, 0, "1 ns | 2 ns"),
            (30_000_000_000, 45_000_000_000, "20 s | 25 s | 30 s | 35 s | 40 s | 45 s | 50 s"),
            (
                1,
                2_000_000_000_000,
                "1 ns | 10 ns | 100 ns | 1 µs | 10 µs | 100 µs | 1 ms | \
                                    10 ms | 100 ms | 1 s | 10 s | 100 s | 1,000 s",
            ),
        ];
        for (least, most, expected) in table {
            let axis = Axis::of_latency(least, most);
            assert_eq!(labels(&axis), expected, "{least}..{most}");
            assert!(axis.from <= height(least) && height(most) <= axis.to, "{least}..{most}");
            let within = |tick: &Tick| (axis.from..=axis.to).contains(&tick.at);
            assert!(axis.ticks.iter().all(within), "{least}..{most}");
        }
    }

    #[test]
    fn the_longest_latency_has_an_axis() {
        for least in [0, u64::MAX] {
            let axis = Axis::of_latency(least, u64::MAX);
            assert!(axis.from < axis.to && axis.ticks.len() > 1, "{axis:?}");
        }
    }

    #[test]
    fn lengths_of_time_are_said_as_people_do() {
        let table = [
            (0.001953125, "1.953 ms"),
            (0.5, "500 ms"),
            (32.0, "32 s"),
            (60.0, "1 min"),
            (64.0, "1 min 4 s"),
            (2_048.0, "34 min 8 s"),
            (3_605.0, "1 h"),
            (8_192.0, "2 h 16 min"),
            (33_554_432.0, "9,320 h 40 min"),
        ];
        for (seconds, label) in table {
            assert_eq!(length_label(Duration::from_secs_f64(seconds)), label);
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        let table = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in table {
            assert_eq!(grouped(number), text);
        }
    }
}
