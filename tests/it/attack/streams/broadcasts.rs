//! Messages that are expected on other sockets: `-deliveries`.

use std::collections::{BTreeMap, BTreeSet};

use drumfire::record::{Kind, Messaging};

use crate::attack::streams::{attack, errors, of_kind};
use crate::support::chatting::{Answer, chat};

const MARKED: &str = "{\"text\":\"hi\",\"id\":\"{{$mark}}\"}";

#[test]
fn each_arrival_on_another_socket_is_a_delivery() {
    let server = chat(Answer::ToOthers { deaf: None });
    let flags = "-sockets=20 -rate=100 -requests=40 -deliveries=all";
    let rows = attack(server.address, MARKED, flags);
    assert!(rows.iter().all(|row| row.error.is_empty()));
    let deliveries = of_kind(&rows, Kind::Delivery);
    let messages = of_kind(&rows, Kind::Message);
    assert_eq!(messages.len(), 40);
    for message in &messages {
        let Messaging { messages_in, expected, .. } = message.messaging;
        // On a busy machine, the first messages may be sent before all sockets are open.
        assert!(expected == Some(messages_in) && messages_in <= 19);
        let own: Vec<_> = deliveries.iter().filter(|row| row.seq == message.seq).collect();
        let sockets: BTreeSet<_> = own.iter().filter_map(|row| row.messaging.socket).collect();
        assert!(sockets.len() == own.len() && own.len() >= messages_in as usize);
        assert!(!sockets.contains(&message.messaging.socket.unwrap()));
        // The message ends with its last delivery, and all share its release.
        let mut latencies: Vec<_> = own.iter().map(|row| row.latency).collect();
        latencies.sort();
        assert_eq!(latencies.get(messages_in as usize - 1), Some(&message.latency));
        assert!(own.iter().all(|row| row.timestamp_ns == message.timestamp_ns));
        assert!(own.iter().all(|row| row.lag == message.lag));
    }
    assert_eq!(messages[39].messaging.expected, Some(19));
}

#[test]
fn a_deaf_socket_shows_in_the_reach_of_messages() {
    let server = chat(Answer::ToOthers { deaf: Some(3) });
    let flags = "-sockets=10 -rate=100 -requests=20 -deliveries=all -timeout=300ms";
    let rows = attack(server.address, MARKED, flags);
    let messages = of_kind(&rows, Kind::Message);
    for message in &messages {
        let Messaging { messages_in, expected, .. } = message.messaging;
        let expected = expected.unwrap();
        // The deaf socket has sent two of the messages, and they reach all others.
        match message.error.as_str() {
            "" => assert_eq!(messages_in, expected),
            error => {
                assert_eq!(error, format!("reached {messages_in} of {expected} sockets"));
                assert_eq!(messages_in, expected - 1);
                assert!(message.latency.as_millis() >= 300);
            }
        }
    }
    let failed = messages.iter().filter(|row| !row.error.is_empty()).count();
    assert!((8..=18).contains(&failed), "{failed}");
    let deliveries = of_kind(&rows, Kind::Delivery);
    let reached: BTreeSet<_> = deliveries.iter().filter_map(|row| row.messaging.socket).collect();
    assert_eq!(reached.len(), 9);
}

#[test]
fn a_message_ends_with_the_number_of_deliveries_asked_for() {
    let server = chat(Answer::ToOthers { deaf: None });
    let flags = "-sockets=5 -rate=100 -requests=10 -deliveries=2 -threads=1";
    let rows = attack(server.address, MARKED, flags);
    assert_eq!(errors(&rows, Kind::Message), BTreeMap::from([("", 10)]));
    for message in of_kind(&rows, Kind::Message) {
        assert_eq!((message.messaging.messages_in, message.messaging.expected), (2, Some(2)));
    }
}
