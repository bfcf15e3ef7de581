//! HTTP/2 servers without TLS that respond as a test says.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use h2::server::{self, SendResponse};
use h2::{Reason, RecvStream};
use http::{HeaderMap, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{self, LocalSet};

/// An HTTP/2 server without TLS. It ends with the process of the test.
pub struct Server {
    /// Where the server listens.
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Returns the URL that tests attack.
    pub fn url(&self) -> String {
        format!("http://{}/x?q=1", self.address)
    }

    /// Returns the number of connections so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// What a server does with a stream.
pub enum Answer {
    /// A response with a body of this length.
    Body(usize),
    /// The same, after this number of streams of the connection are open.
    Together(usize),
    /// The same after 20 ms.
    Slowly,
    /// A reset.
    Reset(Reason),
    /// No response, ever.
    Silence,
    /// A response, followed by the end of the connection.
    Last,
    /// A response of this Content-Type and a status of gRPC, in trailers or in its head.
    Grpc { content_type: &'static str, status: &'static str, has_trailers: bool },
}

/// Starts a server that allows `streams` concurrent streams per connection.
pub fn serve<A>(streams: u32, answer: A) -> Server
where
    A: Fn(&Request<RecvStream>) -> Answer + Send + Clone + 'static,
{
    serve_after(0, &[], streams, answer)
}

/// Starts such a server. It first writes `said` to each of `ended` connections and closes them.
pub fn serve_after<A>(ended: usize, said: &'static [u8], streams: u32, answer: A) -> Server
where
    A: Fn(&Request<RecvStream>) -> Answer + Send + Clone + 'static,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                if counted.fetch_add(1, Ordering::Relaxed) < ended {
                    task::spawn_local(say_and_end(stream, said));
                } else {
                    task::spawn_local(converse(stream, streams, answer.clone()));
                }
            }
        });
    });
    Server { address, connections }
}

/// Writes `said` after the first request has arrived, and closes the connection.
///
/// Source: RFC 9113, sections 3.4 and 4.1.
async fn say_and_end(mut stream: TcpStream, said: &[u8]) -> io::Result<()> {
    const HEADERS: u8 = 1;
    const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    stream.write_all(SETTINGS).await?;
    let mut head = [0; 9];
    while head[3] != HEADERS {
        stream.read_exact(&mut head).await?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut payload).await?;
    }
    stream.write_all(said).await?;
    stream.shutdown().await?;
    // Closing with unread data would reset the connection.
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(drop)
}

async fn converse<A>(stream: TcpStream, streams: u32, answer: A)
where
    A: Fn(&Request<RecvStream>) -> Answer,
{
    let mut builder = server::Builder::new();
    let handshake = builder.max_concurrent_streams(streams).handshake(stream);
    let Ok(mut connection) = handshake.await else { return };
    let open = Rc::new(Cell::new(0));
    while let Some(Ok((request, respond))) = connection.accept().await {
        open.set(open.get() + 1);
        let answer = answer(&request);
        if matches!(answer, Answer::Last) {
            connection.graceful_shutdown();
        }
        task::spawn_local(respond_with(request, respond, answer, open.clone()));
    }
}

/// Responds with a status of gRPC whose message has a space.
fn respond_with_status(
    mut respond: SendResponse<Bytes>,
    content_type: &str,
    status: &str,
    has_trailers: bool,
) {
    let mut head = Response::new(());
    head.headers_mut().insert("content-type", content_type.parse().unwrap());
    let pairs = [("grpc-status", status), ("grpc-message", "too%20busy")];
    let status: HeaderMap = pairs
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .into_iter()
        .collect();
    if !has_trailers {
        head.headers_mut().extend(status);
        let _ = respond.send_response(head, true);
        return;
    }
    let Ok(mut stream) = respond.send_response(head, false) else { return };
    let _ = stream.send_data(Bytes::from_static(b"\0\0\0\0\0"), false);
    let _ = stream.send_trailers(status);
}

async fn respond_with(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    answer: Answer,
    open: Rc<Cell<usize>>,
) {
    let size = match answer {
        Answer::Body(size) => size,
        Answer::Grpc { content_type, status, has_trailers } => {
            return respond_with_status(respond, content_type, status, has_trailers);
        }
        Answer::Last => 5,
        Answer::Together(n) => {
            while open.get() < n {
                task::yield_now().await;
            }
            5
        }
        Answer::Slowly => {
            drumfire::clock::pause(Duration::from_millis(20)).await;
            5
        }
        Answer::Reset(reason) => return respond.send_reset(reason),
        Answer::Silence => return poll_fn(|context| respond.poll_reset(context).map(drop)).await,
    };
    drop(request);
    let Ok(mut body) = respond.send_response(Response::new(()), false) else { return };
    let _ = body.send_data(vec![b'x'; size].into(), true);
}
