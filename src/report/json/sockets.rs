//! The keys about WebSockets.

use serde::{Serialize, Serializer};

use crate::metrics::{Deliveries, Metrics, Recovery, Sockets};

/// What only runs with WebSockets have.
#[derive(Serialize)]
pub(super) struct SocketFigures {
    sockets: Counts,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "code_object")]
    close_codes: Vec<(String, u64)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery: Vec<Recovered>,
}

/// Numbers of sockets.
#[derive(Serialize)]
struct Counts {
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<u32>,
    opened: u64,
    lost: u64,
    reopened: u64,
    at_end: u64,
}

/// A drop of several sockets, and how long it took until as many were open again, in ns.
#[derive(Serialize)]
struct Recovered {
    drop: u128,
    lost: u64,
    back: u64,
    /// Missing if not all were open again.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<u128>,
}

/// Numbers of deliveries. Their times are those of the kind `delivery`.
#[derive(Serialize)]
pub(super) struct DeliveryFigures {
    expected: u64,
    in_time: u64,
    total: u64,
    /// Missing if no delivery was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    reach: Option<f64>,
}

impl SocketFigures {
    /// Returns the sockets of a whole run. None without WebSockets.
    pub fn of(metrics: &Metrics) -> Option<Self> {
        let sockets = metrics.sockets()?;
        let Sockets { planned, opened, lost, reopened, at_end, without_code, .. } = sockets;
        let codes = sockets.close_codes.iter().map(|(code, count)| (code.to_string(), *count));
        let none = (without_code > 0).then(|| ("none".to_owned(), without_code));
        Some(Self {
            sockets: Counts { planned, opened, lost, reopened, at_end },
            close_codes: codes.chain(none).collect(),
            recovery: sockets.recoveries.iter().map(Recovered::from).collect(),
        })
    }
}

impl From<&Recovery> for Recovered {
    fn from(recovery: &Recovery) -> Self {
        let Recovery { drop, lost, back, time } = *recovery;
        Self { drop: drop.as_nanos(), lost, back, time: time.map(|time| time.as_nanos()) }
    }
}

impl From<Deliveries> for DeliveryFigures {
    fn from(deliveries: Deliveries) -> Self {
        let Deliveries { expected, in_time, total } = deliveries;
        Self { expected, in_time, total, reach: deliveries.reach() }
    }
}

/// Writes an object from close code to count.
fn code_object<S: Serializer>(codes: &[(String, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(codes.iter().map(|(code, count)| (code, count)))
}
