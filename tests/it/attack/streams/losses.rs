//! Sockets that are lost, and opened again: `-reconnect`, `-churn`, `-drop`, `-ping-interval`.

use std::collections::BTreeMap;
use std::time::Duration;

use drumfire::record::Kind;
use rustix::process::Signal;

use crate::attack::streams::{attack, attack_at, counts, errors, of_kind, rows};
use crate::support::chatting::{Answer, chat, chat_at};
use crate::support::waiting::wait_until;

const GONE: &str = "websocket: close 1013 (try again later): enough";

#[test]
fn a_socket_that_the_server_closes_stays_closed_by_default() {
    let server = chat(Answer::CloseAfter(3, 1013));
    let rows = attack(server.address, "hello", "-sockets=2 -rate=100 -requests=20");
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 6), (GONE, 14)]));
    assert_eq!(errors(&rows, Kind::Close), BTreeMap::from([(GONE, 2)]));
    for close in of_kind(&rows, Kind::Close) {
        assert_eq!(close.messaging.close_code, Some(1013));
        assert_eq!((close.latency, close.messaging.messages_out), (Duration::ZERO, 3));
    }
}

#[test]
fn a_lost_socket_is_opened_again_and_messages_wait_for_it() {
    let server = chat(Answer::CloseAfter(5, 1013));
    let flags = "-sockets=2 -rate=200 -requests=60 -reconnect=20ms -seed=1";
    let rows = attack(server.address, "hello", flags);
    // Each socket is closed after five of its thirty messages. A message may have been sent by then.
    let counts = counts(&rows);
    assert_eq!((counts["connect"], counts["message"]), (2, 60));
    assert_eq!(counts["reconnect"], counts["close"] - 2);
    let errors = errors(&rows, Kind::Message);
    let n_lost = errors.get(GONE).copied().unwrap_or_default();
    assert_eq!(errors[""] + n_lost, 60);
    assert!(counts["reconnect"] >= 8, "{counts:?} {errors:?}");
    for reconnect in of_kind(&rows, Kind::Reconnect) {
        assert_eq!((reconnect.code, reconnect.error.as_str()), (101, ""));
        assert_eq!(Some(reconnect.seq), reconnect.messaging.socket.map(u64::from));
        assert!(reconnect.lag.is_some());
    }
    assert_eq!(server.counts.opened(), 2 + counts["reconnect"]);
}

#[test]
fn a_server_that_is_killed_and_started_again_gets_all_sockets_back() {
    let server = chat(Answer::Echo);
    let flags = "-sockets=20 -rate=200 -duration=0 -reconnect=10ms..20ms -timeout=30s";
    let attack = attack_at(server.address, "hello", flags).spawn();
    wait_until("messages arrive", || server.counts.messages() >= 40);
    let address = server.kill();
    let server = chat_at(address, Answer::Echo);
    wait_until("all are back", || server.counts.opened() >= 20);
    let seen = server.counts.messages();
    wait_until("messages arrive", || server.counts.messages() >= seen + 40);
    attack.signal(Signal::INT);
    let output = attack.wait();
    let rows = rows(&output.stdout);
    let counts = counts(&rows);
    let back = of_kind(&rows, Kind::Reconnect).iter().filter(|row| row.error.is_empty()).count();
    assert_eq!((counts["connect"], back, counts["close"]), (20, 20, 40), "{counts:?}");
    // Every message has a row, and those that were not sent when the server died are answered.
    let messages = of_kind(&rows, Kind::Message);
    let seqs: Vec<_> = messages.iter().map(|row| row.seq).collect();
    assert_eq!(seqs, (20..20 + messages.len() as u64).collect::<Vec<_>>());
    let n_failed = messages.iter().filter(|row| !row.error.is_empty()).count();
    assert!(n_failed < messages.len() / 2, "{:?}", errors(&rows, Kind::Message));
}

#[test]
fn an_attack_ends_on_time_if_churn_asks_for_more_than_can_be_done() {
    let server = chat(Answer::Echo);
    let flags = "-sockets=2 -rate=100 -duration=100ms -churn=100000000";
    let rows = attack(server.address, "hello", flags);
    assert_eq!(of_kind(&rows, Kind::Message).len(), 10);
}

#[test]
fn churn_closes_sockets_in_turn_and_opens_them_at_once() {
    let server = chat(Answer::Echo);
    let flags = "-sockets=4 -rate=200 -duration=500ms -churn=20";
    let rows = attack(server.address, "hello", flags);
    let counts = counts(&rows);
    // One socket every 50 ms, the first one after 50 ms; the last may fall into the end.
    assert!((8..=10).contains(&counts["reconnect"]), "{counts:?}");
    assert_eq!(counts["close"], 4 + counts["reconnect"]);
    assert_eq!(errors(&rows, Kind::Close), BTreeMap::from([("", counts["close"])]));
    let messages = errors(&rows, Kind::Message);
    let churned = "the socket was closed by -churn";
    let n_churned = messages.get(churned).copied().unwrap_or_default();
    assert_eq!((messages[""] + n_churned, counts["message"]), (100, 100), "{messages:?}");
    assert!(n_churned <= 10, "{messages:?}");
    // In turn: no socket is closed twice more often than another one.
    let mut turns = BTreeMap::<_, usize>::new();
    for row in of_kind(&rows, Kind::Reconnect) {
        *turns.entry(row.messaging.socket).or_default() += 1;
    }
    assert!(turns.len() == 4 && turns.values().all(|n| (2..=3).contains(n)), "{turns:?}");
}

#[test]
fn dropped_sockets_are_back_after_their_pauses_or_stay_away() {
    let server = chat(Answer::Never);
    let flags = "-sockets=10 -rate=100 -duration=400ms -reply=none -drop=50%@100ms -seed=3";
    let rows = attack(server.address, "hello", flags);
    let closes = of_kind(&rows, Kind::Close);
    let dropped: Vec<_> = closes.iter().filter(|row| row.messaging.close_code.is_none()).collect();
    assert_eq!((closes.len(), dropped.len()), (10, 5), "{closes:?}");
    assert!(closes.iter().all(|row| row.error.is_empty()));
    // Each dropped socket had one message before, or two if the drop was a little late.
    let messages = errors(&rows, Kind::Message);
    let n_dropped = messages["the socket was dropped by -drop"];
    assert!(messages[""] + n_dropped == 40 && (10..=15).contains(&n_dropped), "{messages:?}");

    let rows = attack(server.address, "hello", &format!("{flags} -reconnect=50ms"));
    let counts = counts(&rows);
    assert_eq!((counts["reconnect"], counts["close"]), (5, 15));
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 40)]));
}

#[test]
fn pings_are_timed_and_a_socket_without_a_pong_is_lost() {
    let server = chat(Answer::Echo);
    let flags = "-sockets=2 -rate=100 -duration=300ms -ping-interval=50ms";
    let rows = attack(server.address, "hello", flags);
    let pings = of_kind(&rows, Kind::Ping);
    assert!((8..=14).contains(&pings.len()), "{}", pings.len());
    assert!(pings.iter().all(|row| row.error.is_empty() && row.seq < 2));
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 30)]));

    let server = chat(Answer::Unread);
    let flags = "-sockets=2 -rate=100 -duration=400ms -ping-interval=50ms -ping-timeout=100ms";
    let rows = attack(server.address, "hello", flags);
    let lost = "no pong within 100ms";
    let pings = errors(&rows, Kind::Ping);
    assert!(pings.len() == 1 && pings[lost] >= 2, "{pings:?}");
    assert_eq!(errors(&rows, Kind::Close), BTreeMap::from([(lost, 2)]));
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([(lost, 40)]));
}
