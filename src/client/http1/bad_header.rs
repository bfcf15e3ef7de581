//! Names the header that makes a head malformed.

use crate::client::http1::error::Error;
use crate::markup::redact::cut;

/// Maximum length in bytes of a header name in a message.
const MAX_NAME: usize = 100;

/// Returns the error for a head that the parser refuses, with the header if one is the reason; None
/// if the line of that header is not complete, so that its name may not be either.
pub fn error(head: &[u8], problem: httparse::Error) -> Option<Error> {
    let is_bad = match problem {
        httparse::Error::TooManyHeaders => return Some(Error::TooManyHeaders),
        httparse::Error::HeaderName => has_bad_name,
        httparse::Error::HeaderValue => has_bad_value,
        _ => return Some(Error::Malformed(problem.to_string())),
    };
    let mut lines = head
        .split_inclusive(|byte| *byte == b'\n')
        .skip_while(|line| *line == b"\n" || *line == b"\r\n")
        .skip(1);
    let bad = lines.find(|line| {
        let (name, value) = parts(line);
        is_bad(name, value)
    });
    let Some(line) = bad else { return Some(Error::Malformed(problem.to_string())) };
    line.strip_suffix(b"\n").map(|line| {
        let name = String::from_utf8_lossy(parts(line).0.trim_ascii_end());
        Error::Malformed(format!("{problem}: {:?}", cut(&name, MAX_NAME)))
    })
}

/// Returns the part of a line before the first colon, and the rest; neither has the line break.
fn parts(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(line.len()))
}

fn has_bad_name(name: &[u8], value: &[u8]) -> bool {
    // A line that continues the last one has no name.
    let continues = name.starts_with(b" ") || name.starts_with(b"\t");
    let is_token = |byte: &u8| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(byte);
    !continues
        && !name.is_empty()
        && (value.is_empty() || !name.trim_ascii_end().iter().all(is_token))
}

fn has_bad_value(_name: &[u8], value: &[u8]) -> bool {
    value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t')
}
