//! attack and packed bodies: what is unpacked, and what is said of what cannot be.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::network::hits;
use crate::results::Kept;
use crate::servers::{Answer, Scripted, scripted};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Starts a server that sends a body as packed.
fn packing(body: Vec<u8>) -> Scripted {
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
fn a_body_in_several_members_is_read_to_the_end() {
    let hit = hit(&packing([gzip("hel"), gzip("lo")].concat()));
    assert_eq!((hit.error.as_str(), hit.body.as_slice()), ("", &b"hello"[..]));
}

#[test]
fn what_stands_behind_a_packed_body_is_told() {
    let hit = hit(&packing([gzip("hello"), b"junk".to_vec()].concat()));
    let error = "cannot unpack the body: something stands behind its end";
    assert_eq!((hit.code, hit.error.as_str(), hit.body.as_slice()), (200, error, &b"hello"[..]));
}
