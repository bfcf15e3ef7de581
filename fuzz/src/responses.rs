//! Checks of responses and their bodies.

use std::cell::LazyCell;

use bytes::Bytes;
use drumfire::client::in_memory::{Received, receive};
use http::Method;
use libfuzzer_sys::Corpus;
use tokio::runtime::{Builder, Runtime};

/// Maximum number of body bytes kept, so that a body that expands takes little time.
const MAX_BODY: u64 = 1 << 20;

/// Maximum length in bytes of a text of a server, with the ellipsis at its end.
const MAX_TEXT: usize = 1024 + 3;

thread_local! {
    static RUNTIME: LazyCell<Runtime> =
        LazyCell::new(|| Builder::new_current_thread().build().expect("a runtime needs no I/O"));
}

/// Reads a response, whole and in pieces. The first bytes select the method and the length of the
/// pieces.
pub fn check_response(input: &[u8]) -> Corpus {
    let Some(([method, len], response)) = input.split_first_chunk() else {
        return Corpus::Reject;
    };
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::CONNECT];
    let method = &methods[usize::from(*method) % methods.len()];
    let [whole, parts] = both(response, *len, |pieces| {
        RUNTIME.with(|runtime| runtime.block_on(receive(pieces, method, None, Some(MAX_BODY))))
    });
    assert_eq!(whole.failure, parts.failure);
    check_same(&whole, &parts);
    Corpus::Keep
}

/// Decompresses a body, whole and in pieces. The first bytes select the encoding, the length of the
/// pieces and the limit.
pub fn check_body(input: &[u8]) -> Corpus {
    let Some(([encoding, len, low, high], body)) = input.split_first_chunk() else {
        return Corpus::Reject;
    };
    let encodings = ["gzip", "deflate", "br", "zstd", "gzip, br"];
    let encoding = encodings[usize::from(*encoding) % encodings.len()];
    // gzip is decompressed only if the target did not ask for it.
    let accept = (encoding != "gzip").then_some("deflate, br, zstd");
    let limit = u64::from(u16::from_le_bytes([*low, *high]));
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n");
    let response = [head.as_bytes(), body].concat();
    let read = |limit| {
        both(&response, *len, |pieces| {
            let received = receive(pieces, &Method::GET, accept, Some(limit));
            RUNTIME.with(|runtime| runtime.block_on(received))
        })
    };
    let [whole, parts] = read(limit);
    assert!(whole.body.len() as u64 <= limit && parts.body.len() as u64 <= limit);
    // If the limit is reached, an error after it is not seen.
    let [whole, parts] = read(MAX_BODY);
    if (whole.body.len() as u64) < MAX_BODY && (parts.body.len() as u64) < MAX_BODY {
        check_same(&whole, &parts);
    }
    Corpus::Keep
}

/// Reads bytes at once, and in pieces of a length.
fn both(bytes: &[u8], len: u8, read: impl Fn(Vec<Bytes>) -> Received) -> [Received; 2] {
    let piece = |piece: &[u8]| Bytes::copy_from_slice(piece);
    let parts = bytes.chunks(usize::from(len).max(1)).map(piece).collect();
    [read(vec![piece(bytes)]), read(parts)]
}

/// Fails unless a response in pieces is read like the whole.
fn check_same(whole: &Received, parts: &Received) {
    assert_eq!((whole.status, &whole.reason), (parts.status, &parts.reason));
    assert_eq!(whole.headers, parts.headers);
    // zstd may find another mistake first if the bytes arrive in pieces.
    assert_eq!(whole.failure.is_some(), parts.failure.is_some(), "{whole:?} {parts:?}");
    if whole.failure.is_none() {
        assert_eq!(whole.body, parts.body);
    }
    let texts = [&whole.reason, &whole.failure];
    assert!(texts.iter().all(|text| text.as_ref().is_none_or(|text| text.len() <= MAX_TEXT)));
}
