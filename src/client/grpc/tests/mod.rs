//! Calls to scripted servers on loopback.

mod raw;
mod hostile;
mod open_streams;
mod reflect;
mod streams;
mod tls;

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{self, LocalSet};

use super::framing::{self, framed};
use super::{CallKind, CallParts};
use crate::client::{
    self, BodyBudget, CallOptions, Client, Options, Outcome, Protocol, Redirects, Trust,
};
use crate::clock;
use crate::record::Messaging;

/// A limit that only a failure reaches.
const LONG: Duration = Duration::from_secs(60);

const UNARY: CallKind = CallKind { is_client_streaming: false, is_server_streaming: false };
const SERVER: CallKind = CallKind { is_client_streaming: false, is_server_streaming: true };
const CLIENT: CallKind = CallKind { is_client_streaming: true, is_server_streaming: false };
const BIDI: CallKind = CallKind { is_client_streaming: true, is_server_streaming: true };

fn options(calls: CallOptions) -> Options {
    Options {
        timeout: Some(LONG),
        keepalive: true,
        idle_connections: 100,
        max_connections: None,
        connect_rate: None,
        max_body: None,
        body_budget: Arc::new(BodyBudget::new(None)),
        redirects: Redirects::Ignore,
        protocol: Protocol::Negotiated,
        chunked: false,
        dial: client::dial::Options::default(),
        session_tickets: false,
        attack: String::new(),
        calls,
    }
}

/// Returns a call of `pkg.Service/Method`.
fn call(port: u16, kind: CallKind, messages: &[&'static [u8]]) -> CallParts {
    CallParts {
        address: format!("http://127.0.0.1:{port}/").parse().unwrap(),
        text: format!("grpc://127.0.0.1:{port}/pkg.Service/Method"),
        path: "/pkg.Service/Method".parse().unwrap(),
        headers: Vec::new(),
        kind,
        messages: messages.iter().map(|message| Bytes::from_static(message)).collect(),
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

/// Handles a connection as an HTTP/2 server that passes each request to `answer`.
async fn http2(
    stream: TcpStream,
    answer: impl AsyncFn(Request<RecvStream>, SendResponse<Bytes>) + Clone + 'static,
) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, response))) = connection.accept().await {
        let answer = answer.clone();
        task::spawn_local(async move { answer(request, response).await });
    }
}

/// Makes one call and returns its outcome.
async fn outcome(client: &Client, parts: CallParts) -> Outcome {
    let prepared = client.prepare_call(parts).unwrap();
    let mut outcome = Outcome::released_now();
    client.call(&prepared, 7, &mut outcome).await;
    outcome
}

fn client(calls: CallOptions) -> Client {
    Client::new(options(calls), client::tls_config(&Trust::default()).unwrap())
}

fn messaging(outcome: &Outcome) -> Messaging {
    **outcome.messaging.as_ref().unwrap()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
    });
    pairs.collect()
}

/// Returns the head of a response of gRPC.
fn head(more: &[(&'static str, &str)]) -> Response<()> {
    let mut response = Response::new(());
    *response.headers_mut() = headers(more);
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

/// Reads a request to its end.
async fn read(request: &mut RecvStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(Ok(data)) = request.data().await {
        let _ = request.flow_control().release_capacity(data.len());
        bytes.extend_from_slice(&data);
    }
    bytes
}

/// Answers a request with a body, then trailers.
fn answer(mut response: SendResponse<Bytes>, body: Bytes, trailers: &[(&'static str, &str)]) {
    let mut stream = response.send_response(head(&[]), false).unwrap();
    stream.send_data(body, false).unwrap();
    stream.send_trailers(headers(trailers)).unwrap();
}

#[test]
fn values_that_differ_from_call_to_call_are_never_indexed() {
    let deadlines: [(_, &[&str]); 2] = [
        (Some(clock::now() + LONG), &["grpc-timeout", "x-drumfire-seq"]),
        (None, &["x-drumfire-seq"]),
    ];
    for (deadline, expected) in deadlines {
        let parts = call(1, UNARY, &[b"question"]);
        let head = client(CallOptions::default()).prepare_call(parts).unwrap().head(7, deadline);
        let unindexed = head.headers().iter().filter(|(_, value)| value.is_sensitive());
        let mut unindexed: Vec<_> = unindexed.map(|(name, _)| name.as_str()).collect();
        unindexed.sort_unstable();
        assert_eq!(unindexed, expected);
        assert_eq!(head.headers().contains_key("grpc-timeout"), deadline.is_some());
    }
}

#[test]
fn a_unary_call_sends_its_headers_and_records_its_response() {
    let serve = async |stream| {
        http2(stream, async |request, response| {
            let (head, mut body) = request.into_parts();
            let names = head.headers.iter();
            let mut names: Vec<_> = names
                .filter(|(name, _)| **name != "grpc-timeout" && **name != "user-agent")
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
                .collect();
            names.sort();
            let timeout = head.headers["grpc-timeout"].to_str().unwrap();
            let (number, unit) = timeout.split_at(timeout.len() - 1);
            let timeout = (59_000_000..=60_000_000).contains(&number.parse::<u32>().unwrap());
            let seen = format!("{} {} {names:?} {timeout} {unit}", head.method, head.uri);
            let body = read(&mut body).await;
            assert_eq!(body, framed(b"question", false));
            answer(response, framed(seen.as_bytes(), false), &[("grpc-status", "0"), ("x", "y")]);
        })
        .await;
    };
    with_server(serve, async |port| {
        let mut parts = call(port, UNARY, &[b"question"]);
        parts.headers = vec![
            (http::header::HOST, HeaderValue::from_static("other.test")),
            (HeaderName::from_static("x-tenant"), HeaderValue::from_static("42")),
        ];
        let outcome = outcome(&client(CallOptions::default()), parts).await;
        let seen = String::from_utf8(outcome.body.bytes.to_vec()).unwrap();
        assert_eq!(
            seen,
            "POST http://other.test/pkg.Service/Method [\"content-type: application/grpc\", \
             \"grpc-accept-encoding: gzip,identity\", \"te: trailers\", \"x-drumfire-seq: 7\", \
             \"x-tenant: 42\"] true u"
        );
        assert_eq!((outcome.error.as_deref(), outcome.code), (None, 200));
        assert_eq!((outcome.bytes_out, outcome.body.n_received), (8, seen.len() as u64));
        assert_eq!(outcome.headers.as_ref().unwrap()["x"], "y");
        let Messaging {
            grpc_status, sent, first_message, gap_max, messages_in, messages_out, ..
        } = messaging(&outcome);
        assert_eq!((grpc_status, gap_max), (Some(0), None));
        assert_eq!((messages_in, messages_out), (1, 1));
        let times = [sent, outcome.first_byte, first_message, Some(outcome.latency)];
        assert!(times[0].is_some() && times.is_sorted(), "{times:?}");
    });
}

#[test]
fn messages_are_compressed_both_ways() {
    let serve = async |stream| {
        http2(stream, async |request: Request<RecvStream>, mut response| {
            assert_eq!(request.headers()["grpc-encoding"], "gzip");
            let body = read(&mut request.into_body()).await;
            assert_eq!(body[0], 1);
            let mut stream =
                response.send_response(head(&[("grpc-encoding", "gzip")]), false).unwrap();
            stream.send_data(body.into(), false).unwrap();
            stream.send_trailers(headers(&[("grpc-status", "0")])).unwrap();
        })
        .await;
    };
    with_server(serve, async |port| {
        let client = client(CallOptions { is_compressed: true, ..CallOptions::default() });
        let outcome = outcome(&client, call(port, UNARY, &[&[7; 10_000]])).await;
        assert_eq!(outcome.error, None);
        assert_eq!(outcome.body.bytes, &[7; 10_000][..]);
        assert_eq!((outcome.bytes_out, outcome.body.n_received), (10_000, 10_000));
    });
}

#[test]
fn a_status_of_the_server_is_recorded_and_none_is_invented() {
    let not_found = "rpc error: code = NotFound desc = no such task";
    let no_status = "rpc error: the stream ended without a status";
    let none = "rpc error: code = Internal desc = cardinality violation: received no response \
                message from non-server-streaming RPC";
    let html = "rpc error: code = Unknown desc = unexpected HTTP status code received from \
                server: 200 (OK); transport: received unexpected content-type \"text/html\"";
    let table: [(u16, &[_], bool, Option<&[_]>, _, _); 9] = [
        (200, &[], true, Some(&[("grpc-status", "0")]), Some(0), None),
        (200, &[], false, Some(&[("grpc-status", "0")]), Some(0), Some(none)),
        (
            200,
            &[],
            false,
            Some(&[("grpc-status", "5"), ("grpc-message", "no%20such task")]),
            Some(5),
            Some(not_found),
        ),
        (
            200,
            &[("grpc-status", "5"), ("grpc-message", "no such task")],
            false,
            None,
            Some(5),
            Some(not_found),
        ),
        (200, &[], true, None, None, Some(no_status)),
        (200, &[], true, Some(&[("x", "y")]), None, Some(no_status)),
        (503, &[("content-type", "text/html")], false, None, None, Some("503 Service Unavailable")),
        (302, &[("content-type", "text/html")], false, None, None, Some("302 Found")),
        (200, &[("content-type", "text/html")], false, None, None, Some(html)),
    ];
    for (code, first, has_message, trailers, status, error) in table {
        let serve = async move |stream| {
            let first: Vec<_> = first.to_vec();
            let trailers: Option<Vec<_>> = trailers.map(<[_]>::to_vec);
            http2(stream, async move |_request, mut response: SendResponse<Bytes>| {
                let mut head = head(&[]);
                *head.status_mut() = code.try_into().unwrap();
                head.headers_mut().extend(headers(&first));
                let ends = !has_message && trailers.is_none();
                let mut stream = response.send_response(head, ends).unwrap();
                if has_message {
                    stream.send_data(framed(b"x", false), trailers.is_none()).unwrap();
                }
                if let Some(trailers) = &trailers {
                    stream.send_trailers(headers(trailers)).unwrap();
                }
            })
            .await;
        };
        with_server(serve, async |port| {
            let outcome =
                outcome(&client(CallOptions::default()), call(port, UNARY, &[b"x"])).await;
            assert_eq!(outcome.error.as_deref(), error, "{code}");
            assert_eq!(messaging(&outcome).grpc_status, status, "{code}");
            assert_eq!(outcome.code, code);
        });
    }
}

#[test]
fn a_deadline_of_the_client_is_no_status_of_the_server() {
    for by_server in [true, false] {
        let serve = async move |stream| {
            http2(stream, async move |_request, response| {
                if by_server {
                    answer(response, Bytes::new(), &[("grpc-status", "4"), ("grpc-message", "x")]);
                } else {
                    clock::pause(LONG).await;
                }
            })
            .await;
        };
        with_server(serve, async |port| {
            let timeout = if by_server { LONG } else { Duration::from_millis(20) };
            let options = Options { timeout: Some(timeout), ..options(CallOptions::default()) };
            let client = Client::new(options, client::tls_config(&Trust::default()).unwrap());
            let outcome = outcome(&client, call(port, UNARY, &[b"x"])).await;
            let (status, text) = match by_server {
                true => (Some(4), "x"),
                false => (None, "context deadline exceeded"),
            };
            assert_eq!(messaging(&outcome).grpc_status, status);
            let expected = format!("rpc error: code = DeadlineExceeded desc = {text}");
            assert_eq!(outcome.error, Some(expected));
        });
    }
}

#[test]
fn calls_take_turns_on_a_fixed_number_of_connections() {
    use std::cell::RefCell;
    let seen: Rc<RefCell<Vec<usize>>> = Rc::default();
    let (counted, n_connections) = (seen.clone(), Rc::new(std::cell::Cell::new(0)));
    let serve = async move |stream| {
        let number = n_connections.get();
        n_connections.set(number + 1);
        let counted = counted.clone();
        http2(stream, async move |_request, response| {
            counted.borrow_mut().push(number);
            answer(response, framed(b"", false), &[("grpc-status", "0")]);
        })
        .await;
    };
    with_server(serve, async |port| {
        let channels = Some(3.try_into().unwrap());
        let client = client(CallOptions { channels, ..CallOptions::default() });
        for _ in 0..9 {
            let outcome = outcome(&client, call(port, UNARY, &[b"x"])).await;
            assert_eq!(outcome.error, None);
        }
    });
    assert_eq!(*seen.borrow(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
}

#[test]
fn a_call_in_flight_reserves_little_memory() {
    with_server(
        async |_| {},
        async |port| {
            let client = client(CallOptions::default());
            let prepared = client.prepare_call(call(port, UNARY, &[b"x"])).unwrap();
            let mut outcome = Outcome::released_now();
            let size = size_of_val(&client.call(&prepared, 0, &mut outcome));
            assert!(size <= 2 << 10, "{size}");
        },
    );
}
