//! The long-lived streams of one engine: opened first, then used by messages, then closed.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::attack::admission::{Admission, Backlog, Waits};
use crate::attack::dispatch::{Dispatch, Release, Slots};
use crate::attack::hit_task::HitContext;
use crate::attack::progress::{CpuMeter, EngineLoad};
use crate::attack::stop::Stop;
use crate::attack::streams::StreamRun;
use crate::attack::streams::flight::{Flight, Released};
use crate::attack::streams::long_stream::{LongStream, TimeoutTexts};
use crate::attack::streams::sources::{Common, MessageSource, OwnStream, StreamSource};
use crate::attack::streams::stream_task::{CLOSE_WAIT, StreamTask};
use crate::attack::streams::timeouts::Timeouts;
use crate::attack::target_choice::HitTargets;
use crate::attack::target_choice::mix::Mix;
use crate::attack::target_choice::row_reader::RowReader;
use crate::client::{CallMessage, CallSender};
use crate::clock;
use crate::error::Error;
use crate::schedule::Shard;
use crate::units::GoDuration;

/// The streams of an engine that is ready.
pub struct StreamCrew {
    context: Rc<HitContext>,
    common: Common,
    mix: Mix,
    /// The rows of the streams; None if no metadata has variables.
    stream_rows: Option<RowReader>,
    /// The rows of the messages; None without a feed.
    message_rows: Option<RowReader>,
    backlog: Arc<Backlog>,
    timeouts: Rc<Timeouts<LongStream<CallSender>>>,
    /// Messages in flight.
    in_flight: TaskTracker,
    /// Streams that have not ended.
    open: TaskTracker,
}

impl StreamCrew {
    /// Prepares the streams of an engine. An invalid target fails before the first connect.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] for a target that cannot be sent.
    pub fn new(
        run: StreamRun,
        shard: Shard,
        context: Rc<HitContext>,
        backlog: Arc<Backlog>,
    ) -> Result<Self, Error> {
        let StreamRun { share, opening, stream_rows } = run;
        let client = context.client.clone();
        share.share.targets.iter().try_for_each(|target| client.check(target))?;
        let timeout = client.limits().timeout;
        let common = Common {
            targets: share.share.targets,
            opening,
            shard,
            rngs: share.rngs,
            epoch: context.epoch,
            client,
            texts: Rc::new(texts(timeout)),
        };
        Ok(Self {
            context,
            common,
            mix: share.share.mix,
            stream_rows,
            message_rows: share.rows,
            backlog,
            timeouts: Rc::new(Timeouts::new(timeout)),
            in_flight: TaskTracker::new(),
            open: TaskTracker::new(),
        })
    }

    /// Opens the streams, sends the messages, and waits until all is over.
    ///
    /// # Errors
    ///
    /// The reason why a stream or a message has no target.
    pub async fn attack(
        mut self,
        mut slots: Slots,
        start: Instant,
        mut stop: Stop,
    ) -> Result<(), Error> {
        let timeouts = self.timeouts.clone();
        task::spawn_local(async move { timeouts.run().await });
        let (stream_rows, message_rows) = (self.stream_rows.take(), self.message_rows.take());
        let mut source = StreamSource {
            common: &self.common,
            mix: self.mix.clone(),
            rows: stream_rows,
            streams: Vec::new(),
        };
        let opened = self.open_all(&mut source, &mut slots, start, &mut stop).await;
        let streams = source.streams;
        let dispatched = match opened {
            Ok(_) if !stop.is_draining() => {
                let streams = streams.clone();
                let messages = MessageSource { common: &self.common, streams, rows: message_rows };
                self.send_all(messages, &mut slots, start, &mut stop).await
            }
            opened => {
                let overdue = opened.as_ref().map_or(Duration::ZERO, |overdue| *overdue);
                self.context.progress.released_all(EngineLoad { overdue, ..EngineLoad::default() });
                opened.map(drop)
            }
        };
        self.finish(&streams, &mut stop).await;
        dispatched
    }

    /// Opens a stream at each slot of the opening, whatever became of those before it. Returns by
    /// how much the next one was overdue at the end.
    async fn open_all(
        &self,
        source: &mut StreamSource<'_>,
        slots: &mut Slots,
        start: Instant,
        stop: &mut Stop,
    ) -> Result<Duration, Error> {
        // Streams are not limited: the limit is on messages in flight.
        let admission = Admission::new(None, self.backlog.clone());
        let open = |release: Release<Rc<LongStream<CallSender>>>| {
            let Release { seq, target: stream, scheduled, .. } = release;
            let (context, token) = (self.context.clone(), self.open.token());
            task::spawn_local(StreamTask { context, stream, seq, scheduled, token }.run());
        };
        let dispatch = Dispatch {
            pacer: &mut self.common.opening.connects(),
            shard: self.common.shard,
            start,
            admission: &admission,
            targets: source,
            readiness: self.context.client.readiness(),
        };
        dispatch.run(&mut slots.alarm, stop, open).await
    }

    /// Sends a message at each slot, on the stream whose turn it is.
    async fn send_all(
        &self,
        mut messages: MessageSource<'_>,
        slots: &mut Slots,
        start: Instant,
        stop: &mut Stop,
    ) -> Result<(), Error> {
        let opening = self.common.opening;
        let mut cpu = None;
        let send = |release: Release<(Rc<LongStream<CallSender>>, CallMessage)>| {
            // The time before the first message would make the engine look idle.
            cpu.get_or_insert_with(CpuMeter::start);
            let Release { seq, target: (stream, message), scheduled, permit } = release;
            let (seq, at, len) = (opening.hit_of(seq), clock::now(), message.len() as u64);
            let token = self.in_flight.token();
            let released = Released { seq, scheduled, at, len, permit, token };
            let flight = Flight::new(self.context.clone(), stream.label.clone(), released);
            stream.send(flight, message);
            self.timeouts.add(at, &stream, seq);
        };
        let (readiness, first) = (self.context.client.readiness(), start + opening.length());
        let dispatched = slots.run(&mut messages, readiness, first, stop, send).await;
        self.context.progress.released_all(EngineLoad {
            cpu: cpu.and_then(|cpu| cpu.share()),
            waits: Waits { for_target: messages.waits(), ..slots.admission.waits() },
            overdue: dispatched.as_ref().map_or(Duration::ZERO, |overdue| *overdue),
        });
        dispatched.map(drop)
    }

    /// Waits for the replies, closes the streams, and waits until they have ended.
    async fn finish(&self, streams: &[OwnStream], stop: &mut Stop) {
        self.in_flight.close();
        tokio::select! {
            biased;
            () = stop.aborted() => return,
            () = self.in_flight.wait() => {}
        }
        streams.iter().for_each(|own| own.stream.close());
        self.open.close();
        tokio::select! {
            biased;
            () = stop.aborted() => {}
            () = self.open.wait() => {}
            () = clock::pause(CLOSE_WAIT) => {}
        }
    }
}

/// Returns the errors of messages that wait for a time.
fn texts(timeout: Option<Duration>) -> TimeoutTexts {
    let timeout = GoDuration(timeout.unwrap_or_default());
    TimeoutTexts {
        no_reply: format!("no reply within {timeout}"),
        not_open: format!("the stream was not open within {timeout}"),
    }
}
