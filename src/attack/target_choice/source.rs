//! The targets of an attack, and how engines share them.

use std::io;
use std::thread;

use tokio::sync::mpsc::{Receiver, channel};

use crate::attack::target_choice::mix::Order;
use crate::attack::target_choice::row_reader::RowReader;
use crate::attack::target_choice::share::Share;
use crate::error::Error;
use crate::feed::Feed;
use crate::schedule::seed::{HitRngs, Purpose, Seed};
use crate::targets::Target;

/// Maximum number of targets that are read ahead of their hits. Bodies may be large, and targets
/// that are read but not hit before the end of the attack are wasted.
const READ_AHEAD: usize = 64;

/// The targets of an attack.
pub enum TargetSource {
    /// Known before the attack and hit repeatedly.
    Fixed(TargetList),
    /// Read during the attack: hit k goes to the k-th target. The attack ends after the last target
    /// or at an error.
    Streamed(StreamedList),
}

/// Targets that are read during the attack.
pub struct StreamedList {
    /// The targets, each read when it is needed.
    pub targets: Box<dyn Iterator<Item = Result<Target, Error>> + Send>,
    /// Whether there may be gRPC targets.
    pub has_calls: bool,
}

/// Targets that are known before the attack.
pub struct TargetList {
    /// The targets; an attack needs at least one.
    pub targets: Vec<Target>,
    /// The order in which the targets are hit.
    pub order: Order,
    /// Rows with the values of variables, one for each hit; None without a feed.
    pub feed: Option<Feed>,
    /// The seed of all random choices.
    pub seed: Seed,
}

/// The targets of one engine, before its client prepares them.
pub enum EngineTargets {
    Fixed(Box<EngineShare>),
    Streamed(Receiver<Result<Target, Error>>),
}

/// One engine's share of a list.
pub struct EngineShare {
    pub share: Share,
    /// The rows of the engine's hits; None without a feed.
    pub rows: Option<RowReader>,
    /// The random numbers for the values of variables.
    pub rngs: HitRngs,
}

impl TargetList {
    /// Returns whether there are any random choices.
    pub fn is_random(&self) -> bool {
        self.order == Order::Random
            || self.feed.as_ref().is_some_and(Feed::is_random)
            || self.targets.iter().any(Target::is_random)
    }

    fn split(self, n_engines: usize) -> Result<Vec<EngineTargets>, Error> {
        let Self { targets, order, feed, seed } = self;
        let rngs = seed.rngs(Purpose::Values);
        let engine_targets = |(share, engine)| {
            let rows = feed.as_ref().map(|feed| feed.rows(engine, n_engines as u64));
            let rows = rows.map(|rows| RowReader::new(rows?)).transpose()?;
            Ok(EngineTargets::Fixed(Box::new(EngineShare { share, rows, rngs })))
        };
        let shares = Share::split(targets, order, seed, n_engines);
        shares.into_iter().zip(0..).map(engine_targets).collect()
    }
}

impl TargetSource {
    /// Returns whether there are gRPC targets, or may be some.
    pub fn has_calls(&self) -> bool {
        match self {
            Self::Fixed(list) => list.targets.iter().any(|target| target.call.is_some()),
            Self::Streamed(list) => list.has_calls,
        }
    }

    /// Splits the targets among engines. Streamed targets need exactly one engine.
    ///
    /// # Errors
    ///
    /// [`Error::NoTargets`] if there are none; [`Error::Io`] if a reading thread cannot be started
    /// or the feed cannot be opened again.
    pub fn split(self, n_engines: usize) -> Result<Vec<EngineTargets>, Error> {
        match self {
            Self::Fixed(list) if list.targets.is_empty() => Err(Error::NoTargets),
            Self::Fixed(list) => list.split(n_engines),
            Self::Streamed(list) => Ok(vec![EngineTargets::Streamed(read_ahead(list.targets)?)]),
        }
    }
}

/// Reads targets on a separate thread, a few ahead of their hits.
fn read_ahead(
    targets: impl Iterator<Item = Result<Target, Error>> + Send + 'static,
) -> io::Result<Receiver<Result<Target, Error>>> {
    let (sender, receiver) = channel(READ_AHEAD);
    // The thread is not joined, since its input may stay silent forever.
    thread::Builder::new().name("targets".to_owned()).spawn(move || {
        for target in targets {
            if sender.blocking_send(target).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}
