//! Frames of HTTP/2 as servers send them.

use super::framing::framed;

/// A frame SETTINGS without settings.
pub const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// The end of a request with the message `x`: its frame DATA on the first stream.
const REQUEST_END: &[u8] = b"\0\0\x06\0\x01\0\0\0\x01\0\0\0\0\x01x";

/// Returns whether a request with the message `x` is complete. Other frames of the connection may
/// follow it.
pub fn has_request_end(seen: &[u8]) -> bool {
    seen.windows(REQUEST_END.len()).any(|part| part == REQUEST_END)
}

/// Returns a frame on the first stream.
pub fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    [&[0, 0, payload.len() as u8, kind, flags, 0, 0, 0, 1], payload].concat()
}

/// Returns a header as HPACK encodes it without its tables.
fn literal(name: &str, value: &str) -> Vec<u8> {
    let [a, b] = [name, value].map(|text| [&[text.len() as u8], text.as_bytes()].concat());
    [vec![0], a, b].concat()
}

/// Returns a successful response on the first stream: its head, the message `hello`, its trailers.
pub fn ok() -> [Vec<u8>; 3] {
    [
        frame(1, 4, &[vec![0x88], literal("content-type", "application/grpc")].concat()),
        frame(0, 0, &framed(b"hello", false)),
        frame(1, 5, &literal("grpc-status", "0")),
    ]
}
