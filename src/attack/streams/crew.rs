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
use crate::attack::streams::carrier::{Carrier, StreamTask};
use crate::attack::streams::flight::{Flight, Released};
use crate::attack::streams::long_stream::{Cause, StreamMessage};
use crate::attack::streams::outlet::Payload;
use crate::attack::streams::rows::CLOSE_WAIT;
use crate::attack::streams::rows::ConnectSlot;
use crate::attack::streams::sources::{
    Common, DueMessage, MessageSource, NewStream, OwnStream, StreamSource,
};
use crate::attack::streams::timeouts::Timeouts;
use crate::attack::target_choice::HitTargets;
use crate::attack::target_choice::mix::Mix;
use crate::attack::target_choice::row_reader::RowReader;
use crate::clock;
use crate::error::Error;
use crate::record::Kind;
use crate::schedule::Shard;

/// The streams of an engine that is ready.
pub struct StreamCrew<C: Carrier> {
    context: Rc<HitContext>,
    common: Common<C>,
    mix: Mix,
    /// The rows of the streams; None if no connect has variables.
    stream_rows: Option<RowReader>,
    /// The rows of the messages; None without a feed.
    message_rows: Option<RowReader>,
    backlog: Arc<Backlog>,
    timeouts: Rc<Timeouts<StreamMessage<C::Outlet>>>,
    /// Messages in flight.
    in_flight: TaskTracker,
    /// Streams that have not ended.
    open: TaskTracker,
}

impl<C: Carrier> StreamCrew<C> {
    /// Prepares the streams of an engine. An invalid target fails before the first connect.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] for a target that cannot be sent.
    pub fn new(
        carrier: C,
        run: StreamRun,
        shard: Shard,
        context: Rc<HitContext>,
        backlog: Arc<Backlog>,
    ) -> Result<Self, Error> {
        let StreamRun { share, opening, stream_rows, run, .. } = run;
        let client = context.client.clone();
        share.share.targets.iter().try_for_each(|target| client.check(target))?;
        let timeouts = Rc::new(Timeouts::new(client.limits().timeout));
        let common = Common {
            carrier: Rc::new(carrier),
            targets: share.share.targets,
            opening,
            shard,
            rngs: share.rngs,
            run,
            epoch: context.epoch,
            client,
        };
        Ok(Self {
            context,
            common,
            mix: share.share.mix,
            stream_rows,
            message_rows: share.rows,
            backlog,
            timeouts,
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
        let expire = |message: StreamMessage<_>| message.stream.expire(message.number);
        task::spawn_local(async move { timeouts.run(expire).await });
        self.common.carrier.begin();
        let (stream_rows, message_rows) = (self.stream_rows.take(), self.message_rows.take());
        let mut source = StreamSource {
            common: &self.common,
            mix: self.mix.clone(),
            rows: stream_rows,
            streams: Vec::new(),
            shared: Vec::new(),
        };
        let opened = self.open_all(&mut source, &mut slots, start, &mut stop).await;
        let streams = source.streams;
        let dispatched = match opened {
            Ok(_) if !stop.is_draining() => {
                let (common, rows) = (&self.common, message_rows);
                let messages = MessageSource { common, streams: &streams, rows };
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
        source: &mut StreamSource<'_, C>,
        slots: &mut Slots,
        start: Instant,
        stop: &mut Stop,
    ) -> Result<Duration, Error> {
        // Streams are not limited: the limit is on messages in flight.
        let admission = Admission::new(None, self.backlog.clone());
        let open = |release: Release<NewStream<C>>| {
            let Release { seq, target: (stream, greeting), scheduled, .. } = release;
            let (context, token) = (self.context.clone(), self.open.token());
            let slot = ConnectSlot { kind: Kind::Connect, seq, scheduled };
            let task = StreamTask { context, stream, greeting, slot, token };
            task::spawn_local(self.common.carrier.clone().run(task));
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
        mut messages: MessageSource<'_, C>,
        slots: &mut Slots,
        start: Instant,
        stop: &mut Stop,
    ) -> Result<(), Error> {
        let (opening, mut cpu) = (self.common.opening, None);
        let send = |release: Release<DueMessage<C::Outlet>>| {
            // The time before the first message would make the engine look idle.
            cpu.get_or_insert_with(CpuMeter::start);
            let Release { seq, target: (stream, message), scheduled, permit } = release;
            let (seq, at, len) = (opening.hit_of(seq), clock::now(), message.n_bytes());
            let token = self.in_flight.token();
            let released = Released { seq, scheduled, at, len, permit, token };
            let flight = Flight::new(self.context.clone(), stream.label.clone(), released);
            stream.send(flight, message);
            self.timeouts.add(at, StreamMessage { stream, number: seq });
        };
        let (readiness, first) = (self.context.client.readiness(), start + opening.length());
        let streams = messages.streams.iter().map(|own| own.stream.clone()).collect();
        self.common.carrier.disturb(streams, first);
        let dispatched = slots.run(&mut messages, readiness, first, stop, send).await;
        self.context.progress.released_all(EngineLoad {
            cpu: cpu.and_then(|cpu| cpu.share()),
            waits: Waits { for_target: messages.waits(), ..slots.admission.waits() },
            overdue: dispatched.as_ref().map_or(Duration::ZERO, |overdue| *overdue),
        });
        dispatched.map(drop)
    }

    /// Waits for the replies, closes the streams, and waits until they have ended.
    async fn finish(&self, streams: &[OwnStream<C::Outlet>], stop: &mut Stop) {
        self.in_flight.close();
        tokio::select! {
            biased;
            () = stop.aborted() => return,
            () = self.in_flight.wait() => {}
        }
        self.common.carrier.end();
        streams.iter().for_each(|own| {
            own.stream.close(Cause::End);
        });
        self.open.close();
        tokio::select! {
            biased;
            () = stop.aborted() => {}
            () = self.open.wait() => {}
            () = clock::pause(CLOSE_WAIT) => {}
        }
    }
}
