//! Parses the head of a response.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use httparse::{Header, Response as Parsed, Status};

use crate::client::http1::error::{Error, MAX_HEADER_LINES};
use crate::client::http1::framing::Framing;
use crate::client::http1::{bad_header, status_line};
use crate::client::response::head::Head;
use crate::markup::redact::cut;

/// Number of headers that are parsed without allocating.
const USUAL_HEADERS: usize = 100;

/// Maximum length in bytes of a Content-Length in a message.
const MAX_LENGTH: usize = 100;

/// A head at the start of some bytes.
pub struct Found {
    /// Length of the head in bytes.
    pub len: usize,
    /// The final response; None if the head is that of an interim response.
    pub response: Option<Response>,
}

/// A final response, up to its body.
pub struct Response {
    pub head: Head,
    pub framing: Framing,
    /// Whether the connection stays open after the response.
    pub stays_open: bool,
}

/// Parses the head of the response to a method; None if the head is incomplete.
///
/// # Errors
///
/// [`Error::TooManyHeaders`] and [`Error::Malformed`].
pub fn parse(bytes: &[u8], method: &Method) -> Result<Option<Found>, Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let bytes = &*status_line::with_known_version(bytes);
    match parse_into(&mut [const { MaybeUninit::uninit() }; USUAL_HEADERS], bytes, method) {
        Err(Error::TooManyHeaders) => {
            // Bytes after the head may have any number of lines.
            let is_break = |byte: &&u8| **byte == b'\n';
            let n_lines = bytes.iter().filter(is_break).take(MAX_HEADER_LINES).count();
            let mut room = Vec::new();
            room.resize_with(n_lines, MaybeUninit::uninit);
            parse_into(&mut room, bytes, method)
        }
        parsed => parsed,
    }
}

/// Parses a head that has at most as many headers as fit into `room`.
fn parse_into<'a>(
    room: &mut [MaybeUninit<Header<'a>>],
    bytes: &'a [u8],
    method: &Method,
) -> Result<Option<Found>, Error> {
    let mut response = Parsed::new(&mut []);
    let parsed =
        bad_header::parser().parse_response_with_uninit_headers(&mut response, bytes, room);
    match parsed {
        Err(problem) => bad_header::error(bytes, problem).map_or(Ok(None), Err),
        Ok(Status::Partial) => Ok(None),
        Ok(Status::Complete(len)) => {
            Ok(Some(Found { len, response: final_response(&bytes[..len], &response, method)? }))
        }
    }
}

/// Returns whether an empty line, which ends a head, follows the first `n_seen` bytes.
pub fn ends_in(bytes: &[u8], n_seen: usize) -> bool {
    // Stop at the first empty line, since many heads may follow it.
    let mut lines =
        bytes[n_seen.saturating_sub(2)..].split_inclusive(|byte| *byte == b'\n').skip(1);
    lines.any(|line| line == b"\n" || line == b"\r\n")
}

/// Returns the final response that a head begins; None if it begins an interim response.
fn final_response(
    bytes: &[u8],
    response: &Parsed<'_, '_>,
    method: &Method,
) -> Result<Option<Response>, Error> {
    let code = response.code.unwrap_or_default();
    let bad = |_| Error::Malformed(format!("invalid status code {code:03}"));
    let status = StatusCode::from_u16(code).map_err(bad)?;
    if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(None);
    }
    let headers = headers(bytes, response)?;
    let is_http10 = response.version == Some(0);
    let switches_protocol = status == StatusCode::SWITCHING_PROTOCOLS
        || (method == Method::CONNECT && status.is_success());
    let has_body = !switches_protocol
        && method != Method::HEAD
        && status != StatusCode::NO_CONTENT
        && status != StatusCode::NOT_MODIFIED;
    let framing = if has_body { framing(response, is_http10)? } else { Framing::Empty };
    let stays_open = !switches_protocol
        && !framing.ends_with_stream()
        && match is_http10 {
            true => lists(response, "connection", "keep-alive"),
            false => !lists(response, "connection", "close"),
        };
    let sent = response.reason.unwrap_or_default();
    let reason =
        (Some(sent) != status.canonical_reason()).then(|| status_line::reason(bytes, sent));
    let version = if is_http10 { Version::HTTP_10 } else { Version::HTTP_11 };
    let head = Head { status, reason, headers, version };
    Ok(Some(Response { head, framing, stays_open }))
}

/// Returns the headers. Their values share one copy of the head.
fn headers(bytes: &[u8], response: &Parsed<'_, '_>) -> Result<HeaderMap, Error> {
    let bad = |error: http::Error| Error::Malformed(error.to_string());
    let shared = Bytes::copy_from_slice(bytes);
    let start = bytes.as_ptr().addr();
    let mut headers = HeaderMap::with_capacity(response.headers.len().min(USUAL_HEADERS));
    for header in &*response.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|it| bad(it.into()))?;
        let offset = header.value.as_ptr().addr() - start;
        let value = match header.value.contains(&b'\n') {
            true => Bytes::from(unfolded(header.value)),
            false => shared.slice(offset..offset + header.value.len()),
        };
        let value = HeaderValue::from_maybe_shared(value).map_err(|it| bad(it.into()))?;
        headers.try_append(name, value).map_err(|_| Error::TooManyHeaders)?;
    }
    Ok(headers)
}

/// Joins a value over several lines into one line.
///
/// Source: RFC 9112, section 5.2.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let lines = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.collect::<Vec<_>>().join(&b' ')
}

/// Returns the framing of the body of a response whose status allows one.
///
/// Source: RFC 9112, section 6.3.
fn framing(response: &Parsed<'_, '_>, is_http10: bool) -> Result<Framing, Error> {
    // HTTP/1.0 has no transfer codings. Like Go's client, ignore the header there.
    if let Some(codings) = named(response, "transfer-encoding").last().filter(|_| !is_http10) {
        // Only the last coding determines where the body ends.
        let last = codings.rsplit(',').next().unwrap_or_default();
        return match last.trim().eq_ignore_ascii_case("chunked") {
            true => Ok(Framing::chunked()),
            false => Ok(Framing::UntilEnd),
        };
    }
    // A length may be repeated, also within one header, if it is the same each time.
    let lengths = named(response, "content-length");
    let mut lengths = lengths.flat_map(|it| it.split(',').map(|length| decimal(length.trim())));
    match lengths.next() {
        None => Ok(Framing::UntilEnd),
        Some(Some(length)) if lengths.all(|other| other == Some(length)) => {
            Ok(Framing::Length(length))
        }
        Some(_) => {
            let sent: Vec<_> = named(response, "content-length").collect();
            let sent = cut(&sent.join(", "), MAX_LENGTH);
            Err(Error::Malformed(format!("bad Content-Length {sent:?}")))
        }
    }
}

/// Parses a number that consists of digits only; None for anything else.
fn decimal(text: &str) -> Option<u64> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Returns whether a comma-separated header contains a word.
fn lists(response: &Parsed<'_, '_>, name: &'static str, word: &str) -> bool {
    let mut words = named(response, name).flat_map(|list| list.split(','));
    words.any(|listed| listed.trim().eq_ignore_ascii_case(word))
}

/// Returns the values of a header as text, empty if a value is not valid UTF-8.
///
/// A response has few headers, so that a linear search is faster than a map.
fn named<'a>(response: &'a Parsed<'_, '_>, name: &'static str) -> impl Iterator<Item = &'a str> {
    let headers = response.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
    headers.map(|header| str::from_utf8(header.value).unwrap_or_default())
}
