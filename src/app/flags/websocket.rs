//! Flags for WebSocket targets: how many connections stay open, and what happens on them.

use std::num::NonZeroU32;
use std::time::Duration;

use drumfire::attack::{Backoff, Deliveries, DropOptions, PingOptions, ReplyRule, SocketOptions};
use drumfire::error::Error;
use drumfire::units::{Rate, parse_rate, parse_span};
use http::HeaderValue;

use crate::app::exit::Usage;
use crate::app::flags::load::Limit;

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// WebSockets that stay open; each hit is a message on one of them
    ///
    /// Number of [WebSockets](../../guide/protocols/websocket.md) that stay open during the attack, to
    /// targets with the method WS. First they are opened, at `-connect-rate` (1000/s by default), and
    /// rest for `-settle`. Then each slot of `-rate` or `-stages` is one message, on the sockets in
    /// turn. `-requests`, `-duration` and `-max-workers` count messages.
    #[arg(long, help_heading = "WebSocket", value_name = "N", default_value_t = 0)]
    sockets: u32,
    /// Reply rule: auto, none, order, echo, mark, /id or contains:TEXT
    ///
    /// Which message of the server is the reply to a message:
    ///
    /// - `auto`: the one with the mark, if the message has a `{{$mark}}`; otherwise the next one.
    /// - `none`: none; a message is complete when the operating system has accepted its last byte.
    /// - `order`: messages of the server are replies in the order in which messages were sent.
    /// - `echo`: the one with the same bytes.
    /// - `mark`: the one with the mark of the message.
    /// - `/id`: the one with the same value at this JSON pointer.
    /// - `contains:TEXT`: messages of the server with this text are replies, in order.
    #[arg(long, help_heading = "WebSocket", value_name = "RULE", default_value = "auto")]
    #[arg(verbatim_doc_comment)]
    reply: ReplyRule,
    /// Other sockets that get each message; all: all that are open
    ///
    /// How many other sockets must receive each message, as from a chat room; with `all`, every
    /// other open socket must. Each arrival is a record, and a message is done when it has arrived
    /// everywhere. The message must contain `{{$mark}}`. One engine thread serves all sockets.
    #[arg(long, help_heading = "WebSocket", value_name = "N|all")]
    deliveries: Option<Deliveries>,
    /// Time between the pings of a socket; 0: none
    ///
    /// Time between the pings that each socket sends. Each ping is a record, whose latency ends
    /// with its pong.
    #[arg(long, help_heading = "WebSocket", value_name = "TIME", value_parser = parse_span)]
    #[arg(default_value = "0s")]
    ping_interval: Duration,
    /// How long a pong may take before the socket counts as lost
    ///
    /// How long a pong may take. If no pong arrives within this time, the ping is a failure, and
    /// the socket counts as lost.
    #[arg(long, help_heading = "WebSocket", value_name = "TIME", value_parser = parse_span)]
    #[arg(default_value = "10s")]
    ping_timeout: Duration,
    /// Open lost sockets again, after a random pause of up to T
    ///
    /// Whether lost sockets are opened again. With `no`, a lost socket stays closed, and messages
    /// on it fail. With `1s`, it is opened again after a random pause of up to 1 s. This limit
    /// doubles with each consecutive failure, up to 30 s. `1s..10s` is the first limit and the last
    /// limit of the random pause. With `0s`, sockets are opened again at once. A socket whose first
    /// connect failed is tried again too. Each attempt is a record.
    #[arg(long, help_heading = "WebSocket", value_name = "no|T[..T]", value_parser = parse_reconnect)]
    #[arg(default_value = "no")]
    reconnect: Limit<Backoff>,
    /// Sockets closed and opened again per unit of time; 0: none
    ///
    /// How many sockets are closed and at once opened again per unit of time, in turn, from the first
    /// message on.
    #[arg(long, help_heading = "WebSocket", value_name = "N[/UNIT]", value_parser = parse_rate)]
    #[arg(default_value = "0")]
    churn: Limit<Rate>,
    /// Drop a share of the sockets at a time, as in 100%@30s; repeatable
    ///
    /// Drops a share of the open sockets at a time after the first message is due, without a close
    /// frame, to simulate a network failure. With `-reconnect`, the sockets are opened again.
    #[arg(long, help_heading = "WebSocket", value_name = "SHARE@TIME")]
    drop: Vec<DropOptions>,
    /// Subprotocol to offer; repeatable
    ///
    /// Subprotocol that is offered to the server, in the order of the flags. A server that selects
    /// none of them is accepted; one that selects another is not.
    #[arg(long, help_heading = "WebSocket", value_name = "NAME", value_parser = parse_subprotocol)]
    subprotocol: Vec<HeaderValue>,
    /// Send binary messages in place of text
    #[arg(long, help_heading = "WebSocket")]
    binary: bool,
    /// Not supported; messages are sent uncompressed
    #[arg(long, help_heading = "WebSocket", hide = true)]
    deflate: bool,
}

fn parse_reconnect(text: &str) -> Result<Limit<Backoff>, Error> {
    if text == "no" { Ok(None) } else { text.parse().map(Some) }
}

/// Parses the name of a subprotocol, which is a token of HTTP.
///
/// Source: RFC 6455, section 4.1.
fn parse_subprotocol(text: &str) -> Result<HeaderValue, Error> {
    let is_token =
        |letter: u8| letter.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&letter);
    let name = HeaderValue::from_str(text).ok();
    let name = name.filter(|_| !text.is_empty() && text.bytes().all(is_token));
    name.ok_or_else(|| Error::Value {
        what: "subprotocol",
        input: text.to_owned(),
        expected: "a name without spaces and separators, as in chat.v2",
    })
}

impl Options {
    /// Returns the number of WebSockets that stay open. None if there are none.
    pub fn sockets(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.sockets)
    }

    /// Returns how the sockets are used.
    ///
    /// # Errors
    ///
    /// [`Usage`] if flags cannot be combined.
    pub fn options(&self) -> Result<SocketOptions, Usage> {
        let interval = self.ping_interval;
        if !interval.is_zero() && self.ping_timeout.is_zero() {
            return Err(Usage("bad -ping-timeout 0s: expected more than 0s".to_owned()));
        }
        if let Some(Deliveries::Count(count)) = self.deliveries
            && count >= self.sockets
        {
            let most = self.sockets.saturating_sub(1);
            return Err(Usage(format!(
                "bad -deliveries {count}: expected at most {most}, the number of other sockets, or all"
            )));
        }
        Ok(SocketOptions {
            reply: self.reply.clone(),
            deliveries: self.deliveries,
            ping: (!interval.is_zero())
                .then_some(PingOptions { interval, timeout: self.ping_timeout }),
            reconnect: self.reconnect,
            churn: self.churn,
            drops: self.drop.clone(),
            is_binary: self.binary,
        })
    }

    /// Returns the subprotocols as a header has them. None for none.
    pub fn subprotocols(&self) -> Option<HeaderValue> {
        let names: Vec<_> = self.subprotocol.iter().filter_map(|name| name.to_str().ok()).collect();
        // Names are visible characters, and so is the list of them.
        (!names.is_empty()).then(|| HeaderValue::from_str(&names.join(", ")).ok()).flatten()
    }

    /// Rejects flags without the sockets that they are about, and what is not supported.
    ///
    /// # Errors
    ///
    /// [`Usage`] if such a flag is given.
    pub fn check(&self) -> Result<(), Usage> {
        if self.deflate {
            return Err(Usage(
                "-deflate is not supported: leave it out; messages are sent uncompressed"
                    .to_owned(),
            ));
        }
        let given = [
            ("-reply", self.reply != ReplyRule::Auto),
            ("-deliveries", self.deliveries.is_some()),
            ("-ping-interval", !self.ping_interval.is_zero()),
            ("-reconnect", self.reconnect.is_some()),
            ("-churn", self.churn.is_some()),
            ("-drop", !self.drop.is_empty()),
            ("-subprotocol", !self.subprotocol.is_empty()),
            ("-binary", self.binary),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) if self.sockets == 0 => Err(Usage(format!(
                "{flag} needs -sockets: give the number of WebSockets that stay open"
            ))),
            _ => Ok(()),
        }
    }
}
