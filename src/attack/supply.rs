//! Which target each hit goes to.

use std::future::Future;
use std::io;
use std::rc::Rc;
use std::thread;

use tokio::sync::mpsc::{Receiver, channel};

use super::flight::Route;
use crate::client::Client;
use crate::error::Error;
use crate::target::Target;

/// Most targets read ahead of their hits. A body may be large, and what was read ahead of the
/// end of the attack was read in vain.
const AHEAD: usize = 64;

/// Where an attack's targets come from.
pub enum Targets {
    /// Known before the attack: hit k goes to target k modulo their number, which is at least 1.
    Cycle(Vec<Target>),
    /// Read while the attack goes: hit k goes to the k-th, and the attack ends with the last, or
    /// behind an error.
    Stream(Box<dyn Iterator<Item = Result<Target, Error>> + Send>),
}

impl Targets {
    /// Shares targets out to so many engines; those to come need a single one.
    ///
    /// # Errors
    ///
    /// [`Error::NoTargets`] where there are none; [`Error::Io`] where no thread can be started to
    /// read those to come.
    pub fn share_out(self, n_engines: usize) -> Result<Vec<Source>, Error> {
        Ok(match self {
            Self::Cycle(targets) if targets.is_empty() => return Err(Error::NoTargets),
            Self::Cycle(targets) => {
                vec![targets; n_engines].into_iter().map(Source::Cycle).collect()
            }
            Self::Stream(targets) => vec![Source::Stream(read_ahead(targets)?)],
        })
    }
}

/// Reads targets on a thread of their own, a few ahead of their hits.
fn read_ahead(
    targets: impl Iterator<Item = Result<Target, Error>> + Send + 'static,
) -> io::Result<Receiver<Result<Target, Error>>> {
    let (sender, receiver) = channel(AHEAD);
    // Nobody waits for its end: it may hang on an input that stays silent for ever.
    thread::Builder::new().name("targets".to_owned()).spawn(move || {
        for target in targets {
            if sender.blocking_send(target).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// Gives hits what they go to.
pub trait Supply {
    /// What a hit goes to.
    type Route;

    /// Waits for what hit `seq` goes to; None where the targets have come to their end. To be
    /// asked for each hit once, in their order.
    ///
    /// # Errors
    ///
    /// Why there is no target for the hit.
    ///
    /// # Cancel safety
    ///
    /// Safe: what was not returned is there for the next hit.
    fn next(&mut self, seq: u64) -> impl Future<Output = Result<Option<Self::Route>, Error>>;
}

/// The targets of one engine, on their way to it.
pub enum Source {
    Cycle(Vec<Target>),
    Stream(Receiver<Result<Target, Error>>),
}

/// One engine's targets, made ready by its client.
pub enum Routes {
    /// All of them.
    Cycle(Vec<Rc<Route>>),
    /// Those to come.
    Stream {
        targets: Receiver<Result<Target, Error>>,
        client: Rc<Client>,
        /// Hits whose target was not there yet.
        waits: u64,
    },
}

impl Routes {
    /// Makes targets ready, as far as they are there.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] for a target that cannot be sent.
    pub fn new(source: Source, client: &Rc<Client>) -> Result<Self, Error> {
        Ok(match source {
            Source::Cycle(targets) => {
                let routes = targets.into_iter().map(|target| prepare(client, target));
                Self::Cycle(routes.collect::<Result<_, _>>()?)
            }
            Source::Stream(targets) => Self::Stream { targets, client: client.clone(), waits: 0 },
        })
    }

    /// Returns how many hits have had to wait for their target so far.
    pub fn waits(&self) -> u64 {
        match self {
            Self::Cycle(_) => 0,
            Self::Stream { waits, .. } => *waits,
        }
    }
}

impl Supply for Routes {
    type Route = Rc<Route>;

    async fn next(&mut self, seq: u64) -> Result<Option<Rc<Route>>, Error> {
        match self {
            Self::Cycle(routes) => Ok(Some(routes[(seq % routes.len() as u64) as usize].clone())),
            Self::Stream { targets, client, waits } => {
                *waits += u64::from(targets.is_empty());
                let target = targets.recv().await.transpose()?;
                target.map(|target| prepare(client, target)).transpose()
            }
        }
    }
}

fn prepare(client: &Client, target: Target) -> Result<Rc<Route>, Error> {
    let request = client.prepare(&target)?;
    Ok(Rc::new(Route { request, name: target.name }))
}
