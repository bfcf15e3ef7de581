//! Tests of a stream without a network.

use super::*;
use crate::attack::admission::Backlog;
use crate::attack::hit_task::HitContext;
use crate::attack::progress::Progress;
use crate::attack::recorder::{BatchSender, PendingBatch, Recorder};
use crate::attack::streams::flight::Released;
use crate::attack::target_choice::{Goal, PreparedTarget};
use crate::attack::tests::client_options;
use crate::client::{BodyBudget, Client, INTERRUPTED, Sent, StoredBody, Trust, tls_config};
use crate::clock::Epoch;
use crate::record::{Extras, Kind};
use crate::targets::{Defaults, read_http};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use tokio_util::task::TaskTracker;

const MS: Duration = Duration::from_millis(1);

/// Notes what is sent.
#[derive(Clone, Default)]
struct Wire(Rc<RefCell<Vec<&'static str>>>);

impl Outlet for Wire {
    type Message = &'static str;

    fn send(&mut self, message: &&'static str) -> Result<Sent, String> {
        if *message == "refused" {
            return Err("the stream has ended".to_owned());
        }
        self.0.borrow_mut().push(message);
        Ok(Sent::default())
    }

    fn end(&mut self) {
        self.0.borrow_mut().push("end");
    }
}

/// A stream, and what its messages leave.
struct Bench {
    context: Rc<HitContext>,
    stream: LongStream<Wire>,
    wire: Wire,
    batches: Receiver<PendingBatch>,
    in_flight: TaskTracker,
}

impl Bench {
    fn new() -> Self {
        let budget = Arc::new(BodyBudget::new(None));
        let (sender, batches) = BatchSender::new(Arc::<Backlog>::default(), budget);
        let trust = Trust { insecure: true, ..Trust::default() };
        let client = Rc::new(Client::new(client_options(), tls_config(&trust).unwrap()));
        let mut targets = read_http(&b"GET http://a/b\n"[..], &Defaults::default()).unwrap();
        let goal = Goal::Http(client.prepare(targets.remove(0)).unwrap());
        let target = Rc::new(PreparedTarget { goal, name: "talk".to_owned() });
        let context = HitContext {
            client,
            recorder: Recorder::new(sender, Extras { messaging: true, ..Extras::default() }),
            progress: Arc::<Progress>::default(),
            epoch: Epoch::now(),
            attack: String::new(),
        };
        let texts = TimeoutTexts { no_reply: "no reply".to_owned(), not_open: "shut".to_owned() };
        let stream = LongStream::new(Rc::new(Label { number: 3, target }), Rc::new(texts));
        let (wire, in_flight) = (Wire::default(), TaskTracker::new());
        Self { context: Rc::new(context), stream, wire, batches, in_flight }
    }

    fn open(&self) {
        self.stream.open(self.wire.clone());
    }

    fn send(&self, seq: u64, message: &'static str) {
        let at = clock::now();
        let token = self.in_flight.token();
        let len = message.len() as u64;
        let released = Released { seq, scheduled: Some(at - 2 * MS), at, len, permit: None, token };
        let flight = Flight::new(self.context.clone(), self.stream.label.clone(), released);
        self.stream.send(flight, message);
    }

    fn receive(&self, text: &'static str) {
        let body = StoredBody { bytes: text.into(), ..StoredBody::default() };
        self.stream.receive(Reply { body, len: text.len() as u64, at: clock::now() });
    }

    /// Drops the stream, and returns number, error or reply, and latency in ms of its records.
    fn records(self) -> Vec<(u64, String, u128)> {
        drop(self.stream);
        assert!(self.in_flight.is_empty());
        self.context.recorder.flush();
        let mut rows = Vec::new();
        for pending in self.batches.try_iter() {
            for record in pending.batch().records() {
                let messaging = record.messaging.unwrap();
                assert_eq!((messaging.kind, messaging.socket), (Kind::Message, Some(3)));
                assert_eq!((record.name, record.lag), ("talk", Some(2 * MS)));
                let text = record.error.map_or_else(
                    || String::from_utf8_lossy(record.body).into_owned(),
                    |error| format!("error: {error}"),
                );
                rows.push((record.seq, text, record.latency.as_millis()));
            }
        }
        rows
    }
}

fn rows(expected: &[(u64, &str, u128)]) -> Vec<(u64, String, u128)> {
    expected.iter().map(|(seq, text, ms)| (*seq, (*text).to_owned(), *ms)).collect()
}

#[tokio::test(start_paused = true)]
async fn replies_end_messages_in_their_order() {
    let bench = Bench::new();
    bench.open();
    bench.send(10, "a");
    clock::pause(5 * MS).await;
    bench.send(11, "b");
    bench.receive("A");
    clock::pause(5 * MS).await;
    bench.receive("B");
    bench.receive("unasked");
    assert_eq!(bench.stream.traffic(), Traffic { n_out: 2, n_in: 3 });
    assert_eq!(*bench.wire.0.borrow(), ["a", "b"]);
    assert_eq!(bench.records(), rows(&[(10, "A", 5), (11, "B", 5)]));
}

#[tokio::test(start_paused = true)]
async fn messages_wait_for_their_stream_and_that_is_latency() {
    let bench = Bench::new();
    bench.send(10, "a");
    bench.send(11, "b");
    clock::pause(30 * MS).await;
    // A message that has waited too long is never sent, and its reply never comes.
    bench.stream.expire(10);
    clock::pause(10 * MS).await;
    bench.open();
    bench.receive("B");
    assert_eq!(*bench.wire.0.borrow(), ["b"]);
    assert_eq!(bench.records(), rows(&[(10, "error: shut", 30), (11, "B", 40)]));
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_not_matched_to_the_next_message() {
    let bench = Bench::new();
    bench.open();
    bench.send(10, "a");
    bench.send(11, "b");
    clock::pause(30 * MS).await;
    assert!(bench.stream.is_waiting(10));
    bench.stream.expire(10);
    assert!(!bench.stream.is_waiting(10));
    bench.receive("A");
    bench.receive("B");
    bench.stream.expire(11);
    assert_eq!(bench.records(), rows(&[(10, "error: no reply", 30), (11, "B", 30)]));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_stream_fails_all_its_messages_and_those_that_follow() {
    let bench = Bench::new();
    bench.open();
    bench.send(10, "a");
    bench.send(11, "refused");
    bench.stream.end(Some("busy"));
    bench.send(12, "c");
    let expected = [(10, "error: busy", 0), (11, "error: busy", 0), (12, "error: busy", 0)];
    assert_eq!(*bench.wire.0.borrow(), ["a"]);
    assert_eq!(bench.records(), rows(&expected));

    let bench = Bench::new();
    bench.send(10, "a");
    bench.stream.end(None);
    assert_eq!(bench.records(), rows(&[(10, &format!("error: {ENDED}"), 0)]));
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_cut_off_leave_records() {
    let bench = Bench::new();
    bench.send(10, "a");
    bench.open();
    bench.send(11, "b");
    let cut = format!("error: {INTERRUPTED}");
    assert_eq!(bench.records(), rows(&[(10, &cut, 0), (11, &cut, 0)]));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_closed_once_even_if_it_opens_later() {
    let bench = Bench::new();
    bench.open();
    assert_eq!(bench.stream.closed_at(), None);
    let at = clock::now();
    bench.stream.close();
    assert_eq!((bench.stream.closed_at(), &bench.wire.0.borrow()[..]), (Some(at), &["end"][..]));

    let bench = Bench::new();
    bench.stream.close();
    assert!(bench.wire.0.borrow().is_empty());
    bench.open();
    assert_eq!(*bench.wire.0.borrow(), ["end"]);
}
