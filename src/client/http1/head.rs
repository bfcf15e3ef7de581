//! The head of a response.

use std::mem::MaybeUninit;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use httparse::{Header, ParserConfig, Response, Status};

use super::Error;
use super::framing::Framing;
use crate::client::connection::Head;

/// Headers of a response for which there is room without asking for more.
const USUAL_HEADERS: usize = 100;

/// A head, as it was found at the beginning of some bytes.
pub struct Found {
    /// Its length in bytes.
    pub len: usize,
    /// What it says; None where another one follows that is the answer.
    pub last: Option<Answer>,
}

/// What the head of an answer says.
pub struct Answer {
    pub head: Head,
    pub framing: Framing,
    /// Whether the connection stays open behind it.
    pub stays_open: bool,
}

/// Reads the head of a response to a request of a method; None where some of it is missing.
///
/// # Errors
///
/// [`Error::TooLarge`] and [`Error::Malformed`].
pub fn parse(bytes: &[u8], method: &Method) -> Result<Option<Found>, Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    match parse_into(&mut [const { MaybeUninit::uninit() }; USUAL_HEADERS], bytes, method) {
        Err(Error::TooLarge) => {
            // No header is without a line of its own.
            let n_lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            let mut room = Vec::new();
            room.resize_with(n_lines + 1, MaybeUninit::uninit);
            parse_into(&mut room, bytes, method)
        }
        parsed => parsed,
    }
}

/// Reads a head with room for so many headers.
fn parse_into<'a>(
    room: &mut [MaybeUninit<Header<'a>>],
    bytes: &'a [u8],
    method: &Method,
) -> Result<Option<Found>, Error> {
    let mut response = Response::new(&mut []);
    // Go's client takes what older servers wrote: a value over several lines.
    let parsed = ParserConfig::default()
        .allow_obsolete_multiline_headers_in_responses(true)
        .parse_response_with_uninit_headers(&mut response, bytes, room);
    match parsed.map_err(malformed)? {
        Status::Partial => Ok(None),
        Status::Complete(len) => {
            Ok(Some(Found { len, last: answer(&bytes[..len], &response, method)? }))
        }
    }
}

/// Returns whether some bytes have an empty line, which ends a head, behind the first `n_seen`.
pub fn ends_in(bytes: &[u8], n_seen: usize) -> bool {
    // In one pass up to the first, since many heads may stand behind it.
    let mut lines =
        bytes[n_seen.saturating_sub(2)..].split_inclusive(|byte| *byte == b'\n').skip(1);
    lines.any(|line| line == b"\n" || line == b"\r\n")
}

fn malformed(error: httparse::Error) -> Error {
    match error {
        httparse::Error::TooManyHeaders => Error::TooLarge,
        error => Error::Malformed(error.to_string()),
    }
}

/// Returns what a head says; None where it only announces another one.
fn answer(
    bytes: &[u8],
    response: &Response<'_, '_>,
    method: &Method,
) -> Result<Option<Answer>, Error> {
    let code = response.code.unwrap_or_default();
    let status = StatusCode::from_u16(code).map_err(|error| Error::Malformed(error.to_string()))?;
    if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(None);
    }
    let headers = headers(bytes, response)?;
    let is_old = response.version == Some(0);
    let leads_elsewhere = status == StatusCode::SWITCHING_PROTOCOLS
        || (method == Method::CONNECT && status.is_success());
    let has_body = !leads_elsewhere
        && method != Method::HEAD
        && status != StatusCode::NO_CONTENT
        && status != StatusCode::NOT_MODIFIED;
    let framing = if has_body { framing(response, is_old)? } else { Framing::Empty };
    let stays_open = !leads_elsewhere
        && !framing.ends_with_stream()
        && match is_old {
            true => lists(response, "connection", "keep-alive"),
            false => !lists(response, "connection", "close"),
        };
    let said = response.reason.unwrap_or_default();
    let reason = (Some(said) != status.canonical_reason()).then(|| said.to_owned());
    let head = Head { status, reason, headers };
    Ok(Some(Answer { head, framing, stays_open }))
}

/// Returns the headers, whose values share one copy of the head.
fn headers(bytes: &[u8], response: &Response<'_, '_>) -> Result<HeaderMap, Error> {
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
        headers.try_append(name, value).map_err(|_| Error::TooLarge)?;
    }
    Ok(headers)
}

/// Returns a value that stands on several lines as one line.
///
/// Source: RFC 9112, section 5.2.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let lines = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.collect::<Vec<_>>().join(&b' ')
}

/// Returns how the body is framed that follows a head which does not say that there is none.
///
/// Source: RFC 9112, section 6.3.
fn framing(response: &Response<'_, '_>, is_old: bool) -> Result<Framing, Error> {
    let bad = |what: &str| Err(Error::Malformed(what.to_owned()));
    // HTTP/1.0 has no codings; whoever names one there is not believed, as by Go's client.
    if let Some(codings) = named(response, "transfer-encoding").last().filter(|_| !is_old) {
        // Only the last coding tells where the body ends.
        let last = codings.rsplit(',').next().unwrap_or_default();
        return match last.trim().eq_ignore_ascii_case("chunked") {
            true => Ok(Framing::chunked()),
            false => Ok(Framing::UntilEnd),
        };
    }
    // Said several times, also in one header, it must be the same each time.
    let lengths = named(response, "content-length");
    let mut lengths = lengths.flat_map(|it| it.split(',').map(|length| decimal(length.trim())));
    match lengths.next() {
        None => Ok(Framing::UntilEnd),
        Some(Some(length)) if lengths.all(|other| other == Some(length)) => {
            Ok(Framing::Length(length))
        }
        Some(_) => bad("bad Content-Length"),
    }
}

/// Returns a number of digits alone.
fn decimal(text: &str) -> Option<u64> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Returns whether the lists under a name have a word.
fn lists(response: &Response<'_, '_>, name: &'static str, word: &str) -> bool {
    let mut words = named(response, name).flat_map(|list| list.split(','));
    words.any(|listed| listed.trim().eq_ignore_ascii_case(word))
}

/// Returns the values under a name as texts, empty where they are none. There are few headers, and
/// looking at each costs less than looking them up.
fn named<'a>(response: &'a Response<'_, '_>, name: &'static str) -> impl Iterator<Item = &'a str> {
    let headers = response.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
    headers.map(|header| str::from_utf8(header.value).unwrap_or_default())
}
