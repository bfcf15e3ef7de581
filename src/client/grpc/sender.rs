//! Sends the messages of a request, each in its time.

use std::cell::Cell;
use std::rc::Rc;

use tokio::task;
use tokio::time::Instant;

use crate::client::Outcome;
use crate::client::grpc::prepared::{Framed, PreparedCall};
use crate::client::http2::{Error, Outgoing, Progress};
use crate::client::options::CallOptions;
use crate::clock;

/// Number of messages that are handed over before other hits have their turn.
const BURST: u32 = 64;

/// What was sent of a request.
#[derive(Default)]
pub struct Sent {
    n_messages: Cell<u32>,
    /// Number of bytes of messages, without prefixes and before compression.
    n_bytes: Cell<u64>,
    /// Whether the request was ended before all messages were sent.
    is_cut: Cell<bool>,
    /// Whether a part of a message was sent, but not its rest.
    is_within_message: Cell<bool>,
    /// What the system has of the request; None before the request.
    progress: Cell<Option<Rc<Progress>>>,
}

impl Sent {
    /// Returns whether the request was ended before all messages were sent.
    pub fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    /// Returns whether the stream was canceled, since the request could not be ended.
    pub fn is_canceled(&self) -> bool {
        self.is_cut.get() && self.is_within_message.get()
    }

    fn add(&self, message: &Framed) {
        self.n_messages.set(self.n_messages.get().saturating_add(1));
        self.n_bytes.set(self.n_bytes.get() + message.len as u64);
    }

    /// Stores what was sent.
    pub fn store(&self, outcome: &mut Outcome) {
        let progress = self.progress.take();
        let ended = progress.and_then(|progress| progress.ended());
        outcome.bytes_out = self.n_bytes.get();
        if let Some(messaging) = &mut outcome.messaging {
            messaging.messages_out = self.n_messages.get();
            messaging.sent = ended.map(|at| at.saturating_duration_since(outcome.released));
        }
    }
}

/// Sends the messages of one request.
pub struct Sender<'a> {
    call: &'a PreparedCall,
    outgoing: Outgoing,
    sent: &'a Sent,
}

impl<'a> Sender<'a> {
    /// Creates a sender of a request whose head was sent.
    pub fn new(call: &'a PreparedCall, outgoing: Outgoing, sent: &'a Sent) -> Self {
        sent.progress.set(outgoing.progress().cloned());
        Self { call, outgoing, sent }
    }

    /// Hands over the only message of a request.
    ///
    /// Failures are those of the response.
    pub fn send_single(&mut self) {
        let Some(message) = self.call.messages.first() else {
            let _ = self.outgoing.end();
            return;
        };
        if self.outgoing.give(message.bytes.clone(), true).is_ok() {
            self.sent.add(message);
        }
    }

    /// Sends all messages of a request, and ends it early at an instant.
    ///
    /// Failures are those of the response.
    pub async fn send_all(&mut self, options: &CallOptions, end: Option<Instant>) {
        if clock::limit(end, self.send_paced(options)).await.is_none() {
            self.sent.is_cut.set(true);
            if self.sent.is_canceled() {
                // A request that ends within a message is malformed.
                self.outgoing.cancel();
            } else {
                let _ = self.outgoing.end();
            }
        }
    }

    async fn send_paced(&mut self, options: &CallOptions) -> Result<(), Error> {
        let n_messages = self.call.n_messages;
        let began = clock::now();
        let messages = self.call.messages.iter().cycle();
        for (number, message) in (0..n_messages).zip(messages) {
            if options.message_interval.is_zero() {
                if number % BURST == BURST - 1 {
                    task::yield_now().await;
                }
            } else {
                let due = options.message_interval.saturating_mul(number);
                clock::pause(due.saturating_sub(clock::now() - began)).await;
            }
            self.sent.is_within_message.set(true);
            self.outgoing.send(message.bytes.clone(), number + 1 == n_messages).await?;
            self.sent.is_within_message.set(false);
            self.sent.add(message);
        }
        if n_messages == 0 {
            self.outgoing.end()?;
        }
        Ok(())
    }
}
