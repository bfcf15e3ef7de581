//! Handshakes: what is sent, and what servers answer.

use http::{HeaderName, HeaderValue};

use super::*;

/// Returns the outcome of a handshake that must fail.
async fn refused(client: &Client, port: u16) -> Outcome {
    let prepared = client.prepare_socket(parts("ws", port)).unwrap();
    let mut outcome = Outcome::released_now();
    let opened = client.open_socket(&prepared, 7, &mut outcome).await;
    assert!(opened.is_none() && outcome.is_over());
    outcome
}

#[test]
fn a_handshake_has_the_headers_of_its_target() {
    let requests = Rc::new(RefCell::new(Vec::new()));
    let noted = requests.clone();
    let serve = async move |mut stream: TcpStream| {
        let request = read_head(&mut stream).await;
        stream.write_all(accepting(&request).as_bytes()).await.unwrap();
        noted.borrow_mut().push(request);
    };
    with_server(serve, async |port| {
        let client = client_with(Options { keepalive: false, ..options() });
        let mut parts = parts("ws", port);
        parts.address.set_username("me").unwrap();
        parts.headers = [
            ("host", "b.test"),
            ("connection", "keep-alive"),
            ("sec-websocket-key", "mine"),
            ("sec-websocket-protocol", "chat, superchat"),
            ("cookie", "a=b"),
        ]
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .into();
        for _ in 0..2 {
            let parts = SocketParts { headers: parts.headers.clone(), ..super::parts("ws", port) };
            drop(open(&client, parts).await);
        }
        drop(open(&client, parts).await);
    });
    let requests = requests.take();
    let key_of = |request: &str| {
        let line = request.lines().find(|line| line.starts_with("Sec-WebSocket-Key: "));
        line.unwrap().to_owned()
    };
    assert_ne!(key_of(&requests[0]), key_of(&requests[1]));
    let version = env!("CARGO_PKG_VERSION");
    let expected = [
        "GET /chat?room=1 HTTP/1.1",
        "Host: b.test",
        &format!("User-Agent: drumfire/{version}"),
        "Sec-WebSocket-Protocol: chat, superchat",
        "Cookie: a=b",
        "Authorization: Basic bWU6",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "X-Drumfire-Seq: 7",
        &key_of(&requests[2]),
        "\r\n",
    ];
    assert_eq!(requests[2], expected.join("\r\n"));
}

#[test]
fn a_refusal_has_the_status_of_the_server_and_the_start_of_its_body() {
    let table = [
        ("401 Unauthorized", 401, "websocket: bad handshake: 401 Unauthorized"),
        ("503 Busy", 503, "websocket: bad handshake: 503 Busy"),
        ("200 OK", 200, "websocket: bad handshake: 200 OK"),
        ("301 Moved Permanently", 301, "websocket: bad handshake: 301 Moved Permanently"),
    ];
    for (line, code, error) in table {
        let serve = async move |mut stream: TcpStream| {
            read_head(&mut stream).await;
            let head = format!("HTTP/1.1 {line}\r\nContent-Length: 5\r\n\r\nwhy..");
            stream.write_all(head.as_bytes()).await.unwrap();
        };
        with_server(serve, async |port| {
            let outcome = refused(&client_with(options()), port).await;
            assert_eq!(outcome.error.as_deref(), Some(error));
            // The response is complete.
            assert_eq!((outcome.code, outcome.failure()), (code, None));
            assert_eq!(outcome.body.bytes, "why..");
        });
    }
}

#[test]
fn a_refusal_without_end_is_cut_off() {
    let serve = async |mut stream: TcpStream| {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await.unwrap();
        while stream.write_all(&[b'x'; 1 << 10]).await.is_ok() {}
    };
    with_server(serve, async |port| {
        let outcome = refused(&client_with(options()), port).await;
        let error = "websocket: bad handshake: 403 Forbidden";
        assert_eq!(outcome.error.as_deref(), Some(error));
        assert_eq!(outcome.body.bytes.len(), 4 << 10);
    });
}

/// Returns the response to a request.
type Respond<'a> = &'a dyn Fn(&str) -> String;

#[test]
fn a_response_that_opens_no_socket_is_a_failure() {
    let of_url = |cause: &str| format!("Ws \"ws://a.test/chat\": {cause}");
    let bad = |problem: &str| format!("websocket: bad handshake: {problem}");
    let good = |request: &str| accepting(request);
    let table: [(Respond<'_>, u16, String); 6] = [
        (
            &|request| good(request).replace("HTTP/1.1", "HTTP/1.0"),
            101,
            bad("the server answered with HTTP/1.0: expected HTTP/1.1"),
        ),
        (
            &|_| good("Sec-WebSocket-Key: AAAA\r\n"),
            101,
            bad("the Sec-WebSocket-Accept of the response does not fit the key"),
        ),
        (
            &|request| good(request).replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: x\r\n\r\n"),
            101,
            bad("the server chose a subprotocol that was not offered"),
        ),
        (&|_| String::new(), 0, of_url("EOF")),
        (&|_| "HTTP/1.1 101".to_owned(), 0, of_url("EOF")),
        (
            &|_| "SSH-2.0-OpenSSH_9.2\r\n".to_owned(),
            0,
            of_url(
                "net/http: HTTP/1.x transport connection broken: malformed HTTP response (invalid \
                 HTTP version)",
            ),
        ),
    ];
    for (respond, code, error) in table {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = LocalSet::new().block_on(&runtime, async {
            listener.set_nonblocking(true).unwrap();
            let listener = TcpListener::from_std(listener).unwrap();
            let serving = async {
                let mut stream = listener.accept().await.unwrap().0;
                let request = read_head(&mut stream).await;
                stream.write_all(respond(&request).as_bytes()).await.unwrap();
            };
            let client = client_with(options());
            tokio::join!(serving, refused(&client, port)).1
        });
        assert_eq!((outcome.error, outcome.code), (Some(error), code));
    }
}

#[test]
fn a_handshake_has_a_time_limit() {
    let serve = async |mut stream: TcpStream| {
        read_head(&mut stream).await;
        // One byte at a time, and never the last one.
        for byte in b"HTTP/1.1 101 Switching Protocols\r\nX: " {
            stream.write_all(&[*byte]).await.unwrap();
        }
        std::future::pending::<()>().await;
    };
    with_server(serve, async |port| {
        let timeout = Some(Duration::from_millis(20));
        let outcome = refused(&client_with(Options { timeout, ..options() }), port).await;
        let error = "Ws \"ws://a.test/chat\": context deadline exceeded (Client.Timeout exceeded \
                     while awaiting headers)";
        assert_eq!(outcome.error.as_deref(), Some(error));
    });
}

#[test]
fn a_server_that_is_not_there_is_a_failed_dial() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    with_server(echo, async |_| {
        let outcome = refused(&client_with(options()), port).await;
        let error = format!(
            "Ws \"ws://a.test/chat\": dial tcp 127.0.0.1:{port}: connect: connection refused"
        );
        assert_eq!(outcome.error, Some(error));
        assert!(outcome.connect.is_some());
    });
}

#[test]
fn frames_that_follow_the_head_at_once_belong_to_the_socket() {
    let serve = async |mut stream: TcpStream| {
        let request = read_head(&mut stream).await;
        let frames = b"\x81\x05hello\x89\x00\x01\x02wo\x80\x03rld\x88\x02\x03\xe8";
        stream.write_all(&[accepting(&request).as_bytes(), frames].concat()).await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    };
    with_server(serve, async |port| {
        let (seen, end) = received(port).await;
        assert_eq!(seen, ["hello", "world"]);
        assert_eq!(end, SocketEnd { close_code: Some(1000), error: None });
    });
}
