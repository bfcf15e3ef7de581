//! The head of a request as HTTP/1.1 writes it.

use std::io::Write;

use http::HeaderMap;

use crate::client::request::Request;
use crate::client::request::headers::SEQ;

/// The header lines of a request, encoded once for all hits.
#[derive(Debug)]
pub struct HeaderLines {
    /// The lines up to the value of the hit's number.
    before_seq: Box<[u8]>,
    after_seq: Box<[u8]>,
}

impl HeaderLines {
    /// Encodes headers, of which one holds the number of the hit.
    pub fn new(headers: &HeaderMap) -> Self {
        let (mut before_seq, mut after_seq) = (Vec::new(), Vec::new());
        let mut lines = &mut before_seq;
        for (name, value) in headers {
            write_name(name.as_str(), lines);
            lines.extend_from_slice(b": ");
            if *name == SEQ {
                lines = &mut after_seq;
            } else {
                lines.extend_from_slice(value.as_bytes());
            }
            lines.extend_from_slice(b"\r\n");
        }
        Self { before_seq: before_seq.into(), after_seq: after_seq.into() }
    }

    fn write(&self, seq: u64, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.before_seq);
        write_decimal(seq, bytes);
        bytes.extend_from_slice(&self.after_seq);
    }
}

/// Appends the head of the request of hit `seq`.
pub fn write(request: &Request, lines: &HeaderLines, seq: u64, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(request.method.as_str().as_bytes());
    bytes.push(b' ');
    let origin = &*request.origin;
    // A forwarding proxy needs the whole URL.
    if origin.forwarder.is_some() {
        let parts = [origin.scheme.as_str(), "://", origin.authority.as_str()];
        bytes.extend(parts.iter().flat_map(|part| part.bytes()));
    }
    bytes.extend_from_slice(request.path.as_str().as_bytes());
    bytes.extend_from_slice(b" HTTP/1.1\r\n");
    lines.write(seq, bytes);
    // The headers announce an empty body and chunks; see Headers::with_body.
    if !request.body.is_empty() && !request.body.is_chunked() {
        bytes.extend_from_slice(b"Content-Length: ");
        write_decimal(request.body.len() as u64, bytes);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
}

/// Writes a header name. Servers must not mind its case, but those that do expect it like this.
fn write_name(name: &str, bytes: &mut Vec<u8>) {
    let rest = match name.strip_prefix("sec-websocket-") {
        Some(rest) => {
            bytes.extend_from_slice(b"Sec-WebSocket-");
            rest
        }
        None => name,
    };
    write_in_title_case(rest, bytes);
}

/// Writes a header name with a capital at its start and after each hyphen.
fn write_in_title_case(name: &str, bytes: &mut Vec<u8>) {
    let mut last = b'-';
    for letter in name.bytes() {
        bytes.push(if last == b'-' { letter.to_ascii_uppercase() } else { letter });
        last = letter;
    }
}

fn write_decimal(number: u64, bytes: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = write!(bytes, "{number}");
}
