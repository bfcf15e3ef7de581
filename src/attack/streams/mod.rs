//! Messages on long-lived streams, each due at its own slot.
//!
//! First the streams are opened, one after another; then each slot of the schedule is one message
//! on the stream whose turn it is. A message is an entry in the queue of its stream, not a task: it
//! waits there until its reply arrives, or until it has waited too long.

mod unanswered;
mod timeouts;
mod outlet;
mod flight;
mod long_stream;
mod stream_task;
mod sources;
mod crew;
mod options;

pub use crew::StreamCrew;
pub use options::{Backoff, Deliveries, DropOptions, PingOptions, ReplyRule, SocketOptions};

use crate::attack::target_choice::row_reader::RowReader;
use crate::attack::target_choice::{EngineShare, EngineTargets, TargetList, TargetSource};
use crate::error::Error;
use crate::plan::PlannedStreams;
use crate::schedule::Opening;
use crate::targets::Target;

/// The long-lived streams of an attack.
pub struct StreamList {
    /// The targets: calls with streams in both directions. Stream `k` is opened on the target that
    /// hit `k` would go to.
    pub targets: TargetList,
    /// When the streams are opened.
    pub opening: Opening,
    /// How WebSockets are used. None for gRPC.
    pub sockets: Option<SocketOptions>,
}

/// One engine's part of the streams, before the engine is ready.
pub struct StreamRun {
    share: Box<EngineShare>,
    opening: Opening,
    /// The rows of the streams; None if no metadata has variables.
    stream_rows: Option<RowReader>,
}

impl StreamList {
    /// Returns the streams as a plan describes them.
    pub fn planned(&self) -> PlannedStreams {
        let opening_ns = u64::try_from(self.opening.length().as_nanos()).unwrap_or(u64::MAX);
        PlannedStreams { count: self.opening.n_streams, opening_ns, sockets: false }
    }

    /// Splits the streams among engines: engine `i` of `n` has the streams `k` with `k mod n = i`.
    ///
    /// # Errors
    ///
    /// [`Error::NoTargets`] if there are none; [`Error::Io`] if a reading thread cannot be started
    /// or the feed cannot be opened again.
    pub fn split(self, n_engines: usize) -> Result<Vec<StreamRun>, Error> {
        let Self { targets, opening, .. } = self;
        let has_variables = targets.targets.iter().any(Target::has_metadata_variables);
        let feed = targets.feed.clone().filter(|_| has_variables);
        let stream_rows = |engine: u64| {
            let rows = feed.as_ref().map(|feed| feed.rows(engine, n_engines as u64));
            rows.map(|rows| RowReader::new(rows?)).transpose()
        };
        let parts = TargetSource::Fixed(targets).split(n_engines)?;
        let runs = parts.into_iter().zip(0..).filter_map(|(part, engine)| match part {
            EngineTargets::Fixed(share) => Some((share, engine)),
            EngineTargets::Streamed(_) => None,
        });
        let run =
            |(share, engine)| Ok(StreamRun { share, opening, stream_rows: stream_rows(engine)? });
        runs.map(run).collect()
    }
}
