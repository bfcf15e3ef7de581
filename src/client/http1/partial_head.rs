//! Looks for the end of a head that arrives in pieces.

use http::Method;

use crate::client::http1::error::{Error, MAX_HEADER_LINES};
use crate::client::http1::head::{self, Found};

/// Maximum number of lines of a head: the status line, headers and the empty line. A header over
/// several lines counts as several.
const MAX_LINES: usize = MAX_HEADER_LINES + 2;

/// What is known of the bytes that have arrived.
#[derive(Debug, Default)]
pub struct PartialHead {
    /// Number of bytes that were searched for an empty line.
    n_seen: usize,
    /// Number of bytes that were parsed.
    n_parsed: usize,
    /// Number of lines in the bytes that were searched.
    n_lines: usize,
}

impl PartialHead {
    /// Parses the head of the response to a method. `bytes` are those of the last call and further
    /// ones. None if the head is incomplete.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyHeaders`] and [`Error::Malformed`].
    pub fn parse(&mut self, bytes: &[u8], method: &Method) -> Result<Option<Found>, Error> {
        // An incomplete head is parsed when its length has doubled, so that bytes that are not a
        // response fail early. Parsing it after every read would take quadratic time.
        let is_due = bytes.len() >= 2 * self.n_parsed || head::ends_in(bytes, self.n_seen);
        if is_due {
            self.n_parsed = bytes.len();
            if let Some(found) = head::parse(bytes, method)? {
                return within_limit(found, bytes).map(Some);
            }
        }
        self.n_lines += n_lines(&bytes[self.n_seen..]);
        self.n_seen = bytes.len();
        // The parser counts headers, which may have any number of lines.
        if self.n_lines > MAX_LINES { Err(Error::TooManyHeaders) } else { Ok(None) }
    }

    /// Parses bytes that no further ones follow, unless the last call has parsed them.
    ///
    /// # Errors
    ///
    /// As [`PartialHead::parse`].
    pub fn parse_rest(&self, bytes: &[u8], method: &Method) -> Result<(), Error> {
        if self.n_parsed < self.n_seen {
            head::parse(bytes, method)?;
        }
        Ok(())
    }
}

/// Returns a head at the start of some bytes if it has at most [`MAX_LINES`] lines.
fn within_limit(found: Found, bytes: &[u8]) -> Result<Found, Error> {
    // Fast path: nearly every head has fewer bytes than that.
    if found.len > MAX_LINES && n_lines(&bytes[..found.len]) > MAX_LINES {
        return Err(Error::TooManyHeaders);
    }
    Ok(found)
}

fn n_lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
