//! HTTP/2 servers that send any frames, also those that no library would.
//!
//! Source: RFC 9113, sections 3.4, 4.1 and 6; RFC 7541, appendix A.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const PADDED: u8 = 8;

/// The field `:status: 200` of a head.
pub const STATUS_200: &[u8] = b"\x88";

/// A server that writes frames. It ends with the process of the test.
pub struct FrameServer {
    /// Where the server listens.
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl FrameServer {
    /// Returns the URL that tests attack.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Returns the number of connections so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// A request, or a frame that needs an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The type of the frame.
    pub kind: u8,
    /// The number of the connection, from 1.
    pub connection: usize,
    /// The number of the stream; 0 for a frame of the connection.
    pub stream: u32,
}

/// What a server does.
pub enum Reaction {
    /// Writes bytes.
    Say(Vec<u8>),
    /// Writes bytes, closes its side, and reads until the client has closed the other.
    Last(Vec<u8>),
}

/// Starts a server with some settings. It reacts to each HEADERS, PING and SETTINGS frame.
pub fn serve_frames<R>(settings: &[(u16, u32)], react: R) -> FrameServer
where
    R: Fn(Incoming) -> Reaction + Send + Clone + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    let pairs = settings.iter().flat_map(|(id, value)| {
        id.to_be_bytes().into_iter().chain(value.to_be_bytes()).collect::<Vec<_>>()
    });
    let settings = frame(SETTINGS, 0, 0, &pairs.collect::<Vec<_>>());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = counted.fetch_add(1, Ordering::Relaxed) + 1;
            let (settings, react) = (settings.clone(), react.clone());
            // The client may close at any time. The test checks what the client received.
            thread::spawn(move || drop(converse(stream, &settings, connection, react)));
        }
    });
    FrameServer { address, connections }
}

fn converse(
    mut stream: TcpStream,
    settings: &[u8],
    connection: usize,
    react: impl Fn(Incoming) -> Reaction,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(settings)?;
    stream.read_exact(&mut [0; 24])?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let len = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        stream.read_exact(&mut vec![0; len])?;
        let number = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let incoming = Incoming { kind: head[3], connection, stream: number };
        let is_ack = matches!(head[3], SETTINGS | PING) && head[4] & ACK > 0;
        if is_ack || !matches!(head[3], HEADERS | SETTINGS | PING) {
            continue;
        }
        match react(incoming) {
            Reaction::Say(bytes) => stream.write_all(&bytes)?,
            Reaction::Last(bytes) => {
                stream.write_all(&bytes)?;
                stream.shutdown(std::net::Shutdown::Write)?;
                // Closing with unread data would reset the connection.
                return io::copy(&mut stream, &mut io::sink()).map(drop);
            }
        }
    }
}

/// Reacts as a good server does: responses with the body `hello`, acknowledgements.
pub fn good(incoming: Incoming) -> Reaction {
    Reaction::Say(match incoming.kind {
        HEADERS => hello(incoming.stream),
        PING => frame(PING, ACK, 0, &[0x3b, 0x7c, 0xdb, 0x7a, 0x0b, 0x87, 0x16, 0xb4]),
        _ => frame(SETTINGS, ACK, 0, b""),
    })
}

/// Returns a frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u32).to_be_bytes();
    [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Returns a response with status 200 and the body `hello`.
pub fn hello(stream: u32) -> Vec<u8> {
    [frame(HEADERS, END_HEADERS, stream, STATUS_200), frame(DATA, END_STREAM, stream, b"hello")]
        .concat()
}

/// Returns a GOAWAY.
pub fn goaway(last_stream: u32, code: u32, debug: &str) -> Vec<u8> {
    let payload = [&last_stream.to_be_bytes(), &code.to_be_bytes(), debug.as_bytes()].concat();
    frame(GOAWAY, 0, 0, &payload)
}

/// Returns a header field in a head: not indexed, not compressed.
pub fn field(name: &str, value: &[u8]) -> Vec<u8> {
    let len = |len: usize| {
        let mut bytes = vec![len.min(127) as u8];
        let mut rest = len.checked_sub(127);
        while let Some(left) = rest {
            bytes.push((left % 128) as u8 | if left < 128 { 0 } else { 128 });
            rest = (left >= 128).then_some(left / 128);
        }
        bytes
    };
    [&[0], &*len(name.len()), name.as_bytes(), &*len(value.len()), value].concat()
}

/// Returns a response whose head has these fields, in as many frames as it needs.
pub fn response(stream: u32, fields: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut pieces = fields.chunks(16_000).peekable();
    let mut kind = HEADERS;
    while let Some(piece) = pieces.next() {
        let flags = if pieces.peek().is_none() { END_HEADERS } else { 0 };
        bytes.extend(frame(kind, flags, stream, piece));
        kind = CONTINUATION;
    }
    bytes.extend(frame(DATA, END_STREAM, stream, b"hello"));
    bytes
}
