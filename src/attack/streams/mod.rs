//! Messages on long-lived streams, each due at its own slot.
//!
//! First the streams are opened, one after another; then each slot of the schedule is one message
//! on the stream whose turn it is. A message is an entry in the queue of its stream, not a task: it
//! waits there until its reply arrives, or until it has waited too long.
//!
//! A [`Carrier`](carrier::Carrier) says what the streams are: gRPC streams or WebSockets.

mod options;
mod matching;
mod timeouts;
mod outlet;
mod flight;
mod fan_out;
mod long_stream;
mod rows;
mod carrier;
mod calls;
mod sockets;
mod sources;
mod crew;

pub use calls::Calls;
pub use crew::StreamCrew;
pub use options::{Backoff, Deliveries, DropOptions, PingOptions, ReplyRule, SocketOptions};
pub use sockets::Sockets;

use std::rc::Rc;

use crate::attack::hit_task::HitContext;
use crate::attack::target_choice::row_reader::RowReader;
use crate::attack::target_choice::{EngineShare, EngineTargets, TargetList, TargetSource};
use crate::error::Error;
use crate::mark::Run;
use crate::plan::PlannedStreams;
use crate::schedule::{Opening, Shard};
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
    /// The rows of the streams; None if no connect has variables.
    stream_rows: Option<RowReader>,
    /// How WebSockets are used. None for gRPC.
    sockets: Option<SocketOptions>,
    /// What the marks of the attack have in common.
    run: Run,
}

impl StreamRun {
    /// Returns the WebSockets of an engine. None for gRPC.
    pub fn sockets(&self, shard: Shard, context: &Rc<HitContext>) -> Option<Sockets> {
        let options = self.sockets.clone()?;
        let schedule = (self.opening, shard);
        Some(Sockets::new(options, context, schedule, self.run, self.share.rngs.seed()))
    }
}

impl StreamList {
    /// Returns the streams as a plan describes them.
    pub fn planned(&self) -> PlannedStreams {
        let opening_ns = u64::try_from(self.opening.length().as_nanos()).unwrap_or(u64::MAX);
        PlannedStreams {
            count: self.opening.n_streams,
            opening_ns,
            sockets: self.sockets.is_some(),
        }
    }

    /// Returns the largest number of engines that can share the streams. One has to see all
    /// deliveries of a message.
    pub fn most_engines(&self) -> u64 {
        let has_deliveries = self.sockets.as_ref().is_some_and(|it| it.deliveries.is_some());
        if has_deliveries { 1 } else { self.opening.n_streams.into() }
    }

    /// Returns whether there are any random choices.
    pub fn is_random(&self) -> bool {
        let loses = |sockets: &SocketOptions| {
            sockets.reconnect.is_some_and(|backoff| !backoff.max.is_zero())
                || !sockets.drops.is_empty()
        };
        self.targets.is_random() || self.sockets.as_ref().is_some_and(loses)
    }

    /// Splits the streams among engines: engine `i` of `n` has the streams `k` with `k mod n = i`.
    ///
    /// # Errors
    ///
    /// [`Error::NoTargets`] if there are none; [`Error::Io`] if a reading thread cannot be started
    /// or the feed cannot be opened again.
    pub fn split(self, n_engines: usize) -> Result<Vec<StreamRun>, Error> {
        let Self { targets, opening, sockets } = self;
        let has_variables = targets.targets.iter().any(Target::has_connect_variables);
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
        let run = Run::fresh();
        let with_rows = |(share, engine)| {
            let (stream_rows, sockets) = (stream_rows(engine)?, sockets.clone());
            Ok(StreamRun { share, opening, stream_rows, sockets, run })
        };
        runs.map(with_rows).collect()
    }
}

#[cfg(test)]
mod tests;
