//! The content encodings in which a request accepts its response.

use http::header::{ACCEPT_ENCODING, HeaderName, HeaderValue};

/// The content encodings that a response is decompressed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptedEncodings {
    /// gzip, which the client added itself.
    Gzip,
    /// The value of the target's own Accept-Encoding, in lower case; empty without one. As in
    /// Vegeta, a gzip body stays compressed if the target asked for gzip.
    Named(String),
    /// All encodings that are known. The headers that describe the compressed body stay.
    Known,
    /// None.
    Off,
}

impl AcceptedEncodings {
    /// Returns what a target's own headers accept.
    pub fn named_by(headers: &[(HeaderName, HeaderValue)]) -> Self {
        let named = headers.iter().filter(|(name, _)| name == ACCEPT_ENCODING);
        let named: Vec<_> = named.filter_map(|(_, value)| value.to_str().ok()).collect();
        Self::Named(named.join(",").to_ascii_lowercase())
    }

    /// Returns whether a response in this encoding, given in lower case, is decompressed.
    pub fn include(&self, encoding: &str) -> bool {
        let named = match self {
            Self::Gzip => return encoding == "gzip",
            Self::Named(named) => named,
            Self::Known => return true,
            Self::Off => return false,
        };
        let mut encodings = named.split(',').filter_map(|named| named.split(';').next());
        encoding != "gzip" && encodings.any(|named| named.trim() == encoding)
    }
}
