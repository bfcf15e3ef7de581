//! The table: goals, what drumfire reached, and the best peer.

use std::fmt;

use super::figures::Spread;
use super::samples::{Key, Samples};
use super::tools::Tool;

/// Names of the columns.
pub const COLUMNS: [&str; 6] = ["what", "goal", "drumfire", "best peer", "ratio", "met"];

/// The unit of a value, which determines how it is printed.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Bytes, shown as KiB.
    Kib,
    /// Bytes, shown as MB.
    Megabytes,
    /// A count.
    Count,
    /// A ratio.
    Factor,
    /// Nanoseconds.
    Nanos,
    /// Microseconds.
    Micros,
    /// Seconds.
    Seconds,
    /// Events per second.
    PerSecond,
    /// Parts of a whole that is 1.
    Share,
}

impl Unit {
    /// Returns a value as text, without its unit.
    fn digits(self, figure: f64) -> String {
        match self {
            Unit::Count | Unit::PerSecond => format!("{figure:.0}"),
            // One in a million must be visible.
            Unit::Share => format!("{:.4}", figure * 100.0)
                .trim_end_matches('0')
                .trim_end_matches('.')
                .to_owned(),
            Unit::Kib => rounded(figure / 1024.0),
            Unit::Megabytes => rounded(figure / 1e6),
            _ => rounded(figure),
        }
    }

    /// Returns the sign of the unit.
    fn sign(self) -> &'static str {
        match self {
            Unit::Bytes => " B",
            Unit::Kib => " KiB",
            Unit::Megabytes => " MB",
            Unit::Count => "",
            Unit::Factor => " x",
            Unit::Nanos => " ns",
            Unit::Micros => " µs",
            Unit::Seconds => " s",
            Unit::PerSecond => "/s",
            Unit::Share => " %",
        }
    }

    fn show(self, figure: f64) -> String {
        format!("{}{}", self.digits(figure), self.sign())
    }

    /// Returns the median, and the extremes in brackets if there are several turns.
    fn show_spread(self, spread: Spread) -> String {
        let median = self.show(spread.median);
        match spread.low < spread.high {
            true => format!("{median} ({}..{})", self.digits(spread.low), self.digits(spread.high)),
            false => median,
        }
    }
}

/// Returns a value with at least three digits.
fn rounded(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        size if size >= 1.0 => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

/// Which values are better.
#[derive(Clone, Copy, Debug)]
pub enum Better {
    /// Smaller ones.
    Less,
    /// Greater ones.
    More,
}

/// A goal, in the unit of the row.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// At most this value.
    AtMost(f64),
    /// At least this value.
    AtLeast(f64),
    /// Exactly this value.
    Exactly(f64),
    /// At most this share of a peer's value in the same run.
    AtMostOf(Tool, f64),
    /// At least this share of a peer's value in the same run.
    AtLeastOf(Tool, f64),
}

/// Whether a goal was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Met {
    /// The goal was missed.
    No,
    /// A value was not measured.
    Unknown,
    /// The goal was met.
    Yes,
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Met::No => "**no**",
            Met::Unknown => "?",
            Met::Yes => "yes",
        })
    }
}

/// One row.
#[derive(Debug)]
pub struct Row {
    what: String,
    unit: Unit,
    better: Better,
    goals: Vec<Goal>,
    ours: Option<Spread>,
    /// Values by tool, for goals.
    peers: Vec<(Tool, Spread)>,
    /// A value to compare with that is not from a tool.
    compared: Option<(&'static str, Spread)>,
}

impl Row {
    /// Returns a row without values and goals.
    pub fn new(what: impl Into<String>, unit: Unit, better: Better) -> Self {
        let (what, goals, peers) = (what.into(), Vec::new(), Vec::new());
        Self { what, unit, better, goals, ours: None, peers, compared: None }
    }

    /// Sets the values of drumfire and of the peers.
    pub fn measured(mut self, samples: &Samples, key: Key, ours: Tool) -> Self {
        self.ours = samples.spread(key, ours);
        self.peers = samples.peers(key);
        self
    }

    /// Sets the value of drumfire.
    pub fn ours(mut self, ours: Option<Spread>) -> Self {
        self.ours = ours;
        self
    }

    /// Sets the value to compare with, in place of a peer.
    pub fn compared(mut self, name: &'static str, spread: Option<Spread>) -> Self {
        self.compared = spread.map(|spread| (name, spread));
        self
    }

    /// Sets the goals, all of which must be met.
    pub fn goals(mut self, goals: &[Goal]) -> Self {
        self.goals = goals.to_vec();
        self
    }

    /// Returns whether the row has no values.
    pub fn is_empty(&self) -> bool {
        self.ours.is_none() && self.peers.is_empty()
    }

    /// Returns the cells, in the order of [`COLUMNS`].
    pub fn cells(&self) -> Vec<String> {
        let goals: Vec<String> = self.goals.iter().map(|goal| self.show_goal(goal)).collect();
        let show = |spread| self.unit.show_spread(spread);
        let (best, none) = (self.best(), || "–".to_owned());
        let ratio = self.ours.zip(best.as_ref()).map(|(ours, (_, peer))| ours.median / peer.median);
        let met = self.goals.iter().map(|goal| self.met(goal)).min();
        vec![
            self.what.clone(),
            goals.join(", "),
            self.ours.map_or_else(none, show),
            best.map_or_else(none, |(name, spread)| format!("{name} {}", show(spread))),
            ratio.filter(|ratio| ratio.is_finite()).map_or_else(none, rounded),
            met.map_or_else(none, |met| met.to_string()),
        ]
    }

    fn show_goal(&self, goal: &Goal) -> String {
        match *goal {
            Goal::AtMost(most) => format!("≤ {}", self.unit.show(most)),
            Goal::AtLeast(least) => format!("≥ {}", self.unit.show(least)),
            Goal::Exactly(figure) => format!("= {}", self.unit.show(figure)),
            Goal::AtMostOf(tool, share) => format!("≤ {} of {tool}", show_share(share)),
            Goal::AtLeastOf(tool, share) => format!("≥ {} of {tool}", show_share(share)),
        }
    }

    fn met(&self, goal: &Goal) -> Met {
        let peer = |tool: Tool| self.peers.iter().find(|(peer, _)| *peer == tool);
        let share_of = |tool, share| peer(tool).map(|(_, spread)| spread.median * share);
        let Some(ours) = self.ours.map(|ours| ours.median) else { return Met::Unknown };
        let met = match *goal {
            Goal::AtMost(most) => Some(ours <= most),
            Goal::AtLeast(least) => Some(ours >= least),
            #[allow(clippy::float_cmp, reason = "counts, and shares of them that are all")]
            Goal::Exactly(figure) => Some(ours == figure),
            Goal::AtMostOf(tool, share) => share_of(tool, share).map(|most| ours <= most),
            Goal::AtLeastOf(tool, share) => share_of(tool, share).map(|least| ours >= least),
        };
        met.map_or(Met::Unknown, |met| if met { Met::Yes } else { Met::No })
    }

    /// Returns the best value except drumfire's, with its name.
    fn best(&self) -> Option<(String, Spread)> {
        let by_median =
            |a: &&(Tool, Spread), b: &&(Tool, Spread)| a.1.median.total_cmp(&b.1.median);
        let best = match self.better {
            Better::Less => self.peers.iter().min_by(by_median),
            Better::More => self.peers.iter().max_by(by_median),
        };
        let best = best.map(|(tool, spread)| (tool.to_string(), *spread));
        best.or(self.compared.map(|(name, spread)| (name.to_owned(), spread)))
    }
}

/// Returns `1/25` or `0.9`.
fn show_share(share: f64) -> String {
    let parts = share.recip().round();
    match parts >= 2.0 && (share * parts - 1.0).abs() < 1e-9 {
        true => format!("1/{parts}"),
        false => share.to_string(),
    }
}
