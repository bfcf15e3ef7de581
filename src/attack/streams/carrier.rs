//! What the long-lived streams of an attack are.

use std::future::Future;
use std::rc::Rc;

use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::attack::hit_task::HitContext;
use crate::attack::streams::long_stream::{LongStream, Rules};
use crate::attack::streams::matching::Matcher;
use crate::attack::streams::outlet::Outlet;
use crate::attack::streams::rows::ConnectSlot;
use crate::attack::target_choice::PreparedTarget;
use crate::client::Client;
use crate::error::Error;
use crate::targets::{Target, Values};

/// What the long-lived streams of an attack are: gRPC streams or WebSockets.
pub trait Carrier: Sized + 'static {
    /// What sends on a stream.
    type Outlet: Outlet;

    /// What is sent on each stream before all messages.
    type Greeting: Clone;

    /// The flag with the number of streams.
    const FLAG: &'static str;

    /// Why each stream needs a row of the feed.
    const VARIABLES: &'static str;

    /// Returns what the streams have in common.
    fn rules(&self) -> &Rc<Rules>;

    /// Returns what a stream on a target is opened on, with values in place of variables.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the target cannot be sent.
    fn prepare(
        &self,
        client: &Client,
        target: &Target,
        values: &mut Values<'_>,
    ) -> Result<PreparedStream<Self::Greeting>, Error>;

    /// Returns a message of a target, on a stream that has had `n_before` messages.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the message cannot be sent.
    fn message(
        &self,
        stream: &LongStream<Self::Outlet>,
        target: &Target,
        client: &Client,
        n_before: u64,
        values: &mut Values<'_>,
    ) -> Result<<Self::Outlet as Outlet>::Message, Error>;

    /// Opens a stream and reads it until it has ended for good. If dropped earlier, it records what
    /// was known.
    fn run(
        self: Rc<Self>,
        task: StreamTask<Self::Outlet, Self::Greeting>,
    ) -> impl Future<Output = ()>;

    /// Begins to watch the streams that will be opened.
    fn begin(&self) {}

    /// Begins what is done to the streams of an engine besides messages. The first message is due at
    /// `first`.
    fn disturb(self: &Rc<Self>, _streams: Vec<Rc<LongStream<Self::Outlet>>>, _first: Instant) {}

    /// Ends that, and opens no stream again.
    fn end(&self) {}
}

/// What a stream is opened on, which several streams may share.
#[derive(Clone)]
pub struct PreparedStream<G> {
    /// What is connected to.
    pub target: Rc<PreparedTarget>,
    /// What is sent before all messages.
    pub greeting: G,
    /// How replies are found.
    pub matcher: Rc<Matcher>,
}

/// What the task of a stream needs.
pub struct StreamTask<O: Outlet, G> {
    pub context: Rc<HitContext>,
    pub stream: Rc<LongStream<O>>,
    pub greeting: G,
    /// The first connect.
    pub slot: ConnectSlot,
    /// Counts the stream until it has ended for good.
    pub token: TaskTrackerToken,
}

/// Counts a stream as open.
pub struct OpenStream<'a>(&'a HitContext);

impl<'a> OpenStream<'a> {
    /// Counts a stream that was just opened.
    pub fn new(context: &'a HitContext) -> Self {
        context.progress.stream_opened();
        Self(context)
    }
}

impl Drop for OpenStream<'_> {
    fn drop(&mut self) {
        self.0.progress.stream_ended();
    }
}
