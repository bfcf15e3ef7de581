//! The part of a record that only calls and messages have.

mod builder;
mod columns;
mod status;

pub(super) use builder::MessagingBuilder;
pub(super) use columns::MessagingColumns;
pub use status::{GRPC_OK, grpc_status_name};

use std::fmt::{self, Display};
use std::time::Duration;

/// What a record describes, if it is not a plain HTTP request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A gRPC call of any type, from its release to its status.
    #[default]
    Call,
    /// A message on a long-lived stream or a WebSocket, from its release to the matching reply, or to
    /// the last expected delivery.
    Message,
    /// A long-lived stream or a WebSocket was opened, or could not be opened.
    Connect,
    /// A WebSocket that had been lost was opened again, or could not be opened.
    Reconnect,
    /// A message arrived at another WebSocket than its sender's.
    Delivery,
    /// A ping was answered by a pong, or was not in time.
    Ping,
    /// A long-lived stream or a WebSocket ended.
    Close,
    /// A kind that this version does not know, from a stream of another version.
    Other,
}

impl Kind {
    /// All kinds that this version writes, in the order of reports.
    pub const ALL: [Kind; 7] = [
        Kind::Call,
        Kind::Message,
        Kind::Connect,
        Kind::Reconnect,
        Kind::Delivery,
        Kind::Ping,
        Kind::Close,
    ];

    /// Returns the word in the column `kind`.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Call => "call",
            Kind::Message => "message",
            Kind::Connect => "connect",
            Kind::Reconnect => "reconnect",
            Kind::Delivery => "delivery",
            Kind::Ping => "ping",
            Kind::Close => "close",
            Kind::Other => "other",
        }
    }

    /// Returns the kind of a word; [`Kind::Other`] for a word that this version does not know.
    pub fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(Kind::Other)
    }

    /// Returns whether the records are what the attack is for, and so count in the main metrics.
    /// Other records are about the connections, such as opening one, or parts of a message, such as a
    /// delivery.
    pub fn is_main(self) -> bool {
        matches!(self, Kind::Call | Kind::Message)
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What only calls and messages have: the status of gRPC, the times of messages and their numbers.
///
/// # Example
///
/// ```
/// use drumfire::record::{BatchBuilder, Extras, Messaging, Record};
///
/// let failed = Messaging { grpc_status: Some(14), messages_out: 1, ..Messaging::default() };
/// let mut builder = BatchBuilder::with(Extras { messaging: true, ..Extras::default() });
/// builder.push(&Record { code: 200, messaging: Some(failed), ..Record::default() });
/// // The status of HTTP is good, but that of gRPC is Unavailable.
/// assert!(!builder.finish().record(0).is_success());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Messaging {
    /// What the record describes.
    pub kind: Kind,
    /// Status that the server sent, e.g. 14 for Unavailable. None if the server sent none: a status
    /// is never invented.
    pub grpc_status: Option<u8>,
    /// From the release until the system had taken the last byte of the request. None if the
    /// request was not sent completely.
    pub sent: Option<Duration>,
    /// From the release to the first whole message of the response. None without a message.
    pub first_message: Option<Duration>,
    /// Longest time between two messages of the response. None with fewer than two messages.
    pub gap_max: Option<Duration>,
    /// Messages received.
    pub messages_in: u32,
    /// Messages sent.
    pub messages_out: u32,
    /// Number of the long-lived stream or WebSocket in the attack, from 0. None if the call had its
    /// own stream.
    pub socket: Option<u32>,
    /// Code in the close frame that the server sent, as in 1000. None without such a frame, without a
    /// code in the frame, and for every kind but `close`.
    pub close_code: Option<u16>,
    /// Number of WebSockets that were to receive the message; `messages_in` is the number of those
    /// that did. None if no delivery was expected.
    pub expected: Option<u32>,
}
