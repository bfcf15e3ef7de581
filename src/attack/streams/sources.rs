//! What an engine opens its streams on, and what it sends over them.

use std::rc::Rc;

use bytes::Bytes;

use crate::attack::streams::flight::Label;
use crate::attack::streams::long_stream::{LongStream, TimeoutTexts};
use crate::attack::target_choice::mix::Mix;
use crate::attack::target_choice::row_reader::RowReader;
use crate::attack::target_choice::{Goal, HitTargets, PreparedTarget};
use crate::client::{CallMessage, CallSender, Client};
use crate::clock::{self, Epoch};
use crate::error::Error;
use crate::feed::Row;
use crate::schedule::seed::HitRngs;
use crate::schedule::{Opening, Shard};
use crate::targets::{Target, Values};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// What streams and messages of an engine have in common.
pub struct Common {
    /// The targets of the streams.
    pub targets: Vec<Target>,
    /// When streams are opened.
    pub opening: Opening,
    /// The part of the schedule that the engine releases.
    pub shard: Shard,
    /// The random numbers for the values of variables.
    pub rngs: HitRngs,
    /// The clock of `{{$timestamp}}`.
    pub epoch: Epoch,
    /// What sends.
    pub client: Rc<Client>,
    /// The errors of messages that wait too long.
    pub texts: Rc<TimeoutTexts>,
}

impl Common {
    /// Returns the values of variables.
    fn values<'a>(&'a self, number: u64, row: Option<&'a Row>) -> Values<'a> {
        let unix = self.epoch.wall_ns_of(clock::now()).div_euclid(NANOS_PER_SECOND);
        Values::new(number, unix, row, &self.rngs)
    }
}

/// A stream of an engine, and the index of its target.
#[derive(Clone)]
pub struct OwnStream {
    pub stream: Rc<LongStream<CallSender>>,
    target: usize,
}

/// The streams of an engine, each when it is opened.
pub struct StreamSource<'a> {
    /// What they have in common with messages.
    pub common: &'a Common,
    /// The target of each stream.
    pub mix: Mix,
    /// The rows with values of variables in metadata, one for each stream; None without any.
    pub rows: Option<RowReader>,
    /// The streams so far.
    pub streams: Vec<OwnStream>,
}

impl StreamSource<'_> {
    /// Waits for the row of a stream. None without a feed.
    async fn row(&mut self) -> Result<Option<Row>, Error> {
        let Some(rows) = &mut self.rows else { return Ok(None) };
        let row = rows.next().await?;
        let n_streams = self.common.opening.n_streams;
        let problem = || {
            Error::Attack(format!(
                "-streams={n_streams} needs as many rows of the feed, since metadata has variables: \
                 give more rows, or fewer streams"
            ))
        };
        row.map(Some).ok_or_else(problem)
    }
}

impl HitTargets for StreamSource<'_> {
    type Target = Rc<LongStream<CallSender>>;

    async fn next(&mut self, seq: u64) -> Result<Option<Self::Target>, Error> {
        let row = self.row().await?;
        let common = self.common;
        let target = self.mix.index_of(seq);
        let mut expanded =
            common.targets[target].expand_metadata(&mut common.values(seq, row.as_ref()))?;
        let name = std::mem::take(&mut expanded.name);
        let goal = Goal::prepare(&common.client, expanded)?;
        let number = u32::try_from(seq).unwrap_or(u32::MAX);
        let label = Label { number, target: Rc::new(PreparedTarget { goal, name }) };
        let stream = Rc::new(LongStream::new(Rc::new(label), common.texts.clone()));
        self.streams.push(OwnStream { stream: stream.clone(), target });
        Ok(Some(stream))
    }
}

/// The messages of an engine.
pub struct MessageSource<'a> {
    /// What they have in common with streams.
    pub common: &'a Common,
    /// The streams of the engine, at least one.
    pub streams: Vec<OwnStream>,
    /// The rows of the messages; None without a feed.
    pub rows: Option<RowReader>,
}

impl HitTargets for MessageSource<'_> {
    type Target = (Rc<LongStream<CallSender>>, CallMessage);

    async fn next(&mut self, seq: u64) -> Result<Option<Self::Target>, Error> {
        let row = match &mut self.rows {
            None => None,
            Some(rows) => match rows.next().await? {
                // The feed has ended, and with it the attack.
                None => return Ok(None),
                row => row,
            },
        };
        let Common { opening, shard, targets, client, .. } = self.common;
        let turn = opening.turn_of(*shard, seq);
        let OwnStream { stream, target } = &self.streams[turn.stream];
        let target = &targets[*target];
        // Several listed messages take turns on each stream.
        let mut values = self.common.values(seq, row.as_ref());
        let message = match target.expand_message(turn.n_before, &mut values) {
            Some(wire) => client.message(&wire?),
            None => listed(stream, turn.n_before, client),
        };
        Ok(Some((stream.clone(), message)))
    }

    fn waits(&self) -> u64 {
        self.rows.as_ref().map_or(0, RowReader::waits)
    }
}

/// Returns one of the messages without variables of a stream's target, which take turns.
fn listed(stream: &LongStream<CallSender>, number: u64, client: &Client) -> CallMessage {
    match &stream.label.target.goal {
        Goal::Call(call) => call.message(number),
        // Only calls have streams.
        Goal::Http(_) => client.message(&Bytes::new()),
    }
}
