//! Tests of streams without a network.

mod fan_out;
mod long_stream;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use tokio_util::task::TaskTracker;

use crate::attack::admission::Backlog;
use crate::attack::hit_task::HitContext;
use crate::attack::progress::Progress;
use crate::attack::recorder::{BatchSender, PendingBatch, Recorder};
use crate::attack::streams::fan_out::FanOut;
use crate::attack::streams::flight::{Flight, Label, Released};
use crate::attack::streams::long_stream::{LongStream, Rules, Texts};
use crate::attack::streams::matching::Matcher;
use crate::attack::streams::outlet::{Outlet, Payload};
use crate::attack::target_choice::{Goal, PreparedTarget};
use crate::attack::tests::client_options;
use crate::client::{BodyBudget, Client, Reply, Sent, StoredBody, Trust, tls_config};
use crate::clock::{self, Epoch};
use crate::mark::Run;
use crate::record::{Extras, Kind};
use crate::targets::{Defaults, read_http};

const MS: Duration = Duration::from_millis(1);

/// Notes what is sent.
#[derive(Clone, Default)]
struct Wire {
    log: Rc<RefCell<Vec<String>>>,
    is_full: Rc<Cell<bool>>,
}

impl Payload for String {
    fn n_bytes(&self) -> u64 {
        self.len() as u64
    }

    fn payload(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Outlet for Wire {
    type Message = String;

    fn send(&mut self, message: &String) -> Result<Sent, String> {
        if message == "refused" {
            return Err("the stream has ended".to_owned());
        }
        self.log.borrow_mut().push(message.clone());
        Ok(Sent::default())
    }

    fn is_full(&self) -> bool {
        self.is_full.get()
    }

    fn end(&mut self) {
        self.log.borrow_mut().push("end".to_owned());
    }

    fn abort(&mut self) {
        self.log.borrow_mut().push("abort".to_owned());
    }
}

/// What the tests look at in a record.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    kind: Kind,
    /// Number of the stream.
    socket: u32,
    seq: u64,
    /// The reply, or the error.
    text: String,
    latency_ms: u128,
}

/// What streams need, and what they leave.
struct Bench {
    context: Rc<HitContext>,
    run: Run,
    batches: Receiver<PendingBatch>,
    in_flight: TaskTracker,
    wire: Wire,
}

impl Bench {
    fn new() -> Self {
        let budget = Arc::new(BodyBudget::new(None));
        let (sender, batches) = BatchSender::new(Arc::<Backlog>::default(), budget);
        let trust = Trust { insecure: true, ..Trust::default() };
        let client = Rc::new(Client::new(client_options(), tls_config(&trust).unwrap()));
        let context = HitContext {
            client,
            recorder: Recorder::new(sender, Extras { messaging: true, ..Extras::default() }),
            progress: Arc::<Progress>::default(),
            epoch: Epoch::now(),
            attack: String::new(),
        };
        let (context, run, wire) = (Rc::new(context), Run::fresh(), Wire::default());
        Self { context, run, batches, in_flight: TaskTracker::new(), wire }
    }

    /// Returns a stream with a number, whose replies are found by a rule.
    fn stream(&self, number: u32, rule: &str, fan_out: Option<Rc<FanOut>>) -> LongStream<Wire> {
        let mut targets = read_http(&b"GET http://a/b\n"[..], &Defaults::default()).unwrap();
        let goal = Goal::Http(self.context.client.prepare(targets.remove(0)).unwrap());
        let target = Rc::new(PreparedTarget { goal, name: "talk".to_owned() });
        let [no_reply, not_open, not_taken] = ["no reply", "shut", "full"].map(str::to_owned);
        let texts = Texts { no_reply, not_open, not_taken, ended: "ended" };
        let matcher = Matcher::new(&rule.parse().unwrap(), false, self.run);
        let label = Rc::new(Label { number, target });
        LongStream::new(label, Rc::new(Rules { texts, fan_out }), Rc::new(matcher))
    }

    fn send(&self, stream: &LongStream<Wire>, seq: u64, message: &str) {
        let at = clock::now();
        let token = self.in_flight.token();
        let len = message.len() as u64;
        let released = Released { seq, scheduled: Some(at - 2 * MS), at, len, permit: None, token };
        let flight = Flight::new(self.context.clone(), stream.label.clone(), released);
        stream.send(flight, message.to_owned());
    }

    fn receive(&self, stream: &LongStream<Wire>, text: &str) {
        let bytes = text.to_owned().into();
        let body = StoredBody { bytes, n_received: text.len() as u64, claimed: 1 };
        let reply = Reply { body, len: text.len() as u64, at: clock::now() };
        let unclaimed = stream.receive(&reply, text.as_bytes());
        self.context.recorder.give_back(unclaimed);
    }

    /// Returns what was sent since the last call.
    fn sent(&self) -> Vec<String> {
        self.wire.log.take()
    }

    /// Returns the records since the last call.
    fn rows(&self) -> Vec<Row> {
        self.context.recorder.flush();
        let mut rows = Vec::new();
        for pending in self.batches.try_iter() {
            for record in pending.batch().records() {
                let messaging = record.messaging.unwrap();
                assert_eq!(record.name, "talk");
                let text = record.error.map_or_else(
                    || String::from_utf8_lossy(record.body).into_owned(),
                    |error| format!("error: {error}"),
                );
                rows.push(Row {
                    kind: messaging.kind,
                    socket: messaging.socket.unwrap(),
                    seq: record.seq,
                    text,
                    latency_ms: record.latency.as_millis(),
                });
            }
        }
        rows
    }

    /// Returns number, reply or error, and latency in ms of messages, after their stream is
    /// dropped.
    fn messages(self, stream: LongStream<Wire>) -> Vec<(u64, String, u128)> {
        drop(stream);
        assert!(self.in_flight.is_empty());
        let rows = self.rows().into_iter();
        rows.map(|Row { kind, seq, text, latency_ms, .. }| {
            assert_eq!(kind, Kind::Message);
            (seq, text, latency_ms)
        })
        .collect()
    }
}
