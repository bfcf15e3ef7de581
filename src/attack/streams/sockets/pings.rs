//! Pings of open sockets, and the pongs that they wait for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;
use tokio::task::spawn_local;
use tokio::time::Instant;

use crate::attack::hit_task::HitContext;
use crate::attack::streams::long_stream::{Cause, LongStream};
use crate::attack::streams::options::PingOptions;
use crate::attack::streams::timeouts::{Timeouts, Waiting};
use crate::attack::target_choice::PreparedTarget;
use crate::client::SocketSender;
use crate::clock;
use crate::record::{Kind, Messaging, Record};
use crate::units::GoDuration;

/// The pings of all sockets of an engine.
pub struct Pings {
    context: Rc<HitContext>,
    /// Sockets that will be pinged.
    due: Timeouts<DuePing>,
    /// Pings that wait for their pongs.
    sent: Timeouts<SentPing>,
    /// The error of a ping without a pong.
    no_pong: String,
}

/// The pings of a socket since it was opened.
pub struct PingLog {
    socket: Rc<LongStream<SocketSender>>,
    /// Number of the socket's first connect among the hits of the attack.
    seq: u64,
    /// Pings without a pong, each with its number and when it was sent.
    unanswered: RefCell<VecDeque<(u64, Instant)>>,
    n_sent: Cell<u64>,
    /// Whether the socket is not open any more.
    is_over: Cell<bool>,
}

/// The next ping of a socket.
struct DuePing(Rc<PingLog>);

/// A ping that was sent, by its number.
struct SentPing(Rc<PingLog>, u64);

impl Waiting for DuePing {
    fn is_waiting(&self) -> bool {
        !self.0.is_over.get()
    }
}

impl Waiting for SentPing {
    fn is_waiting(&self) -> bool {
        let Self(log, number) = self;
        let first = log.unanswered.borrow().front().map(|(first, _)| *first);
        !log.is_over.get() && first.is_some_and(|first| first <= *number)
    }
}

impl Pings {
    /// Returns the pings of sockets that are yet to be opened.
    pub fn new(PingOptions { interval, timeout }: PingOptions, context: Rc<HitContext>) -> Self {
        Self {
            context,
            due: Timeouts::new(Some(interval)),
            sent: Timeouts::new(Some(timeout)),
            no_pong: format!("no pong within {}", GoDuration(timeout)),
        }
    }

    /// Begins to send pings.
    pub fn begin(self: &Rc<Self>) {
        let pings = self.clone();
        spawn_local(async move { pings.due.run(|due| pings.send(due)).await });
        let pings = self.clone();
        spawn_local(async move { pings.sent.run(|late| pings.give_up(&late)).await });
    }

    /// Returns the error of a ping without a pong.
    pub fn no_pong(&self) -> &str {
        &self.no_pong
    }

    /// Begins the pings of a socket that was just opened.
    pub fn opened(&self, socket: &Rc<LongStream<SocketSender>>, seq: u64) -> Rc<PingLog> {
        let log = Rc::new(PingLog {
            socket: socket.clone(),
            seq,
            unanswered: RefCell::default(),
            n_sent: Cell::default(),
            is_over: Cell::default(),
        });
        self.due.add(clock::now(), DuePing(log.clone()));
        log
    }

    fn send(&self, due: DuePing) {
        let (log, now) = (&due.0, clock::now());
        let number = log.n_sent.get();
        let payload = Bytes::copy_from_slice(&number.to_be_bytes());
        let sent = log.socket.with_outlet(|outlet| outlet.ping(payload));
        // The reader of a socket that has ended learns why.
        if let Some(Ok(())) = sent {
            log.n_sent.set(number + 1);
            log.unanswered.borrow_mut().push_back((number, now));
            self.sent.add(now, SentPing(log.clone(), number));
        }
        self.due.add(now, due);
    }

    /// Ends a ping that has waited too long, and the socket.
    fn give_up(&self, SentPing(log, _): &SentPing) {
        self.fail(log, &self.no_pong);
        log.socket.abort(Cause::NoPong);
    }

    /// Takes a pong, which answers a ping and all before it: a server need not answer each.
    ///
    /// Source: RFC 6455, section 5.5.3.
    pub fn answer(&self, log: &PingLog, payload: &[u8], at: Instant) {
        let Ok(number) = payload.try_into().map(u64::from_be_bytes) else { return };
        // A pong that no ping asked for is allowed, and answers nothing.
        if number >= log.n_sent.get() {
            return;
        }
        let is_answered = |(ping, _): &mut (u64, Instant)| *ping <= number;
        loop {
            let first = log.unanswered.borrow_mut().pop_front_if(is_answered);
            let Some((_, sent)) = first else { return };
            self.record(log, sent, at, None);
        }
    }

    /// Ends the pings of a socket. If it ended against the plan, with an error, pings without pongs
    /// have failed.
    pub fn ended(&self, log: &PingLog, error: Option<&str>) {
        log.is_over.set(true);
        if let Some(error) = error {
            self.fail(log, error);
        }
    }

    fn fail(&self, log: &PingLog, error: &str) {
        let now = clock::now();
        for (_, sent) in log.unanswered.take() {
            self.record(log, sent, now, Some(error));
        }
    }

    fn record(&self, log: &PingLog, sent: Instant, at: Instant, error: Option<&str>) {
        let HitContext { recorder, epoch, attack, .. } = &*self.context;
        let label = &log.socket.label;
        let PreparedTarget { goal, name } = &*label.target;
        let messaging = Messaging {
            kind: Kind::Ping,
            messages_in: u32::from(error.is_none()),
            messages_out: 1,
            socket: Some(label.number),
            ..Messaging::default()
        };
        let record = Record {
            attack,
            seq: log.seq,
            timestamp_ns: epoch.wall_ns_of(sent),
            latency: at.saturating_duration_since(sent),
            error,
            name,
            method: goal.method(),
            url: goal.url(),
            messaging: Some(messaging),
            ..Record::default()
        };
        recorder.push(&record, 0);
    }
}
