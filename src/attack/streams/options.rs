//! How WebSockets are used: which messages are replies, and when connections are lost on purpose.

use std::str::FromStr;
use std::time::Duration;

use crate::error::Error;
use crate::units::{Rate, parse_share, parse_span};

/// The longest pause before a reconnect, if only one is given.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// How the WebSockets of an attack are used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SocketOptions {
    /// Which messages of the server are replies.
    pub reply: ReplyRule,
    /// On how many other sockets each message is expected. None if on no other.
    pub deliveries: Option<Deliveries>,
    /// Pings of the client. None for none.
    pub ping: Option<PingOptions>,
    /// The pauses before a lost socket is opened again. None if it stays closed.
    pub reconnect: Option<Backoff>,
    /// How many sockets are closed and opened again per unit of time. None for none.
    pub churn: Option<Rate>,
    /// When sockets are dropped, in the order of the flags.
    pub drops: Vec<DropOptions>,
    /// Whether messages are binary. Otherwise they are text, in UTF-8.
    pub is_binary: bool,
}

/// Which message of the server is the reply to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReplyRule {
    /// The one with the mark, if the message has a mark; otherwise the next one.
    #[default]
    Auto,
    /// There are no replies: a message is done when the system has taken all of it.
    None,
    /// Messages of the server are replies in the order in which messages were sent, those after each
    /// connect included: the replies to them are skipped.
    Order,
    /// The one with the same bytes.
    Echo,
    /// The one with the mark of the message.
    Mark,
    /// The one in which the value at this JSON pointer is that of the message. Begins with `/`.
    Pointer(String),
    /// Messages of the server with this text are replies, in order. Not empty.
    Contains(String),
}

/// On how many other sockets a message is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deliveries {
    /// On this many, >= 1.
    Count(u32),
    /// On all that are open, except the one that sends.
    All,
}

/// Pings that the client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingOptions {
    /// Time between the pings of a socket, > 0.
    pub interval: Duration,
    /// How long a pong may take, > 0. After that, the socket counts as lost.
    pub timeout: Duration,
}

/// The pauses before a lost socket is opened again: random, up to a limit that begins at `first` and
/// doubles with each failure in a row up to `max`.
///
/// Source: M. Brooker, Exponential Backoff And Jitter, 2015 ("full jitter").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first limit. Zero for no pauses.
    pub first: Duration,
    /// The last limit, >= `first`.
    pub max: Duration,
}

/// Connections that are dropped without a closing handshake, as by a failing network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DropOptions {
    /// The share of the sockets, > 0 and <= 1. Those that are not open then are not dropped.
    pub share: f64,
    /// When, after the slot of the first message.
    pub at: Duration,
}

impl FromStr for ReplyRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let contains = text.strip_prefix("contains:").filter(|part| !part.is_empty());
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "order" => Ok(Self::Order),
            "echo" => Ok(Self::Echo),
            "mark" => Ok(Self::Mark),
            _ if text.starts_with('/') => Ok(Self::Pointer(text.to_owned())),
            _ => contains.map(|part| Self::Contains(part.to_owned())).ok_or_else(|| Error::Value {
                what: "reply rule",
                input: text.to_owned(),
                expected: "auto, none, order, echo, mark, a JSON pointer as in /id, or contains:TEXT",
            }),
        }
    }
}

impl FromStr for Deliveries {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.parse() {
            Ok(count) if count > 0 => Ok(Self::Count(count)),
            _ if text == "all" => Ok(Self::All),
            _ => Err(Error::Value {
                what: "number of deliveries",
                input: text.to_owned(),
                expected: "a whole number of at least 1, or all",
            }),
        }
    }
}

impl FromStr for Backoff {
    type Err = Error;

    /// Parses `T`, which doubles up to 30 s, or `T..T`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::Value {
            what: "pause before a reconnect",
            input: text.to_owned(),
            expected: "a time, as in 1s, or a range from the first limit to the last, as in 1s..30s",
        };
        let span = |part: &str| parse_span(part).map_err(|_| bad());
        let (first, max) = match text.split_once("..") {
            Some((first, max)) => (span(first)?, span(max)?),
            // No pause stays no pause.
            None => match span(text)? {
                Duration::ZERO => (Duration::ZERO, Duration::ZERO),
                first => (first, first.max(MAX_PAUSE)),
            },
        };
        if first > max { Err(bad()) } else { Ok(Self { first, max }) }
    }
}

impl FromStr for DropOptions {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::Value {
            what: "drop",
            input: text.to_owned(),
            expected: "a share of the sockets and a time, as in 100%@30s",
        };
        let (share, at) = text.split_once('@').ok_or_else(bad)?;
        let share = parse_share(share).map_err(|_| bad())?;
        let at = parse_span(at).map_err(|_| bad())?;
        if share > 0.0 { Ok(Self { share, at }) } else { Err(bad()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn rules_of_replies_are_parsed_or_refused() {
        let table = [
            ("auto", Some(ReplyRule::Auto)),
            ("none", Some(ReplyRule::None)),
            ("order", Some(ReplyRule::Order)),
            ("echo", Some(ReplyRule::Echo)),
            ("mark", Some(ReplyRule::Mark)),
            ("/a/0/id", Some(ReplyRule::Pointer("/a/0/id".to_owned()))),
            ("contains:\"pong\"", Some(ReplyRule::Contains("\"pong\"".to_owned()))),
            ("contains:", None),
            ("Echo", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }

    #[test]
    fn deliveries_pauses_and_drops_are_parsed_or_refused() {
        let deliveries = [
            ("all", Some(Deliveries::All)),
            ("99", Some(Deliveries::Count(99))),
            ("0", None),
            ("-1", None),
            ("some", None),
        ];
        for (text, expected) in deliveries {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
        let pauses = [
            ("0s", Some((Duration::ZERO, Duration::ZERO))),
            ("1s", Some((S, 30 * S))),
            ("1m", Some((60 * S, 60 * S))),
            ("2s..10s", Some((2 * S, 10 * S))),
            ("10s..2s", None),
            ("no", None),
            ("..", None),
        ];
        for (text, expected) in pauses {
            let expected = expected.map(|(first, max)| Backoff { first, max });
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
        let drops = [
            ("100%@30s", Some((1.0, 30 * S))),
            ("5%@0s", Some((0.05, Duration::ZERO))),
            ("0%@1s", None),
            ("101%@1s", None),
            ("50%", None),
            ("@1s", None),
        ];
        for (text, expected) in drops {
            let expected = expected.map(|(share, at)| DropOptions { share, at });
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }
}
