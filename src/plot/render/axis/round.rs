//! Round numbers for the ends and the ticks of axes.

/// Maximum number of ticks of an axis of numbers in addition to the one at zero.
pub const MAX_NUMBER_TICKS: f64 = 6.0;

/// Ratio of the upper to the lower end from which on a logarithmic axis has ticks at powers of ten
/// only.
const WIDE: f64 = 10_000.0;

/// Maximum number of powers of ten on an axis that all have a tick.
const MAX_POWERS: i32 = 9;

/// Returns the smallest of 1, 2, 5, 10, 20, … and their decimal fractions that fits at most `most`
/// times into `range`, > 0.
pub fn round_step(range: f64, most: f64) -> f64 {
    let least = range / most * (1.0 - 1e-9);
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

/// Returns 1, 2, 5 times each power of ten, rising.
pub fn round_numbers() -> impl DoubleEndedIterator<Item = f64> {
    let power =
        |exponent: i32| if exponent < 0 { 0.1_f64.powi(-exponent) } else { 10_f64.powi(exponent) };
    (-9..=20).flat_map(move |exponent| [1.0, 2.0, 5.0].map(|m: f64| m * power(exponent)))
}

/// Returns the round numbers around a range; they differ, and neither is below `floor`.
pub fn round_ends(least: f64, most: f64, floor: f64) -> (f64, f64) {
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
pub fn logarithmic_ticks(from: f64, to: f64, least_step: f64) -> impl Iterator<Item = f64> {
    let ratio = to / from;
    let step = round_step(to - from, MAX_NUMBER_TICKS).max(least_step);
    let steps = (from / step * (1.0 - 1e-9)).ceil() as u64..=(to / step * (1.0 + 1e-9)) as u64;
    let equal: Vec<f64> = steps.map(|idx| idx as f64 * step).collect();
    let (low, high) = (from * (1.0 - 1e-9), to * (1.0 + 1e-9));
    // Over very many decades, only every second or third of them has a tick.
    let sparse = ((ratio.log10() as i32) / MAX_POWERS + 1).max(1);
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
