//! Compressed response bodies: what is decompressed, and the errors for what cannot be.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::attacks::hits;
use crate::support::results::Kept;
use crate::support::servers::{Answer, Scripted, scripted};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Starts a server that sends a body as compressed.
fn compressing(body: Vec<u8>) -> Scripted {
    scripted(move |_| {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
        );
        Answer::Bytes([head.as_bytes(), &body].concat())
    })
}

fn hit(server: &Scripted) -> Kept {
    hits(&server.url("/x"), 1, &[]).remove(0)
}

#[test]
fn a_response_without_a_body_need_not_be_compressed() {
    let table = [
        ("304 Not Modified", ""),
        ("204 No Content", ""),
        ("200 OK", "Content-Length: 0\r\n"),
        ("200 OK", "Transfer-Encoding: chunked\r\n"),
    ];
    for (status, framing) in table {
        let end = if framing.contains("chunked") { "0\r\n\r\n" } else { "" };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Encoding: gzip\r\n{framing}\r\n{end}");
        let server = scripted(move |_| Answer::Text(answer.clone()));
        let hit = hit(&server);
        assert_eq!((hit.error.as_str(), hit.bytes_in), ("", 0), "{status} {framing}");
        let headers = hit.headers.unwrap();
        assert!(headers.iter().any(|(name, _)| name == "Content-Encoding"), "{headers:?}");
    }
}

#[test]
fn a_redirect_without_a_body_is_followed_with_any_encoding() {
    let server = scripted(|head| {
        Answer::Text(
            match head.starts_with("GET /x ") {
                true => {
                    "HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Encoding: gzip\r\n\
                     Content-Length: 0\r\n\r\n"
                }
                false => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            }
            .to_owned(),
        )
    });
    let hit = hit(&server);
    assert_eq!((hit.code, hit.error.as_str(), hit.body.as_slice()), (200, "", &b"hello"[..]));
}

#[test]
fn a_body_in_several_members_is_read_to_the_end() {
    let hit = hit(&compressing([gzip("hel"), gzip("lo")].concat()));
    assert_eq!((hit.error.as_str(), hit.body.as_slice()), ("", &b"hello"[..]));
}

#[test]
fn data_after_a_compressed_body_is_an_error() {
    let hit = hit(&compressing([gzip("hello"), b"junk".to_vec()].concat()));
    let error = "cannot decompress the body: extra data follows its end";
    assert_eq!((hit.code, hit.error.as_str(), hit.body.as_slice()), (200, error, &b"hello"[..]));
}
