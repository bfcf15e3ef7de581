//! A WebSocket client that sends and receives what a test says.

use std::io::{Read, Write};
use std::net::TcpStream as StdStream;
use std::time::Duration;

use drumfire::clock;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Message, WebSocketStream};

use crate::support::servers::Serve;

/// An open socket.
pub struct Socket(pub WebSocketStream<TcpStream>);

/// Longest wait for a message that comes, which only a failure takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs what a test does with sockets.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test);
}

fn address(server: &Serve) -> &str {
    server.url.trim_start_matches("http://")
}

/// Opens a socket.
pub async fn open(server: &Serve, path: &str) -> Socket {
    let stream = TcpStream::connect(address(server)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let url = format!("ws://{}{path}", address(server));
    let (stream, _) = ClientBuilder::new().uri(&url).unwrap().connect_on(stream).await.unwrap();
    Socket(stream)
}

impl Socket {
    /// Sends a text.
    pub async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text.to_owned())).await.unwrap();
    }

    /// Receives the next message.
    pub async fn receive(&mut self) -> Message {
        let next = clock::limit(Some(clock::now() + PATIENCE), self.0.next()).await;
        next.expect("a message comes within a minute").expect("the socket is open").unwrap()
    }

    /// Receives a text.
    pub async fn text(&mut self) -> String {
        let message = self.receive().await;
        message.as_text().unwrap_or_else(|| panic!("expected a text: {message:?}")).to_owned()
    }

    /// Receives a close frame, and returns its code and its reason.
    pub async fn closed(&mut self) -> (u16, String) {
        let message = self.receive().await;
        let (code, reason) =
            message.as_close().unwrap_or_else(|| panic!("expected a close: {message:?}"));
        let closed = (code.into(), reason.to_owned());
        assert!(self.0.next().await.is_none());
        closed
    }

    /// Waits until the server has read what was sent before.
    pub async fn settle(&mut self) {
        self.0.send(Message::ping(&b""[..])).await.unwrap();
        let pong = self.receive().await;
        assert!(pong.is_pong(), "expected a pong: {pong:?}");
    }

    /// Sends a close frame, and returns the texts that come before the end.
    pub async fn rest(mut self) -> Vec<String> {
        self.0.send(Message::close(None, "")).await.unwrap();
        let mut texts = Vec::new();
        while let Some(Ok(message)) = self.0.next().await {
            texts.extend(message.as_text().map(str::to_owned));
        }
        texts
    }

    /// Sends a text and receives one.
    pub async fn ask(&mut self, text: &str) -> String {
        self.send(text).await;
        self.text().await
    }
}

/// Sends a handshake in which the given lines of the head replace or follow those of a valid one,
/// and returns the response: its status, its headers in lower case, and its body.
pub fn handshake(server: &Serve, request: &str, lines: &[&str]) -> Response {
    let valid = [
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let name = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
    let kept = valid.iter().filter(|line| !lines.iter().any(|other| name(other) == name(line)));
    // A line without a value removes the header.
    let added = lines.iter().filter(|line| !line.ends_with(':'));
    let head: Vec<_> = kept.chain(added).copied().collect();
    let mut stream = StdStream::connect(address(server)).unwrap();
    write!(stream, "{request}\r\n{}\r\n\r\n", head.join("\r\n")).unwrap();
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
    let head = String::from_utf8(read).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Response { status, head, body: String::from_utf8(body).unwrap(), stream }
}

/// The response to a handshake.
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Its head, in lower case.
    pub head: String,
    /// Its body.
    pub body: String,
    /// The connection, for frames.
    pub stream: StdStream,
}
