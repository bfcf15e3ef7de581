//! How a socket ended, and the wording of its failures.

use std::io;

use tokio_websockets::proto::ProtocolError;
use tokio_websockets::{CloseCode, Error, Message};

use crate::client::failure::io::of_read;
use crate::error::plain_text;
use crate::markup::redact::{MAX_TEXT_BYTES, cut};

/// The error of a connection that ends without the frame that closes a socket.
const ABNORMAL: &str = "websocket: close 1006 (abnormal closure): unexpected EOF";

/// The error of a socket whose connection this side has closed at once.
pub const ABORTED: &str = "the connection was dropped by this side";

/// The error of messages after this side has closed the socket.
pub const CLOSED: &str = "the socket was closed by this side";

/// The error of a server that does not take what is sent to it.
pub const NOT_READING: &str =
    "the server does not read: more than 1 MiB of messages wait to be sent";

/// How a socket ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketEnd {
    /// The code of the server's close frame. None without a frame, for a frame without a code, and
    /// for a code that must not be sent.
    pub close_code: Option<u16>,
    /// Why the socket failed. None if this side had closed it and the server confirmed that, or if
    /// the server closed it with 1000, with 1001 or without a code.
    pub error: Option<String>,
}

impl SocketEnd {
    /// Returns how the socket ended, as the error of what still needed it.
    pub fn reason(&self) -> String {
        self.error.clone().unwrap_or_else(|| of_close(self.close_code.unwrap_or(1005), ""))
    }

    /// Returns the end of a socket by an error.
    pub fn failed(error: impl Into<String>) -> Self {
        Self { close_code: None, error: Some(error.into()) }
    }

    /// Returns the end of a socket by the server's close frame.
    pub fn by_close(message: &Message, is_closed_by_client: bool) -> Self {
        let Some((code, reason)) = message.as_close() else { return Self::default() };
        let good =
            [CloseCode::NORMAL_CLOSURE, CloseCode::GOING_AWAY, CloseCode::NO_STATUS_RECEIVED];
        let is_planned = is_closed_by_client || good.contains(&code);
        Self {
            close_code: Some(u16::from(code)).filter(|_| !code.is_reserved()),
            error: (!is_planned).then(|| of_close(code.into(), reason)),
        }
    }

    /// Returns the end of a socket whose connection ended without a close frame.
    pub fn without_close(failure: Option<&io::Error>) -> Self {
        Self::failed(failure.map_or(ABNORMAL.to_owned(), |error| of_read(error, ABNORMAL)))
    }

    /// Returns the end of a socket after what the server sent, or after a failed read. `is_ended`
    /// is whether the stream has ended.
    pub fn by_error(error: &Error, is_ended: bool) -> Self {
        match error {
            // The stream ended within a frame.
            Error::Io(_) if is_ended => Self::without_close(None),
            Error::Io(error) => Self::without_close(Some(error)),
            Error::Protocol(problem) => Self::failed(of_protocol(problem)),
            Error::PayloadTooLong { max_len, .. } => Self::failed(format!(
                "websocket: read limit exceeded: the message has more than {max_len} bytes"
            )),
            other => Self::failed(plain_text(&other.to_string())),
        }
    }
}

/// Returns the text of a close frame, as gorilla/websocket words it.
///
/// Source: RFC 6455, section 7.4.1; gorilla/websocket, CloseError.Error; the registry of close
/// codes at IANA.
fn of_close(code: u16, reason: &str) -> String {
    let name = match code {
        1000 => " (normal)",
        1001 => " (going away)",
        1002 => " (protocol error)",
        1003 => " (unsupported data)",
        1005 => " (no status)",
        1007 => " (invalid payload data)",
        1008 => " (policy violation)",
        1009 => " (message too big)",
        1010 => " (mandatory extension missing)",
        1011 => " (internal server error)",
        1012 => " (service restart)",
        1013 => " (try again later)",
        1014 => " (bad gateway)",
        _ => "",
    };
    let separator = if reason.is_empty() { "" } else { ": " };
    // An error is one line.
    let reason = reason.replace(char::is_control, " ");
    cut(&format!("websocket: close {code}{name}{separator}{reason}"), MAX_TEXT_BYTES)
}

fn of_protocol(problem: &ProtocolError) -> String {
    let what = match problem {
        ProtocolError::FragmentedControlFrame => "control frame in fragments from the server",
        ProtocolError::InvalidCloseCode => "close frame with an invalid code from the server",
        ProtocolError::InvalidOpcode => "frame with an unexpected opcode from the server",
        ProtocolError::InvalidPayloadLength => "frame with an invalid length from the server",
        ProtocolError::InvalidRsv => "frame with reserved bits from the server",
        ProtocolError::InvalidUtf8 => "text from the server that is not UTF-8",
        ProtocolError::UnexpectedMaskedFrame => "masked frame from the server",
        other => &plain_text(&other.to_string()),
    };
    format!("protocol error: {what}")
}
