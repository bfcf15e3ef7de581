//! The targets of one engine, prepared for their hits.

use std::rc::Rc;

use tokio::sync::mpsc::Receiver;

use crate::attack::target_choice::hit_targets::HitTargets;
use crate::attack::target_choice::mix::Mix;
use crate::attack::target_choice::row_reader::RowReader;
use crate::attack::target_choice::share::Share;
use crate::attack::target_choice::source::{EngineShare, EngineTargets};
use crate::client::{CallParts, Client, Prepared, PreparedCall, PreparedSocket, SocketParts};
use crate::clock::{self, Epoch};
use crate::error::Error;
use crate::schedule::seed::HitRngs;
use crate::targets::{GRPC, Target, Values, WS};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A target that is ready to be hit any number of times.
pub struct PreparedTarget {
    /// What a hit sends.
    pub goal: Goal,
    /// The name of the target; empty if it has none.
    pub name: String,
}

/// The error of a request on the target of a WebSocket, which only carries messages.
pub const NO_REQUEST: &str = "a WebSocket carries messages, which need -sockets";

/// What a hit sends.
pub enum Goal {
    /// A request of HTTP.
    Http(Prepared),
    /// A gRPC call.
    Call(PreparedCall),
    /// A WebSocket.
    Socket(PreparedSocket),
}

impl Goal {
    /// Prepares what a hit on a target sends. Variables in the target are not expanded.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the target cannot be sent.
    pub fn prepare(client: &Client, target: Target) -> Result<Self, Error> {
        match (&target.call, &target.socket) {
            (Some(_), _) => client.prepare_call(CallParts::new(target)?).map(Self::Call),
            (None, Some(_)) => client.prepare_socket(SocketParts::new(target)?).map(Self::Socket),
            (None, None) => client.prepare(target).map(Self::Http),
        }
    }

    /// Returns the method as records show it.
    pub fn method(&self) -> &str {
        match self {
            Self::Http(prepared) => prepared.request.method.as_str(),
            Self::Call(_) => GRPC,
            Self::Socket(_) => WS,
        }
    }

    /// Returns the URL as records show it.
    pub fn url(&self) -> &str {
        match self {
            Self::Http(prepared) => &prepared.request.text,
            Self::Call(prepared) => &prepared.text,
            Self::Socket(prepared) => &prepared.text,
        }
    }
}

/// The targets of one engine.
pub enum PreparedTargets {
    Fixed(Box<FixedTargets>),
    Streamed(StreamedTargets),
}

/// Targets that are known before the attack and hit repeatedly.
pub struct FixedTargets {
    entries: Vec<Entry>,
    mix: Mix,
    /// The rows of the hits; None without a feed.
    rows: Option<RowReader>,
    rngs: HitRngs,
    epoch: Epoch,
    client: Rc<Client>,
}

/// A target of a list.
///
/// All targets are checked before the attack, but a target is prepared only for its first hit. A
/// list may have hundreds of thousands of targets of which few are hit, and a request with its own
/// headers takes twice the memory of its target: for 300 000 of them, 679 MB instead of 339 MB.
/// Preparing them without keeping the requests took 394 MB, since every text that is copied once
/// becomes larger.
enum Entry {
    /// Has been hit, and is ready for the next hit.
    Ready(Rc<PreparedTarget>),
    /// Has not been hit, or has variables and is prepared for each hit.
    Waiting(Box<Target>),
}

/// Targets that are read during the attack.
pub struct StreamedTargets {
    targets: Receiver<Result<Target, Error>>,
    client: Rc<Client>,
    /// Number of hits that had to wait for their target.
    n_waits: u64,
}

impl PreparedTargets {
    /// Takes the targets of an engine. An invalid target of a list fails before the first hit.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] for a target that cannot be sent.
    pub fn new(targets: EngineTargets, client: &Rc<Client>, epoch: Epoch) -> Result<Self, Error> {
        let client = client.clone();
        Ok(match targets {
            EngineTargets::Fixed(share) => {
                Self::Fixed(Box::new(FixedTargets::new(*share, client, epoch)?))
            }
            EngineTargets::Streamed(targets) => {
                Self::Streamed(StreamedTargets { targets, client, n_waits: 0 })
            }
        })
    }
}

impl FixedTargets {
    fn new(share: EngineShare, client: Rc<Client>, epoch: Epoch) -> Result<Self, Error> {
        let EngineShare { share: Share { targets, mix }, rows, rngs } = share;
        // Collecting would reuse the memory of the targets, which are larger than the entries.
        let mut entries = Vec::with_capacity(targets.len());
        for target in targets {
            entries.push(Entry::new(target, &client)?);
        }
        Ok(Self { entries, mix, rows, rngs, epoch, client })
    }

    async fn next(&mut self, seq: u64) -> Result<Option<Rc<PreparedTarget>>, Error> {
        let row = match &mut self.rows {
            None => None,
            Some(rows) => match rows.next().await? {
                // The feed has ended, and with it the attack.
                None => return Ok(None),
                row => row,
            },
        };
        let entry = &mut self.entries[self.mix.index_of(seq)];
        match entry {
            Entry::Ready(target) => Ok(Some(target.clone())),
            Entry::Waiting(target) if target.template.is_some() => {
                let unix = self.epoch.wall_ns_of(clock::now()).div_euclid(NANOS_PER_SECOND);
                let mut values = Values::new(seq, unix, row.as_ref(), &self.rngs);
                prepare(&self.client, target.expand(&mut values)?).map(Some)
            }
            Entry::Waiting(target) => {
                let ready = prepare(&self.client, Target::clone(target))?;
                *entry = Entry::Ready(ready.clone());
                Ok(Some(ready))
            }
        }
    }
}

impl Entry {
    fn new(target: Target, client: &Client) -> Result<Self, Error> {
        // The values of variables are checked when a hit expands them.
        client.check(&target)?;
        Ok(Self::Waiting(Box::new(target)))
    }
}

impl StreamedTargets {
    async fn next(&mut self) -> Result<Option<Rc<PreparedTarget>>, Error> {
        self.n_waits += u64::from(self.targets.is_empty());
        let target = self.targets.recv().await.transpose()?;
        target.map(|target| prepare(&self.client, target)).transpose()
    }
}

impl HitTargets for PreparedTargets {
    type Target = Rc<PreparedTarget>;

    async fn next(&mut self, seq: u64) -> Result<Option<Rc<PreparedTarget>>, Error> {
        match self {
            Self::Fixed(fixed) => fixed.next(seq).await,
            Self::Streamed(streamed) => streamed.next().await,
        }
    }

    fn waits(&self) -> u64 {
        match self {
            Self::Fixed(fixed) => fixed.rows.as_ref().map_or(0, RowReader::waits),
            Self::Streamed(streamed) => streamed.n_waits,
        }
    }

    fn may_fall_silent(&self) -> bool {
        matches!(self, Self::Streamed(_))
    }
}

fn prepare(client: &Client, mut target: Target) -> Result<Rc<PreparedTarget>, Error> {
    let name = std::mem::take(&mut target.name);
    Ok(Rc::new(PreparedTarget { goal: Goal::prepare(client, target)?, name }))
}
