//! Servers that break the protocol.

use super::*;

/// What a server sends, how the socket ends, and the code of the client's close frame.
type Row<'a> = (&'a str, Vec<u8>, SocketEnd, Option<u16>);

/// Returns a frame of a server with a payload of at most 125 bytes.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [&[first, payload.len() as u8], payload].concat()
}

fn close(code: u16) -> Vec<u8> {
    frame(0x88, &code.to_be_bytes())
}

/// Returns the code of the close frame in bytes of a client. None without such a frame.
fn close_code(bytes: &[u8]) -> Option<u16> {
    let start = bytes.iter().position(|byte| *byte == 0x88)?;
    let [mask @ .., first, second] = bytes[start + 2..].first_chunk::<6>()?;
    Some(u16::from_be_bytes([first ^ mask[0], second ^ mask[1]]))
}

/// Lets a server send some bytes, and checks how both sides end.
fn check((name, bytes, expected, code): Row<'_>) {
    let answers = Rc::new(RefCell::new(None));
    let noted = answers.clone();
    let name = name.to_owned();
    let serve = async move |stream: TcpStream| {
        let mut stream = accept(stream).await.into_inner();
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        *noted.borrow_mut() = Some(answer);
    };
    with_server(serve, async |port| {
        let (_, end) = received(port).await;
        assert_eq!(end, expected, "{name}");
        until(|| answers.borrow().is_some()).await;
        assert_eq!(close_code(&answers.take().unwrap()), code, "{name}");
    });
}

#[test]
fn frames_that_break_the_protocol_end_the_socket() {
    let protocol = |what: &str| failed(None, &format!("protocol error: {what}"));
    let opcode = "frame with an unexpected opcode from the server";
    let length = "frame with an invalid length from the server";
    let text = "text from the server that is not UTF-8";
    let table: [Row<'_>; 11] = [
        (
            "masked",
            b"\x81\x81\0\0\0\0x".into(),
            protocol("masked frame from the server"),
            Some(1002),
        ),
        ("unknown", frame(0x83, b"x"), protocol(opcode), Some(1002)),
        ("continued", frame(0x80, b"x"), protocol(opcode), Some(1002)),
        ("begun twice", [frame(1, b"a"), frame(0x81, b"b")].concat(), protocol(opcode), Some(1002)),
        (
            "reserved",
            frame(0xc1, b"x"),
            protocol("frame with reserved bits from the server"),
            Some(1002),
        ),
        (
            "cut ping",
            frame(0x09, b"x"),
            protocol("control frame in fragments from the server"),
            Some(1002),
        ),
        ("long ping", b"\x89\x7e\0\x7e".into(), protocol(length), Some(1002)),
        ("long form", b"\x81\x7e\0\x01x".into(), protocol(length), Some(1002)),
        ("text", frame(0x81, b"\xc3\x28"), protocol(text), Some(1007)),
        (
            "text in parts",
            [frame(1, b"\xc3"), frame(0x80, b"\x28")].concat(),
            protocol(text),
            Some(1007),
        ),
        ("reason", frame(0x88, b"\x03\xe8\xff"), protocol(text), Some(1007)),
    ];
    table.into_iter().for_each(check);
}

#[test]
fn messages_are_limited() {
    let limit =
        failed(None, "websocket: read limit exceeded: the message has more than 1000 bytes");
    let part = |first| frame(first, &[b'x'; 125]);
    let fragments = [part(1), part(0).repeat(8)].concat();
    let table: [Row<'_>; 4] = [
        ("a frame", b"\x82\x7e\x03\xe9".into(), limit.clone(), Some(1009)),
        (
            "a large frame",
            b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff".into(),
            limit.clone(),
            Some(1009),
        ),
        ("fragments", fragments, limit, Some(1009)),
        (
            "empty fragments",
            [frame(2, b""), frame(0, b"").repeat(100_000), close(1001)].concat(),
            SocketEnd { close_code: Some(1001), error: None },
            Some(1001),
        ),
    ];
    table.into_iter().for_each(check);
}

#[test]
fn the_close_codes_have_their_names() {
    let named = |code, name: &str| {
        let error = format!("websocket: close {code}{name}");
        ("", close(code), failed(Some(code), &error), Some(code))
    };
    let good =
        |code| ("", close(code), SocketEnd { close_code: Some(code), error: None }, Some(code));
    let invalid = |code| {
        let error = "protocol error: close frame with an invalid code from the server";
        ("", close(code), failed(None, error), Some(1002))
    };
    let valid = [
        good(1000),
        good(1001),
        named(1002, " (protocol error)"),
        named(1003, " (unsupported data)"),
        named(1007, " (invalid payload data)"),
        named(1008, " (policy violation)"),
        named(1009, " (message too big)"),
        named(1010, " (mandatory extension missing)"),
        named(1011, " (internal server error)"),
        named(1012, " (service restart)"),
        named(1014, " (bad gateway)"),
        named(3000, ""),
        named(4999, ""),
        ("no code", frame(0x88, b""), SocketEnd::default(), None),
    ];
    let invalid = [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535].map(invalid);
    valid.into_iter().chain(invalid).for_each(check);
    // What follows a close frame does not count.
    let storm = [close(1011).repeat(1000), frame(0x83, b"x")].concat();
    check(("storm", storm, named(1011, " (internal server error)").2, Some(1011)));
}

#[test]
fn an_end_without_a_close_frame_is_abnormal() {
    let abnormal = "websocket: close 1006 (abnormal closure): unexpected EOF";
    for bytes in [&b""[..], b"\x81", b"\x81\x05hel", b"\x01\x05hello"] {
        check(("cut", bytes.to_vec(), failed(None, abnormal), None));
    }
    let reset = async |stream: TcpStream| {
        let stream = accept(stream).await.into_inner();
        // Bytes that were not read: the connection is reset.
        until(|| matches!(stream.try_io(tokio::io::Interest::READABLE, || Ok(())), Ok(()))).await;
    };
    with_server(reset, async |port| {
        let (mut sender, receiver) = open(&client_with(options()), parts("ws", port)).await;
        sender.send(&text("x")).unwrap();
        let end = read(receiver, Seen::default()).await;
        assert_eq!(end, failed(None, "read: connection reset by peer"));
        assert_eq!(sender.send(&text("x")).unwrap_err(), "read: connection reset by peer");
    });
}

#[test]
fn pongs_do_not_pile_up_for_a_server_that_does_not_read() {
    let serve = async |stream: TcpStream| {
        let mut stream = accept(stream).await.into_inner();
        let pings = frame(0x89, &[b'x'; 125]).repeat(100);
        while stream.write_all(&pings).await.is_ok() {}
    };
    with_server(serve, async |port| {
        let (seen, end) = received(port).await;
        let error = "the server does not read: more than 1 MiB of messages wait to be sent";
        assert_eq!((seen, end), (Vec::new(), failed(None, error)));
    });
}
