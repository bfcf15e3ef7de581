//! Responses, whole and in pieces, from a scripted server.

mod heads;
mod strays;

use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::{AsyncWriteExt, duplex};

use crate::client::http1::*;

/// A response: its status, its body and whether the connection accepts a further request; or why
/// there is none.
type Received = Result<(u16, String, bool), String>;

/// Lets a server send some pieces and close; returns the response to a request with a method.
fn received(method: &Method, pieces: &[&[u8]]) -> Received {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (ours, mut theirs) = duplex(1 << 16);
        let stream = Transport::Wrapped(Box::new(TokioIo::new(ours)), None);
        let connection = Connection::new(stream, Rc::default(), Rc::default());
        let server = async {
            for piece in pieces {
                // A client that has read a whole response may have closed the connection.
                let _ = theirs.write_all(piece).await;
                tokio::task::yield_now().await;
            }
            drop(theirs);
        };
        tokio::join!(read(connection, method), server).0
    })
}

/// Reads a response and closes the connection.
async fn read(mut connection: Connection, method: &Method) -> Received {
    let wording = |error: &Error| format!("{error:?}");
    let head = connection.read_head(method).await.map_err(|error| wording(&error))?;
    let mut body = Vec::new();
    let keep = async |data: &[u8]| {
        body.extend_from_slice(data);
        Ok(())
    };
    connection.read_body(keep, wording).await?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok((head.status.as_u16(), body, connection.is_reusable()))
}

#[test]
fn a_response_ends_as_its_head_announces() {
    let chunks = "Transfer-Encoding: gzip, Chunked\r\n";
    let table = [
        (Method::GET, "1.1 200 OK", "Content-Length: 5\r\n", "hello", "hello", true),
        (
            Method::GET,
            "1.1 200 OK",
            "Content-Length: 5, 5\r\nContent-Length: 5\r\n",
            "hello",
            "hello",
            true,
        ),
        (Method::GET, "1.1 200 OK", "Content-Length: 5\r\n", "hello, more", "hello", false),
        (Method::GET, "1.1 200 OK", "Content-Length: 0\r\nConnection: x, Close\r\n", "", "", false),
        (Method::GET, "1.0 200 OK", "Content-Length: 2\r\n", "ok", "ok", false),
        (
            Method::GET,
            "1.0 200 OK",
            "Content-Length: 2\r\nConnection: keep-alive\r\n",
            "ok",
            "ok",
            true,
        ),
        (Method::GET, "1.1 200 OK", "", "until the end", "until the end", false),
        (
            Method::GET,
            "1.1 200 OK",
            "Transfer-Encoding: chunked, gzip\r\n",
            "to the end",
            "to the end",
            false,
        ),
        (
            Method::GET,
            "1.1 200 OK",
            chunks,
            "5;ext=1\r\nhello\r\nA \r\n, ten more\r\n0\r\n\r\n",
            "hello, ten more",
            true,
        ),
        (Method::GET, "1.1 200 OK", chunks, "2\nok\n0\nA-Trailer: x\nB: y\n\n", "ok", true),
        (
            Method::GET,
            "1.0 200 OK",
            "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
            "ok",
            "ok",
            false,
        ),
        (Method::GET, "1.1 200 OK", "Content-Length:\r\n 2\r\n", "ok", "ok", true),
        (
            Method::GET,
            "1.1 200 OK",
            "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n",
            "",
            true,
        ),
        (Method::HEAD, "1.1 200 OK", "Content-Length: 5\r\n", "", "", true),
        (Method::HEAD, "1.1 200 OK", chunks, "", "", true),
        (Method::GET, "1.1 204 No Content", "", "", "", true),
        (Method::GET, "1.1 304 Not Modified", "Content-Length: 5\r\n", "", "", true),
        (Method::GET, "1.1 101 Switching Protocols", "", "", "", false),
        (Method::CONNECT, "1.1 200 OK", "Content-Length: 5\r\n", "", "", false),
        (Method::CONNECT, "1.1 403 No", "Content-Length: 2\r\n", "no", "no", true),
    ];
    for (method, status, headers, rest, body, reusable) in table {
        let response = format!("HTTP/{status}\r\n{headers}\r\n{rest}");
        let code = status[4..7].parse().unwrap();
        let expected = Ok((code, body.to_owned(), reusable));
        assert_eq!(received(&method, &[response.as_bytes()]), expected, "{method} {response}");
    }
}

#[test]
fn interim_responses_are_skipped() {
    let response = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n\
        HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok";
    assert_eq!(received(&Method::POST, &[response]), Ok((201, "ok".to_owned(), true)));
}

#[test]
fn a_malformed_response_is_an_error() {
    let chunks =
        |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    let head = |headers: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n");
    let malformed = |why: &str| format!("Malformed({why:?})");
    let body = |why: &str| format!("Body({why:?})");
    let ended = || "Ended".to_owned();
    let table = [
        (String::new(), ended()),
        ("HTTP/1.1 200 OK\r\nA: b\r\n".to_owned(), ended()),
        ("SSH-2.0-OpenSSH_9.2\r\n".to_owned(), malformed("invalid HTTP version")),
        ("HTTP/1.1 twenty\r\n\r\n".to_owned(), malformed("invalid response status")),
        (head("a b: c"), malformed("invalid header name: \"a b\"")),
        (head("Content-Length: +5"), malformed("bad Content-Length \"+5\"")),
        (head("Content-Length: 5\r\nContent-Length: 6"), malformed("bad Content-Length \"5, 6\"")),
        (head("Content-Length: 5") + "hell", ended()),
        (chunks("5\r\nhello\r\n"), ended()),
        (chunks("5\r\nhello0\r\n\r\n"), body("malformed chunked encoding")),
        (chunks("\r\n"), body("empty hex number for chunk length")),
        (chunks("0x5\r\n"), body("invalid byte in chunk length")),
        (chunks("11111111111111111\r\n"), body("http chunk length too large")),
        (
            chunks("0\r\n") + &"a: b\r\n".repeat(20_000),
            body("suspiciously long trailer after chunked body"),
        ),
        (chunks(&"0".repeat(5_000)), body("header line too long")),
    ];
    for (response, expected) in table {
        assert_eq!(received(&Method::GET, &[response.as_bytes()]), Err(expected), "{response}");
    }
}

#[test]
fn a_head_of_any_length_up_to_the_largest_is_read() {
    let head = |len: usize| format!("HTTP/1.1 204 No Content\r\nA: {}\r\n\r\n", "x".repeat(len));
    assert!(received(&Method::GET, &[head(100_000).as_bytes()]).is_ok());
    let too_large = received(&Method::GET, &[head(LARGEST_HEAD).as_bytes()]);
    assert_eq!(too_large, Err("TooLarge".to_owned()));
}

#[test]
fn endless_interim_responses_are_too_large() {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(LARGEST_HEAD / 32);
    assert_eq!(received(&Method::GET, &[hints.as_bytes()]), Err("TooLarge".to_owned()));
}

#[test]
fn empty_lines_before_a_head_are_skipped_up_to_the_largest_head() {
    let head = b"HTTP/1.1 204 No Content\r\n\r\n".as_slice();
    assert!(
        received(&Method::GET, &[b"\r\n".repeat(100_000).as_slice(), b"\r", b"\n", head]).is_ok()
    );
    let too_large = received(&Method::GET, &[b"\r\n".repeat(LARGEST_HEAD / 2).as_slice(), head]);
    assert_eq!(too_large, Err("TooLarge".to_owned()));
}

#[test]
fn thousands_of_headers_are_read() {
    let headers: String = (0..5_000).map(|n| format!("A-{n}: b\r\n")).collect();
    let response = format!("HTTP/1.1 204 No Content\r\n{headers}\r\n");
    let found = head::parse(response.as_bytes(), &Method::GET).unwrap().unwrap();
    assert_eq!(found.response.unwrap().head.headers.len(), 5_000);
}

#[test]
fn header_lines_are_limited_before_the_head_is_complete() {
    let lines = |n| format!("HTTP/1.1 204 No Content\r\n{}", "a:\n".repeat(n));
    let most = lines(error::MAX_HEADER_LINES) + "\r\n";
    assert_eq!(received(&Method::GET, &[most.as_bytes()]), Ok((204, String::new(), true)));
    let further = lines(error::MAX_HEADER_LINES + 2);
    let found = head::parse(further.as_bytes(), &Method::GET).map(drop).unwrap_err();
    assert_eq!(
        found.wording(),
        "the head of the response has too many header lines: more than 10000"
    );
}

#[test]
fn each_line_of_a_header_counts() {
    let head = |n| format!("HTTP/1.1 204 No Content\r\nA: b\r\n{}\r\n", " c\n".repeat(n));
    let most = head(error::MAX_HEADER_LINES - 1);
    assert!(received(&Method::GET, &[most.as_bytes()]).is_ok());
    let further = head(error::MAX_HEADER_LINES);
    let too_many = Err("TooManyHeaders".to_owned());
    assert_eq!(received(&Method::GET, &[further.as_bytes()]), too_many);
    let incomplete = &further[..further.len() - 2];
    assert_eq!(received(&Method::GET, &[incomplete.as_bytes(), b"\r\n"]), too_many);
}

#[test]
fn a_value_over_several_lines_is_joined() {
    let response = b"HTTP/1.1 204 No Content\r\nA: one\r\n  two\r\n\tthree\r\nB: four\r\n\r\n";
    let found = head::parse(response, &Method::GET).unwrap().unwrap();
    let headers = found.response.unwrap().head.headers;
    assert_eq!(
        (&headers["a"], &headers["b"]),
        (&"one two three".parse().unwrap(), &"four".parse().unwrap())
    );
}

proptest! {
    /// A response, damaged or not, is read the same in pieces as at once.
    #[test]
    fn a_response_in_pieces_is_read_like_the_whole(
        mut cuts in prop::collection::vec(0_usize..160, 0..8),
        damages in prop::collection::vec((0_usize..160, any::<u8>()), 0..3),
        chunked: bool,
    ) {
        let mut response = match chunked {
            true => b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\
                X-Long: 0123456789\r\n\r\n6;a=b\r\nhello,\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n".to_vec(),
            false => b"HTTP/1.1 404 Nothing Here\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\
                Connection: keep-alive\r\n\r\nhello, world".to_vec(),
        };
        for (at, byte) in damages {
            let len = response.len();
            response[at % len] = byte;
        }
        cuts.iter_mut().for_each(|cut| *cut = (*cut).min(response.len()));
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([response.len()]);
        let pieces = ends.scan(0, |start, end| Some(&response[std::mem::replace(start, end)..end]));
        let pieces: Vec<&[u8]> = pieces.collect();
        let in_pieces = received(&Method::GET, &pieces);
        let whole = received(&Method::GET, &[&response]);
        // Bytes after the response may not have arrived when the response is complete.
        prop_assert_eq!(in_pieces.map(|it| (it.0, it.1)), whole.map(|it| (it.0, it.1)));
    }
}
