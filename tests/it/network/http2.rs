//! HTTP/2: many streams on few connections, and servers that end them.

use std::cell::Cell;
use std::fs;
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
use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{self, LocalSet};

use crate::support::harness::drumfire;
use crate::support::results::{Kept, records};
use crate::support::servers::{response, scripted};

/// An HTTP/2 server without TLS. It ends with the process of the test.
pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn url(&self) -> String {
        format!("http://{}/x?q=1", self.address)
    }

    fn connections(&self) -> usize {
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
}

/// Starts a server that allows `streams` concurrent streams per connection.
pub fn serve<A>(streams: u32, answer: A) -> Server
where
    A: Fn(&Request<RecvStream>) -> Answer + Send + Clone + 'static,
{
    serve_after(0, &[], streams, answer)
}

/// Starts such a server. It first writes `said` to each of `ended` connections and closes them.
fn serve_after<A>(ended: usize, said: &'static [u8], streams: u32, answer: A) -> Server
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

/// GOAWAY before the first request of a connection.
///
/// Source: RFC 9113, section 6.8.
const GOAWAY: &[u8] = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// The head of the first response, with status 200, and a part of its body.
///
/// Source: RFC 9113, sections 6.1 and 6.2; RFC 7541, appendix A.
const HALF: &[u8] = b"\0\0\x01\x01\x04\0\0\0\x01\x88\0\0\x04\0\0\0\0\0\x01hell";

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

async fn respond_with(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    answer: Answer,
    open: Rc<Cell<usize>>,
) {
    let size = match answer {
        Answer::Body(size) => size,
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

fn attack(server: &Server, requests: u64, flags: &[&str]) -> Vec<Kept> {
    let output = drumfire("attack -h2c -rate=0")
        .arg(format!("-requests={requests}"))
        .args(flags)
        .stdin(format!("POST {}\nX-One: 1\nConnection: keep-alive\n", server.url()))
        .run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let mut records = records(&output.stdout);
    records.sort_by_key(|record| record.seq);
    assert_eq!(records.len() as u64, requests);
    records
}

#[test]
fn the_host_header_of_a_target_is_the_authority_if_valid() {
    let table = [("example.test:81", Some("example.test:81")), ("a b", None), ("a/b", None)];
    for (host, expected) in table {
        let server = serve(10, move |request| {
            let authority = request.uri().authority().map(|authority| authority.as_str());
            // That of the URL, since the host header of the target is no valid authority.
            let own = authority.filter(|authority| !authority.starts_with("127.0.0.1:"));
            assert_eq!(own, expected);
            Answer::Body(5)
        });
        let hit = attack(&server, 1, &["-max-workers=1", &format!("-header=Host: {host}")]);
        assert_eq!((hit[0].code, hit[0].error.as_str()), (200, ""), "{host}");
    }
}

#[test]
fn a_chunked_body_is_sent_without_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body");
    fs::write(&file, "hello").unwrap();
    for (flag, length) in [("-chunked", None), ("-chunked=false", Some("5"))] {
        let server = serve(10, move |request| {
            let found =
                request.headers().get("content-length").map(|found| found.to_str().unwrap());
            assert_eq!(found, length);
            assert!(!request.headers().contains_key("transfer-encoding"));
            assert!(!request.body().is_end_stream(), "it has a body");
            Answer::Body(5)
        });
        let body = format!("-body={}", file.display());
        let hit = attack(&server, 1, &["-max-workers=1", flag, &body]).remove(0);
        let found = (hit.code, hit.error.as_str(), hit.bytes_out);
        assert_eq!(found, (200, "", 5), "{flag}");
    }
}

#[test]
fn a_request_has_the_form_of_http2() {
    let server = serve(10, |request| {
        let headers = request.headers();
        let seen = (request.method().as_str(), request.uri().path_and_query().unwrap().as_str());
        assert_eq!(seen, ("POST", "/x?q=1"));
        assert!(request.uri().authority().is_some());
        assert_eq!(headers.get_all("x-one").iter().count(), 1);
        assert!(headers.contains_key("x-drumfire-seq") && headers.contains_key("user-agent"));
        assert!(!headers.contains_key("host") && !headers.contains_key("connection"));
        Answer::Body(5)
    });
    let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
    assert_eq!((hit.code, hit.error.as_str(), hit.body.as_slice()), (200, "", &b"xxxxx"[..]));
}

#[test]
fn streams_share_connections_up_to_the_server_s_limit() {
    // The server responds to ten streams together, so that ten were open at once.
    let server = serve(10, |_| Answer::Together(10));
    let hits = attack(&server, 10, &["-max-workers=10", "-threads=1"]);
    assert!(hits.iter().all(|hit| hit.code == 200));
    assert_eq!(server.connections(), 1);

    let server = serve(10, |_| Answer::Slowly);
    let hits = attack(&server, 400, &["-max-workers=40", "-threads=1"]);
    assert!(hits.iter().all(|hit| hit.code == 200));
    assert!((4..=40).contains(&server.connections()), "{}", server.connections());
}

#[test]
fn the_connection_limit_counts_connections_not_streams() {
    let server = serve(5, |_| Answer::Body(5));
    let hits = attack(&server, 300, &["-max-workers=50", "-max-connections=1"]);
    assert!(hits.iter().all(|hit| hit.code == 200));
    assert_eq!(server.connections(), 1);
}

#[test]
fn without_keepalive_each_request_has_its_own_connection() {
    let server = serve(5, |_| Answer::Body(5));
    attack(&server, 4, &["-max-workers=2", "-keepalive=false"]);
    assert_eq!(server.connections(), 4);
}

#[test]
fn large_bodies_are_transferred_with_flow_control() {
    const SIZE: usize = 9 << 20;
    let server = serve(10, |_| Answer::Body(SIZE));
    let hits = attack(&server, 6, &["-max-workers=3", "-max-body=0"]);
    assert!(hits.iter().all(|hit| hit.code == 200 && hit.error.is_empty()));
}

#[test]
fn a_stream_refused_before_processing_is_retried_and_counted() {
    let refused = Arc::new(AtomicUsize::new(0));
    let server = serve(10, move |_| match refused.fetch_add(1, Ordering::Relaxed) {
        0 => Answer::Reset(Reason::REFUSED_STREAM),
        _ => Answer::Body(5),
    });
    let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
    assert_eq!((hit.code, hit.retries), (200, 1));
}

#[test]
fn a_server_that_refuses_every_stream_is_a_failure() {
    let server = serve(10, |_| Answer::Reset(Reason::REFUSED_STREAM));
    let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
    let error =
        format!("Post \"{}\": stream error: REFUSED_STREAM; received from peer", server.url());
    assert_eq!((hit.code, hit.retries, hit.error), (0, 5, error));
}

#[test]
fn a_request_dropped_by_many_connections_is_sent_until_one_accepts_it() {
    let server = serve_after(8, GOAWAY, 10, |_| Answer::Body(5));
    let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
    assert_eq!((hit.code, hit.retries, hit.error.as_str()), (200, 8, ""));
    assert_eq!(server.connections(), 9);
}

#[test]
fn a_closed_connection_is_reported_as_over_http1() {
    let table = [(&b""[..], 0, "Post \"URL\": EOF", ""), (HALF, 200, "unexpected EOF", "hell")];
    for (said, code, error, body) in table {
        let server = serve_after(1, said, 10, |_| Answer::Body(5));
        let hit = attack(&server, 1, &["-max-workers=1"]).remove(0);
        let error = error.replace("URL", &server.url());
        assert_eq!((hit.code, hit.error, hit.body.as_slice()), (code, error, body.as_bytes()));
    }
}

#[test]
fn a_server_without_http2_is_reported_as_such() {
    let server =
        scripted(|_| crate::support::servers::Answer::Text(response("400 Bad Request", "", "")));
    let output = drumfire("attack -h2c -rate=0 -max-workers=1 -requests=1")
        .stdin(format!("GET {}\n", server.url("/")))
        .run();
    let hit = records(&output.stdout).remove(0);
    let cause = "http2: frame too large: the server does not seem to speak HTTP/2";
    assert_eq!((hit.code, hit.error), (0, format!("Get \"{}\": {cause}", server.url("/"))));
}

#[test]
fn a_reset_stream_fails_alone() {
    let server = serve(10, |request| match request.headers()["x-drumfire-seq"].as_bytes() {
        b"3" => Answer::Reset(Reason::INTERNAL_ERROR),
        _ => Answer::Body(5),
    });
    let hits = attack(&server, 8, &["-max-workers=4", "-threads=1"]);
    let failed: Vec<_> = hits.iter().filter(|hit| hit.code == 0).collect();
    let error =
        format!("Post \"{}\": stream error: INTERNAL_ERROR; received from peer", server.url());
    assert_eq!((failed.len(), failed[0].seq, &failed[0].error), (1, 3, &error));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_stream_that_timed_out_leaves_the_connection_to_others() {
    let server = serve(10, |request| match request.headers()["x-drumfire-seq"].as_bytes() {
        b"0" => Answer::Silence,
        _ => Answer::Body(5),
    });
    let hits = attack(&server, 30, &["-max-workers=2", "-timeout=200ms", "-threads=1"]);
    assert!(hits[0].error.contains("context deadline exceeded"), "{}", hits[0].error);
    assert!(hits[1..].iter().all(|hit| hit.code == 200));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_graceful_shutdown_of_a_connection_fails_no_hit() {
    let served = Arc::new(AtomicUsize::new(0));
    let server = serve(10, move |_| match served.fetch_add(1, Ordering::Relaxed) % 20 {
        19 => Answer::Last,
        _ => Answer::Body(5),
    });
    let hits = attack(&server, 200, &["-max-workers=5"]);
    let failed: Vec<_> = hits.iter().filter(|hit| hit.code != 200).map(|hit| &hit.error).collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(server.connections() >= 5);
}
