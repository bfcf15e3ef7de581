//! Which messages of a server are replies: `-reply`.

use std::collections::BTreeMap;

use drumfire::record::Kind;

use crate::attack::streams::{Row, attack, errors, of_kind};
use crate::support::chatting::{Answer, chat};

const MARKED: &str = "{\"id\":\"{{$mark}}\"}";

fn run(answer: Answer, message: &str, flags: &str) -> Vec<Row> {
    let flags = format!("-sockets=2 -rate=400 -requests=40 {flags}");
    attack(chat(answer).address, message, &flags)
}

/// Returns the numbers of the messages, in the order of their marks in the replies.
fn replied(rows: &[Row]) -> Vec<bool> {
    let marks = drumfire::mark::MarkFinder::of_all_runs();
    let messages = of_kind(rows, Kind::Message).into_iter();
    messages
        .map(|row| marks.marks(&row.body).next().is_some_and(|mark| mark.seq() == row.seq))
        .collect()
}

#[test]
fn replies_out_of_order_are_found_by_mark_pointer_and_echo() {
    for flags in ["", "-reply=mark", "-reply=/id", "-reply=echo"] {
        let rows = run(Answer::Reversed(4), MARKED, flags);
        assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 40)]), "{flags}");
        assert_eq!(replied(&rows), [true; 40], "{flags}");
    }
    // By their order alone, replies are found to the wrong messages.
    let rows = run(Answer::Reversed(4), MARKED, "-reply=order");
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 40)]));
    assert!(replied(&rows).contains(&false));
}

#[test]
fn other_messages_and_second_replies_are_counted_and_match_nothing() {
    for (answer, n_in) in [(Answer::AmongNews, 60), (Answer::Twice, 40)] {
        for flags in ["", "-reply=/id", "-reply=echo"] {
            let rows = run(answer, MARKED, flags);
            assert_eq!(
                errors(&rows, Kind::Message),
                BTreeMap::from([("", 40)]),
                "{answer:?} {flags}"
            );
            assert_eq!(replied(&rows), [true; 40], "{answer:?} {flags}");
            for close in of_kind(&rows, Kind::Close) {
                // The last messages may still be on their way when the socket is closed.
                let received = close.messaging.messages_in;
                assert!((n_in - 1..=n_in).contains(&received), "{answer:?} {flags}: {received}");
            }
        }
    }
    let rows = run(Answer::AmongNews, "{\"type\":\"reply\"}", "-reply=contains:\"reply\"");
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 40)]));
    let bodies = of_kind(&rows, Kind::Message);
    assert!(bodies.iter().all(|row| row.body == b"{\"type\":\"reply\"}"));
}

#[test]
fn a_message_without_a_reply_ends_at_the_timeout() {
    for flags in ["-reply=order", "-reply=mark"] {
        let rows = run(Answer::Never, MARKED, &format!("-timeout=200ms {flags}"));
        assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("no reply within 200ms", 40)]));
        for message in of_kind(&rows, Kind::Message) {
            assert!(message.latency.as_millis() >= 200 && message.code == 0);
            assert_eq!((message.messaging.messages_in, message.messaging.messages_out), (0, 1));
        }
        assert_eq!(errors(&rows, Kind::Close), BTreeMap::from([("", 2)]));
    }
}

#[test]
fn without_replies_a_message_is_done_when_it_is_sent() {
    let rows = run(Answer::Never, "hello", "-reply=none");
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 40)]));
    for message in of_kind(&rows, Kind::Message) {
        assert_eq!(message.messaging.sent, Some(message.latency));
        assert_eq!((message.code, message.messaging.messages_in, message.bytes_out), (200, 0, 5));
    }
}

#[test]
fn binary_messages_are_matched_as_text_is() {
    let rows = run(Answer::Echo, MARKED, "-binary");
    assert_eq!(replied(&rows), [true; 40]);
}
