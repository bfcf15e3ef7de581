//! Flows: an arrival, or a turn of a user, makes all requests of a flow.
//!
//! The first request has the slot of the arrival. Each later one is due when the response before it
//! has arrived and its waits are over. Between requests, a flow is an entry of the [`agenda`].

mod agenda;
mod arrivals;
mod shared;
mod journey;
mod redirects;
mod response;
mod request;
mod open_socket;
mod sockets;
mod step;
mod trial;
mod users;
mod step_task;
mod runner;

use std::sync::Arc;
use std::time::Duration;

pub use runner::{Crew, FlowRun, Means};
pub use trial::{Asked, Trial, Watcher};

use http::{HeaderName, HeaderValue};

use crate::error::Error;
use crate::feed::Feed;
use crate::flow::Flow;
use crate::markup::secrets::Secrets;
use crate::plan::PlannedFlow;
use crate::schedule::seed::Seed;
use crate::schedule::{Shard, Users};

/// What an attack does with flows.
#[derive(Clone)]
pub struct FlowList {
    /// The flows, at least one. Each arrival begins one of them, by weight.
    pub flows: Vec<Arc<Flow>>,
    /// Rows with the values of variables: row k for flow k, or row u for user u. None without a
    /// feed.
    pub feed: Option<Feed>,
    /// The seed of all random choices.
    pub seed: Seed,
    /// Most flows in progress, >= 1; None for no limit. With users it has no effect.
    pub max_flows: Option<u64>,
    /// Time that flows in progress have to finish after the last arrival.
    pub grace: Duration,
    /// Whether each flow, or each user, has separate connections.
    pub own_connections: bool,
    /// Headers of every request, before its own ones.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Values that records must not show.
    pub secrets: Secrets,
}

/// The users of a closed loop.
pub struct Crowd {
    /// Their number over time.
    pub users: Users,
    /// Number of flows that they make together. None for no limit.
    pub n_flows: Option<u64>,
}

impl FlowList {
    /// Returns whether there are any random choices.
    pub fn is_random(&self) -> bool {
        self.feed.as_ref().is_some_and(Feed::is_random)
            || self.flows.iter().any(|flow| flow.is_random())
    }

    /// Returns whether a flow makes gRPC calls.
    pub fn has_calls(&self) -> bool {
        self.flows.iter().any(|flow| flow.has_calls())
    }

    /// Returns whether a flow uses WebSockets.
    pub fn has_sockets(&self) -> bool {
        self.flows.iter().any(|flow| flow.has_sockets())
    }

    /// Returns the flows as a plan lists them.
    pub fn planned(&self) -> Vec<PlannedFlow> {
        let planned = |flow: &Arc<Flow>| PlannedFlow {
            name: flow.name().to_owned(),
            weight: flow.weight(),
            endless: flow.endless_loop().is_some(),
        };
        self.flows.iter().map(planned).collect()
    }

    /// Returns the flows of each of `n_engines` engines. None for no users: then flows arrive by the
    /// schedule.
    ///
    /// # Errors
    ///
    /// [`Error::NoTargets`] without flows; [`Error::Io`] if the feed cannot be opened again or its
    /// reading thread cannot be started.
    pub fn split(self, n_engines: usize, users: Option<&Crowd>) -> Result<Vec<FlowRun>, Error> {
        if self.flows.is_empty() {
            return Err(Error::NoTargets);
        }
        let of = n_engines as u64;
        (0..of).map(|index| FlowRun::new(&self, Shard { index, of }, users)).collect()
    }
}
