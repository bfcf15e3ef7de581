//! Servers that break off, send what is malformed, or send without end.

use h2::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::raw::{SETTINGS, frame, has_request_end, ok};
use super::*;

/// The answer of a server to each call.
type Hostile = fn(SendResponse<Bytes>);

/// Makes a call to a server and returns the error and the status.
fn failed(serve: Hostile, kind: CallKind) -> (Option<String>, Option<u8>) {
    let serve = async move |stream| {
        http2(stream, async move |_request, response| {
            serve(response);
        })
        .await;
    };
    with_server(serve, async |port| {
        let outcome = outcome(&client(CallOptions::default()), call(port, kind, &[b"x"])).await;
        let status = messaging(&outcome).grpc_status;
        (outcome.error, status)
    })
}

/// Starts a response and sends some bytes.
fn started(mut response: SendResponse<Bytes>, body: Vec<u8>) -> h2::SendStream<Bytes> {
    let mut stream = response.send_response(head(&[]), false).unwrap();
    stream.send_data(body.into(), false).unwrap();
    stream
}

#[test]
fn a_broken_response_has_a_cause_and_no_status() {
    let internal = "rpc error: code = Internal desc =";
    let table: [(Hostile, String); 6] = [
        (
            |response| {
                let bytes = framed(b"hello", false);
                started(response, bytes[..7].to_vec())
                    .send_trailers(headers(&[("grpc-status", "0")]))
                    .unwrap();
            },
            format!("{internal} unexpected EOF"),
        ),
        (
            |response| {
                started(response, vec![0, 0])
                    .send_trailers(headers(&[("grpc-status", "0")]))
                    .unwrap();
            },
            format!("{internal} unexpected EOF"),
        ),
        (
            |response| {
                let mut stream = started(response, framed(b"hello", true).to_vec());
                stream.send_trailers(headers(&[("grpc-status", "0")])).unwrap();
            },
            format!("{internal} grpc: compressed flag set with identity or empty encoding"),
        ),
        (
            |response| {
                let mut stream = started(response, vec![7, 0, 0, 0, 0]);
                stream.send_trailers(headers(&[("grpc-status", "0")])).unwrap();
            },
            format!("{internal} grpc: received unexpected payload format 7"),
        ),
        (
            |response| {
                let mut stream = started(response, vec![0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
                stream.send_trailers(headers(&[("grpc-status", "0")])).unwrap();
            },
            "rpc error: code = ResourceExhausted desc = grpc: received message larger than max \
             (4294967295 vs. 4194304)"
                .to_owned(),
        ),
        (
            |mut response| {
                let head = head(&[("grpc-encoding", "zstd")]);
                let mut stream = response.send_response(head, false).unwrap();
                stream.send_data(framed(b"x", true), false).unwrap();
                stream.send_trailers(headers(&[("grpc-status", "0")])).unwrap();
            },
            format!("{internal} grpc: Decompressor is not installed for grpc-encoding \"zstd\""),
        ),
    ];
    for (serve, expected) in table {
        assert_eq!(failed(serve, SERVER), (Some(expected), None));
    }
}

/// Makes a call to a server that sends some bytes once it has the request, and returns the error
/// and the status.
fn received(bytes: Vec<u8>) -> (Option<String>, Option<u8>) {
    let serve = async move |mut stream: TcpStream| {
        let _ = stream.write_all(SETTINGS).await;
        let mut seen = Vec::new();
        while !has_request_end(&seen) {
            if !matches!(stream.read_buf(&mut seen).await, Ok(1..)) {
                return;
            }
        }
        let _ = stream.write_all(&bytes).await;
        while matches!(stream.read_buf(&mut seen).await, Ok(1..)) {}
    };
    with_server(serve, async |port| {
        let outcome = outcome(&client(CallOptions::default()), call(port, SERVER, &[b"x"])).await;
        let status = messaging(&outcome).grpc_status;
        (outcome.error, status)
    })
}

#[test]
fn a_stream_that_is_reset_failed_unless_its_status_came_before() {
    let [head, data, trailers] = ok();
    let reset = |reason| frame(3, 0, &[0, 0, 0, reason]);
    let from_peer =
        |reason: &str| Some(format!("stream error: stream ID 1; {reason}; received from peer"));
    // GOAWAY for the first stream, on stream 0.
    let goaway = b"\0\0\x08\x07\0\0\0\0\0\0\0\0\x01\0\0\0\0".to_vec();
    let table = [
        ([&head[..], &data, &trailers, &reset(0)].concat(), (None, Some(0))),
        ([&head[..], &data, &reset(0)].concat(), (from_peer("NO_ERROR"), None)),
        ([&head[..], &data, &reset(8)].concat(), (from_peer("CANCEL"), None)),
        ([&head[..], &goaway, &data, &trailers].concat(), (None, Some(0))),
    ];
    for (bytes, expected) in table {
        assert_eq!(received(bytes), expected);
    }
}

#[test]
fn a_compression_bomb_costs_only_its_own_call() {
    let serve = async |stream| {
        let bomb = framed(&vec![0; 5 << 20], true);
        http2(stream, async move |request: Request<RecvStream>, mut response| {
            let head = head(&[("grpc-encoding", "gzip")]);
            let mut stream = response.send_response(head, false).unwrap();
            let body = read(&mut request.into_body()).await;
            let is_bomb = body.ends_with(b"bomb");
            let body = if is_bomb { bomb.clone() } else { framed(b"fine", true) };
            stream.send_data(body, false).unwrap();
            let _ = stream.send_trailers(headers(&[("grpc-status", "0")]));
        })
        .await;
    };
    with_server(serve, async |port| {
        let client = client(CallOptions::default());
        let bomb = outcome(&client, call(port, UNARY, &[b"bomb"]));
        let other = outcome(&client, call(port, UNARY, &[b"other"]));
        let (bomb, other) = tokio::join!(bomb, other);
        let expected = "rpc error: code = ResourceExhausted desc = grpc: received message after \
                        decompression larger than max 4194304";
        assert_eq!(bomb.error.as_deref(), Some(expected));
        assert_eq!((other.error, &other.body.bytes[..]), (None, &b"fine"[..]));
    });
}

#[test]
fn bad_compressed_data_fails_its_call() {
    let serve = |mut response: SendResponse<Bytes>| {
        let mut stream = response.send_response(head(&[("grpc-encoding", "gzip")]), false).unwrap();
        let mut bytes = framed(b"not gzip", false).to_vec();
        bytes[0] = 1;
        stream.send_data(bytes.into(), false).unwrap();
        stream.send_trailers(headers(&[("grpc-status", "0")])).unwrap();
    };
    let (error, status) = failed(serve, UNARY);
    let prefix =
        "rpc error: code = Internal desc = grpc: failed to decompress the received message";
    assert!(error.as_ref().is_some_and(|text| text.starts_with(prefix)), "{error:?}");
    assert_eq!(status, None);
}

#[test]
fn trailers_of_70_kb_are_received() {
    let serve = |response| {
        let mut stream = started(response, framed(b"hello", false).to_vec());
        let long = "x".repeat(70_000);
        stream.send_trailers(headers(&[("grpc-status", "0"), ("long", &long)])).unwrap();
    };
    assert_eq!(failed(serve, UNARY), (None, Some(0)));
}

#[test]
fn many_streams_of_small_frames_all_succeed() {
    let serve = async |stream| {
        http2(stream, async |_request, mut response: SendResponse<Bytes>| {
            let mut stream = response.send_response(head(&[]), false).unwrap();
            for _ in 0..5_000 {
                stream.send_data(framed(b"a token.", false), false).unwrap();
            }
            stream.send_trailers(headers(&[("grpc-status", "0")])).unwrap();
        })
        .await;
    };
    with_server(serve, async |port| {
        let client = client(CallOptions::default());
        let calls = (0..64).map(|_| outcome(&client, call(port, SERVER, &[b"x"])));
        for outcome in futures_util::future::join_all(calls).await {
            assert_eq!((outcome.error.as_deref(), messaging(&outcome).messages_in), (None, 5_000));
        }
    });
}

#[test]
fn what_arrived_before_the_timeout_is_kept() {
    let serve = async |stream| {
        http2(stream, async |_request, response| {
            // A message, another one, and the start of a third.
            let bytes = [framed(b"one", false), framed(b"two", false), framed(b"three", false)];
            let _stream = started(response, bytes.concat()[..20].to_vec());
            std::future::pending::<()>().await;
        })
        .await;
    };
    with_server(serve, async |port| {
        let timeout = Some(Duration::from_millis(300));
        let options = Options { timeout, ..options(CallOptions::default()) };
        let client = Client::new(options, client::tls_config(&Trust::default()).unwrap());
        let outcome = outcome(&client, call(port, SERVER, &[b"x"])).await;
        let deadline = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
        assert_eq!(outcome.error.as_deref(), Some(deadline));
        assert_eq!(outcome.failure(), outcome.error.as_deref());
        let noted = messaging(&outcome);
        assert_eq!((noted.messages_in, noted.messages_out, noted.grpc_status), (2, 1, None));
        assert_eq!((&outcome.body.bytes[..], outcome.body.n_received), (&b"two"[..], 6));
        assert!(noted.sent.is_some() && outcome.bytes_out == 1 && outcome.code == 200);
    });
}

#[test]
fn a_server_of_http1_is_named_as_such() {
    let serve = async |mut stream: TcpStream| {
        let _ = stream.read(&mut [0; 1000]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    };
    with_server(serve, async |port| {
        let outcome = outcome(&client(CallOptions::default()), call(port, UNARY, &[b"x"])).await;
        let cause = "http2: frame too large: the server does not seem to speak HTTP/2";
        let expected = format!("Grpc \"grpc://127.0.0.1:{port}/pkg.Service/Method\": {cause}");
        assert_eq!(outcome.error, Some(expected));
    });
}

#[test]
fn a_call_that_a_goaway_leaves_out_is_made_again() {
    use std::cell::Cell;
    let n_connections = Rc::new(Cell::new(0));
    let seen = n_connections.clone();
    let serve = async move |stream: TcpStream| {
        n_connections.set(n_connections.get() + 1);
        let is_first = n_connections.get() == 1;
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((_request, mut response))) = connection.accept().await {
            if is_first {
                response.send_reset(Reason::REFUSED_STREAM);
                connection.graceful_shutdown();
            } else {
                answer(response, framed(b"x", false), &[("grpc-status", "0")]);
            }
        }
    };
    with_server(serve, async |port| {
        let outcome = outcome(&client(CallOptions::default()), call(port, UNARY, &[b"x"])).await;
        assert_eq!((outcome.error, outcome.retries), (None, 1));
    });
    assert_eq!(seen.get(), 2);
}
