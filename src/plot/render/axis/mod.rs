//! Axes with ticks at round values.

mod round;
mod time;
mod zoom;

pub use zoom::{ClockFormat, TickFormat, ZoomTicks};

use crate::plot::render::labels::{decimal, duration_label};
use round::{MAX_NUMBER_TICKS, logarithmic_ticks, round_ends, round_step};

/// Appended to the name of a logarithmic axis.
const LOGARITHMIC: &str = ", logarithmic";

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
    /// A share, in [0, 1].
    Share,
    /// A quantile, in [0, 1].
    Quantile,
}

impl Unit {
    /// Returns the label of a value.
    fn label(self, value: f64) -> String {
        match self {
            // Zero is the same in every unit.
            Self::Nanoseconds if value > 0.0 => duration_label(value as u64),
            Self::Share => format!("{}%", decimal(value * 100.0)),
            _ => decimal(value),
        }
    }
}

impl Axis {
    /// A logarithmic axis of durations that includes `least_ns` to `most_ns`; each label has its
    /// unit.
    pub fn of_durations(least_ns: u64, most_ns: u64, name: &str) -> Self {
        let (least, most) = (least_ns.max(1) as f64, most_ns.max(1) as f64);
        Self::logarithmic((least, most), Unit::Nanoseconds, name)
    }

    /// A logarithmic axis of rates that includes `least` to `most` hits per second, > 0.
    pub fn of_logarithmic_rates(least: f64, most: f64, name: &str) -> Self {
        Self::logarithmic((least, most), Unit::PerSecond, name)
    }

    /// A logarithmic axis that includes a range of values > 0.
    fn logarithmic((least, most): (f64, f64), unit: Unit, name: &str) -> Self {
        // Durations are whole numbers of ns, so no tick lies between two of them.
        let floor = if unit == Unit::Nanoseconds { 1.0 } else { 0.0 };
        let (from, to) = round_ends(least, most, floor);
        let ticks = logarithmic_ticks(from, to, floor);
        Self {
            from,
            to,
            ticks: ticks.map(|at| Tick { at, label: unit.label(at) }).collect(),
            name: format!("{name}{LOGARITHMIC}"),
            scale: Scale::Logarithmic,
            unit,
        }
    }

    /// A linear axis of numbers from 0 to at least `most`.
    pub fn of_numbers(most: f64, unit: Unit, name: &str) -> Self {
        let most = if most > 0.0 { most } else { 1.0 };
        let step = round_step(most, MAX_NUMBER_TICKS);
        let n_steps = (most * 1.02 / step).ceil() as u64;
        let values = (0..=n_steps).map(|idx| idx as f64 * step);
        Self {
            from: 0.0,
            to: n_steps as f64 * step,
            ticks: values.map(|at| Tick { at, label: unit.label(at) }).collect(),
            name: name.to_owned(),
            scale: Scale::Linear,
            unit,
        }
    }

    /// A linear axis of shares from 0 to at least `most`, in `[0, 1]`.
    pub fn of_shares(most: f64, name: &str) -> Self {
        let mut axis = Self::of_numbers(most, Unit::Share, name);
        axis.ticks.retain(|tick| tick.at <= 1.0 + 1e-9);
        Self { to: axis.to.min(1.0), ..axis }
    }

    /// Returns the axis on the other scale, linear or logarithmic, for values from `least` to
    /// `most`, > 0.
    pub fn on_other_scale(&self, least: f64, most: f64) -> Self {
        let name = self.name.strip_suffix(LOGARITHMIC).unwrap_or(&self.name);
        match self.scale {
            Scale::Logarithmic => Self::of_numbers(most, self.unit, name),
            Scale::Linear | Scale::Nines => Self::logarithmic((least, most), self.unit, name),
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
            name: "percentile, each further nine equally wide".to_owned(),
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

#[cfg(test)]
mod tests;
