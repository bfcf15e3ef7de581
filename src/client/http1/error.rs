//! Failures of an HTTP/1.1 exchange and their wording.

use std::io;

use crate::client::failure::io::{is_end, of_read};

/// Maximum number of header lines of a response.
pub const MAX_HEADER_LINES: usize = 10_000;

/// Why an exchange failed.
#[derive(Debug)]
pub enum Error {
    /// The stream of bytes failed.
    Io(io::Error),
    /// The stream ended before the response did.
    Ended,
    /// The head of the response, with all interim ones before it, exceeds the size limit.
    TooLarge,
    /// The head of the response has more than [`MAX_HEADER_LINES`] header lines, those of headers
    /// over several lines included.
    TooManyHeaders,
    /// The bytes are not a response; with the reason.
    Malformed(String),
    /// The body does not follow the framing that its head announced; with the reason.
    Body(&'static str),
}

impl Error {
    /// Returns the cause of a failed exchange, in Go's wording.
    pub fn wording(&self) -> String {
        match self {
            Self::Io(error) => of_read(error, "EOF"),
            Self::Ended => "EOF".to_owned(),
            Self::TooLarge => "the head of the response is too large: more than 10 MB".to_owned(),
            Self::TooManyHeaders => format!(
                "the head of the response has too many header lines: more than {MAX_HEADER_LINES}"
            ),
            Self::Malformed(what) => format!(
                "net/http: HTTP/1.x transport connection broken: malformed HTTP response ({what})"
            ),
            Self::Body(what) => (*what).to_owned(),
        }
    }

    /// Returns the cause of a body that broke off or is malformed, in Go's wording.
    pub fn body_wording(&self) -> String {
        match self {
            Self::Io(error) => of_read(error, "unexpected EOF"),
            Self::Ended => "unexpected EOF".to_owned(),
            error => error.wording(),
        }
    }

    /// Returns whether the peer closed the connection before it responded.
    pub fn is_closed_connection(&self) -> bool {
        match self {
            Self::Ended => true,
            Self::Io(error) => is_end(error),
            Self::TooLarge | Self::TooManyHeaders | Self::Malformed(_) | Self::Body(_) => false,
        }
    }
}
