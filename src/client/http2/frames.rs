//! Follows the frames that a server sends, to learn what h2 does not report.
//!
//! h2 says neither that a frame has arrived nor which streams a GOAWAY spares, and it drops the
//! GOAWAY of a server that closes the connection before it has answered.
//!
//! Source: RFC 9113, sections 4.1 and 6.8.

use h2::Reason;

/// Type of the frame DATA.
const DATA: u8 = 0;

/// Type of the frame HEADERS.
const HEADERS: u8 = 1;

/// Length of a frame's head in bytes.
const HEAD_LEN: usize = 9;

/// Type of the frame GOAWAY.
const GOAWAY: u8 = 7;

/// Length in bytes of a GOAWAY without debug data: the last stream and the error code.
const GOAWAY_LEN: usize = 8;

/// Maximum number of bytes kept of the debug data of a GOAWAY, since they become part of a failure.
const MAX_DEBUG_LEN: usize = 256;

/// Follows a stream of frames. Bytes that are no frames are harmless: they are read as some.
#[derive(Debug, Default)]
pub struct Frames {
    /// The start of a head that has not arrived completely.
    head: Vec<u8>,
    /// Number of payload bytes left of the last frame.
    left: usize,
    /// The start of the last frame's payload if it is a GOAWAY.
    goaway: Option<Vec<u8>>,
}

/// What some bytes contain.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Number of frames that began.
    pub n_frames: u64,
    /// Number of these that are parts of responses.
    pub n_of_responses: u64,
    /// The last complete GOAWAY.
    pub goaway: Option<GoAway>,
}

/// A server's announcement that it accepts no further streams on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoAway {
    /// The highest stream that the server may have processed; 2^31 - 1 if it has not decided.
    pub last_stream: u32,
    /// Why.
    pub reason: Reason,
    /// The server's explanation, at most 256 bytes; often empty.
    pub debug: String,
}

impl Frames {
    /// Takes the next bytes of the stream.
    pub fn take(&mut self, mut bytes: &[u8]) -> Seen {
        let mut seen = Seen::default();
        while !bytes.is_empty() {
            if self.left == 0 {
                bytes = self.take_head(bytes, &mut seen);
            } else {
                bytes = self.take_payload(bytes);
            }
            if self.left == 0
                && let Some(payload) = self.goaway.take()
            {
                seen.goaway = GoAway::parse(&payload).or(seen.goaway);
            }
        }
        seen
    }

    /// Takes a head, or a part of one; returns the bytes after it.
    fn take_head<'a>(&mut self, bytes: &'a [u8], seen: &mut Seen) -> &'a [u8] {
        let missing = HEAD_LEN - self.head.len();
        if bytes.len() < missing {
            self.head.extend_from_slice(bytes);
            return &[];
        }
        let (rest, after) = bytes.split_at(missing);
        let kind = if self.head.is_empty() {
            self.begin(rest)
        } else {
            self.head.extend_from_slice(rest);
            let head = std::mem::take(&mut self.head);
            self.begin(&head)
        };
        seen.n_frames += 1;
        seen.n_of_responses += u64::from(matches!(kind, DATA | HEADERS));
        after
    }

    /// Begins the frame with a complete head; returns its type.
    fn begin(&mut self, head: &[u8]) -> u8 {
        self.left = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let kind = head[3];
        self.goaway = (kind == GOAWAY).then(Vec::new);
        kind
    }

    /// Takes payload up to the end of the frame; returns the bytes after it.
    fn take_payload<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (payload, after) = bytes.split_at(self.left.min(bytes.len()));
        self.left -= payload.len();
        if let Some(kept) = &mut self.goaway {
            let room = GOAWAY_LEN + MAX_DEBUG_LEN - kept.len();
            kept.extend_from_slice(&payload[..payload.len().min(room)]);
        }
        after
    }
}

impl GoAway {
    /// Returns what is known after an earlier GOAWAY. The first reason and the first explanation
    /// stay, since a server may end a connection that failed with a second GOAWAY.
    ///
    /// Source: Go, package net/http, http2ClientConn.setGoAway.
    pub fn after(mut self, earlier: Option<Self>) -> Self {
        if let Some(earlier) = earlier {
            if earlier.reason != Reason::NO_ERROR {
                self.reason = earlier.reason;
            }
            if !earlier.debug.is_empty() {
                self.debug = earlier.debug;
            }
        }
        self
    }

    /// Parses a payload. None if it is too short, for which h2 ends the connection.
    fn parse(payload: &[u8]) -> Option<Self> {
        let (last_stream, rest) = payload.split_first_chunk::<4>()?;
        let (code, debug) = rest.split_first_chunk::<4>()?;
        Some(Self {
            // The highest bit is reserved.
            last_stream: u32::from_be_bytes(*last_stream) & (u32::MAX >> 1),
            reason: u32::from_be_bytes(*code).into(),
            debug: String::from_utf8_lossy(debug).into_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a frame on stream 0.
    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let len = (payload.len() as u32).to_be_bytes();
        [&len[1..], &[kind, 0, 0, 0, 0, 0], payload].concat()
    }

    fn goaway(last_stream: u32, code: u32, debug: &str) -> Vec<u8> {
        let payload = [&last_stream.to_be_bytes(), &code.to_be_bytes(), debug.as_bytes()].concat();
        frame(GOAWAY, &payload)
    }

    #[test]
    fn frames_are_found_however_their_bytes_arrive() {
        let stream = [
            frame(4, b""),
            frame(0, b"a body, \x00\x00\x08\x07"),
            goaway(1 << 31 | 5, 11, "calm \"down\""),
            frame(6, b"01234567"),
        ]
        .concat();
        let found = GoAway {
            last_stream: 5,
            reason: Reason::ENHANCE_YOUR_CALM,
            debug: "calm \"down\"".into(),
        };
        for size in 1..=stream.len() {
            let mut frames = Frames::default();
            let (mut n_frames, mut n_of_responses, mut goaways) = (0, 0, Vec::new());
            for bytes in stream.chunks(size) {
                let seen = frames.take(bytes);
                n_frames += seen.n_frames;
                n_of_responses += seen.n_of_responses;
                goaways.extend(seen.goaway);
            }
            let counts = (n_frames, n_of_responses);
            assert_eq!((counts, goaways), ((4, 1), vec![found.clone()]), "{size} bytes at a time");
        }
    }

    #[test]
    fn the_debug_data_of_a_goaway_is_bounded_and_a_short_one_is_ignored() {
        let long = goaway(0, 0, &"x".repeat(70_000));
        let found = Frames::default().take(&long).goaway.unwrap();
        assert_eq!(found.debug, "x".repeat(MAX_DEBUG_LEN));
        for len in 0..GOAWAY_LEN {
            let short = frame(GOAWAY, &[0; GOAWAY_LEN][..len]);
            assert_eq!(Frames::default().take(&short), Seen { n_frames: 1, ..Seen::default() });
        }
    }
}
