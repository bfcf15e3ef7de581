//! What a flow is expected to send, by arithmetic on its blocks.

use std::time::Duration;

use crate::flow::program::block::{Loop, Node, Step};
use crate::flow::program::rounds::Rounds;
use crate::flow::tree::options::Setting;

/// Requests and think time of a flow in which no step fails.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Mean number of requests, without retries. None if it is unknown: in a loop without an end,
    /// or one with a time and no waits.
    pub requests: Option<f64>,
    /// Least number of requests.
    pub least: u64,
    /// Largest number of requests, with all retries. None if there is none.
    pub most: Option<u64>,
    /// Mean time of waiting: think times, paces, delays. None if it is unknown.
    pub thinking: Option<Duration>,
}

impl Estimate {
    const NOTHING: Self =
        Self { requests: Some(0.0), least: 0, most: Some(0), thinking: Some(Duration::ZERO) };

    fn and(self, next: Self) -> Self {
        Self {
            requests: self.requests.zip(next.requests).map(|(one, other)| one + other),
            least: self.least.saturating_add(next.least),
            most: self.most.zip(next.most).and_then(|(one, other)| one.checked_add(other)),
            thinking: self
                .thinking
                .zip(next.thinking)
                .map(|(one, other)| one.saturating_add(other)),
        }
    }

    /// Returns the estimate of a part that is made with a chance in `[0, 1]`.
    fn with_chance(self, share: f64) -> Self {
        Self {
            requests: self.requests.map(|requests| requests * share),
            least: if share >= 1.0 { self.least } else { 0 },
            most: if share > 0.0 { self.most } else { Some(0) },
            thinking: self.thinking.map(|thinking| times(thinking, share)),
        }
    }

    fn of_wait(wait: Duration) -> Self {
        Self { thinking: Some(wait), ..Self::NOTHING }
    }
}

fn times(length: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(length.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

/// Returns the estimate of blocks.
pub fn estimate(nodes: &[Node]) -> Estimate {
    nodes.iter().map(of_node).fold(Estimate::NOTHING, Estimate::and)
}

fn of_node(node: &Node) -> Estimate {
    match node {
        Node::Think(delay) => Estimate::of_wait(delay.mean()),
        Node::Step(step) => of_step(step),
        Node::Loop(inner) => of_loop(inner),
        Node::Pick(alternatives) => {
            let total: f64 = alternatives.iter().map(|inner| f64::from(inner.weight)).sum();
            let parts: Vec<_> = alternatives
                .iter()
                .map(|inner| (estimate(&inner.body), f64::from(inner.weight) / total))
                .collect();
            let mean = parts.iter().map(|(part, share)| part.with_chance(*share));
            let mean = mean.fold(Estimate::NOTHING, Estimate::and);
            let most = parts.iter().map(|(part, _)| part.most).collect::<Option<Vec<_>>>();
            Estimate {
                least: parts.iter().map(|(part, _)| part.least).min().unwrap_or(0),
                most: most.and_then(|most| most.into_iter().max()),
                ..mean
            }
        }
    }
}

fn of_step(step: &Step) -> Estimate {
    let options = &step.entry.options;
    let is_skipped = matches!(options.skip, Setting::Fixed(true));
    let may_be_skipped = matches!(options.skip, Setting::Placeholder(_));
    let repeats = match &options.repeat {
        None => Some(1),
        Some(Setting::Fixed(repeats)) => Some(u64::from(*repeats)),
        Some(Setting::Placeholder(_)) => None,
    };
    let retries = match &options.retry {
        Setting::Fixed(retries) => Some(u64::from(*retries)),
        Setting::Placeholder(_) => None,
    };
    let delay = match &options.delay {
        Setting::Fixed(delay) => Some(*delay),
        Setting::Placeholder(_) => None,
    };
    let is_unsure = may_be_skipped || repeats.is_none();
    let made = Estimate {
        requests: repeats.map(|repeats| repeats as f64),
        least: if is_unsure { 0 } else { repeats.unwrap_or(0) },
        most: repeats.zip(retries).and_then(|(repeats, retries)| repeats.checked_mul(retries + 1)),
        thinking: delay.zip(repeats).map(|(delay, repeats)| times(delay, repeats as f64)),
    };
    let made = if is_skipped { Estimate::NOTHING } else { made };
    let think = step.think.map_or(Duration::ZERO, |delay| delay.mean());
    Estimate::of_wait(think).and(made).with_chance(step.chance.unwrap_or(1.0))
}

fn of_loop(inner: &Loop) -> Estimate {
    let round = estimate(&inner.body);
    let pace = inner.pace.unwrap_or_default();
    // A pace is waited only as far as the other waits do not take its time.
    let thinking = round.thinking.map(|thinking| thinking.max(pace));
    let mean = mean_rounds(inner.rounds, thinking);
    let most = inner.rounds.most().map(u64::from);
    Estimate {
        requests: round.requests.zip(mean).map(|(requests, mean)| requests * mean),
        least: round.least.saturating_mul(u64::from(inner.rounds.least())),
        most: round.most.zip(most).and_then(|(requests, most)| requests.checked_mul(most)),
        thinking: thinking.zip(mean).map(|(thinking, mean)| times(thinking, mean)),
    }
}

/// Returns the mean number of rounds. None if it is unknown.
fn mean_rounds(rounds: Rounds, round: Option<Duration>) -> Option<f64> {
    match rounds {
        Rounds::Endless => None,
        Rounds::Fixed(rounds) => Some(f64::from(rounds)),
        Rounds::Uniform(least, most) => Some(f64::midpoint(f64::from(least), f64::from(most))),
        Rounds::Geometric(mean) => Some(mean),
        // Responses take time too, so that there are at most as many rounds.
        Rounds::Time(time) => round
            .filter(|round| !round.is_zero())
            .map(|round| (time.as_secs_f64() / round.as_secs_f64()).ceil().max(1.0)),
    }
}
