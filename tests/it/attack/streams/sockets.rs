//! Messages on WebSockets: `-sockets`.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use drumfire::client::INTERRUPTED;
use drumfire::record::{Kind, Messaging};
use rustix::process::Signal;

use crate::attack::streams::{attack, attack_at, counts, errors, of_kind, rows};
use crate::support::chatting::{Answer, chat};
use crate::support::harness::drumfire;
use crate::support::waiting::wait_until;

const MS: Duration = Duration::from_millis(1);

#[test]
fn each_slot_is_a_message_on_the_socket_whose_turn_it_is() {
    let server = chat(Answer::Echo);
    let rows =
        attack(server.address, "hello", "-sockets=4 -rate=200 -duration=200ms -connect-rate=100");
    assert_eq!(counts(&rows), BTreeMap::from([("connect", 4), ("message", 40), ("close", 4)]));
    assert!(rows.iter().all(|row| row.error.is_empty()), "{rows:?}");
    let [connects, messages, closes] =
        [Kind::Connect, Kind::Message, Kind::Close].map(|kind| of_kind(&rows, kind));
    for (number, connect) in (0..).zip(&connects) {
        assert_eq!((connect.seq, connect.messaging.socket), (number, Some(number as u32)));
        assert_eq!((connect.code, connect.lag.is_some()), (101, true));
    }
    for (number, message) in (0..).zip(&messages) {
        let Messaging { socket, messages_in, messages_out, sent, .. } = message.messaging;
        assert_eq!((message.seq, socket), (4 + number, Some(number as u32 % 4)));
        assert_eq!((messages_in, messages_out, message.code), (1, 1, 200));
        assert_eq!((message.bytes_out, message.bytes_in, &message.body[..]), (5, 5, &b"hello"[..]));
        assert!(sent.is_some_and(|sent| sent <= message.latency));
    }
    for close in closes {
        let Messaging { close_code, messages_in, messages_out, .. } = close.messaging;
        assert_eq!((close_code, messages_in, messages_out), (Some(1000), 10, 10));
    }
    // Connects are due at 100/s, and messages 20 ms after the last interval of the connects.
    let due =
        |row: &crate::attack::streams::Row| row.timestamp_ns - row.lag.unwrap().as_nanos() as i64;
    let start = due(connects[0]);
    let offsets = [connects[3], messages[0], messages[39]].map(|row| due(row) - start);
    for (offset, expected) in offsets.into_iter().zip([30_000_000, 60_000_000, 255_000_000]) {
        assert!((offset - expected).abs() < 1_000_000, "{offset} {expected}");
    }
    assert_eq!((server.counts.opened(), server.counts.messages()), (4, 40));
}

#[test]
fn nothing_is_lost_on_several_engines_and_many_sockets() {
    let server = chat(Answer::Echo);
    let flags = "-sockets=50 -threads=2 -rate=2000 -requests=3000 -reply=mark -timeout=60s";
    let rows = attack(server.address, "{\"id\":\"{{$mark}}\"}", flags);
    assert_eq!(counts(&rows), BTreeMap::from([("connect", 50), ("message", 3_000), ("close", 50)]));
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 3_000)]));
    let seqs: Vec<_> = of_kind(&rows, Kind::Message).iter().map(|row| row.seq).collect();
    assert_eq!(seqs, (50..3_050).collect::<Vec<_>>());
    assert_eq!(server.counts.messages(), 3_000);
}

#[test]
fn greetings_have_the_row_of_their_socket_and_messages_have_their_own() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("names.csv"), "name\nann\nbob\ncid\n").unwrap();
    let server = chat(Answer::Echo);
    let list =
        "WS ws://HOST/chat?user={{name}}\n# @open\nlogin {{name}}\n# @body\nhello {{name}}\n";
    let list = list.replace("HOST", &server.address.to_string());
    let output = drumfire("attack -settle=20ms -quiet -feed=names.csv -sockets=2 -rate=100")
        .args(["-requests=4", "-name=talk"])
        .dir(directory.path())
        .stdin(list)
        .run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let rows = rows(&output.stdout);
    let bodies: Vec<_> = of_kind(&rows, Kind::Message)
        .iter()
        .map(|row| String::from_utf8_lossy(&row.body))
        .collect();
    // The reply to the greeting is not taken for the reply to the first message.
    assert_eq!(bodies, ["hello ann", "hello bob", "hello cid", "hello ann"]);
    assert_eq!(server.counts.messages(), 6);
    let closes = of_kind(&rows, Kind::Close);
    assert!(closes.iter().all(|close| close.messaging.messages_in == 3), "{closes:?}");
}

#[test]
fn a_server_that_stalls_shows_in_the_response_time_and_not_in_the_lag() {
    let stall = 300 * MS;
    let server = chat(Answer::Stall(20, stall));
    let rows = attack(server.address, "hello", "-sockets=2 -rate=200 -duration=300ms");
    let messages = of_kind(&rows, Kind::Message);
    assert_eq!(messages.len(), 60);
    // The server rests when message 19 arrives, which is due at 95 ms; message k is due at 5k ms.
    for (number, message) in (0_u32..).zip(&messages).skip(20).take(20) {
        let waited = (stall + 95 * MS).saturating_sub(5 * MS * number);
        let response = message.latency + message.lag.unwrap();
        assert!(response + 5 * MS >= waited, "{number}: {response:?} {waited:?}");
    }
    let punctual = messages.iter().filter(|row| row.lag.unwrap() < stall / 3).count();
    assert!(punctual > 50, "{punctual}");
}

#[test]
fn a_refused_handshake_fails_the_messages_of_its_socket() {
    let output =
        drumfire("attack -settle=20ms -quiet -sockets=2 -rate=100 -requests=4 -data=hello")
            .arg("WS ws://127.0.0.1:1/chat")
            .run();
    let rows = rows(&output.stdout);
    assert_eq!(counts(&rows), BTreeMap::from([("connect", 2), ("message", 4)]));
    let errors = errors(&rows, Kind::Message);
    let text = errors.keys().next().unwrap();
    assert!(errors.len() == 1 && text.contains("connection refused"), "{errors:?}");
}

#[test]
fn unanswered_messages_are_recorded_when_the_attack_is_interrupted_twice() {
    let server = chat(Answer::Never);
    let flags = "-sockets=2 -rate=100 -duration=0 -timeout=0";
    let attack = attack_at(server.address, "hello", flags).spawn();
    wait_until("messages arrive", || server.counts.messages() >= 10);
    attack.signal(Signal::INT);
    attack.signal(Signal::TERM);
    let rows = rows(&attack.wait().stdout);
    let n_messages = of_kind(&rows, Kind::Message).len();
    assert!(n_messages >= 10);
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([(INTERRUPTED, n_messages)]));
    assert_eq!(errors(&rows, Kind::Close), BTreeMap::from([(INTERRUPTED, 2)]));
}

#[test]
fn a_server_that_does_not_read_is_not_sent_more_than_a_backlog() {
    let server = chat(Answer::Unread);
    let message = "x".repeat(100_000);
    let flags = "-sockets=1 -rate=2000 -requests=300 -timeout=500ms -reply=none";
    let rows = attack(server.address, &message, flags);
    let errors = errors(&rows, Kind::Message);
    let refused = "the server did not take the message within 500ms";
    assert_eq!(errors.keys().copied().collect::<Vec<_>>(), ["", refused]);
    // The system has buffers, and after them the client keeps 1 MiB and one message.
    let messages = of_kind(&rows, Kind::Message);
    let failed = messages.iter().filter(|row| !row.error.is_empty());
    let handed: u64 = failed.map(|row| row.bytes_out).sum();
    assert!(
        (1_000_000..=1_300_000).contains(&handed) && errors[refused] > 50,
        "{handed} {errors:?}"
    );
}
