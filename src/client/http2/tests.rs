//! Exchanges with a scripted server, including any bytes that it may send.

use std::io::{self, Cursor};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};
use tokio::task::LocalSet;
use url::Url;

use super::*;
use crate::client::request::Parts as Wanted;
use crate::client::request::headers::{ClientHeaders, HeaderCache};
use crate::client::request::origin::Origin;
use crate::clock;

const MS: Duration = Duration::from_millis(1);

/// A frame SETTINGS without settings.
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// A PING.
const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\0a ping !";

/// The head of the first response, with status 200, and the body `hello`.
const HELLO: &[u8] = b"\0\0\x01\x01\x04\0\0\0\x01\x88\0\0\x05\0\x01\0\0\0\x01hello";

fn get() -> Request {
    let url: Url = "http://a.test/".parse().unwrap();
    let origin = Rc::new(Origin::new(&url, None).unwrap());
    let wanted = Wanted {
        method: http::Method::GET,
        text: url.to_string(),
        url,
        path: "/".parse().unwrap(),
        headers: Vec::new(),
        body: Default::default(),
        has_referer_of_client: false,
    };
    Request::new(origin, wanted, &ClientHeaders::default(), &HeaderCache::default()).unwrap()
}

/// Runs a test on a new connection and the server's side of it, under a paused clock.
fn check<F: Future>(test: impl FnOnce(Stream, DuplexStream) -> F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let (ours, theirs) = duplex(1 << 20);
        let bytes = Transport::Wrapped(Box::new(TokioIo::new(ours)), None);
        let stream = Stream::handshake(bytes, Usage::default()).await.ok().unwrap();
        test(stream, theirs).await
    })
}

/// Sends a request and reads the response.
async fn exchange(stream: &mut Stream) -> Result<(u16, Vec<u8>), String> {
    let request = get();
    let headers = headers(&request.headers);
    let sent = stream.send(&request, &headers, 0).await;
    let (head, mut body) = sent.map_err(|unanswered| unanswered.error.wording())?;
    let mut bytes = Vec::new();
    let keep = async |data: &[u8]| {
        bytes.extend_from_slice(data);
        Ok(())
    };
    read_body(&mut body, keep).await?;
    Ok((head.status.as_u16(), bytes))
}

/// Returns the response of a server that sends some bytes and closes, and whether the connection
/// is closed then.
fn received(bytes: &[u8]) -> (Result<(u16, Vec<u8>), String>, bool) {
    check(async |mut stream, mut server| {
        let response = exchange(&mut stream);
        let serve = async {
            // A response before its request would be a violation.
            clock::pause(MS).await;
            let _ = server.write_all(bytes).await;
            let _ = server.shutdown().await;
            let mut sent = Vec::new();
            let _ = clock::limit(Some(clock::now() + MS), server.read_to_end(&mut sent)).await;
        };
        let (response, ()) = tokio::join!(response, serve);
        clock::pause(MS).await;
        (response, stream.is_closed())
    })
}

#[test]
fn a_connection_is_closed_after_every_way_that_it_ends() {
    let broken = "connection error: PROTOCOL_ERROR";
    let table: [(&[u8], Result<_, &str>); 6] = [
        (&[SETTINGS, HELLO].concat(), Ok((200, b"hello".to_vec()))),
        (SETTINGS, Err("EOF")),
        (b"", Err("EOF")),
        // Padding of 255 bytes in a frame of 2 bytes.
        (&[SETTINGS, b"\0\0\x02\x01\x0c\0\0\0\x01\xff\x88"].concat(), Err(broken)),
        (&[SETTINGS, b"\0\0\x01\0\0\0\0\0\0x"].concat(), Err(broken)),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            Err("http2: frame too large: the server does not seem to speak HTTP/2"),
        ),
    ];
    for (bytes, expected) in table {
        let (response, is_closed) = received(bytes);
        assert_eq!(response, expected.map_err(str::to_owned), "{bytes:?}");
        assert!(is_closed, "{bytes:?}");
    }
}

/// A connection on which the server has responded, before it closed both directions. The system
/// says so to those who write before those who read know of anything.
struct Closed {
    unread: Cursor<Vec<u8>>,
    /// Whether the client has written its preface.
    is_begun: bool,
    has_failed: bool,
}

impl AsyncRead for Closed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.has_failed {
            true => Pin::new(&mut self.unread).poll_read(context, buffer),
            false => Poll::Pending,
        }
    }
}

impl AsyncWrite for Closed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !mem::replace(&mut self.is_begun, true) {
            return Poll::Ready(Ok(bytes.len()));
        }
        self.has_failed = true;
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Returns what an exchange finds on a connection that is closed after some bytes.
fn read_after_close(bytes: &[u8]) -> Result<(u16, Vec<u8>), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let unread = Cursor::new(bytes.to_vec());
    LocalSet::new().block_on(&runtime, async {
        let closed = Closed { unread, is_begun: false, has_failed: false };
        let bytes = Transport::Wrapped(Box::new(TokioIo::new(closed)), None);
        let mut stream = Stream::handshake(bytes, Usage::default()).await.ok().unwrap();
        exchange(&mut stream).await
    })
}

#[test]
fn what_a_server_sent_before_it_closed_is_read_after_a_failed_write() {
    let response = read_after_close(&[SETTINGS, HELLO].concat());
    assert_eq!(response, Ok((200, b"hello".to_vec())));
    let goaway = b"\0\0\x0c\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0bcalm";
    let error = read_after_close(&[SETTINGS, goaway].concat()).unwrap_err();
    assert_eq!(
        error,
        "http2: server sent GOAWAY and closed the connection; LastStreamID=0, \
         ErrCode=ENHANCE_YOUR_CALM, debug=\"calm\""
    );
    assert_eq!(read_after_close(b""), Err("EOF".to_owned()));
}

#[test]
fn a_silent_connection_is_probed_and_closed_unless_its_server_responds() {
    for responds in [true, false] {
        check(async |mut stream, mut server| {
            server.write_all(SETTINGS).await.unwrap();
            stream.settled().await;
            assert!(clock::limit(Some(clock::now() + MS), exchange(&mut stream)).await.is_none());
            assert_eq!(stream.abandoned(), Abandoned::Silent);
            assert!(stream.is_closed());
            assert_eq!(stream.abandoned(), Abandoned::Closed, "it is probed once");
            let answer = async {
                // Any frame shows that the server is there.
                clock::pause(10 * MS).await;
                if responds {
                    server.write_all(SETTINGS).await.unwrap();
                }
                server.read_to_end(&mut Vec::new()).await.unwrap();
            };
            let probe = stream.probe(Some(20 * MS));
            let (is_alive, ()) = tokio::select! {
                is_alive = probe => (is_alive, ()),
                () = answer => panic!("the connection ended while it was probed"),
            };
            assert_eq!((is_alive, stream.is_closed()), (responds, !responds));
            if !responds {
                clock::pause(MS).await;
                let lost = Err("http2: client connection lost".to_owned());
                assert_eq!(exchange(&mut stream).await, lost);
            }
        });
    }
}

#[test]
fn a_request_that_times_out_while_frames_arrive_leaves_the_connection_usable() {
    check(async |mut stream, mut server| {
        server.write_all(SETTINGS).await.unwrap();
        stream.settled().await;
        let limited = clock::limit(Some(clock::now() + 5 * MS), exchange(&mut stream));
        let other = async {
            clock::pause(MS).await;
            // An interim response, 103.
            server.write_all(b"\0\0\x05\x01\x04\0\0\0\x01\x08\x03103").await.unwrap();
        };
        assert!(tokio::join!(limited, other).0.is_none());
        assert_eq!(stream.abandoned(), Abandoned::Usable);
    });
}

#[test]
fn a_server_that_only_answers_pings_gets_no_requests_after_the_second_timeout() {
    check(async |mut stream, mut server| {
        server.write_all(SETTINGS).await.unwrap();
        stream.settled().await;
        for expected in [Abandoned::Silent, Abandoned::Closed] {
            let limited = clock::limit(Some(clock::now() + 5 * MS), exchange(&mut stream));
            let other = async {
                clock::pause(MS).await;
                server.write_all(PING).await.unwrap();
            };
            assert!(tokio::join!(limited, other).0.is_none());
            assert_eq!(stream.abandoned(), expected);
            server.write_all(PING).await.unwrap();
            clock::pause(MS).await;
            assert_eq!(stream.is_closed(), expected == Abandoned::Closed);
        }
    });
}

#[test]
fn a_connection_is_shared_once_its_server_has_announced_a_limit() {
    check(async |stream, mut server| {
        assert!(stream.split().is_none() && stream.allowed().is_none());
        let spare = stream.spare().unwrap();
        assert!(!stream.is_overdrawn());
        // MAX_CONCURRENT_STREAMS, 3.
        server.write_all(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x03").await.unwrap();
        stream.settled().await;
        assert_eq!(stream.allowed(), Some(3));
        let third = stream.split().unwrap();
        assert!(stream.split().is_none() && stream.spare().is_none());
        drop((spare, third));
    });
}

/// Any frame on one of the first streams, with a type that exists or not.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop::collection::vec(any::<u8>(), 0..40);
    (0..12u8, any::<u8>(), 0..6u8, payload).prop_map(|(kind, flags, stream, payload)| {
        let head = [0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream];
        [&head, payload.as_slice()].concat()
    })
}

proptest! {
    #[test]
    fn any_frames_end_in_a_response_or_a_failure(
        frames in prop::collection::vec(any_frame(), 0..12),
        cut in 0..20usize,
    ) {
        let bytes = frames.concat();
        let bytes = &bytes[..bytes.len().saturating_sub(cut)];
        let (response, is_closed) = received(&[SETTINGS, bytes].concat());
        prop_assert!(is_closed);
        let text = response.err().unwrap_or_default();
        prop_assert!(text.len() < 1_000, "{}", text);
    }
}
