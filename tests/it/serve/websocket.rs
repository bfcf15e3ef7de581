//! WebSockets of the paths that `serve` has without a routes file.

use std::fs;
use std::time::Duration;

use drumfire::clock::now;
use drumfire::mark::{Mark, Run};
use futures_util::SinkExt;
use tokio_websockets::{CloseCode, Message};

use crate::serve::sockets::{handshake, open, run};
use crate::support::servers::serve;

#[test]
fn the_echo_returns_each_message_as_it_is() {
    let server = serve(&[]);
    run(async {
        let mut socket = open(&server, "/echo?x=1").await;
        for text in ["", "hi", &"ä".repeat(100_000)] {
            assert_eq!(socket.ask(text).await, text);
        }
        socket.0.send(Message::binary(vec![0, 255])).await.unwrap();
        let reply = socket.receive().await;
        assert!(reply.is_binary());
        assert_eq!(&reply.into_payload()[..], [0, 255]);
        // A ping is answered, and is no message.
        socket.0.send(Message::ping(&b"p"[..])).await.unwrap();
        let pong = socket.receive().await;
        assert!(pong.is_pong());
        assert_eq!(&pong.into_payload()[..], b"p");
    });
}

#[test]
fn a_broadcast_goes_to_the_other_sockets_of_its_path() {
    let server = serve(&[]);
    run(async {
        let mut sockets = Vec::new();
        for path in ["/broadcast/a", "/broadcast/a", "/broadcast/a?self=1", "/broadcast/b"] {
            sockets.push(open(&server, path).await);
        }
        let [first, second, loud, other] = &mut sockets[..] else { unreachable!() };
        first.send("1").await;
        assert_eq!((second.text().await, loud.text().await), ("1".into(), "1".into()));
        loud.send("2").await;
        for socket in [&mut *first, second, loud] {
            assert_eq!(socket.text().await, "2");
        }
        // What was not received above would come first.
        let mut room = open(&server, "/broadcast/b").await;
        room.send("3").await;
        assert_eq!(other.text().await, "3");
        second.send("4").await;
        assert_eq!((first.text().await, loud.text().await), ("4".into(), "4".into()));
        // A socket that has ended is no longer in the room.
        drop(sockets.remove(2));
        sockets[0].send("5").await;
        assert_eq!(sockets[1].text().await, "5");
    });
}

#[test]
fn an_agent_answers_a_question_with_tokens() {
    let server = serve(&[]);
    run(async {
        let mut socket = open(&server, "/agent?tokens=2&interval=5ms").await;
        let start = now();
        assert_eq!(
            socket.ask(r#"{"id": "q1", "text": "why"}"#).await,
            r#"{"type":"token","id":"q1","index":0,"text":"token "}"#
        );
        assert_eq!(socket.text().await, r#"{"type":"token","id":"q1","index":1,"text":"token "}"#);
        assert_eq!(socket.text().await, r#"{"type":"done","id":"q1","tokens":2}"#);
        assert!(now() - start >= Duration::from_millis(10));
        let mut plain = open(&server, "/agent").await;
        plain.send("why").await;
        for index in 0..10 {
            let token = format!(r#"{{"type":"token","index":{index},"text":"token "}}"#);
            assert_eq!(plain.text().await, token);
        }
        assert_eq!(plain.text().await, r#"{"type":"done","tokens":10}"#);
    });
}

#[test]
fn a_silent_socket_answers_only_its_close() {
    let server = serve(&[]);
    run(async {
        let mut socket = open(&server, "/silent").await;
        for _ in 0..100 {
            socket.send("hello").await;
        }
        let close = Message::close(Some(CloseCode::NORMAL_CLOSURE), "bye");
        socket.0.send(close).await.unwrap();
        assert_eq!(socket.closed().await, (1000, String::new()));
    });
}

#[test]
fn delays_add_no_waiting_to_other_messages_and_keep_the_order() {
    let server = serve(&["-latency=20ms..60ms"]);
    run(async {
        let start = now();
        let mut socket = open(&server, "/echo").await;
        assert!(now() - start >= Duration::from_millis(20), "the handshake is delayed too");
        let start = now();
        for number in 0..1_000 {
            socket.send(&number.to_string()).await;
        }
        for number in 0..1_000 {
            assert_eq!(socket.text().await, number.to_string());
        }
        // One after the other, they would take 20 s at least.
        let took = now() - start;
        assert!(took >= Duration::from_millis(20), "{took:?}");
    });
}

#[test]
fn the_share_of_errors_applies_to_handshakes() {
    let server = serve(&["-errors=100%"]);
    let response = handshake(&server, "GET /echo HTTP/1.1", &[]);
    assert_eq!((response.status, response.body.as_str()), (500, "internal server error\n"));
}

#[test]
fn the_first_subprotocol_is_accepted() {
    let server = serve(&[]);
    let offer = ["Sec-WebSocket-Protocol: graphql-ws, chat"];
    let response = handshake(&server, "GET /echo HTTP/1.1", &offer);
    assert_eq!(response.status, 101);
    assert!(response.head.contains("\r\nsec-websocket-protocol: graphql-ws\r\n"));
    assert!(response.head.contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"));
}

#[test]
fn a_bad_handshake_is_refused_with_a_line() {
    let server = serve(&[]);
    let bad = "bad WebSocket handshake: expected";
    let table: [(&str, &[&str], u16, String); 8] = [
        ("POST /echo HTTP/1.1", &[], 400, format!("{bad} the method GET")),
        ("GET /echo HTTP/1.0", &[], 400, format!("{bad} HTTP/1.1")),
        (
            "GET /echo HTTP/1.1",
            &["Connection:"],
            400,
            format!("{bad} the header 'Connection: Upgrade'"),
        ),
        (
            "GET /echo HTTP/1.1",
            &["Sec-WebSocket-Version: 7"],
            426,
            format!("{bad} the header 'Sec-WebSocket-Version: 13'"),
        ),
        (
            "GET /echo HTTP/1.1",
            &["Sec-WebSocket-Key: short"],
            400,
            format!("{bad} 16 bytes in base64 as 'Sec-WebSocket-Key'"),
        ),
        ("GET /other HTTP/1.1", &[], 404, "no WebSocket at /other".to_owned()),
        ("GET /broadcast/a/b HTTP/1.1", &[], 404, "no WebSocket at /broadcast/a/b".to_owned()),
        (
            "GET /agent?tokens=few HTTP/1.1",
            &[],
            400,
            "bad tokens 'few': expected a whole number".to_owned(),
        ),
    ];
    for (request, lines, status, line) in table {
        let response = handshake(&server, request, lines);
        assert_eq!((response.status, response.body), (status, line + "\n"), "{request} {lines:?}");
        let has_version = response.head.contains("\r\nsec-websocket-version: 13\r\n");
        assert_eq!(has_version, status == 426);
    }
    // Without an upgrade, the paths are as any other.
    let response = handshake(&server, "GET /echo HTTP/1.1", &["Upgrade:", "Connection:"]);
    assert_eq!((response.status, response.body.as_str()), (200, "hello world\n"));
}

#[test]
fn an_interrupted_server_says_that_it_goes_away() {
    let server = serve(&[]);
    run(async {
        let mut sockets = Vec::new();
        for path in ["/echo", "/silent", "/broadcast"] {
            sockets.push(open(&server, path).await);
        }
        let stopped = std::thread::spawn(|| server.interrupt());
        for socket in &mut sockets {
            assert_eq!(socket.closed().await, (1001, "the server stops".to_owned()));
        }
        stopped.join().unwrap();
    });
}

#[test]
fn the_arrivals_log_has_handshakes_messages_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let server = serve(&["-latency=1ms", "-arrivals", log.to_str().unwrap()]);
    run(async {
        let mut socket = open(&server, "/echo?q").await;
        let mark = Mark::new(Run::fresh(), 7, 0);
        socket.ask(&format!("a {mark}")).await;
        socket.0.close().await.unwrap();
        handshake(&server, "GET /other HTTP/1.1", &["X-Drumfire-Seq: 3"]);
        let mut agent = open(&server, "/agent?tokens=1").await;
        agent.ask("a").await;
        agent.text().await;
        let mut silent = open(&server, "/silent").await;
        silent.send("a").await;
        silent.0.close().await.unwrap();
        let mut first = open(&server, "/broadcast").await;
        let mut second = open(&server, "/broadcast").await;
        let mut third = open(&server, "/broadcast").await;
        first.send("a").await;
        assert_eq!((second.text().await, third.text().await), ("a".into(), "a".into()));
        drop(agent);
        server.interrupt();
    });
    let log = fs::read_to_string(log).unwrap();
    let mut lines: Vec<_> = log.lines().skip(1).map(fields).collect();
    lines.sort();
    let mut expected = [
        "delayed WS /echo  101 1 ",
        "7 delayed MESSAGE /echo   1 1",
        "delayed CLOSE /echo  1000 1 ",
        "3 delayed WS /other  404  ",
        "delayed WS /agent  101 2 ",
        "delayed MESSAGE /agent   2 2",
        "delayed CLOSE /agent  1006 2 ",
        "delayed WS /silent  101 3 ",
        "MESSAGE /silent   3 0",
        "delayed CLOSE /silent  1000 3 ",
        "delayed WS /broadcast  101 4 ",
        "delayed WS /broadcast  101 5 ",
        "delayed WS /broadcast  101 6 ",
        "delayed MESSAGE /broadcast   4 2",
        "delayed CLOSE /broadcast  1001 4 ",
        "delayed CLOSE /broadcast  1001 5 ",
        "delayed CLOSE /broadcast  1001 6 ",
    ];
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

/// Returns the number of a line, `delayed` if it has a delay, and the fields from the method on.
fn fields(line: &str) -> String {
    let fields: Vec<_> = line.split(',').collect();
    let delayed = if fields[2].is_empty() { "" } else { "delayed" };
    format!("{} {delayed} {}", fields[0], fields[3..].join(" ")).trim_start().to_owned()
}
