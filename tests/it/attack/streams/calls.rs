//! Messages on gRPC streams: `-streams`.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::Ordering;
use std::time::Duration;

use drumfire::record::{Kind, Messaging};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::attack::streams::{Row, errors, of_kind, rows};
use crate::support::harness::{Run, drumfire};
use crate::support::results::records;
use crate::support::talking::{Server, Talk, talk};
use crate::support::waiting::wait_until;

/// The services of the tests.
const PROTO: &str = "syntax = \"proto3\";\npackage t;\nmessage Line { string text = 1; int32 n = 2; }\n\
    service Talk {\n  rpc Say(stream Line) returns (stream Line);\n  rpc Once(Line) returns (Line);\n}\n";

/// A directory with a schema, and a server.
struct Place {
    directory: TempDir,
    server: Server,
}

impl Place {
    fn new(talking: Talk) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("talk.proto"), PROTO).unwrap();
        Self { directory, server: talk(talking) }
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).unwrap();
    }

    /// Returns an attack on a list in which `HOST` is the server.
    fn attack(&self, list: &str, flags: &str) -> Run {
        let list = list.replace("HOST", &self.server.address.to_string());
        drumfire("attack -proto=talk.proto -settle=50ms")
            .args(flags.split_whitespace())
            .dir(self.directory.path())
            .stdin(list)
    }

    /// Returns the rows of an attack, sorted by number, with the connect of a stream before its
    /// close.
    fn rows(&self, list: &str, flags: &str) -> Vec<Row> {
        let output = self.attack(list, flags).arg("-quiet").run();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
        rows(&output.stdout)
    }
}

const SAY: &str = "GRPC HOST/t.Talk/Say\n# @body\n{\"text\": \"hello\"}\n";

#[test]
fn each_slot_is_a_message_on_the_stream_whose_turn_it_is() {
    let place = Place::new(Talk::default());
    let rows = place.rows(SAY, "-streams=4 -rate=200 -duration=200ms -connect-rate=100");
    let kinds = [Kind::Connect, Kind::Message, Kind::Close].map(|kind| of_kind(&rows, kind));
    assert_eq!(kinds.each_ref().map(Vec::len), [4, 40, 4]);
    assert!(rows.iter().all(|row| row.error.is_empty()), "{rows:?}");
    let [connects, messages, closes] = kinds;
    for (number, connect) in (0..).zip(&connects) {
        assert_eq!((connect.seq, connect.messaging.socket), (number, Some(number as u32)));
        assert_eq!((connect.code, connect.lag.is_some()), (200, true));
    }
    for (number, message) in (0..).zip(&messages) {
        let Messaging { socket, messages_in, messages_out, sent, .. } = message.messaging;
        assert_eq!((message.seq, socket), (4 + number, Some(number as u32 % 4)));
        assert_eq!((messages_in, messages_out, message.code), (1, 1, 200));
        assert_eq!((message.bytes_out, message.bytes_in), (7, 7));
        assert_eq!(message.body, b"\x0a\x05hello");
        assert!(sent.is_some_and(|sent| sent <= message.latency));
    }
    for close in closes {
        let Messaging { grpc_status, messages_in, messages_out, .. } = close.messaging;
        assert_eq!((grpc_status, messages_in, messages_out), (Some(0), 10, 10));
    }
    // Connects are due at 100/s, and messages 50 ms after the last interval of the connects.
    let due = |row: &Row| row.timestamp_ns - row.lag.unwrap().as_nanos() as i64;
    let start = due(connects[0]);
    let offsets = [connects[3], messages[0], messages[39]].map(|row| due(row) - start);
    let expected = [30_000_000, 90_000_000, 285_000_000];
    for (offset, expected) in offsets.into_iter().zip(expected) {
        assert!((offset - expected).abs() < 1_000_000, "{offset} {expected}");
    }
    assert_eq!(place.server.received.load(Ordering::Relaxed), 40);
}

#[test]
fn messages_have_rows_of_the_feed_and_take_turns_if_several_are_listed() {
    let place = Place::new(Talk::default());
    place.file("names.csv", "name\nann\nbob\ncid\ndan\n");
    let list = "GRPC HOST/t.Talk/Say\n# @body\n{\"text\": \"{{name}}\"} {\"n\": {{$seq}}}\n";
    let flags = "-streams=2 -threads=2 -rate=1000 -feed=names.csv -feed-order=once";
    let rows = place.rows(list, flags);
    let bodies: Vec<_> = of_kind(&rows, Kind::Message).iter().map(|row| &row.body[..]).collect();
    // Messages 0 and 1 are the first on their streams, messages 2 and 3 the second.
    assert_eq!(bodies, [&b"\x0a\x03ann"[..], b"\x0a\x03bob", b"\x10\x02", b"\x10\x03"]);
}

#[test]
fn streams_are_shared_among_targets_by_weight() {
    let place = Place::new(Talk::default());
    let list = "# @name a\n# @weight 3\nGRPC HOST/t.Talk/Say\n\n# @name b\nGRPC HOST/t.Talk/Say\n\
                x-trace: {{$seq}}\n";
    let output = place.attack(list, "-streams=8 -requests=80 -rate=2000 -quiet").run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let mut counts = BTreeMap::<(String, &str), usize>::new();
    for record in records(&output.stdout) {
        let kind = record.messaging.unwrap().kind.word();
        *counts.entry((record.name, kind)).or_default() += 1;
    }
    let count = |name: &str, kind| counts[&(name.to_owned(), kind)];
    assert_eq!([count("a", "connect"), count("a", "message"), count("a", "close")], [6, 60, 6]);
    assert_eq!([count("b", "connect"), count("b", "message"), count("b", "close")], [2, 20, 2]);
}

#[test]
fn a_slow_server_shows_as_latency_and_not_as_lag() {
    let delay = Duration::from_millis(20);
    let place = Place::new(Talk { delay, ..Talk::default() });
    // The only stream answers 50 messages a second, and gets 500.
    let rows = place.rows(SAY, "-streams=1 -rate=500 -duration=100ms");
    let messages = of_kind(&rows, Kind::Message);
    assert_eq!(messages.len(), 50);
    for (number, message) in (1..).zip(&messages) {
        // Message k is due 2 ms after the one before it, and answered 20 ms after that one.
        let waited = delay * number - Duration::from_millis(2) * (number - 1);
        let response = message.latency + message.lag.unwrap();
        assert!(response >= waited, "{number}: {response:?} {waited:?}");
    }
    let lags = messages.iter().filter(|row| row.lag.unwrap() < delay).count();
    assert!(lags > 25, "{lags}");
}

#[test]
fn a_server_may_send_its_head_with_its_first_reply() {
    let place = Place::new(Talk { has_late_head: true, ..Talk::default() });
    let rows = place.rows(SAY, "-streams=2 -rate=100 -requests=4 -timeout=20s");
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 4)]));
    assert_eq!(errors(&rows, Kind::Connect), BTreeMap::from([("", 2)]));
    for connect in of_kind(&rows, Kind::Connect) {
        // The stream was open before the first message was due, and the head came after that.
        assert!(connect.code == 200 && connect.latency < Duration::from_secs(10));
    }
}

#[test]
fn messages_on_a_stream_that_has_ended_fail_with_its_error() {
    let place = Place::new(Talk { n_before_end: Some(3), ..Talk::default() });
    let rows = place.rows(SAY, "-streams=2 -rate=200 -requests=20");
    let unavailable = "rpc error: code = Unavailable desc = ";
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 6), (unavailable, 14)]));
    assert_eq!(errors(&rows, Kind::Close), BTreeMap::from([(unavailable, 2)]));
    for close in of_kind(&rows, Kind::Close) {
        assert_eq!((close.messaging.grpc_status, close.latency), (Some(14), Duration::ZERO));
    }
}

#[test]
fn messages_on_a_stream_that_was_refused_fail_with_its_error() {
    let place = Place::new(Talk { is_refusing: true, ..Talk::default() });
    let rows = place.rows(SAY, "-streams=2 -rate=200 -requests=10");
    let refused = "rpc error: code = Unimplemented desc = no talk";
    assert_eq!(errors(&rows, Kind::Connect), BTreeMap::from([(refused, 2)]));
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([(refused, 10)]));
    assert_eq!(of_kind(&rows, Kind::Close).len(), 0);
    assert_eq!(of_kind(&rows, Kind::Connect)[0].messaging.grpc_status, Some(12));
}

#[test]
fn a_message_without_a_reply_ends_at_the_timeout() {
    // The server never answers the first two messages, so its replies to the others are taken for
    // replies to them, unless they have expired.
    let place = Place::new(Talk { n_deaf: usize::MAX, ..Talk::default() });
    let rows = place.rows(SAY, "-streams=2 -rate=100 -requests=6 -timeout=200ms");
    let messages = of_kind(&rows, Kind::Message);
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("no reply within 200ms", 6)]));
    for message in messages {
        assert!(message.latency >= Duration::from_millis(200) && message.code == 0);
        assert_eq!((message.messaging.messages_in, message.messaging.messages_out), (0, 1));
    }
    assert_eq!(errors(&rows, Kind::Close), BTreeMap::from([("", 2)]));
}

#[test]
fn unanswered_messages_are_recorded_when_the_attack_is_interrupted_twice() {
    let place = Place::new(Talk { n_deaf: usize::MAX, ..Talk::default() });
    let attack = place.attack(SAY, "-streams=2 -rate=100 -duration=0 -timeout=0 -quiet").spawn();
    wait_until("messages arrive", || place.server.received.load(Ordering::Relaxed) >= 10);
    attack.signal(Signal::INT);
    attack.signal(Signal::TERM);
    let output = attack.wait();
    let rows = rows(&output.stdout);
    let n_messages = of_kind(&rows, Kind::Message).len();
    assert!(n_messages >= 10);
    let interrupted = drumfire::client::INTERRUPTED;
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([(interrupted, n_messages)]));
    assert_eq!(errors(&rows, Kind::Close), BTreeMap::from([(interrupted, 2)]));
}

#[test]
fn flags_that_streams_do_not_have_are_refused() {
    let place = Place::new(Talk::default());
    let table = [
        ("GRPC HOST/t.Talk/Once\n", "-streams=2", "t.Talk/Once"),
        ("GET http://HOST/\n\nGRPC HOST/t.Talk/Say\n", "-streams=2", "expected only gRPC targets"),
        (SAY, "-streams=2 -messages=3", "-messages"),
        (SAY, "-streams=2 -stream-length=3s", "-stream-length"),
        (SAY, "-streams=2 -users=3", "-users"),
        (SAY, "-streams=2 -lazy", "-lazy"),
    ];
    for (list, flags, part) in table {
        let output = place.attack(list, flags).arg("-dry-run").run();
        assert_eq!(output.status, Some(2), "{flags}: {}", output.stderr);
        assert!(output.stderr.contains(part), "{flags}: {}", output.stderr);
    }
}

#[test]
fn a_dry_run_shows_when_streams_and_messages_begin() {
    let place = Place::new(Talk::default());
    let flags = "-streams=100 -connect-rate=50 -rate=200 -duration=10s -dry-run";
    let output = place.attack(SAY, flags).run();
    let rows = output.text().split("\n\n").next().unwrap();
    let expected = "Messages  2000\nDuration  10s\nLast      at 12.045s\nRate      200/1s\n\
                    Streams   100, opened at 50/1s\nFirst     message at 2.05s\nTargets   1";
    assert_eq!((rows, output.stderr.as_str()), (expected, ""));
}
