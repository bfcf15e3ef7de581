//! Unusual heads: those that Go's client accepts, and those that name what is wrong.

use super::*;

/// Reads a head and returns its status, its reason phrase and its headers, or why it is refused.
fn parsed(head: &[u8]) -> Result<(u16, String, Vec<String>), String> {
    let found = head::parse(head, &Method::GET).map_err(|error| error.wording())?;
    let response = found.expect("the head is complete").response.expect("the response is final");
    let head::Response { head, .. } = response;
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        format!("{name}: {}", value.as_bytes().escape_ascii())
    };
    let headers = head.headers.iter().map(header).collect();
    Ok((head.status.as_u16(), head.reason.unwrap_or_default(), headers))
}

#[test]
fn heads_that_go_accepts_are_accepted() {
    let table: [(&[u8], u16, &str, &[&str]); 17] = [
        (b"HTTP/1.2 200 OK\r\nA: b\r\n\r\n", 200, "", &["a: b"]),
        (b"HTTP/2.0 200 OK\r\nA: b\r\n\r\n", 200, "", &["a: b"]),
        (b"HTTP/0.9 200 OK\r\n\r\n", 200, "", &[]),
        (b"HTTP/1.1 200\r\n\r\n", 200, "", &[]),
        (b"HTTP/1.1 200 \r\n\r\n", 200, "", &[]),
        (b"HTTP/1.1  200  Fine\r\n\r\n", 200, "Fine", &[]),
        (b"HTTP/1.1 200 OK\nA: b\n\n", 200, "", &["a: b"]),
        (b"HTTP/1.1 299 Odd\r\n\r\n", 299, "Odd", &[]),
        (b"HTTP/1.1 999 Odd\r\n\r\n", 999, "Odd", &[]),
        ("HTTP/1.1 500 Gr\u{f6}\u{df}er\r\n\r\n".as_bytes(), 500, "Gr\u{f6}\u{df}er", &[]),
        (b"HTTP/1.1 500 Gr\xf6\xdfer\r\n\r\n", 500, "Gr\u{f6}\u{df}er", &[]),
        (b"HTTP/1.1 200 OK\r\nName : v\r\n\r\n", 200, "", &["name: v"]),
        (b"HTTP/1.1 200 OK\r\nName\t:v\r\n\r\n", 200, "", &["name: v"]),
        (b"HTTP/1.1 200 OK\r\nA:\r\nB: \t v \t\r\n\r\n", 200, "", &["a: ", "b: v"]),
        (b"HTTP/1.1 200 OK\r\nA: one\r\n\t two\r\n\r\n", 200, "", &["a: one two"]),
        (b"HTTP/1.1 200 OK\r\nA: \xe9\xff\r\n\r\n", 200, "", &["a: \\xe9\\xff"]),
        (b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200, "", &[]),
    ];
    for (head, status, reason, headers) in table {
        let headers = headers.iter().map(|header| (*header).to_owned()).collect();
        let expected = Ok((status, reason.to_owned(), headers));
        assert_eq!(parsed(head), expected, "{}", head.escape_ascii());
    }
}

#[test]
fn a_refused_head_is_reported_with_what_is_wrong() {
    let long = [b"HTTP/1.1 200 OK\r\nA".as_slice(), &[b'('; 5_000], b": b\r\n\r\n"].concat();
    let long_name = format!("invalid header name: {:?}", format!("A{}\u{2026}", "(".repeat(99)));
    let table: [(&[u8], &str); 16] = [
        (b"HTTP/1.1 200 OK\r\nA: b\r\na b: c\r\n\r\n", "invalid header name: \"a b\""),
        (b"HTTP/1.1 200 OK\r\nA@B: c\r\n\r\n", "invalid header name: \"A@B\""),
        (b"HTTP/1.1 200 OK\r\n\xe9: c\r\n\r\n", "invalid header name: \"\u{fffd}\""),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "invalid header name: \"no colon\""),
        (b"HTTP/1.1 200 OK\r\n: c\r\n\r\n", "invalid header name: \"\""),
        (b"HTTP/1.1 200 OK\r\n A: c\r\n\r\n", "invalid header name: \" A\""),
        (b"HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", "invalid header value: \"A\""),
        (b"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "invalid header value: \"A\""),
        (b"HTTP/1.1 200 OK\r\nA: b\x1b[2J\r\n\r\n", "invalid header value: \"A\""),
        (&long, &long_name),
        (b"HTTP/1.1 099 Odd\r\n\r\n", "invalid status code 099"),
        (b"HTTP/1.1 1000 Odd\r\n\r\n", "invalid response status"),
        (b"HTTP/1.1 20x Odd\r\n\r\n", "invalid response status"),
        (b"HTTP/11 200 OK\r\n\r\n", "invalid HTTP version"),
        (b"HTTP/a.b 200 OK\r\n\r\n", "invalid HTTP version"),
        (b"ICY 200 OK\r\n\r\n", "invalid HTTP version"),
    ];
    for (head, expected) in table {
        let expected = format!(
            "net/http: HTTP/1.x transport connection broken: malformed HTTP response ({expected})"
        );
        assert_eq!(parsed(head), Err(expected), "{}", head.escape_ascii());
    }
}

#[test]
fn a_head_in_single_bytes_is_read() {
    let lines: String = (0..500).map(|n| format!("A-{n}: {}\r\n", "b".repeat(20))).collect();
    let response = format!("HTTP/1.1 204 No Content\r\n{lines}\r\n");
    let pieces: Vec<&[u8]> = response.as_bytes().chunks(1).collect();
    assert_eq!(received(&Method::GET, &pieces), Ok((204, String::new(), true)));
}
