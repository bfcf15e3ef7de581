//! What an engine opens its streams on, and what it sends over them.

use std::rc::Rc;

use crate::attack::streams::carrier::{Carrier, PreparedStream};
use crate::attack::streams::flight::Label;
use crate::attack::streams::long_stream::LongStream;
use crate::attack::streams::outlet::Outlet;
use crate::attack::target_choice::HitTargets;
use crate::attack::target_choice::mix::Mix;
use crate::attack::target_choice::row_reader::RowReader;
use crate::client::Client;
use crate::clock::{self, Epoch};
use crate::error::Error;
use crate::feed::Row;
use crate::mark::{Mark, Run};
use crate::schedule::seed::HitRngs;
use crate::schedule::{Opening, Shard};
use crate::targets::{Target, Values};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// What streams and messages of an engine have in common.
pub struct Common<C> {
    /// What the streams are.
    pub carrier: Rc<C>,
    /// The targets of the streams.
    pub targets: Vec<Target>,
    /// When streams are opened.
    pub opening: Opening,
    /// The part of the schedule that the engine releases.
    pub shard: Shard,
    /// The random numbers for the values of variables.
    pub rngs: HitRngs,
    /// What the marks of the attack have in common.
    pub run: Run,
    /// The clock of `{{$timestamp}}` and of marks.
    pub epoch: Epoch,
    /// What sends.
    pub client: Rc<Client>,
}

impl<C> Common<C> {
    /// Returns the values of variables of a connect or message, which is a hit of the attack.
    fn values<'a>(&'a self, number: u64, hit: u64, row: Option<&'a Row>) -> Values<'a> {
        let now = self.epoch.wall_ns_of(clock::now());
        let values = Values::new(number, now.div_euclid(NANOS_PER_SECOND), row, &self.rngs);
        values.with_mark(Mark::new(self.run, hit, now))
    }
}

/// A stream of an engine, and the index of its target.
pub struct OwnStream<O: Outlet> {
    pub stream: Rc<LongStream<O>>,
    target: usize,
}

/// The streams of an engine, each when it is opened.
pub struct StreamSource<'a, C: Carrier> {
    /// What they have in common with messages.
    pub common: &'a Common<C>,
    /// The target of each stream.
    pub mix: Mix,
    /// The rows with values of variables that a connect needs, one for each stream; None without
    /// any.
    pub rows: Option<RowReader>,
    /// The streams so far.
    pub streams: Vec<OwnStream<C::Outlet>>,
    /// What streams on each target share. None before the first one, and if connects have
    /// variables.
    pub shared: Vec<Option<PreparedStream<C::Greeting>>>,
}

impl<C: Carrier> StreamSource<'_, C> {
    /// Waits for the row of a stream. None without a feed.
    async fn row(&mut self) -> Result<Option<Row>, Error> {
        let Some(rows) = &mut self.rows else { return Ok(None) };
        let row = rows.next().await?;
        let (flag, reason) = (C::FLAG, C::VARIABLES);
        let n_streams = self.common.opening.n_streams;
        let problem = || {
            let (_, noun) = flag.split_at(1);
            Error::Attack(format!(
                "{flag}={n_streams} needs as many rows of the feed, since {reason}: give more rows, \
                 or fewer {noun}"
            ))
        };
        row.map(Some).ok_or_else(problem)
    }

    /// Returns what stream `seq` is opened on.
    fn prepare(
        &mut self,
        seq: u64,
        index: usize,
        row: Option<&Row>,
    ) -> Result<PreparedStream<C::Greeting>, Error> {
        let Common { carrier, client, targets, .. } = self.common;
        if let Some(Some(shared)) = self.shared.get(index) {
            return Ok(shared.clone());
        }
        let target = &targets[index];
        let prepared = carrier.prepare(client, target, &mut self.common.values(seq, seq, row))?;
        // A request for each of thousands of streams would take more memory than the streams.
        if !target.has_connect_variables() {
            self.shared.resize_with(targets.len(), || None);
            self.shared[index] = Some(prepared.clone());
        }
        Ok(prepared)
    }
}

/// A stream, and what is sent on it before all messages.
pub type NewStream<C> = (Rc<LongStream<<C as Carrier>::Outlet>>, <C as Carrier>::Greeting);

impl<C: Carrier> HitTargets for StreamSource<'_, C> {
    type Target = NewStream<C>;

    async fn next(&mut self, seq: u64) -> Result<Option<Self::Target>, Error> {
        let row = self.row().await?;
        let index = self.mix.index_of(seq);
        let prepared = self.prepare(seq, index, row.as_ref())?;
        let PreparedStream { target, greeting, matcher } = prepared;
        let label = Label { number: u32::try_from(seq).unwrap_or(u32::MAX), target };
        let rules = self.common.carrier.rules().clone();
        let stream = Rc::new(LongStream::new(Rc::new(label), rules, matcher));
        self.streams.push(OwnStream { stream: stream.clone(), target: index });
        Ok(Some((stream, greeting)))
    }
}

/// The messages of an engine.
pub struct MessageSource<'a, C: Carrier> {
    /// What they have in common with streams.
    pub common: &'a Common<C>,
    /// The streams of the engine, at least one.
    pub streams: &'a [OwnStream<C::Outlet>],
    /// The rows of the messages; None without a feed.
    pub rows: Option<RowReader>,
}

/// A message, and the stream whose turn it is.
pub type DueMessage<O> = (Rc<LongStream<O>>, <O as Outlet>::Message);

impl<C: Carrier> HitTargets for MessageSource<'_, C> {
    type Target = DueMessage<C::Outlet>;

    async fn next(&mut self, seq: u64) -> Result<Option<Self::Target>, Error> {
        let row = match &mut self.rows {
            None => None,
            Some(rows) => match rows.next().await? {
                // The feed has ended, and with it the attack.
                None => return Ok(None),
                row => row,
            },
        };
        let Common { carrier, opening, shard, targets, client, .. } = self.common;
        let turn = opening.turn_of(*shard, seq);
        let OwnStream { stream, target } = &self.streams[turn.stream];
        let mut values = self.common.values(seq, opening.hit_of(seq), row.as_ref());
        let message =
            carrier.message(stream, &targets[*target], client, turn.n_before, &mut values)?;
        Ok(Some((stream.clone(), message)))
    }

    fn waits(&self) -> u64 {
        self.rows.as_ref().map_or(0, RowReader::waits)
    }
}
