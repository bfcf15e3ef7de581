//! The number of rounds of a loop: fixed, drawn, limited by time, or without an end.

use std::str::FromStr;
use std::time::Duration;

use rand::{Rng, RngExt};

use crate::units::parse_span;

/// The rounds of a loop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rounds {
    /// Until the user is asked to leave.
    Endless,
    /// As many, 0 or more.
    Fixed(u32),
    /// Each number from the first to the last with the same chance.
    Uniform(u32, u32),
    /// At least one, and another one with a chance that gives this mean, >= 1.
    Geometric(f64),
    /// Until this time has passed, > 0; at least one.
    Time(Duration),
}

impl Rounds {
    /// Draws the number of rounds. None if it is not a number.
    pub fn draw(&self, random: &mut impl Rng) -> Option<u32> {
        match *self {
            Self::Endless | Self::Time(_) => None,
            Self::Fixed(rounds) => Some(rounds),
            Self::Uniform(least, most) => Some(random.random_range(least..=most)),
            Self::Geometric(mean) => Some(geometric(mean, random.random())),
        }
    }

    /// Returns whether the number of rounds is drawn.
    pub fn is_random(&self) -> bool {
        matches!(self, Self::Uniform(..) | Self::Geometric(_))
    }

    /// Returns the least number of rounds.
    pub fn least(&self) -> u32 {
        match *self {
            Self::Endless | Self::Geometric(_) | Self::Time(_) => 1,
            Self::Fixed(rounds) | Self::Uniform(rounds, _) => rounds,
        }
    }

    /// Returns the largest number of rounds. None if there is none.
    pub fn most(&self) -> Option<u32> {
        match *self {
            Self::Fixed(rounds) | Self::Uniform(_, rounds) => Some(rounds),
            Self::Endless | Self::Geometric(_) | Self::Time(_) => None,
        }
    }
}

/// Returns a geometric number of rounds, >= 1, from a uniform number in `[0, 1)`. The logarithms
/// are the same on every machine.
///
/// `rounds = 1 + floor(ln(1 - u) / ln(1 - 1 / mean))`
///
/// - `u`: the uniform number
/// - `mean`: the mean number of rounds, >= 1
///
/// Source: L. Devroye, "Non-Uniform Random Variate Generation", 1986, section X.2.
fn geometric(mean: f64, uniform: f64) -> u32 {
    let stay = libm::log1p(-mean.recip());
    // With a mean of 1, the logarithm is -infinity and there is one round.
    let further = (libm::log1p(-uniform) / stay).floor();
    // Conversions saturate.
    (further as u32).saturating_add(1)
}

impl FromStr for Rounds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rounds = match (text, text.strip_prefix("geom:"), text.split_once("..")) {
            ("", _, _) => Some(Self::Endless),
            (_, Some(mean), _) => {
                let mean = mean.parse().ok().filter(|mean: &f64| (1.0..=1e9).contains(mean));
                mean.map(Self::Geometric)
            }
            (_, _, Some((least, most))) => range(least, most),
            _ => count(text).map(Self::Fixed).or_else(|| time(text)),
        };
        rounds.ok_or_else(|| {
            format!(
                "bad rounds '{text}': expected 10, 5..20, geom:8, a time such as 30s, or nothing \
                 for a loop without an end"
            )
        })
    }
}

fn count(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

fn range(least: &str, most: &str) -> Option<Rounds> {
    let (least, most) = (count(least)?, count(most)?);
    (least <= most).then_some(Rounds::Uniform(least, most))
}

fn time(text: &str) -> Option<Rounds> {
    parse_span(text).ok().filter(|time| !time.is_zero()).map(Rounds::Time)
}
