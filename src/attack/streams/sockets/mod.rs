//! WebSockets: opened again after a loss, pinged, closed and dropped on purpose.

mod backoff;
mod losses;
mod pings;
mod task;

use std::rc::Rc;
use std::time::Duration;

use tokio::task::spawn_local;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::attack::hit_task::HitContext;
use crate::attack::streams::carrier::{Carrier, PreparedStream, StreamTask};
use crate::attack::streams::fan_out::FanOut;
use crate::attack::streams::long_stream::{LongStream, Rules, Texts};
use crate::attack::streams::matching::Matcher;
use crate::attack::streams::options::SocketOptions;
use crate::attack::streams::outlet::{Outlet, Payload};
use crate::attack::streams::rows::CLOSE_WAIT;
use crate::attack::streams::sockets::pings::Pings;
use crate::attack::streams::timeouts::{Timeouts, Waiting};
use crate::attack::target_choice::{Goal, PreparedTarget};
use crate::client::{Client, Sent, SocketMessage, SocketSender};
use crate::error::Error;
use crate::mark::Run;
use crate::schedule::seed::{HitRngs, Purpose, Seed};
use crate::schedule::{Opening, Shard};
use crate::targets::{Target, Values};
use crate::units::GoDuration;

/// The code with which sockets are closed as planned.
const NORMAL_CLOSURE: u16 = 1000;

/// The WebSockets of an engine.
pub struct Sockets {
    options: SocketOptions,
    rules: Rc<Rules>,
    opening: Opening,
    shard: Shard,
    run: Run,
    /// The seed of drops.
    seed: Seed,
    /// The random numbers of the pauses before reconnects.
    rngs: HitRngs,
    /// None without pings.
    pings: Option<Rc<Pings>>,
    /// Sockets that this side has closed, and the server has not.
    closings: Rc<Timeouts<OpenSocket>>,
    /// Cancelled when no socket is opened again.
    is_over: CancellationToken,
}

/// A socket since it was opened for the `opened`-th time.
pub struct OpenSocket {
    socket: Rc<LongStream<SocketSender>>,
    opened: u32,
}

impl Waiting for OpenSocket {
    fn is_waiting(&self) -> bool {
        self.socket.opened() == Some(self.opened)
    }
}

impl Sockets {
    /// Returns the sockets of an engine.
    pub fn new(
        options: SocketOptions,
        context: &Rc<HitContext>,
        (opening, shard): (Opening, Shard),
        run: Run,
        seed: Seed,
    ) -> Self {
        let timeout = context.client.limits().timeout;
        let fan_out = |deliveries| Rc::new(FanOut::new(context.clone(), deliveries, opening, run));
        let rules = Rules { texts: texts(timeout), fan_out: options.deliveries.map(fan_out) };
        let pings = options.ping.map(|ping| Rc::new(Pings::new(ping, context.clone())));
        Self {
            options,
            rules: Rc::new(rules),
            opening,
            shard,
            run,
            seed,
            rngs: seed.rngs(Purpose::Reconnects),
            pings,
            closings: Rc::new(Timeouts::new(Some(CLOSE_WAIT))),
            is_over: CancellationToken::new(),
        }
    }

    /// Returns a message with some bytes.
    fn socket_message(&self, bytes: bytes::Bytes) -> SocketMessage {
        match self.options.is_binary {
            true => SocketMessage::binary(bytes),
            false => SocketMessage::text(bytes),
        }
    }
}

impl Carrier for Sockets {
    type Outlet = SocketSender;
    /// A client that connects again greets with the same messages, as the same user.
    type Greeting = Rc<[SocketMessage]>;

    const FLAG: &'static str = "-sockets";
    const VARIABLES: &'static str = "the URL, a header or an '# @open' has variables";

    fn rules(&self) -> &Rc<Rules> {
        &self.rules
    }

    fn prepare(
        &self,
        client: &Client,
        target: &Target,
        values: &mut Values<'_>,
    ) -> Result<PreparedStream<Rc<[SocketMessage]>>, Error> {
        let mut expanded = target.expand_metadata(values)?;
        let name = std::mem::take(&mut expanded.name);
        let prepared = PreparedTarget { goal: Goal::prepare(client, expanded)?, name };
        let open = target.expand_open(values).into_iter();
        let matcher = Matcher::new(&self.options.reply, target.has_mark(), self.run);
        Ok(PreparedStream {
            target: Rc::new(prepared),
            greeting: open.map(|bytes| self.socket_message(bytes)).collect(),
            matcher: Rc::new(matcher),
        })
    }

    fn message(
        &self,
        _: &LongStream<SocketSender>,
        target: &Target,
        _: &Client,
        _: u64,
        values: &mut Values<'_>,
    ) -> Result<SocketMessage, Error> {
        Ok(self.socket_message(target.expand_payload(values)))
    }

    async fn run(self: Rc<Self>, task: StreamTask<SocketSender, Rc<[SocketMessage]>>) {
        task::SocketTask::new(self, task).run().await;
    }

    fn begin(&self) {
        let closings = self.closings.clone();
        let give_up = |late: OpenSocket| late.socket.abort_closing();
        spawn_local(async move { closings.run(give_up).await });
        if let Some(pings) = &self.pings {
            pings.begin();
        }
    }

    fn disturb(self: &Rc<Self>, sockets: Vec<Rc<LongStream<SocketSender>>>, first: Instant) {
        losses::begin(self, &Rc::from(sockets), first);
    }

    fn end(&self) {
        self.is_over.cancel();
    }
}

impl Outlet for SocketSender {
    type Message = SocketMessage;

    fn send(&mut self, message: &SocketMessage) -> Result<Sent, String> {
        SocketSender::send(self, message)
    }

    fn is_full(&self) -> bool {
        SocketSender::is_full(self)
    }

    fn end(&mut self) {
        self.close(NORMAL_CLOSURE);
    }

    fn abort(&mut self) {
        SocketSender::abort(self);
    }
}

impl Payload for SocketMessage {
    fn n_bytes(&self) -> u64 {
        self.len() as u64
    }

    fn payload(&self) -> &[u8] {
        SocketMessage::payload(self)
    }
}

/// Returns the errors of messages that wait for a time.
fn texts(timeout: Option<Duration>) -> Texts {
    let timeout = GoDuration(timeout.unwrap_or_default());
    Texts {
        no_reply: format!("no reply within {timeout}"),
        not_open: format!("the socket was not open within {timeout}"),
        not_taken: format!("the server did not take the message within {timeout}"),
        ended: "the server closed the socket before its reply",
    }
}
