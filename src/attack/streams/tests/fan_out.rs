//! Tests of broadcasts.

use super::*;
use crate::attack::streams::options::Deliveries;
use crate::mark::Mark;
use crate::schedule::Opening;
use crate::units::Rate;

/// Streams on which messages are expected.
struct Room {
    bench: Bench,
    fan_out: Rc<FanOut>,
    streams: Vec<LongStream<Wire>>,
}

impl Room {
    fn new(n_streams: u32, deliveries: Deliveries) -> Self {
        let bench = Bench::new();
        let rate = Rate::new(1_000, 1_000 * MS).unwrap();
        let opening = Opening { n_streams, rate, settle: MS };
        let fan_out = Rc::new(FanOut::new(bench.context.clone(), deliveries, opening, bench.run));
        let stream = |number| bench.stream(number, "mark", Some(fan_out.clone()));
        let streams: Vec<_> = (0..n_streams).map(stream).collect();
        Self { bench, fan_out, streams }
    }

    fn open_all(&self) {
        for stream in &self.streams {
            stream.open(self.bench.wire.clone(), 0);
            self.fan_out.stream_opened();
        }
    }

    /// Sends message `n`, from 0, on the stream whose turn it is. Returns its mark.
    fn send(&self, n: u64) -> String {
        let hit = self.streams.len() as u64 + n;
        let released = self.bench.context.epoch.wall_ns_of(clock::now());
        let mark = Mark::new(self.bench.run, hit, released).to_string();
        self.bench.send(&self.streams[n as usize % self.streams.len()], hit, &mark);
        mark
    }

    fn receive(&self, streams: &[usize], text: &str) {
        streams.iter().for_each(|stream| self.bench.receive(&self.streams[*stream], text));
    }

    /// Compares kind, stream, number of the message, error and latency in ms of new records.
    fn check(&self, expected: &[(Kind, u32, u64, &str, u128)]) {
        let rows = self.bench.rows();
        let found: Vec<_> = rows
            .iter()
            .map(|row| (row.kind, row.socket, row.seq, row.text.as_str(), row.latency_ms))
            .collect();
        assert_eq!(found, expected);
    }
}

use Kind::{Delivery, Message};

#[tokio::test(start_paused = true)]
async fn a_message_ends_with_its_last_delivery() {
    let room = Room::new(4, Deliveries::All);
    room.open_all();
    let mark = room.send(0);
    clock::pause(5 * MS).await;
    // The stream that has sent it may receive it as well.
    room.receive(&[0, 2], &format!("<{mark}>"));
    clock::pause(5 * MS).await;
    room.receive(&[1, 3], &mark);
    room.check(&[
        (Delivery, 2, 4, "", 5),
        (Delivery, 1, 4, "", 10),
        (Delivery, 3, 4, "", 10),
        (Message, 0, 4, "", 10),
    ]);
    assert!(room.bench.in_flight.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_message_that_does_not_reach_all_says_how_many() {
    let room = Room::new(4, Deliveries::All);
    room.open_all();
    let marks = [room.send(0), room.send(1)];
    room.receive(&[1, 2], &marks[0]);
    // Several messages in one, and twice on the same stream.
    room.receive(&[2, 3], &marks.join(" "));
    clock::pause(30 * MS).await;
    assert!(!room.fan_out.is_waiting(4) && room.fan_out.is_waiting(5));
    room.streams[1].expire(5);
    assert!(!room.fan_out.is_waiting(5));
    clock::pause(10 * MS).await;
    room.receive(&[0], &marks[1]);
    room.check(&[
        (Delivery, 1, 4, "", 0),
        (Delivery, 2, 4, "", 0),
        (Delivery, 2, 4, "error: delivered again", 0),
        (Delivery, 2, 5, "", 0),
        (Delivery, 3, 4, "", 0),
        (Message, 0, 4, "", 0),
        (Delivery, 3, 5, "", 0),
        (Message, 1, 5, "error: reached 2 of 3 sockets", 30),
        (Delivery, 0, 5, "", 40),
    ]);
}

#[tokio::test(start_paused = true)]
async fn only_streams_that_are_open_are_expected_to_receive_a_message() {
    let room = Room::new(3, Deliveries::All);
    room.send(0);
    room.send(1);
    // The message waits for its stream, and is sent when no other one is open.
    room.streams[1].open(room.bench.wire.clone(), 0);
    room.fan_out.stream_opened();
    room.check(&[(Message, 1, 4, "", 0)]);
    room.streams[0].open(room.bench.wire.clone(), 0);
    room.check(&[(Message, 0, 3, "", 0)]);
    room.fan_out.stream_opened();
    let mark = room.send(1);
    room.receive(&[0], &mark);
    room.check(&[(Delivery, 0, 4, "", 0), (Message, 1, 4, "", 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_number_of_deliveries_is_enough_and_more_are_counted() {
    let room = Room::new(4, Deliveries::Count(1));
    room.open_all();
    let mark = room.send(2);
    room.receive(&[0], &mark);
    clock::pause(3 * MS).await;
    room.receive(&[1], &mark);
    room.check(&[(Delivery, 0, 6, "", 0), (Message, 2, 6, "", 0), (Delivery, 1, 6, "", 3)]);
}

#[tokio::test(start_paused = true)]
async fn a_message_waits_for_deliveries_after_the_loss_of_its_stream() {
    let room = Room::new(2, Deliveries::Count(1));
    room.open_all();
    let mark = room.send(0);
    room.streams[0].lose(Some("gone"));
    room.receive(&[1], &mark);
    room.check(&[(Delivery, 1, 2, "", 0), (Message, 0, 2, "", 0)]);
}

#[tokio::test(start_paused = true)]
async fn marks_of_other_runs_and_of_connects_are_no_deliveries() {
    let room = Room::new(2, Deliveries::All);
    room.open_all();
    let connect = Mark::new(room.bench.run, 0, 0);
    let other = Mark::new(Run::default(), 2, 0);
    room.receive(&[0, 1], &format!("{connect} {other} text"));
    room.check(&[]);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_after_a_message_is_forgotten_has_the_latency_of_its_mark() {
    let room = Room::new(2, Deliveries::Count(1));
    room.open_all();
    let first = room.send(0);
    for n in 1..3_000 {
        let mark = room.send(n);
        room.receive(&[(n as usize + 1) % 2], &mark);
    }
    assert!(room.fan_out.is_waiting(2));
    room.streams[0].expire(2);
    for n in 3_000..5_000 {
        let mark = room.send(n);
        room.receive(&[(n as usize + 1) % 2], &mark);
    }
    room.bench.rows();
    clock::pause(9 * MS).await;
    room.receive(&[1], &first);
    room.check(&[(Delivery, 1, 2, "", 9)]);
}
