//! Streams that stay open.

use super::*;
use crate::client::{Reply, StreamEnd};

/// What a test sees of a stream.
struct Seen {
    outcome: Outcome,
    /// Why the stream was not served. None if it was.
    refusal: Option<String>,
    replies: Vec<Bytes>,
    end: Option<StreamEnd>,
    /// Whether the system is known to have had each message before its reply.
    has_sent: bool,
}

/// Opens a stream, sends two messages before the head of the response is awaited, and ends it.
async fn converse(client: &Client, parts: CallParts) -> Seen {
    let call = client.prepare_call(parts).unwrap();
    let mut outcome = Outcome::released_now();
    let (mut replies, mut refusal, mut end) = (Vec::new(), None, None);
    let mut sent = Vec::new();
    if let Some((mut sender, mut receiver)) = client.open_stream(&call, 7, &mut outcome).await {
        for message in [call.message(0), client.message(&Bytes::from_static(b"bye"))] {
            assert_eq!((message.len(), message.is_empty()), (3, false));
            sent.push(sender.send(&message).unwrap());
        }
        sender.end();
        match receiver.head(&mut outcome).await {
            Ok(()) => {
                let on_message = |reply: Reply| {
                    assert_eq!(reply.len, reply.body.bytes.len() as u64);
                    replies.push(reply.body.bytes);
                };
                end = Some(receiver.read(on_message).await);
            }
            Err(error) => refusal = Some(error),
        }
    }
    let has_sent = !sent.is_empty() && sent.iter().all(|sent| sent.at().is_some());
    Seen { outcome, refusal, replies, end, has_sent }
}

/// Answers the first message of a request with a head and itself, and then the others.
async fn echo_late(stream: TcpStream) {
    http2(stream, async |request: Request<RecvStream>, mut response| {
        assert!(!request.headers().contains_key("grpc-timeout"));
        let mut body = request.into_body();
        let mut stream = None;
        while let Some(Ok(data)) = body.data().await {
            let stream =
                stream.get_or_insert_with(|| response.send_response(head(&[]), false).unwrap());
            stream.send_data(data, false).unwrap();
        }
        let status = headers(&[("grpc-status", "5"), ("grpc-message", "gone")]);
        stream.unwrap().send_trailers(status).unwrap();
    })
    .await;
}

#[test]
fn messages_can_be_sent_before_the_head_and_each_reply_is_passed_on() {
    with_server(echo_late, async |port| {
        let client = client(CallOptions::default());
        let seen = converse(&client, call(port, BIDI, &[b"one"])).await;
        assert_eq!((seen.refusal, seen.outcome.code, seen.has_sent), (None, 200, true));
        assert_eq!(seen.replies, [&b"one"[..], b"bye"]);
        let end = seen.end.unwrap();
        let error = "rpc error: code = NotFound desc = gone";
        assert_eq!((end.grpc_status, end.error.as_deref()), (Some(5), Some(error)));
        assert!(end.trailers.is_some_and(|trailers| trailers.contains_key("grpc-status")));
    });
}

#[test]
fn a_stream_that_is_not_served_says_why() {
    let table = [
        (Some("12"), 200, "rpc error: code = Unimplemented desc = "),
        (None, 503, "503 Service Unavailable"),
    ];
    for (grpc_status, status, expected) in table {
        let refuse = async move |stream| {
            http2(stream, async move |_request, mut response: SendResponse<Bytes>| {
                let more = grpc_status.map(|status| ("grpc-status", status));
                let mut head = head(more.as_slice());
                if grpc_status.is_none() {
                    head.headers_mut().clear();
                }
                *head.status_mut() = status.try_into().unwrap();
                response.send_response(head, true).unwrap();
            })
            .await;
        };
        with_server(refuse, async |port| {
            let client = client(CallOptions::default());
            let seen = converse(&client, call(port, BIDI, &[b"one"])).await;
            assert_eq!(seen.refusal.as_deref(), Some(expected));
            assert_eq!((seen.outcome.code, seen.outcome.is_over()), (status, false));
            let noted = seen.outcome.messaging.as_ref().and_then(|noted| noted.grpc_status);
            assert_eq!(noted, grpc_status.map(|_| 12));
        });
    }
}

#[test]
fn a_stream_without_a_server_is_over() {
    let client = client(CallOptions::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let seen = converse(&client, call(port, BIDI, &[b"one"])).await;
        assert!(seen.outcome.is_over() && seen.outcome.error.is_some() && seen.end.is_none());
    });
}
