//! Flags for when hits are due, and the schedule that they make.

use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use drumfire::error::Error;
use drumfire::schedule::Pacer;
use drumfire::schedule::seed::Seed;
use drumfire::schedule::stages::{Stages, parse_stages, read_plan};
use drumfire::units::{Rate, parse_duration, parse_keyword, parse_rate};
use jiff::SignedDuration;

use crate::app::exit::Usage;
use crate::app::input::files::Input;

/// A limit. None if there is no limit.
///
/// The alias keeps clap from treating the flag itself as optional.
pub type Limit<T> = Option<T>;

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Requests per unit of time, as in 50/1s; 0: as fast as possible
    ///
    /// Number of hits in each unit of time: `50`, `50/s`, `3000/m` or `1/500ms`.
    ///
    /// With `0` or `infinity`, drumfire sends as fast as `-max-workers` allows; that flag is then
    /// required. Nothing is scheduled in this mode, so lag is unknown and there is no verdict.
    #[arg(long, help_heading = "Load", value_name = "N[/UNIT]", value_parser = parse_rate)]
    #[arg(default_value = "50/1s")]
    pub rate: Limit<Rate>,
    /// Length of the attack; 0: until stopped
    ///
    /// How long to attack. A hit is made if its slot is before the end. With `0`, the attack runs
    /// until it is stopped.
    #[arg(long, help_heading = "Load", value_name = "TIME", value_parser = parse_duration)]
    #[arg(default_value = "0s")]
    pub duration: SignedDuration,
    /// Changing rate: 30s@1..50 ramps up, 2m@50 holds; @FILE: CSV
    ///
    /// A rate that changes over time, instead of `-rate` and `-duration`. Stages follow each other
    /// and are separated by commas.
    ///
    /// | stage | rate |
    /// |---|---|
    /// | `2m@50` | constant at 50/s; `7s@0` is a pause |
    /// | `30s@1..50` | changes linearly from 1/s to 50/s |
    /// | `5m@100~50/1m` | sine wave around 100/s, up and down by 50/s, one period per minute |
    ///
    /// Rates use the syntax of `-rate`, as in `3000/1m..50`. The number of hits is the sum of the
    /// rate over the whole plan, rounded up. So `1s@4,7s@0,1s@4,5s@0` is exactly two bursts of four
    /// hits. `-dry-run` shows the resulting plan. `-requests` may end it early.
    ///
    /// `-stages=@plan.csv` reads points of a line from a CSV file with the columns `seconds` and
    /// `rate`, for example yesterday's traffic exported from a monitoring system. The rate is in
    /// hits per second (`12.5`) or in the syntax of `-rate` (`3000/1m`). Between two rows the rate
    /// changes linearly. Two rows with the same second make a step. The plan begins at the first
    /// row, even if its second is not 0, and ends at the last row. Other columns are ignored.
    ///
    /// See [the guide on load](../../guide/load.md).
    #[arg(long, help_heading = "Load", value_name = "STAGES", verbatim_doc_comment)]
    #[arg(conflicts_with_all = ["rate", "duration"])]
    pub stages: Option<RatePlan>,
    /// Arrivals: evenly spaced, or a Poisson process of the same rate
    ///
    /// `constant` spaces hits evenly, as the rate requires. `poisson` makes arrivals random with
    /// the same mean rate, as independent users do. Both work with `-stages` too.
    #[arg(long, help_heading = "Load", value_name = "constant|poisson")]
    #[arg(default_value = "constant")]
    pub arrivals: Arrivals,
    /// Random seed, to repeat a run; a new one each time by default
    ///
    /// Seed of all random choices: `-arrivals=poisson`, `-order=random`, `-feed-order` and
    /// variables. The same seed gives the same choices on every machine. By default the seed is
    /// random; the stream's plan and the JSON report record it.
    #[arg(long, help_heading = "Load", value_name = "N")]
    pub seed: Option<u64>,
    /// Stop after this many hits; 0: no limit
    ///
    /// Ends the attack after N hits. With `0`, only the duration, the stages, the list or the feed
    /// ends the attack.
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 0)]
    pub requests: u64,
}

/// A rate that changes over time, as `-stages` gives it.
#[derive(Clone, Debug)]
pub enum RatePlan {
    /// Stages on the command line.
    Stages(Stages),
    /// The name of a file with points of the rate.
    File(String),
}

impl FromStr for RatePlan {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.strip_prefix('@') {
            Some(file) => Ok(RatePlan::File(file.to_owned())),
            None => parse_stages(text).map(RatePlan::Stages),
        }
    }
}

/// The arrival process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrivals {
    /// Evenly spaced, as the rate requires.
    Constant,
    /// Random, with the rate as mean.
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

    /// Returns the schedule, with random arrivals drawn from the seed. `flow_count` limits the
    /// number of flows; None for no limit.
    ///
    /// # Errors
    ///
    /// [`Usage`] if random arrivals have no rate; another error if a plan cannot be read.
    pub fn pacer(&self, seed: Seed, flow_count: Limit<u64>) -> anyhow::Result<Pacer> {
        let requests = flow_count.or(Some(self.requests).filter(|requests| *requests > 0));
        let pacer = match &self.stages {
            None => Pacer::new(self.rate, positive(self.duration), requests),
            Some(RatePlan::Stages(stages)) => Pacer::staged(stages.clone(), requests),
            Some(RatePlan::File(name)) => {
                let Input { name, file } = Input::open(name)?;
                Pacer::staged(read_plan(file).context(name)?, requests)
            }
        };
        match self.arrivals {
            Arrivals::Constant => Ok(pacer),
            Arrivals::Poisson if self.is_unlimited() => {
                let problem = "-arrivals=poisson needs a rate: set -rate or -stages";
                Err(Usage(problem.to_owned()).into())
            }
            Arrivals::Poisson => Ok(pacer.with_poisson_arrivals(seed)),
        }
    }
}

/// Returns a duration. None if it is zero or negative, which means no limit, as in Vegeta.
pub fn positive(duration: SignedDuration) -> Option<Duration> {
    Duration::try_from(duration).ok().filter(|length| !length.is_zero())
}
