//! Long-lived gRPC streams.

mod task;

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use crate::attack::streams::carrier::{Carrier, PreparedStream, StreamTask};
use crate::attack::streams::long_stream::{LongStream, Rules, Texts};
use crate::attack::streams::matching::Matcher;
use crate::attack::streams::outlet::{Outlet, Payload};
use crate::attack::target_choice::{Goal, PreparedTarget};
use crate::client::{CallMessage, CallSender, Client, Sent};
use crate::error::Error;
use crate::targets::{Target, Values};
use crate::units::GoDuration;

/// gRPC streams in both directions, each opened once.
pub struct Calls {
    rules: Rc<Rules>,
}

impl Calls {
    /// Returns the streams of an engine, whose messages wait so long for their replies; None for no
    /// limit.
    pub fn new(timeout: Option<Duration>) -> Self {
        let timeout = GoDuration(timeout.unwrap_or_default());
        let texts = Texts {
            no_reply: format!("no reply within {timeout}"),
            not_open: format!("the stream was not open within {timeout}"),
            // Messages are handed over at once, however slow the server is.
            not_taken: format!("no reply within {timeout}"),
            ended: "the server ended the stream before its reply",
        };
        Self { rules: Rc::new(Rules { texts, fan_out: None }) }
    }
}

impl Carrier for Calls {
    type Outlet = CallSender;
    type Greeting = ();

    const FLAG: &'static str = "-streams";
    const VARIABLES: &'static str = "metadata has variables";

    fn rules(&self) -> &Rc<Rules> {
        &self.rules
    }

    fn prepare(
        &self,
        client: &Client,
        target: &Target,
        values: &mut Values<'_>,
    ) -> Result<PreparedStream<()>, Error> {
        let mut expanded = target.expand_metadata(values)?;
        let name = std::mem::take(&mut expanded.name);
        let target = PreparedTarget { goal: Goal::prepare(client, expanded)?, name };
        Ok(PreparedStream {
            target: Rc::new(target),
            greeting: (),
            matcher: Rc::new(Matcher::Order),
        })
    }

    /// Several listed messages take turns on each stream.
    fn message(
        &self,
        stream: &LongStream<CallSender>,
        target: &Target,
        client: &Client,
        n_before: u64,
        values: &mut Values<'_>,
    ) -> Result<CallMessage, Error> {
        Ok(match (target.expand_message(n_before, values), &stream.label.target.goal) {
            (Some(wire), _) => client.message(&wire?),
            (None, Goal::Call(call)) => call.message(n_before),
            // Only calls have such streams.
            (None, _) => client.message(&Bytes::new()),
        })
    }

    async fn run(self: Rc<Self>, task: StreamTask<CallSender, ()>) {
        task::run(task).await;
    }
}

impl Outlet for CallSender {
    type Message = CallMessage;

    fn send(&mut self, message: &CallMessage) -> Result<Sent, String> {
        CallSender::send(self, message)
    }

    fn end(&mut self) {
        CallSender::end(self);
    }
}

impl Payload for CallMessage {
    fn n_bytes(&self) -> u64 {
        self.len() as u64
    }

    /// Replies to messages of calls are recognized by their order alone.
    fn payload(&self) -> &[u8] {
        &[]
    }
}
