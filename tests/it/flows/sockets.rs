//! WebSockets as steps of flows.

use std::io::Cursor;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use drumfire::codec::decoder;
use drumfire::record::Columns;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::task::{self, LocalSet};
use tokio_websockets::{CloseCode, Message, ServerBuilder};

use super::Place;
use crate::support::harness::Output;
use crate::support::waiting::wait_until;

/// A flow with a conversation after a request.
const CHAT: &str = r#"# @flow chat
# @name login
POST {{base}}/login
HTTP 200
[Captures]
token: jsonpath "$.token"

# @name connect
CONNECT ws://{{host}}/chat?token={{token}}
[Options]
skip: true
HTTP 101
[Asserts]
header "Upgrade" == "websocket"

# @name welcome
RECEIVE ws://{{host}}/chat
[Options]
skip: true
HTTP *
[Asserts]
jsonpath "$.type" == "welcome"

# @name ask
SEND ws://{{host}}/chat
[Options]
skip: true
{ "type": "ask", "text": "{{token}}" }
HTTP *
[Captures]
conversation: jsonpath "$.conversation"
[Asserts]
jsonpath "$.type" == "reply"
jsonpath "$.text" contains "abc"
duration < 60000
regex /c(\d)/ == "7"

# @name note
SEND ws://{{host}}/chat
[Options]
skip: true
base64,AAE=;

# @name bytes
RECEIVE ws://{{host}}/chat
[Options]
skip: true
HTTP *
`2 bytes`

# @name close
# @think 1ms
CLOSE ws://{{host}}/chat
[Options]
skip: true
"#;

/// A server of conversations.
struct Chat {
    address: SocketAddr,
    /// The codes of the close frames of clients, and `None` for connections without one.
    closes: Arc<Mutex<Vec<Option<u16>>>>,
}

impl Chat {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let closes = Arc::<Mutex<Vec<_>>>::default();
        let noted = closes.clone();
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            LocalSet::new().block_on(&runtime, async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    task::spawn_local(converse(stream, noted.clone()));
                }
            });
        });
        Self { address, closes }
    }

    fn attack(&self, place: &Place, flags: &str) -> Output {
        place.attack(flags).arg(format!("-variable=host={}", self.address)).run()
    }

    /// Returns name, method, kind, HTTP status, messages received, close code, and error of each
    /// record, in the order of flows and their steps.
    #[track_caller]
    fn records(&self, place: &Place, flags: &str) -> Vec<String> {
        let Output { status, stdout, stderr, .. } = self.attack(place, flags);
        assert_eq!((status, stderr.as_str()), (Some(0), ""));
        let mut decoder = decoder(Cursor::new(stdout), Columns::All).unwrap();
        let mut records = Vec::new();
        while let Some(batch) = decoder.next_batch().unwrap() {
            for record in batch.records() {
                let flow = record.flow.unwrap();
                let of_socket = record.messaging.map_or("-".to_owned(), |it| {
                    format!("{} {} {:?}", it.kind, it.messages_in, it.close_code)
                });
                let outcome =
                    record.error.unwrap_or(if record.is_success() { "ok" } else { "failed" });
                let (name, method, code) = (record.name, record.method, record.code);
                let line = format!("{name} {method} {of_socket} {code} {outcome}");
                records.push(((flow.flow_seq, flow.flow_hit), line));
            }
        }
        records.sort();
        records.into_iter().map(|(_, line)| line).collect()
    }
}

/// Serves one connection.
async fn converse(stream: TcpStream, closes: Arc<Mutex<Vec<Option<u16>>>>) {
    let Ok((request, mut socket)) = ServerBuilder::new().accept(stream).await else { return };
    if request.uri().path() == "/chat" {
        let _ = socket.send(Message::text(r#"{"type": "welcome"}"#)).await;
    }
    let mut close = None;
    while let Some(Ok(message)) = socket.next().await {
        if let Some((code, _)) = message.as_close() {
            close = Some(u16::from(code));
            continue;
        }
        if message.is_binary() {
            let text = format!("{} bytes", message.as_payload().len());
            let _ = socket.send(Message::text(text)).await;
            continue;
        }
        let text = message.as_text().unwrap_or_default().to_owned();
        if text.contains("ask") {
            let _ = socket.send(Message::text(r#"{"type": "typing"}"#)).await;
            let text = text.replace('"', "'");
            let reply = format!(r#"{{"type": "reply", "conversation": "c7", "text": "{text}"}}"#);
            let _ = socket.send(Message::text(reply)).await;
        }
        if text.contains("bye") {
            let code = CloseCode::SERVICE_OVERLOAD;
            let _ = socket.send(Message::close(Some(code), "busy")).await;
        }
    }
    closes.lock().unwrap().push(close);
}

/// The records of a conversation.
const RECORDS: [&str; 7] = [
    "login POST - 200 ok",
    "connect WS connect 0 None 101 ok",
    "welcome WS message 1 None 0 ok",
    "ask WS message 2 None 0 ok",
    "note WS message 0 None 0 ok",
    "bytes WS message 1 None 0 ok",
    "close WS close 0 Some(1000) 0 ok",
];

#[test]
fn a_conversation_is_a_flow() {
    let (place, chat) = (Place::new(&[("a.hurl", CHAT)]), Chat::start());
    for flags in ["-flow=a.hurl -rate=100 -flow-count=2", "-flow=a.hurl -users=2 -flow-count=2"] {
        assert_eq!(chat.records(&place, flags), [RECORDS, RECORDS].concat(), "{flags}");
    }
    wait_until("all sockets are closed", || chat.closes.lock().unwrap().len() == 4);
    assert_eq!(*chat.closes.lock().unwrap(), [Some(1000); 4]);
}

#[test]
fn the_sockets_of_a_flow_close_at_its_end() {
    let text = "CONNECT ws://{{host}}/\n[Options]\nskip: true\n";
    let (place, chat) = (Place::new(&[("a.hurl", text)]), Chat::start());
    let connect = "CONNECT / WS connect 0 None 101 ok";
    assert_eq!(chat.records(&place, "-flow=a.hurl -users=2 -flow-count=6"), [connect; 6]);
    wait_until("all sockets are closed", || chat.closes.lock().unwrap().len() == 6);
}

#[test]
fn what_fails_says_why() {
    let connect = "CONNECT ws://{{host}}/\n[Options]\nskip: true\n";
    let step = |start: &str, options: &str, rest: &str| {
        format!("{start} ws://{{{{host}}}}/?x\n[Options]\nskip: true\n{options}{rest}")
    };
    let reply = "`x`\nHTTP *\n[Asserts]\nbody contains \"reply\"\n";
    let table = [
        (
            format!("{connect}{}", step("SEND", "max-time: 50ms\n", reply)),
            "SEND /?x WS message 0 None 0 no reply within 50ms",
        ),
        (
            format!("{connect}{}", step("SEND", "", "`bye`\nHTTP *\n`x`\n")),
            "SEND /?x WS message 0 None 0 websocket: close 1013 (try again later): busy",
        ),
        (
            format!(
                "{connect}{}{}",
                step("SEND", "", "`bye`\nHTTP *\n`x`\n").replacen(
                    "SEND",
                    "# @on-failure go-on\nSEND",
                    1
                ),
                step("CLOSE", "", "")
            ),
            "CLOSE /?x WS close 0 Some(1013) 0 websocket: close 1013 (try again later): busy",
        ),
        (
            step("SEND", "", "`x`\n"),
            "SEND /?x WS message 0 None 0 no open WebSocket with this URL: expected a CONNECT before",
        ),
        (
            "CONNECT {{base}}/new\n[Options]\nskip: true\n".to_owned(),
            "CONNECT /new WS connect 0 None 404 websocket: bad handshake: 404 Not Found",
        ),
        (
            "CONNECT {{base}}/new\n[Options]\nskip: true\nHTTP 101\n".to_owned(),
            "CONNECT /new WS connect 0 None 404 check: status 101",
        ),
        (
            format!(
                "{connect}{}{}",
                step("SEND", "", "`ask`\n"),
                step("RECEIVE", "", "HTTP *\n`x`\n")
            ),
            "RECEIVE /?x WS message 1 None 0 check: body",
        ),
    ];
    let chat = Chat::start();
    for (text, expected) in table {
        let place = Place::new(&[("a.hurl", &text)]);
        let records = chat.records(&place, "-flow=a.hurl -rate=100 -flow-count=1");
        assert_eq!(records.last().map(String::as_str), Some(expected), "{text}");
    }
}

#[test]
fn a_conversation_is_tried() {
    let (place, chat) = (Place::new(&[("a.hurl", CHAT)]), Chat::start());
    let output = chat.attack(&place, "-try -flow=a.hurl");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{text}");
    let host = chat.address;
    for expected in [
        &format!("  2 connect: CONNECT ws://{host}/chat?token=abc\n    101 Switching Protocols, "),
        &format!("  4 ask: SEND ws://{host}/chat\n    reply after 1 other message, "),
        "capture  conversation: \"c7\"",
        &format!("  5 note: SEND ws://{host}/chat\n    sent, "),
        &format!("  7 close: CLOSE ws://{host}/chat\n    closed with 1000, "),
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}
