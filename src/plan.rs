//! The plan of an attack, written to the metadata at the head of its stream.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::record::Extras;
use crate::schedule::stages::{Hits, Stages, parse_stages};
use crate::units::{Rate, parse_rate};

/// Most target names in a plan.
pub const MAX_NAMES: usize = 1000;

/// Approximate limit of the bytes of a command in a plan.
pub const MAX_COMMAND_BYTES: usize = 4096;

/// Name of Poisson arrivals in a stream.
const POISSON: &str = "poisson";

/// Largest delay of the last Poisson arrival that counts as chance, in standard deviations of the
/// Poisson distribution. One run in three million exceeds it.
const LATE_BY_CHANCE: f64 = 5.0;

/// What an attack was asked to do, and the machine it ran on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    /// Rate of hits over time, written as the two fields `rate` and `stages`.
    #[serde(flatten)]
    pub rate: PlannedRate,
    /// Distribution of the hits over time.
    #[serde(skip_serializing_if = "Arrivals::is_constant")]
    pub arrivals: Arrivals,
    /// Length in ns; 0 if the attack runs until it is stopped.
    pub duration_ns: u64,
    /// Number of hits; 0 if the plan does not determine it, as with flows.
    pub requests: u64,
    /// The flows, in the order of the command line; arrivals are then those of flows. None if each
    /// arrival is one hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flows: Option<Vec<PlannedFlow>>,
    /// Number of flows that begin. None if the plan does not determine it, and without flows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow_count: Option<u64>,
    /// The long-lived streams or WebSockets; arrivals are then those of messages. None without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streams: Option<PlannedStreams>,
    /// Most flows in progress at a time. None without a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_flows: Option<u64>,
    /// Whether targets or flows may make gRPC calls or open WebSockets.
    #[serde(skip_serializing_if = "is_false")]
    pub calls: bool,
    /// Number of users over time in the grammar of stages, e.g. `100s@0..1000,200s@1000`, or a
    /// constant number. The load is then a closed loop, without a rate. None for an open loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<String>,
    /// Seed of the random choices. None if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Version of drumfire that ran the attack.
    pub version: String,
    /// Distinct non-empty target names, sorted. None if they are unknown before the attack, or if
    /// there are more than [`MAX_NAMES`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// Operating system, architecture and number of cores, e.g. `linux x86_64, 2 cores`.
    pub host: String,
    /// Command line of the attack, quoted for a shell, on one line. Secrets are replaced by `***`,
    /// and a line over [`MAX_COMMAND_BYTES`] ends with an ellipsis. Empty if unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub command: String,
}

/// A flow of an attack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlannedFlow {
    /// Name of the flow.
    pub name: String,
    /// Weight among the flows, at least 1.
    pub weight: u32,
    /// Whether the flow has a loop without an end, so that a user makes it only once.
    #[serde(skip_serializing_if = "is_false")]
    pub endless: bool,
}

/// The long-lived streams or WebSockets of an attack, which are opened before the first message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlannedStreams {
    /// Number of streams.
    pub count: u32,
    /// Whether they are WebSockets, not gRPC streams.
    #[serde(skip_serializing_if = "is_false")]
    pub sockets: bool,
    /// Time from the start of the attack to its first message, in ns.
    pub opening_ns: u64,
}

/// The planned rate, parsed when the stream is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RateFields", into = "RateFields")]
pub enum PlannedRate {
    /// As fast as the limits allow.
    #[default]
    Unlimited,
    /// The same rate throughout.
    Constant(Rate),
    /// A rate that changes.
    Staged(Stages),
    /// Text that this version cannot parse, from a stream of another version.
    Unknown {
        /// Text of the field `rate`.
        rate: String,
        /// Text of the field `stages`.
        stages: String,
    },
}

/// The fields of a stream that hold the rate. At most one of them is not empty.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct RateFields {
    /// A constant rate, e.g. `50/1s`.
    rate: String,
    /// Stages, e.g. `30s@1..50,2m0s@50`.
    #[serde(skip_serializing_if = "String::is_empty")]
    stages: String,
}

/// How planned hits are distributed over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Arrivals {
    /// At the intervals that follow from the rate; an empty text in a stream.
    #[default]
    Constant,
    /// As a Poisson process with the planned rate.
    Poisson,
    /// Name that this version does not know, from a stream of another version.
    Unknown(String),
}

impl Plan {
    /// Returns the planned rate over time. None if it is unlimited or unknown.
    pub fn stages(&self) -> Option<Stages> {
        match &self.rate {
            PlannedRate::Constant(rate) => Some(Stages::steady(*rate, self.duration())),
            PlannedRate::Staged(stages) => Some(stages.clone()),
            PlannedRate::Unlimited | PlannedRate::Unknown { .. } => None,
        }
    }

    /// Returns the time from the start to the last slot: that of hits, after long-lived streams are
    /// opened. None if the attack runs until it is stopped.
    pub fn length(&self) -> Option<Duration> {
        let opening = self.streams.map_or(0, |streams| streams.opening_ns);
        Some(self.duration()?.saturating_add(Duration::from_nanos(opening)))
    }

    /// Returns the columns of the stream that not all streams have.
    pub fn extras(&self) -> Extras {
        Extras { flows: self.flows.is_some(), messaging: self.calls }
    }

    /// Returns whether hits are due at some time, and therefore have a lag: at their slots, or after
    /// the think time of a flow or user.
    pub fn is_scheduled(&self) -> bool {
        let is_unlimited = matches!(self.rate, PlannedRate::Unlimited);
        !is_unlimited || self.flows.is_some() || self.users.is_some()
    }

    /// Returns the planned length. None if the attack runs until it is stopped.
    pub fn duration(&self) -> Option<Duration> {
        (self.duration_ns > 0).then(|| Duration::from_nanos(self.duration_ns))
    }

    /// Returns the time from the first to the last of `hits` slots, `hits` >= 1. The slots are those
    /// of the first requests of flows if the plan has flows. For Poisson
    /// arrivals it is a bound that the last slot hardly ever exceeds. None if the plan has no rate
    /// or fewer slots.
    pub fn span_of(&self, hits: u64) -> Option<Duration> {
        let stages = self.stages()?;
        let last = hits.checked_sub(1)?;
        let first = stages.slot(Hits::default())?;
        if self.arrivals == Arrivals::Poisson {
            let late = Hits::from_f64(LATE_BY_CHANCE * (hits as f64).sqrt());
            let span = stages.slot(Hits::whole(last).plus(late)).unwrap_or(stages.length());
            return Some(span);
        }
        Some(stages.slot(Hits::whole(last))? - first)
    }
}

impl PlannedRate {
    /// Returns the constant rate as text, e.g. `50/1s`; empty if the rate is not constant.
    pub fn rate_text(&self) -> String {
        match self {
            Self::Constant(rate) => rate.to_string(),
            Self::Unknown { rate, .. } => rate.clone(),
            Self::Unlimited | Self::Staged(_) => String::new(),
        }
    }

    /// Returns the stages as text, e.g. `30s@1..50,2m0s@50`; empty without stages.
    pub fn stages_text(&self) -> String {
        match self {
            Self::Staged(stages) => stages.to_string(),
            Self::Unknown { stages, .. } => stages.clone(),
            Self::Unlimited | Self::Constant(_) => String::new(),
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

impl From<RateFields> for PlannedRate {
    fn from(RateFields { rate, stages }: RateFields) -> Self {
        let parsed = match (rate.as_str(), stages.as_str()) {
            ("", "") => Some(Self::Unlimited),
            // `0` and `infinity`, which no attack writes, are kept as text.
            (text, "") => parse_rate(text).ok().flatten().map(Self::Constant),
            (_, text) => parse_stages(text).ok().map(Self::Staged),
        };
        // A stream of a later version is still read, without what depends on its rate.
        parsed.unwrap_or(Self::Unknown { rate, stages })
    }
}

impl From<PlannedRate> for RateFields {
    fn from(planned: PlannedRate) -> Self {
        Self { rate: planned.rate_text(), stages: planned.stages_text() }
    }
}

/// Parses a rate such as `50/1s`, stages such as `30s@1..50`, or an empty text for no limit.
impl FromStr for PlannedRate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "" => Ok(Self::Unlimited),
            stages if stages.contains('@') => parse_stages(stages).map(Self::Staged),
            rate => Ok(parse_rate(rate)?.map_or(Self::Unlimited, Self::Constant)),
        }
    }
}

impl Arrivals {
    /// Returns whether hits follow each other at the intervals of the rate.
    pub fn is_constant(&self) -> bool {
        *self == Self::Constant
    }

    /// Returns the name in a stream; empty for constant arrivals.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Constant => "",
            Self::Poisson => POISSON,
            Self::Unknown(name) => name,
        }
    }
}

impl From<String> for Arrivals {
    fn from(name: String) -> Self {
        match name.as_str() {
            "" => Self::Constant,
            POISSON => Self::Poisson,
            _ => Self::Unknown(name),
        }
    }
}

impl From<Arrivals> for String {
    fn from(arrivals: Arrivals) -> Self {
        arrivals.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_of_hits_follows_from_the_planned_rate() {
        let ms = Duration::from_millis;
        let table = [
            ("50/1s", 1, Some(ms(0))),
            ("50/1s", 101, Some(ms(2_000))),
            ("", 5, None),
            ("3s@0,1s@4,7s@0,1s@4", 4, Some(ms(750))),
            ("3s@0,1s@4,7s@0,1s@4", 5, Some(ms(8_000))),
            ("3s@0,1s@4,7s@0,1s@4", 9, None),
        ];
        for (rate, hits, span) in table {
            let plan = Plan { rate: rate.parse().unwrap(), ..Plan::default() };
            assert_eq!(plan.span_of(hits), span, "{plan:?}");
        }
    }

    #[test]
    fn poisson_arrivals_may_take_longer_but_not_longer_than_the_plan() {
        let table = [("60s@100", 2_500, 27_490), ("60s@100", 5_999, 60_000)];
        for (stages, hits, ms) in table {
            let (rate, arrivals) = (stages.parse().unwrap(), Arrivals::Poisson);
            let plan = Plan { rate, arrivals, ..Plan::default() };
            assert_eq!(plan.span_of(hits), Some(Duration::from_millis(ms)));
        }
    }

    #[test]
    fn a_plan_is_written_as_it_was_read() {
        let end = r#""duration_ns":0,"requests":0,"version":"","host":""}"#;
        let table = [
            (r#""rate":"","#, true),
            (r#""rate":"50/1s","#, true),
            (r#""rate":"","stages":"1s@0..8,2m0s@5~2/1m0s","arrivals":"poisson","#, true),
            (r#""rate":"0","#, false),
            (r#""rate":"","stages":"a later grammar","arrivals":"bursts","#, false),
        ];
        let flows = r#""flows":[{"name":"login","weight":2},{"name":"stay","weight":1,"endless":true}],"flow_count":9,"streams":{"count":9,"sockets":true,"opening_ns":7},"max_flows":4,"#;
        for (rate, is_known) in table {
            let text = format!("{{{rate}{end}");
            let plan: Plan = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&plan).unwrap(), text);
            assert_eq!(matches!(plan.rate, PlannedRate::Unknown { .. }), !is_known, "{text}");
        }
        let users = r#""users":"100s@0..1000","version":"#;
        let text = format!(r#"{{"rate":"",{end}"#);
        let text = text.replace(r#""version":"#, &format!("{flows}{users}"));
        let plan: Plan = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&plan).unwrap(), text);
        assert!(plan.users.is_some() && plan.max_flows == Some(4), "{plan:?}");
    }
}
