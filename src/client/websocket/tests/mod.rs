//! Sockets to scripted servers on loopback.

mod handshakes;
mod hostile;
mod sending;
mod routes;

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{self, LocalSet};
use tokio_websockets::{CloseCode, Message, ServerBuilder, WebSocketStream};

use super::{SocketEnd, SocketEvent, SocketMessage, SocketParts, SocketReceiver, SocketSender};
use crate::client::{
    self, BodyBudget, CallOptions, Client, Options, Outcome, Protocol, Redirects, Trust,
};

/// A limit that only a failure reaches.
const LONG: Duration = Duration::from_secs(60);

fn options() -> Options {
    Options {
        timeout: Some(LONG),
        keepalive: true,
        idle_connections: 100,
        max_connections: None,
        connect_rate: None,
        max_body: None,
        body_budget: Arc::new(BodyBudget::new(None)),
        redirects: Redirects::Ignore,
        protocol: Protocol::Http1,
        chunked: false,
        dial: client::dial::Options::default(),
        session_tickets: false,
        attack: String::new(),
        calls: CallOptions { max_message: 1000, ..CallOptions::default() },
    }
}

fn client_with(options: Options) -> Client {
    let trust = Trust { insecure: true, ..Trust::default() };
    Client::new(options, client::tls_config(&trust).unwrap())
}

fn parts(scheme: &str, port: u16) -> SocketParts {
    let http = scheme.replace("ws", "http");
    SocketParts {
        address: format!("{http}://127.0.0.1:{port}/").parse().unwrap(),
        text: format!("{scheme}://a.test/chat"),
        path: "/chat?room=1".parse().unwrap(),
        headers: Vec::new(),
    }
}

/// Runs a test next to a server that handles each connection with `serve`.
fn with_server<F: Future>(
    serve: impl AsyncFn(TcpStream) + 'static,
    test: impl FnOnce(u16) -> F,
) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serve = Rc::new(serve);
        task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serve = serve.clone();
                task::spawn_local(async move { serve(stream).await });
            }
        });
        test(port).await
    })
}

/// Accepts a socket.
async fn accept(stream: TcpStream) -> WebSocketStream<TcpStream> {
    ServerBuilder::new().accept(stream).await.unwrap().1
}

/// Answers each message with itself.
async fn echo(stream: TcpStream) {
    let mut socket = accept(stream).await;
    while let Some(Ok(message)) = socket.next().await {
        if message.is_text() || message.is_binary() {
            socket.send(message).await.unwrap();
        }
    }
}

/// Reads the head of a request.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Returns the head of the response that accepts a handshake.
fn accepting(request: &str) -> String {
    let key = request.split_once("Sec-WebSocket-Key: ").unwrap().1.split("\r\n").next().unwrap();
    let text = [key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"].concat();
    let accept = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()));
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

/// Opens a socket that must open.
async fn open(client: &Client, parts: SocketParts) -> (SocketSender, SocketReceiver) {
    let prepared = client.prepare_socket(parts).unwrap();
    let mut outcome = Outcome::released_now();
    let opened = client.open_socket(&prepared, 7, &mut outcome).await;
    assert_eq!((outcome.error.as_deref(), outcome.code), (None, 101));
    assert!(outcome.is_over() && outcome.connect.is_some() && outcome.first_byte.is_some());
    opened.unwrap()
}

/// What a socket has received: messages as they are, pongs after `pong:`.
type Seen = Rc<RefCell<Vec<String>>>;

/// Reads a socket to its end.
async fn read(receiver: SocketReceiver, seen: Seen) -> SocketEnd {
    let on_event = |event| match event {
        SocketEvent::Message(reply, bytes) => {
            assert_eq!(reply.len, bytes.len() as u64);
            seen.borrow_mut().push(String::from_utf8_lossy(&bytes).into_owned());
        }
        SocketEvent::Pong { payload, .. } => {
            seen.borrow_mut().push(format!("pong:{}", String::from_utf8_lossy(&payload)));
        }
        SocketEvent::Written => {}
    };
    receiver.read(on_event).await
}

/// Opens a socket and reads it to its end.
async fn received(port: u16) -> (Vec<String>, SocketEnd) {
    let (_sender, receiver) = open(&client_with(options()), parts("ws", port)).await;
    let seen = Seen::default();
    let end = read(receiver, seen.clone()).await;
    (seen.take(), end)
}

/// Waits until a condition holds, while others have their turns.
async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        task::yield_now().await;
    }
}

fn text(text: &str) -> SocketMessage {
    SocketMessage::text(Bytes::copy_from_slice(text.as_bytes()))
}

fn failed(code: Option<u16>, error: &str) -> SocketEnd {
    SocketEnd { close_code: code, error: Some(error.to_owned()) }
}

#[test]
fn messages_and_pings_are_answered_until_this_side_closes() {
    with_server(echo, async |port| {
        let (mut sender, receiver) = open(&client_with(options()), parts("ws", port)).await;
        let seen = Seen::default();
        let reading = task::spawn_local(read(receiver, seen.clone()));
        let sent = sender.send(&text("hello")).unwrap();
        assert!(sent.at().is_some());
        sender.send(&text("")).unwrap();
        sender.ping(Bytes::from_static(b"x")).unwrap();
        sender.send(&SocketMessage::binary(Bytes::from_static(b"\0\x01"))).unwrap();
        until(|| seen.borrow().len() == 4).await;
        assert_eq!(*seen.borrow(), ["hello", "", "pong:x", "\0\x01"]);
        assert!(sender.ping(Bytes::from(vec![0; 126])).is_err());
        sender.close(1000);
        let error = sender.send(&text("late")).unwrap_err();
        assert_eq!(error, "the socket was closed by this side");
        let end = reading.await.unwrap();
        assert_eq!(end, SocketEnd { close_code: Some(1000), error: None });
    });
}

#[test]
fn a_server_may_ping_and_close() {
    let serve = async |stream| {
        let mut socket = accept(stream).await;
        socket.send(Message::ping("are you there")).await.unwrap();
        assert_eq!(&**socket.next().await.unwrap().unwrap().as_payload(), b"are you there");
        socket.send(Message::text("bye")).await.unwrap();
        let code = CloseCode::try_from(1013).unwrap();
        socket.send(Message::close(Some(code), "busy\n")).await.unwrap();
        // The client confirms the code, and waits until the server closes the connection.
        let confirmed = socket.next().await.unwrap().unwrap();
        assert_eq!(confirmed.as_close().unwrap(), (code, ""));
    };
    with_server(serve, async |port| {
        let (seen, end) = received(port).await;
        assert_eq!(seen, ["bye"]);
        let error = "websocket: close 1013 (try again later): busy ";
        assert_eq!(end, failed(Some(1013), error));
    });
}

#[test]
fn a_caller_may_send_whenever_something_arrives() {
    with_server(echo, async |port| {
        let (sender, receiver) = open(&client_with(options()), parts("ws", port)).await;
        let sender = RefCell::new(sender);
        sender.borrow_mut().send(&text("1")).unwrap();
        let mut lens = Vec::new();
        let on_event = |event| {
            let SocketEvent::Message(reply, _) = event else { return };
            lens.push(reply.len);
            match reply.len {
                1..5 => drop(sender.borrow_mut().send(&text(&"1".repeat(lens.len() + 1))).unwrap()),
                _ => sender.borrow_mut().close(4000),
            }
        };
        let end = receiver.read(on_event).await;
        assert_eq!(lens, [1, 2, 3, 4, 5]);
        assert_eq!(end, SocketEnd { close_code: Some(4000), error: None });
    });
}

#[test]
fn a_connection_can_be_dropped_without_a_close_frame() {
    let ends = Rc::new(RefCell::new(Vec::new()));
    let noted = ends.clone();
    let serve = async move |stream| {
        let next = accept(stream).await.next().await;
        noted.borrow_mut().push(next.is_none());
    };
    with_server(serve, async |port| {
        let client = client_with(options());
        let (mut sender, receiver) = open(&client, parts("ws", port)).await;
        let reading = task::spawn_local(read(receiver, Seen::default()));
        task::yield_now().await;
        sender.abort();
        let dropped = "the connection was dropped by this side";
        assert_eq!(reading.await.unwrap(), failed(None, dropped));
        assert_eq!(sender.send(&text("x")).unwrap_err(), dropped);
        until(|| ends.borrow().len() == 1).await;
        // Without its receiver, a socket is of no use.
        let (mut sender, receiver) = open(&client, parts("ws", port)).await;
        drop(receiver);
        assert_eq!(sender.send(&text("x")).unwrap_err(), dropped);
        until(|| ends.borrow().len() == 2).await;
        assert_eq!(*ends.borrow(), [true, true]);
    });
}
