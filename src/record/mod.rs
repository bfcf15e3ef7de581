//! Records: the results of hits, in batches of columns.

mod builder;
mod batch;
mod rows;
mod labels;
mod outcome;
mod flow;
mod messaging;
mod extras;
mod headers;
mod texts;
mod columns;
mod column_reader;
mod schema;

pub use batch::Batch;
pub use builder::BatchBuilder;
pub(crate) use column_reader::ColumnProblem;
pub use columns::Columns;
pub use extras::Extras;
pub use flow::{FlowEnd, FlowStep};
pub use headers::{Headers, StoredRange, canonical};
pub use labels::{Label, Labels};
pub use messaging::{GRPC_OK, Kind, Messaging, grpc_status_name};
pub use outcome::{Outcome, is_good};
pub use rows::Rows;

use std::time::Duration;

/// The result of one hit, as a view into a [`Batch`] or into the data of a future one.
///
/// A text is empty if the format of the stream does not have it.
#[derive(Clone, Debug, Default)]
pub struct Record<'a> {
    /// Name of the attack; empty without one.
    pub attack: &'a str,
    /// Number of the hit in its attack, from 0.
    pub seq: u64,
    /// HTTP status of the response; 0 without one.
    pub code: u16,
    /// Time at which the hit was released, in ns since 1970 UTC.
    pub timestamp_ns: i64,
    /// From the release to the last byte of the body, or to the failure. Includes DNS, dialing, TLS
    /// and redirects.
    pub latency: Duration,
    /// Delay of the generator: time of release minus scheduled time. None if the hit had no
    /// schedule or if the format has no lag.
    pub lag: Option<Duration>,
    /// Part of the latency spent waiting for a connection; None if one was available.
    pub connect: Option<Duration>,
    /// From the release to the head of the response; None without one.
    pub first_byte: Option<Duration>,
    /// Body bytes sent.
    pub bytes_out: u64,
    /// Body bytes received, up to the limit of the attack on one body.
    pub bytes_in: u64,
    /// Number of times the request was sent again because an idle connection had been closed.
    pub retries: u8,
    /// Why the hit failed; None on success, never empty.
    pub error: Option<&'a str>,
    /// Body of the response, up to the limits of the attack; empty if none was kept.
    pub body: &'a [u8],
    /// Name of the target; empty without one.
    pub name: &'a str,
    /// HTTP method; `GRPC` for a call.
    pub method: &'a str,
    /// URL of the target.
    pub url: &'a str,
    /// Response headers in order, repeats kept; None without a response.
    pub headers: Option<Headers<'a>>,
    /// Place of the request in its flow. None if it is in no flow, and in streams without flows.
    pub flow: Option<FlowStep<'a>>,
    /// What only calls and messages have. None for a plain HTTP request, and in streams without
    /// calls and messages.
    pub messaging: Option<Messaging>,
}

impl<'a> Record<'a> {
    /// Returns what decides whether the hit succeeded.
    pub fn outcome(&self) -> Outcome<'a> {
        let is_checked = self.flow.is_some_and(|step| step.checks.is_some());
        let kind = self.messaging.map(|messaging| messaging.kind);
        let grpc_status = self.messaging.and_then(|messaging| messaging.grpc_status);
        Outcome { code: self.code, error: self.error, is_checked, kind, grpc_status }
    }

    /// Returns whether the hit succeeded, as [`Outcome::is_success`] defines it.
    pub fn is_success(&self) -> bool {
        self.outcome().is_success()
    }
}
