//! Record: what one hit left behind, and batches of records as columns.

mod batch;
mod rows;
mod outcome;
mod labels;
mod builder;
mod headers;
mod texts;
mod schema;

pub use batch::{Batch, Columns};
pub use builder::BatchBuilder;
pub use headers::{Headers, Stretch, canonical};
pub use labels::{Label, Labels};
pub use outcome::{Outcome, is_good};
pub use rows::Rows;

use std::time::Duration;

/// What one hit left behind, as a view into a [`Batch`] or into whatever is about to become one.
///
/// An empty text stands for one that the stream's format cannot carry.
#[derive(Clone, Debug, Default)]
pub struct Record<'a> {
    /// Name of the attack; empty without one.
    pub attack: &'a str,
    /// Number of the hit in its attack, from 0.
    pub seq: u64,
    /// Status of the response; 0 without one.
    pub code: u16,
    /// Instant the hit was released, in ns since 1970 UTC.
    pub timestamp_ns: i64,
    /// From the release to the last byte of the body, or to the failure. DNS, dialling, TLS and
    /// redirects are included.
    pub latency: Duration,
    /// Released minus scheduled: what the generator itself was late. None where nothing was
    /// scheduled or the format does not tell.
    pub lag: Option<Duration>,
    /// Part of the latency spent waiting for a connection; None where one was at hand.
    pub connect: Option<Duration>,
    /// From the release to the head of the response; None without one.
    pub first_byte: Option<Duration>,
    /// Body bytes sent.
    pub bytes_out: u64,
    /// Body bytes received and kept.
    pub bytes_in: u64,
    /// Times the request was sent again because a kept connection had just been closed.
    pub retries: u8,
    /// Why the hit failed; None on success, never empty.
    pub error: Option<&'a str>,
    /// Body of the response, up to the limit of the attack; empty where none was kept.
    pub body: &'a [u8],
    /// The target's own name; empty without one.
    pub name: &'a str,
    /// HTTP method.
    pub method: &'a str,
    /// URL as the target has it.
    pub url: &'a str,
    /// Response headers in order, repeats kept; None without a response.
    pub headers: Option<Headers<'a>>,
}

impl Record<'_> {
    /// Returns whether the hit succeeded, as [`Outcome::is_success`] defines it.
    pub fn is_success(&self) -> bool {
        Outcome { code: self.code, error: self.error }.is_success()
    }
}
