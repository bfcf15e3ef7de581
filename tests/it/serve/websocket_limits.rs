//! WebSockets at their limits: violations of the protocol, slow readers, many sockets.

use std::fs;
use std::io::{Read, Write};

use crate::serve::sockets::{handshake, open, run};
use crate::support::servers::serve;

/// A masked frame of a client, with a mask of zeros.
///
/// Source: RFC 6455, section 5.2.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length => {
            frame.push(0xff);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

const TEXT: u8 = 0x81;
const FIRST_FRAGMENT: u8 = 0x01;
const NEXT_FRAGMENT: u8 = 0x00;

#[test]
fn a_violation_of_the_protocol_closes_the_socket_with_its_code() {
    let server = serve(&[]);
    let part = vec![b'x'; 4 << 20];
    let mut fragments = frame(FIRST_FRAGMENT, &part);
    (0..4).for_each(|_| fragments.extend(frame(NEXT_FRAGMENT, &part)));
    let table = [
        ("an unmasked frame", b"\x81\x01a".to_vec(), 1002),
        ("a reserved bit", frame(0xc1, b"a"), 1002),
        ("an unknown opcode", frame(0x83, b"a"), 1002),
        ("a fragmented ping", frame(0x09, b"a"), 1002),
        ("a fragment without a beginning", frame(NEXT_FRAGMENT, b"a"), 1002),
        ("a close code that may not be sent", frame(0x88, &1005_u16.to_be_bytes()), 1002),
        ("text that is not UTF-8", frame(TEXT, b"\xff\xfe"), 1007),
        ("a large frame", frame(TEXT, &vec![b'x'; (16 << 20) + 1]), 1009),
        ("many fragments", fragments, 1009),
    ];
    for (name, bytes, code) in table {
        let mut response = handshake(&server, "GET /echo HTTP/1.1", &[]);
        assert_eq!(response.status, 101);
        response.stream.write_all(&bytes).unwrap();
        // The server reads all of it, so that its close frame cannot get lost.
        let mut received = Vec::new();
        response.stream.read_to_end(&mut received).unwrap();
        assert_eq!(received[0], 0x88, "{name}");
        let found = u16::from_be_bytes([received[2], received[3]]);
        assert_eq!(found, code, "{name}");
    }
}

#[test]
fn fragments_with_a_ping_between_them_are_one_message() {
    let server = serve(&[]);
    let mut response = handshake(&server, "GET /echo HTTP/1.1", &[]);
    let sent =
        [frame(FIRST_FRAGMENT, b"ab"), frame(0x89, b"p"), frame(0x80, b"cd"), frame(0x88, b"")];
    response.stream.write_all(&sent.concat()).unwrap();
    let mut received = Vec::new();
    response.stream.read_to_end(&mut received).unwrap();
    assert_eq!(received, b"\x8a\x01p\x81\x04abcd\x88\x00");
}

#[test]
fn frames_in_the_packet_of_the_handshake_are_read() {
    let server = serve(&[]);
    let request = "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut stream =
        std::net::TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    stream
        .write_all(&[request.as_bytes(), &frame(TEXT, b"hi"), &frame(0x88, b"")].concat())
        .unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    assert!(received.ends_with(b"\r\n\r\n\x81\x02hi\x88\x00"), "{received:?}");
}

#[test]
fn a_slow_reader_of_a_broadcast_is_closed_and_the_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let server = serve(&["-arrivals", log.to_str().unwrap()]);
    run(async {
        let mut slow = open(&server, "/broadcast").await;
        let mut reader = open(&server, "/broadcast").await;
        let mut sender = open(&server, "/broadcast").await;
        // 100 MB are more than the buffers of the system and the queue of a socket hold.
        let text = "x".repeat(1 << 20);
        for _ in 0..100 {
            sender.send(&text).await;
            assert_eq!(reader.text().await.len(), text.len());
        }
        let mut n_received = 0;
        loop {
            let message = slow.receive().await;
            if let Some((code, reason)) = message.as_close() {
                let reason = (u16::from(code), reason);
                assert_eq!(reason, (1008, "too slow: 10000 messages or 64 MiB wait"));
                break;
            }
            n_received += 1;
        }
        assert!(n_received < 100, "{n_received}");
        sender.send("end").await;
        assert_eq!(reader.text().await, "end");
        server.interrupt();
    });
    let log = fs::read_to_string(log).unwrap();
    let is_slow = |line: &&str| line.contains(",CLOSE,/broadcast,,1008,1,");
    assert_eq!(log.lines().filter(is_slow).count(), 1);
    // The log says whom each message reached.
    assert!(log.lines().any(|line| line.contains(",MESSAGE,/broadcast,,,3,2")));
    assert!(log.lines().any(|line| line.contains(",MESSAGE,/broadcast,,,3,1")));
}

#[test]
fn a_thousand_sockets_are_answered() {
    let server = serve(&["-latency=1ms"]);
    run(async {
        let mut sockets = Vec::new();
        for _ in 0..1_000 {
            sockets.push(open(&server, "/echo").await);
        }
        for round in 0..3 {
            for (number, socket) in sockets.iter_mut().enumerate() {
                socket.send(&format!("{round} {number}")).await;
            }
            for (number, socket) in sockets.iter_mut().enumerate() {
                assert_eq!(socket.text().await, format!("{round} {number}"));
            }
        }
    });
}
