//! attack's flags for when hits are due, and the schedule that they make.

use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use drumfire::error::Error;
use drumfire::schedule::Pacer;
use drumfire::schedule::seed::Seed;
use drumfire::schedule::stages::{Stages, parse_stages, read_plan};
use drumfire::units::{Rate, parse_duration, parse_keyword, parse_rate};
use jiff::SignedDuration;

use crate::app::Usage;
use crate::app::attack::Limit;
use crate::app::input::files::Input;

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Hits in each unit of time; 0 or infinity: as fast as -max-workers allows
    #[arg(long, help_heading = "Load", value_name = "N[/UNIT]", value_parser = parse_rate)]
    #[arg(default_value = "50/1s")]
    pub rate: Limit<Rate>,
    /// How long to attack; 0: until stopped
    #[arg(long, help_heading = "Load", value_name = "TIME", value_parser = parse_duration)]
    #[arg(default_value = "0s")]
    pub duration: SignedDuration,
    /// A rate that changes, as in 30s@1..50,2m@50,5m@100~50/1m; @FILE: CSV of seconds and rate
    #[arg(long, help_heading = "Load", value_name = "STAGES")]
    #[arg(conflicts_with_all = ["rate", "duration"])]
    pub stages: Option<Course>,
    /// How hits follow one another: at even distances, or by chance
    #[arg(long, help_heading = "Load", value_name = "constant|poisson")]
    #[arg(default_value = "constant")]
    pub arrivals: Arrivals,
    /// What random choices follow from; to repeat them
    #[arg(long, help_heading = "Load", value_name = "N")]
    pub seed: Option<u64>,
    /// End after so many hits; 0: no such end
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 0)]
    pub requests: u64,
}

/// Stages, or where they stand.
#[derive(Clone, Debug)]
pub enum Course {
    /// As typed.
    Typed(Stages),
    /// In this file.
    File(String),
}

impl FromStr for Course {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.strip_prefix('@') {
            Some(file) => Ok(Course::File(file.to_owned())),
            None => parse_stages(text).map(Course::Typed),
        }
    }
}

/// How hits follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// At the distances that the rate gives.
    Constant,
    /// By chance, at the rate in the mean.
    Poisson,
}

impl FromStr for Arrivals {
    type Err = Error;

    fn from_str(arrivals: &str) -> Result<Self, Error> {
        let choices = [("constant", Self::Constant), ("poisson", Self::Poisson)];
        parse_keyword("arrivals", arrivals, &choices)
    }
}

impl Options {
    /// Returns whether hits are due as soon as the limits allow.
    pub fn is_unlimited(&self) -> bool {
        self.rate.is_none() && self.stages.is_none()
    }

    /// Returns the schedule; chance follows from the seed.
    ///
    /// # Errors
    ///
    /// [`Usage`] where there is no rate for arrivals by chance; where a plan cannot be read.
    pub fn pacer(&self, seed: Seed) -> anyhow::Result<Pacer> {
        let requests = Some(self.requests).filter(|requests| *requests > 0);
        let pacer = match &self.stages {
            None => Pacer::new(self.rate, positive(self.duration), requests),
            Some(Course::Typed(stages)) => Pacer::staged(stages.clone(), requests),
            Some(Course::File(name)) => {
                let Input { name, file } = Input::open(name)?;
                Pacer::staged(read_plan(file).context(name)?, requests)
            }
        };
        match self.arrivals {
            Arrivals::Constant => Ok(pacer),
            Arrivals::Poisson if self.is_unlimited() => {
                let problem = "-arrivals=poisson needs a rate: give -rate or -stages";
                Err(Usage(problem.to_owned()).into())
            }
            Arrivals::Poisson => Ok(pacer.with_poisson_arrivals(seed)),
        }
    }
}

/// Vegeta takes a duration of zero and one below for none.
pub fn positive(duration: SignedDuration) -> Option<Duration> {
    Duration::try_from(duration).ok().filter(|length| !length.is_zero())
}
