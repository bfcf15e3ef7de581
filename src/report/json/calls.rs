//! The keys about calls and messages.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::metrics::{Calls, Metrics};
use crate::report::json::times::Latencies;

/// What only calls and messages have.
#[derive(Serialize)]
pub(super) struct CallFigures {
    /// Number of calls by name of their status, by rising number.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "count_object")]
    grpc_statuses: Vec<(Cow<'static, str>, u64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<Latencies>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_message: Option<Latencies>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gaps: Option<Latencies>,
    messages: MessageFigures,
}

/// Numbers of messages.
#[derive(Serialize)]
struct MessageFigures {
    out: u64,
    #[serde(rename = "in")]
    received: u64,
    out_per_call: f64,
    in_per_call: f64,
}

impl CallFigures {
    /// Returns the calls of a whole run or of a group of it; None without calls and messages.
    pub fn of(metrics: &Metrics) -> Option<Self> {
        let calls: &Calls = metrics.calls()?;
        let (out, received) = (calls.messages_out(), calls.messages_in());
        Some(Self {
            grpc_statuses: calls.statuses().collect(),
            sent: calls.sent().map(Latencies::from),
            first_message: calls.first_message().map(Latencies::from),
            gaps: calls.gap().map(Latencies::from),
            messages: MessageFigures {
                out,
                received,
                out_per_call: calls.per_call(out),
                in_per_call: calls.per_call(received),
            },
        })
    }
}

/// Writes an object from text to count.
fn count_object<S: Serializer>(
    counts: &[(Cow<'static, str>, u64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().map(|(text, count)| (text, count)))
}
