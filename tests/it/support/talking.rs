//! A server of gRPC streams that answers as a test says.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use h2::server::{self, SendResponse};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderValue, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{self, LocalSet};

/// What a server does with the messages of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Talk {
    /// Whether the head of the response comes only with the first reply.
    pub has_late_head: bool,
    /// Number of messages that get no reply; later ones do.
    pub n_deaf: usize,
    /// Time before each reply.
    pub delay: Duration,
    /// Number of messages after which the stream ends with status UNAVAILABLE. None if the client
    /// ends it.
    pub n_before_end: Option<usize>,
    /// Whether streams are refused with status UNIMPLEMENTED.
    pub is_refusing: bool,
    /// Whether the stream stays open after the client has ended it.
    pub is_endless: bool,
}

/// A server that ends with the process of the test.
pub struct Server {
    /// Where the server listens.
    pub address: SocketAddr,
    /// Number of messages received.
    pub received: Arc<AtomicUsize>,
}

/// Starts a server that echoes each message, in its way.
pub fn talk(talk: Talk) -> Server {
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let received = Arc::<AtomicUsize>::default();
    let counted = received.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                task::spawn_local(connection(stream, talk, counted.clone()));
            }
        });
    });
    Server { address, received }
}

async fn connection(stream: TcpStream, talk: Talk, received: Arc<AtomicUsize>) {
    let Ok(mut connection) = server::handshake(stream).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        let received = received.clone();
        task::spawn_local(async move {
            // The client may go away at any time. The test checks what the client received.
            let _ = answer(request.into_body(), respond, talk, &received).await;
        });
    }
}

async fn answer(
    mut messages: RecvStream,
    mut respond: SendResponse<Bytes>,
    talk: Talk,
    received: &AtomicUsize,
) -> Result<(), h2::Error> {
    let head = Response::builder().header("content-type", "application/grpc");
    if talk.is_refusing {
        let head = head.header("grpc-status", "12").header("grpc-message", "no talk").body(());
        return respond.send_response(head.unwrap(), true).map(drop);
    }
    let head = head.body(()).unwrap();
    let mut output = None;
    if !talk.has_late_head {
        output = Some(respond.send_response(head.clone(), false)?);
    }
    let (mut buffer, mut n_messages) = (BytesMut::new(), 0);
    while let Some(data) = messages.data().await {
        let data = data?;
        messages.flow_control().release_capacity(data.len())?;
        buffer.extend_from_slice(&data);
        while let Some(message) = next_message(&mut buffer) {
            received.fetch_add(1, Ordering::Relaxed);
            n_messages += 1;
            if n_messages <= talk.n_deaf {
                continue;
            }
            if !talk.delay.is_zero() {
                drumfire::clock::pause(talk.delay).await;
            }
            let output = match &mut output {
                Some(output) => output,
                None => output.insert(respond.send_response(head.clone(), false)?),
            };
            output.send_data(message, false)?;
            if talk.n_before_end == Some(n_messages) {
                return end(output, "14");
            }
        }
    }
    if talk.is_endless {
        std::future::pending::<()>().await;
    }
    match &mut output {
        Some(output) => end(output, "0"),
        None => end(&mut respond.send_response(head, false)?, "0"),
    }
}

fn end(output: &mut SendStream<Bytes>, status: &'static str) -> Result<(), h2::Error> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    output.send_trailers(trailers)
}

/// Removes the first whole message with its prefix.
fn next_message(buffer: &mut BytesMut) -> Option<Bytes> {
    let len = buffer.get(1..5)?.get_u32() as usize;
    (buffer.len() >= 5 + len).then(|| buffer.split_to(5 + len).freeze())
}
