//! Checks of HTTP/2 responses and of the messages in them.

use std::cell::LazyCell;

use bytes::Bytes;
use drumfire::client::{http2_in_memory, messages_in_memory};
use libfuzzer_sys::Corpus;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// Maximum length of a message in bytes.
const MAX_MESSAGE: usize = 64 << 10;

/// Maximum length of a text for a record in bytes. It may quote 256 bytes of the server, each as
/// up to ten characters.
const MAX_TEXT: usize = 4 << 10;

/// Maximum number of bytes of a repeated header block. Beyond it, there is nothing new.
const MAX_BLOCK: usize = 2 << 20;

/// Length of the payload of the frames that a header block is split into.
const MAX_FRAME: usize = 16 << 10;

/// A frame SETTINGS without settings.
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// Types of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;

/// Flags of frames.
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

thread_local! {
    static RUNTIME: LazyCell<Runtime> =
        LazyCell::new(|| Builder::new_current_thread().build().expect("a runtime needs no I/O"));
}

/// Reads messages, whole and in pieces. The first byte selects the length of the pieces.
pub fn check_messages(input: &[u8]) -> Corpus {
    let Some((len, bytes)) = input.split_first() else { return Corpus::Reject };
    let read = |len| {
        let pieces = bytes.chunks(len);
        let reading = messages_in_memory::read_messages(pieces, MAX_MESSAGE);
        RUNTIME.with(|runtime| runtime.block_on(reading))
    };
    let [whole, parts] = [bytes.len().max(1), usize::from(*len).max(1)].map(read);
    assert_eq!(whole.0, parts.0, "the messages depend on the pieces");
    assert_eq!(whole.1.is_some(), parts.1.is_some(), "{:?} {:?}", whole.1, parts.1);
    assert!(whole.0.iter().all(|message| message.len() <= MAX_MESSAGE));
    let mut rest = bytes;
    for message in &whole.0 {
        let ([flag, size @ ..], after) = rest.split_first_chunk::<5>().expect("it was read");
        let (frame, after) = after.split_at(u32::from_be_bytes(*size) as usize);
        assert!(*flag == 1 || frame == message, "a message was changed");
        rest = after;
    }
    Corpus::Keep
}

/// Reads a response. The first byte selects its form: frames as they are, or a header block that is
/// split into frames, and repeated to become large, as the head or as trailers.
pub fn check_http2(input: &[u8]) -> Corpus {
    let Some(([form, len, times], bytes)) = input.split_first_chunk() else {
        return Corpus::Reject;
    };
    let block = || {
        let times = (usize::from(*times) + 1).pow(2).min(MAX_BLOCK / bytes.len().max(1));
        bytes.repeat(times.max(1))
    };
    let frames = match form % 3 {
        0 => bytes.to_vec(),
        1 => headers(&block(), *len, END_STREAM),
        _ => {
            let data = frame(DATA, 0, b"hello");
            [headers(b"\x88", 0, 0), data, headers(&block(), *len, END_STREAM)].concat()
        }
    };
    let response = Bytes::from([SETTINGS, &frames].concat());
    let received = RUNTIME
        .with(|runtime| LocalSet::new().block_on(runtime, http2_in_memory::receive([response])));
    assert!(received.failure.is_none_or(|text| text.len() <= MAX_TEXT));
    Corpus::Keep
}

/// Returns a header block in frames, whose length a byte selects.
fn headers(block: &[u8], len: u8, flags: u8) -> Vec<u8> {
    let len = match len {
        0 => MAX_FRAME,
        len => usize::from(len) << 6,
    };
    let pieces: Vec<_> = if block.is_empty() { vec![block] } else { block.chunks(len).collect() };
    let last = pieces.len() - 1;
    let frames = pieces.into_iter().enumerate().map(|(number, piece)| {
        let (kind, flags) = if number == 0 { (HEADERS, flags) } else { (CONTINUATION, 0) };
        frame(kind, if number == last { flags | END_HEADERS } else { flags }, piece)
    });
    frames.collect::<Vec<_>>().concat()
}

/// Returns a frame on stream 1.
fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u32).to_be_bytes();
    [&len[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
}
