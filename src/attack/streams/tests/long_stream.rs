//! Tests of one stream.

use super::*;
use crate::attack::streams::long_stream::{Cause, StreamMessage, Traffic};
use crate::attack::streams::timeouts::Waiting;
use crate::client::INTERRUPTED;

/// A stream with a bench.
struct One {
    bench: Bench,
    stream: Rc<LongStream<Wire>>,
}

impl One {
    fn new(rule: &str) -> Self {
        let bench = Bench::new();
        let stream = Rc::new(bench.stream(3, rule, None));
        Self { bench, stream }
    }

    fn open(&self) {
        self.stream.open(self.bench.wire.clone(), 0);
    }

    fn send(&self, seq: u64, message: &str) {
        self.bench.send(&self.stream, seq, message);
    }

    fn receive(&self, text: &str) {
        self.bench.receive(&self.stream, text);
    }

    fn is_waiting(&self, number: u64) -> bool {
        StreamMessage { stream: self.stream.clone(), number }.is_waiting()
    }

    fn check(self, expected: &[(u64, &str, u128)]) {
        let expected: Vec<_> =
            expected.iter().map(|(seq, text, ms)| (*seq, (*text).to_owned(), *ms)).collect();
        let stream = Rc::into_inner(self.stream).unwrap();
        assert_eq!(self.bench.messages(stream), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn replies_end_messages_in_their_order() {
    let one = One::new("order");
    one.open();
    one.send(10, "a");
    clock::pause(5 * MS).await;
    one.send(11, "b");
    one.receive("A");
    clock::pause(5 * MS).await;
    one.receive("B");
    one.receive("unasked");
    assert_eq!(one.stream.traffic(), Traffic { n_out: 2, n_in: 3 });
    assert_eq!(one.bench.sent(), ["a", "b"]);
    one.check(&[(10, "A", 5), (11, "B", 5)]);
}

#[tokio::test(start_paused = true)]
async fn messages_wait_for_their_stream_and_that_is_latency() {
    let one = One::new("order");
    one.send(10, "a");
    one.send(11, "b");
    clock::pause(30 * MS).await;
    // A message that has waited too long is never sent, and its reply never comes.
    one.stream.expire(10);
    clock::pause(10 * MS).await;
    one.open();
    one.receive("B");
    assert_eq!(one.bench.sent(), ["b"]);
    one.check(&[(10, "error: shut", 30), (11, "B", 40)]);
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_not_matched_to_the_next_message() {
    let one = One::new("order");
    one.open();
    one.send(10, "a");
    one.send(11, "b");
    clock::pause(30 * MS).await;
    assert!(one.is_waiting(10));
    one.stream.expire(10);
    assert!(!one.is_waiting(10));
    one.receive("A");
    one.receive("B");
    one.stream.expire(11);
    one.check(&[(10, "error: no reply", 30), (11, "B", 30)]);
}

#[tokio::test(start_paused = true)]
async fn replies_to_greetings_are_skipped_if_replies_are_in_order() {
    for (rule, first) in [("order", "B"), ("contains:e", "hello")] {
        let one = One::new(rule);
        one.stream.open(one.bench.wire.clone(), 1);
        one.send(10, "a");
        one.receive("hello");
        one.receive("B");
        one.receive("e");
        one.check(&[(10, first, 0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_stream_fails_all_its_messages_and_those_that_follow() {
    let one = One::new("order");
    one.open();
    one.send(10, "a");
    one.send(11, "refused");
    one.stream.end(Some("busy"));
    one.send(12, "c");
    assert_eq!(one.bench.sent(), ["a"]);
    one.check(&[(10, "error: busy", 0), (11, "error: busy", 0), (12, "error: busy", 0)]);

    let one = One::new("order");
    one.send(10, "a");
    one.stream.end(None);
    one.check(&[(10, "error: ended", 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_lost_is_opened_again_for_the_messages_that_follow() {
    let one = One::new("order");
    one.open();
    one.send(10, "a");
    one.send(11, "b");
    one.stream.expire(10);
    assert_eq!(one.stream.opened(), Some(1));
    one.stream.lose(Some("gone"));
    assert_eq!(one.stream.opened(), None);
    one.send(12, "c");
    clock::pause(7 * MS).await;
    one.open();
    assert_eq!(one.stream.opened(), Some(2));
    // The late reply to message 10 cannot arrive on another connection.
    one.receive("C");
    assert_eq!(one.stream.traffic(), Traffic { n_out: 1, n_in: 1 });
    assert_eq!(one.bench.sent(), ["a", "b", "c"]);
    one.check(&[(10, "error: no reply", 0), (11, "error: gone", 0), (12, "C", 7)]);
}

#[tokio::test(start_paused = true)]
async fn messages_wait_while_the_server_does_not_read() {
    let one = One::new("order");
    one.open();
    one.send(10, "a");
    one.bench.wire.is_full.set(true);
    one.send(11, "b");
    one.send(12, "c");
    one.stream.written();
    one.stream.expire(11);
    assert_eq!(one.bench.sent(), ["a"]);
    one.bench.wire.is_full.set(false);
    // Messages stay in their order, even if there is room by now.
    one.send(13, "d");
    assert!(one.is_waiting(13) && one.bench.sent().is_empty());
    one.stream.written();
    assert_eq!(one.bench.sent(), ["c", "d"]);
    ["A", "C", "D"].into_iter().for_each(|text| one.receive(text));
    one.check(&[(11, "error: full", 0), (10, "A", 0), (12, "C", 0), (13, "D", 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_no_reply_can_match_fails_when_it_is_sent() {
    let one = One::new("/id");
    one.open();
    one.send(10, "{\"id\": 1}");
    one.send(11, "{}");
    one.send(12, "{\"id\": 2}");
    one.receive("{\"id\": 2, \"n\": 1}");
    one.receive("{\"id\": 1}");
    one.check(&[
        (11, "error: the message has no value at /id", 0),
        (12, "{\"id\": 2, \"n\": 1}", 0),
        (10, "{\"id\": 1}", 0),
    ]);
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_cut_off_leave_records() {
    let one = One::new("order");
    one.send(10, "a");
    one.open();
    one.send(11, "b");
    let cut = format!("error: {INTERRUPTED}");
    one.check(&[(10, &cut, 0), (11, &cut, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_closed_once_even_if_it_opens_later() {
    let one = One::new("order");
    one.open();
    assert_eq!(one.stream.closing(), None);
    let at = clock::now();
    assert!(one.stream.close(Cause::End));
    let closing = one.stream.closing().unwrap();
    assert_eq!(
        (closing.at, closing.cause, one.bench.sent()),
        (at, Cause::End, vec!["end".to_owned()])
    );

    let one = One::new("order");
    assert!(!one.stream.close(Cause::End));
    assert!(one.bench.sent().is_empty());
    one.open();
    assert_eq!(one.bench.sent(), ["end"]);
}

#[tokio::test(start_paused = true)]
async fn messages_wait_for_the_next_connection_of_a_stream_that_is_being_closed() {
    let one = One::new("order");
    assert!(!one.stream.close(Cause::Churn) && one.stream.closing().is_none());
    one.open();
    one.send(10, "a");
    assert!(one.stream.close(Cause::Churn));
    one.send(11, "b");
    one.receive("A");
    one.stream.abort_closing();
    one.stream.lose(Some("churned"));
    assert_eq!(one.stream.closing(), None);
    one.stream.abort(Cause::Drop);
    one.open();
    one.stream.abort(Cause::Drop);
    assert_eq!(one.stream.closing().map(|closing| closing.cause), Some(Cause::Drop));
    assert_eq!(one.bench.sent(), ["a", "end", "abort", "b", "abort"]);
    one.stream.end(Some("dropped"));
    one.check(&[(10, "A", 0), (11, "error: dropped", 0)]);
}
