//! The parser of heads, and the name of a header that it refuses.

use httparse::{EMPTY_HEADER, ParserConfig, Response};

use crate::client::http1::error::Error;
use crate::markup::redact::cut;

/// Maximum length in bytes of a header name in a message.
const MAX_NAME: usize = 100;

/// Returns a parser that, like Go's client, accepts what older servers write: values over several
/// lines, spaces before colons, and several spaces in the status line.
pub fn parser() -> ParserConfig {
    let mut parser = ParserConfig::default();
    parser
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .allow_multiple_spaces_in_response_status_delimiters(true);
    parser
}

/// Returns the error for a head that the parser refuses, with the header if one is the reason; None
/// if the line of that header is not complete, so that its name may not be either.
pub fn error(head: &[u8], problem: httparse::Error) -> Option<Error> {
    use httparse::Error::{HeaderName, HeaderValue, TooManyHeaders};
    match problem {
        TooManyHeaders => return Some(Error::TooManyHeaders),
        HeaderName | HeaderValue => {}
        _ => return Some(Error::Malformed(problem.to_string())),
    }
    let bad = Headers(after_line(head.trim_ascii_start())).find(|header| is_refused(header));
    let Some(header) = bad else { return Some(Error::Malformed(problem.to_string())) };
    let line = header.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\n")?;
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let name = String::from_utf8_lossy(name.trim_ascii_end());
    Some(Error::Malformed(format!("{problem}: {:?}", cut(&name, MAX_NAME))))
}

fn is_refused(header: &[u8]) -> bool {
    let head = [b"HTTP/1.1 200 OK\r\n", header].concat();
    parser().parse_response(&mut Response::new(&mut [EMPTY_HEADER]), &head).is_err()
}

/// The headers at the start of some bytes, each with all its lines.
struct Headers<'a>(&'a [u8]);

impl<'a> Iterator for Headers<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let mut rest = after_line(self.0);
        while matches!(rest.first(), Some(b' ' | b'\t')) {
            rest = after_line(rest);
        }
        let header;
        (header, self.0) = self.0.split_at(self.0.len() - rest.len());
        (!header.is_empty()).then_some(header)
    }
}

/// Returns the bytes after the first line.
fn after_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
    &bytes[end..]
}
