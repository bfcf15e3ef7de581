//! The delay of a response: fixed, or drawn from a distribution.

use std::str::FromStr;
use std::time::Duration;

use rand::Rng;
use rand_distr::{Distribution, Exp, LogNormal, Normal, Uniform};

use crate::error::Error;
use crate::units::duration::parse_span;

/// The delay of responses.
#[derive(Clone, Copy, Debug)]
pub enum Delay {
    /// The same for all responses.
    Fixed(Duration),
    /// Uniform, in seconds, with its mean.
    Uniform(Uniform<f64>, f64),
    /// Exponential, in seconds, with its mean.
    Exponential(Exp<f64>, f64),
    /// Normal, in seconds; negative draws count as zero.
    Normal(Normal<f64>),
    /// Log-normal, in seconds, with its mean.
    LogNormal(LogNormal<f64>, f64),
}

impl Delay {
    /// Draws one delay.
    pub fn draw(&self, random: &mut impl Rng) -> Duration {
        let seconds = match self {
            Delay::Fixed(length) => return *length,
            Delay::Uniform(distribution, _) => distribution.sample(random),
            Delay::Exponential(distribution, _) => distribution.sample(random),
            Delay::Normal(distribution) => distribution.sample(random),
            Delay::LogNormal(distribution, _) => distribution.sample(random),
        };
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
    }

    /// Returns the mean of the delays. That of a normal distribution is its own, as if negative
    /// draws did not count as zero.
    pub fn mean(&self) -> Duration {
        let seconds = match self {
            Delay::Fixed(length) => return *length,
            Delay::Uniform(_, mean) | Delay::Exponential(_, mean) | Delay::LogNormal(_, mean) => {
                *mean
            }
            Delay::Normal(distribution) => distribution.mean(),
        };
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// Returns whether draws may differ.
    pub fn is_random(&self) -> bool {
        !matches!(self, Delay::Fixed(_))
    }
}

/// Parses `10ms` (fixed), `5ms..20ms` (uniform), `exp:10ms` (exponential with that mean),
/// `normal:20ms,5ms` (mean and standard deviation) or `lognormal:20ms,0.5` (median and the
/// standard deviation of the logarithm).
impl FromStr for Delay {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = match text.split_once(':') {
            Some(("exp", mean)) => exponential(mean),
            Some(("normal", pair)) => normal(pair),
            Some(("lognormal", pair)) => log_normal(pair),
            Some(_) => None,
            None => match text.split_once("..") {
                Some((from, to)) => uniform(from, to),
                None => parse_span(text).ok().map(Delay::Fixed),
            },
        };
        parsed.ok_or_else(|| Error::Value {
            what: "latency",
            input: text.to_owned(),
            expected: "10ms, 5ms..20ms, exp:MEAN, normal:MEAN,DEVIATION or lognormal:MEDIAN,SIGMA",
        })
    }
}

fn seconds(text: &str) -> Option<f64> {
    parse_span(text).ok().map(|length| length.as_secs_f64())
}

fn uniform(from: &str, to: &str) -> Option<Delay> {
    let (from, to) = (seconds(from)?, seconds(to)?);
    let distribution = Uniform::new_inclusive(from, to).ok()?;
    Some(Delay::Uniform(distribution, f64::midpoint(from, to)))
}

fn exponential(mean: &str) -> Option<Delay> {
    let mean = seconds(mean).filter(|mean| *mean > 0.0)?;
    Exp::new(mean.recip()).ok().map(|distribution| Delay::Exponential(distribution, mean))
}

fn normal(pair: &str) -> Option<Delay> {
    let (mean, deviation) = pair.split_once(',')?;
    Normal::new(seconds(mean)?, seconds(deviation)?).ok().map(Delay::Normal)
}

fn log_normal(pair: &str) -> Option<Delay> {
    let (median, sigma) = pair.split_once(',')?;
    let median = seconds(median).filter(|median| *median > 0.0)?;
    let sigma = sigma.parse().ok().filter(|sigma: &f64| sigma.is_finite() && *sigma >= 0.0)?;
    let distribution = LogNormal::new(median.ln(), sigma).ok()?;
    Some(Delay::LogNormal(distribution, median * (sigma * sigma / 2.0).exp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn each_form_draws_around_its_mean() {
        let table = [
            ("10ms", 10.0),
            ("5ms..25ms", 15.0),
            ("exp:10ms", 10.0),
            ("normal:20ms,2ms", 20.0),
            // The mean of a log-normal is median * exp(sigma^2 / 2).
            ("lognormal:20ms,0.5", 20.0 * 0.125_f64.exp()),
            ("0", 0.0),
        ];
        for (text, mean_ms) in table {
            let delay: Delay = text.parse().unwrap();
            let mut random = SmallRng::seed_from_u64(7);
            let n = 20_000;
            let total: f64 = (0..n).map(|_| delay.draw(&mut random).as_secs_f64()).sum();
            let found = total / f64::from(n) * 1e3;
            assert!((found - mean_ms).abs() <= mean_ms * 0.03, "{text}: {found} ms");
            let mean = delay.mean().as_secs_f64() * 1e3;
            assert!((mean - mean_ms).abs() < 1e-6, "{text}: {mean} ms");
        }
    }

    #[test]
    fn an_invalid_latency_is_refused_with_the_accepted_forms() {
        for text in
            ["5", "20ms..5ms", "exp:0", "exp:", "normal:5ms", "lognormal:1ms,x", "gauss:1ms"]
        {
            let error = text.parse::<Delay>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("bad latency '{text}': expected 10ms,")), "{error}");
        }
    }
}
