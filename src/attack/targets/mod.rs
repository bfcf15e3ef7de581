//! Which target each hit goes to.

pub mod mix;
pub mod row_reader;

use std::future::Future;
use std::io;
use std::iter;
use std::rc::Rc;
use std::thread;

use tokio::sync::mpsc::{Receiver, channel};

use crate::attack::hit_task::Route;
use crate::attack::targets::row_reader::Ahead;
use crate::attack::targets::mix::{Even, Mix, Order, Random, Round};
use crate::client::Client;
use crate::clock::{self, Epoch};
use crate::error::Error;
use crate::feed::Feed;
use crate::schedule::seed::{HitRngs, Purpose, Seed};
use crate::targets::{Target, Values};
use crate::units::greatest_common_divisor;

/// Most targets read ahead of their hits. A body may be large, and what was read ahead of the
/// end of the attack was read in vain.
const AHEAD: usize = 64;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Where an attack's targets come from.
pub enum Targets {
    /// Known before the attack, and hit over and over.
    Cycle(List),
    /// Read while the attack goes: hit k goes to the k-th, and the attack ends with the last, or
    /// behind an error.
    Stream(Box<dyn Iterator<Item = Result<Target, Error>> + Send>),
}

/// Targets that are known before the attack.
pub struct List {
    /// At least one.
    pub targets: Vec<Target>,
    /// In which order they are hit.
    pub order: Order,
    /// Rows for their variables, one for each hit; None where there are none.
    pub feed: Option<Feed>,
    /// What is left to chance follows from.
    pub seed: Seed,
}

impl List {
    /// Returns whether anything is left to chance.
    pub fn is_random(&self) -> bool {
        self.order == Order::Random
            || self.feed.as_ref().is_some_and(Feed::is_random)
            || self.targets.iter().any(Target::is_random)
    }
}

impl Targets {
    /// Shares targets out to so many engines; those to come need a single one.
    ///
    /// # Errors
    ///
    /// [`Error::NoTargets`] where there are none; [`Error::Io`] where no thread can be started to
    /// read what is to come, or the feed cannot be opened any more.
    pub fn share_out(self, n_engines: usize) -> Result<Vec<Source>, Error> {
        Ok(match self {
            Self::Cycle(list) if list.targets.is_empty() => return Err(Error::NoTargets),
            Self::Cycle(List { targets, order, feed, seed }) => {
                let shares = Share::all(targets, (order, seed), n_engines).into_iter().zip(0..);
                let rngs = seed.rngs(Purpose::Values);
                let with_rows = |(share, engine)| {
                    let rows = feed.as_ref().map(|feed| feed.rows(engine, n_engines as u64));
                    let rows = rows.map(|rows| Ahead::new(rows?)).transpose()?;
                    Ok::<_, Error>(Source::Cycle(Box::new(Part { share, rows, rngs })))
                };
                shares.map(with_rows).collect::<Result<_, _>>()?
            }
            Self::Stream(targets) => vec![Source::Stream(read_ahead(targets)?)],
        })
    }
}

/// The targets of a list that one engine fires at.
#[derive(Clone)]
pub struct Share {
    targets: Vec<Target>,
    mix: Mix,
}

impl Share {
    /// Returns the share of each engine; engines share targets where they must.
    fn all(targets: Vec<Target>, (order, seed): (Order, Seed), n_engines: usize) -> Vec<Self> {
        let weights: Vec<_> = targets.iter().map(|target| target.weight).collect();
        let mix = match order {
            Order::Random => Mix::Random(Random::new(&weights, seed)),
            Order::Even if weights.iter().all(|weight| *weight == weights[0]) => {
                return Self::in_turn(targets, n_engines);
            }
            Order::Even => Mix::Even(Even::new(weights)),
        };
        vec![Self { targets, mix }; n_engines]
    }

    /// Returns the shares where targets come in turn: each engine has those of its hits alone.
    fn in_turn(targets: Vec<Target>, n_engines: usize) -> Vec<Self> {
        let stride = greatest_common_divisor(targets.len() as u64, n_engines as u64);
        let round = Round { n_listed: targets.len() as u64, stride };
        let stride = stride as usize;
        let room = targets.len() / stride;
        let begin = || Self { targets: Vec::with_capacity(room), mix: Mix::Turn(round) };
        let mut classes: Vec<_> = iter::repeat_with(begin).take(stride).collect();
        for (place, target) in targets.into_iter().enumerate() {
            classes[place % stride].targets.push(target);
        }
        for engine in stride..n_engines {
            classes.push(classes[engine % stride].clone());
        }
        classes
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

    /// Returns whether what has not come by the end of the attack may never come, and so is not to
    /// be waited for any longer.
    fn may_fall_silent(&self) -> bool {
        false
    }
}

/// What one engine has of a list.
pub struct Part {
    share: Share,
    rows: Option<Ahead>,
    rngs: HitRngs,
}

/// The targets of one engine, on their way to it.
pub enum Source {
    Cycle(Box<Part>),
    Stream(Receiver<Result<Target, Error>>),
}

/// One engine's targets, each made ready by its client for its first hit.
pub enum Routes {
    /// All of them.
    Cycle(Box<Circle>),
    /// Those to come.
    Stream {
        targets: Receiver<Result<Target, Error>>,
        client: Rc<Client>,
        /// Hits whose target was not there yet.
        waits: u64,
    },
}

/// The targets of an engine that come round and round.
pub struct Circle {
    slots: Vec<Slot>,
    mix: Mix,
    /// Rows for the hits; None without a feed.
    rows: Option<Ahead>,
    rngs: HitRngs,
    epoch: Epoch,
    client: Rc<Client>,
}

/// A target. There may be hundreds of thousands, most of which have no hit for a while.
enum Slot {
    /// Without a hit so far, or made ready for each anew: it has variables.
    Waiting(Box<Target>),
    Ready(Rc<Route>),
}

impl Routes {
    /// Takes targets over, and checks those that are there.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] for a target that cannot be sent.
    pub fn new(source: Source, client: &Rc<Client>, epoch: Epoch) -> Result<Self, Error> {
        let client = client.clone();
        Ok(match source {
            Source::Cycle(part) => {
                let Part { share: Share { targets, mix }, rows, rngs } = *part;
                // Not collected, which would keep the larger room of the targets.
                let mut slots = Vec::with_capacity(targets.len());
                for target in targets {
                    client.prepare(&target)?;
                    slots.push(Slot::Waiting(Box::new(target)));
                }
                Self::Cycle(Box::new(Circle { slots, mix, rows, rngs, epoch, client }))
            }
            Source::Stream(targets) => Self::Stream { targets, client, waits: 0 },
        })
    }

    /// Returns how many hits have had to wait for their target or its values so far.
    pub fn waits(&self) -> u64 {
        match self {
            Self::Cycle(circle) => circle.rows.as_ref().map_or(0, Ahead::waits),
            Self::Stream { waits, .. } => *waits,
        }
    }
}

impl Circle {
    /// Returns what a hit goes to; None where the feed has no row for it.
    async fn route(&mut self, seq: u64) -> Result<Option<Rc<Route>>, Error> {
        let row = match &mut self.rows {
            None => None,
            Some(rows) => match rows.next().await? {
                None => return Ok(None),
                row => row,
            },
        };
        let slot = &mut self.slots[self.mix.place_of(seq)];
        match slot {
            Slot::Ready(route) => Ok(Some(route.clone())),
            Slot::Waiting(target) if target.template.is_some() => {
                let unix = self.epoch.wall_ns_of(clock::now()).div_euclid(NANOS_PER_SECOND);
                let mut values = Values::new(seq, unix, row.as_ref(), &self.rngs);
                prepare(&self.client, &target.expand(&mut values)?).map(Some)
            }
            Slot::Waiting(target) => {
                let route = prepare(&self.client, target)?;
                *slot = Slot::Ready(route.clone());
                Ok(Some(route))
            }
        }
    }
}

impl Supply for Routes {
    type Route = Rc<Route>;

    async fn next(&mut self, seq: u64) -> Result<Option<Rc<Route>>, Error> {
        match self {
            Self::Cycle(circle) => circle.route(seq).await,
            Self::Stream { targets, client, waits } => {
                *waits += u64::from(targets.is_empty());
                let target = targets.recv().await.transpose()?;
                target.map(|target| prepare(client, &target)).transpose()
            }
        }
    }

    fn may_fall_silent(&self) -> bool {
        matches!(self, Self::Stream { .. })
    }
}

fn prepare(client: &Client, target: &Target) -> Result<Rc<Route>, Error> {
    let prepared = client.prepare(target)?;
    Ok(Rc::new(Route { prepared, name: target.name.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::{Defaults, read_http};

    fn list(n_targets: usize) -> Vec<Target> {
        let list: String = (0..n_targets).map(|n| format!("GET http://a/{n}\n")).collect();
        read_http(list.as_bytes(), &Defaults::default()).unwrap()
    }

    #[test]
    fn an_engine_has_the_targets_of_its_hits_and_no_others() {
        for (n_targets, n_engines) in [(1, 1), (5, 1), (6, 2), (5, 2), (6, 4), (2, 6), (1, 3)] {
            let shares = Share::all(list(n_targets), (Order::Even, Seed(0)), n_engines);
            assert_eq!(shares.len(), n_engines);
            for (engine, mut share) in shares.into_iter().enumerate() {
                let mut hit = vec![false; share.targets.len()];
                for seq in (engine..n_targets * n_engines).step_by(n_engines) {
                    let place = share.mix.place_of(seq as u64);
                    let url = &share.targets[place].url;
                    assert_eq!(*url, format!("http://a/{}", seq % n_targets));
                    hit[place] = true;
                }
                assert!(hit.iter().all(|hit| *hit), "{n_targets} targets, {n_engines} engines");
            }
        }
    }
}
