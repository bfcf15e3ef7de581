//! The status at the end of a call.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

use crate::error::Error;
use crate::record::grpc_status_name;
use crate::serve::status_mix;

/// What is percent-encoded in `grpc-message`, besides all bytes that are not ASCII.
///
/// Source: gRPC over HTTP/2, Responses: `Percent-Byte-Unencoded`.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// The greatest number of a status.
const LAST: u8 = 16;

/// The number of a status, in `0..=16`.
///
/// Source: gRPC, "Status codes and their use in gRPC".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(u8);

impl Code {
    /// The call succeeded.
    pub const OK: Self = Self(0);
    /// A request lacks something.
    pub const INVALID_ARGUMENT: Self = Self(3);
    /// The time that the client allows is over.
    pub const DEADLINE_EXCEEDED: Self = Self(4);
    /// What is asked for does not exist.
    pub const NOT_FOUND: Self = Self(5);
    /// A message is too large.
    pub const RESOURCE_EXHAUSTED: Self = Self(8);
    /// The method does not exist.
    pub const UNIMPLEMENTED: Self = Self(12);
    /// A rule of the protocol is violated, or the server fails.
    pub const INTERNAL: Self = Self(13);

    /// Returns the number.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl status_mix::Status for Code {
    const EXPECTED: &str = "a gRPC status such as \"UNAVAILABLE\", or shares such as { OK = \"98%\", \
                            UNAVAILABLE = \"2%\" }";

    /// Parses a name in any spelling, as in `DEADLINE_EXCEEDED` or `DeadlineExceeded`, or a number.
    fn parse(text: &str) -> Result<Self, Error> {
        // gRPC's documents write CANCELLED, grpc-go writes Canceled.
        let plain = |name: &str| name.replace('_', "").to_lowercase().replace("ll", "l");
        let has_name = |number: &u8| {
            *text == number.to_string() || plain(&grpc_status_name(*number)) == plain(text)
        };
        (0..=LAST).find(has_name).map(Self).ok_or_else(|| Error::Value {
            what: "status",
            input: text.to_owned(),
            expected: "the name of a gRPC status such as UNAVAILABLE, or a number from 0 to 16",
        })
    }
}

/// The status of a call: its number, and an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The number.
    pub code: Code,
    /// The explanation. Empty for none.
    pub message: Cow<'static, str>,
}

impl Status {
    /// The status of a call that succeeded.
    pub const OK: Self = Self { code: Code::OK, message: Cow::Borrowed("") };

    /// Returns a status with an explanation.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into() }
    }

    /// Returns the status for a violation of the protocol, or a failure of the server.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::INTERNAL, message)
    }

    /// Adds the status to trailers.
    pub fn write(&self, trailers: &mut HeaderMap) {
        trailers.insert("grpc-status", u16::from(self.code.number()).into());
        if !self.message.is_empty() {
            let encoded = percent_encode(self.message.as_bytes(), ENCODED).to_string();
            let encoded = HeaderValue::from_str(&encoded).expect("it has printable ASCII only");
            trailers.insert("grpc-message", encoded);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::status_mix::Status as _;

    #[test]
    fn a_status_has_a_number_and_names_in_two_spellings() {
        let table = [
            ("OK", 0),
            ("Ok", 0),
            ("CANCELLED", 1),
            ("Canceled", 1),
            ("INVALID_ARGUMENT", 3),
            ("InvalidArgument", 3),
            ("UNAVAILABLE", 14),
            ("14", 14),
            ("16", 16),
        ];
        for (text, number) in table {
            assert_eq!(Code::parse(text).unwrap().number(), number, "{text}");
        }
        for text in ["", "17", "-1", "014", "SERVING", "Code(17)"] {
            let error = Code::parse(text).unwrap_err().to_string();
            let expected = format!(
                "bad status '{text}': expected the name of a gRPC status such as UNAVAILABLE, or \
                 a number from 0 to 16"
            );
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn an_explanation_is_percent_encoded() {
        let mut trailers = HeaderMap::new();
        Status::new(Code::NOT_FOUND, "100% of \"é\"\n").write(&mut trailers);
        assert_eq!(trailers["grpc-status"], "5");
        assert_eq!(trailers["grpc-message"], "100%25 of \"%C3%A9\"%0A");
        let mut trailers = HeaderMap::new();
        Status::OK.write(&mut trailers);
        assert_eq!(trailers.len(), 1);
    }
}
