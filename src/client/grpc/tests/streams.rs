//! Calls with streams of messages.

use super::*;

const MS: Duration = Duration::from_millis(1);

/// Handles a connection by answering each message of a request with itself.
async fn echo(stream: TcpStream) {
    http2(stream, async |request: Request<RecvStream>, mut response| {
        let mut stream = response.send_response(head(&[]), false).unwrap();
        let mut body = request.into_body();
        while let Some(Ok(data)) = body.data().await {
            let _ = body.flow_control().release_capacity(data.len());
            stream.send_data(data, false).unwrap();
        }
        let _ = stream.send_trailers(headers(&[("grpc-status", "0")]));
    })
    .await;
}

#[test]
fn a_server_stream_has_the_times_of_its_messages() {
    let serve = async |stream| {
        http2(stream, async |_request, mut response: SendResponse<Bytes>| {
            let mut stream = response.send_response(head(&[]), false).unwrap();
            for pause in [20, 60, 1] {
                clock::pause(pause * MS).await;
                stream.send_data(framed(b"token", false), false).unwrap();
            }
            stream.send_trailers(headers(&[("grpc-status", "0")])).unwrap();
        })
        .await;
    };
    with_server(serve, async |port| {
        let outcome = outcome(&client(CallOptions::default()), call(port, SERVER, &[b"x"])).await;
        assert_eq!(outcome.error, None);
        let noted = messaging(&outcome);
        assert_eq!((noted.messages_out, noted.messages_in), (1, 3));
        let (first, gap) = (noted.first_message.unwrap(), noted.gap_max.unwrap());
        assert!(first >= 20 * MS && first + gap <= outcome.latency, "{noted:?}");
        assert_eq!((&outcome.body.bytes[..], outcome.body.n_received), (&b"token"[..], 15));
    });
}

#[test]
fn a_list_of_messages_is_repeated_in_its_rhythm() {
    with_server(echo, async |port| {
        let calls = CallOptions {
            messages: Some(5.try_into().unwrap()),
            message_interval: 10 * MS,
            ..CallOptions::default()
        };
        let outcome = outcome(&client(calls), call(port, BIDI, &[b"a", b"bc"])).await;
        assert_eq!(outcome.error, None);
        let noted = messaging(&outcome);
        assert_eq!((noted.messages_out, noted.messages_in), (5, 5));
        assert_eq!((outcome.bytes_out, outcome.body.n_received), (7, 7));
        assert_eq!(&outcome.body.bytes[..], b"a");
        assert!(outcome.latency >= 40 * MS && noted.sent.unwrap() >= 40 * MS, "{noted:?}");
    });
}

#[test]
fn a_client_stream_is_larger_than_every_window() {
    let serve = async |stream| {
        http2(stream, async |request: Request<RecvStream>, response| {
            let body = read(&mut request.into_body()).await;
            let len = body.len().to_string();
            answer(response, framed(len.as_bytes(), false), &[("grpc-status", "0")]);
        })
        .await;
    };
    with_server(serve, async |port| {
        let messages = Some(300.try_into().unwrap());
        let calls = CallOptions { messages, ..CallOptions::default() };
        let outcome = outcome(&client(calls), call(port, CLIENT, &[&[7; 10_000]])).await;
        assert_eq!((outcome.error, outcome.bytes_out), (None, 3_000_000));
        assert_eq!(outcome.body.bytes, (300 * 10_005).to_string());
    });
}

#[test]
fn a_stream_length_ends_either_side() {
    let length = Some(50 * MS);
    for kind in [BIDI, SERVER] {
        let serve = async |stream: TcpStream| {
            http2(stream, async |request: Request<RecvStream>, mut response| {
                let mut stream = response.send_response(head(&[]), false).unwrap();
                stream.send_data(framed(b"first", false), false).unwrap();
                let mut body = request.into_body();
                let n_bytes = read(&mut body).await.len();
                if n_bytes > 6 {
                    stream.send_trailers(headers(&[("grpc-status", "0")])).unwrap();
                } else {
                    clock::pause(LONG).await;
                }
            })
            .await;
        };
        with_server(serve, async |port| {
            let calls = CallOptions {
                messages: Some(1_000_000.try_into().unwrap()),
                message_interval: 5 * MS,
                stream_length: length,
                ..CallOptions::default()
            };
            let outcome = outcome(&client(calls), call(port, kind, &[b"x"])).await;
            let noted = messaging(&outcome);
            assert_eq!((outcome.error.as_deref(), outcome.code), (None, 200), "{kind:?}");
            // The stream of the server was reset, so that it has no status.
            assert_eq!(noted.grpc_status, (kind == BIDI).then_some(0), "{kind:?}");
            assert_eq!(noted.messages_in, 1);
            assert!(outcome.latency >= 50 * MS && outcome.latency < LONG);
        });
    }
}
