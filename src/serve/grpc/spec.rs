//! How a method answers, apart from its messages: delays, statuses and metadata.

use http::HeaderMap;
use rand::Rng;
use std::time::Duration;

use crate::serve::grpc::status::{Code, Status};
use crate::serve::response::ResponseSpec;
use crate::serve::status_mix::StatusMix;
use crate::units::Delay;

/// Number of messages of a server stream if nothing else is asked for.
const N_MESSAGES: u32 = 10;

/// A description of calls, from which each single call is drawn.
#[derive(Clone, Debug)]
pub struct CallSpec {
    /// Time from the arrival of a call to its response; from the end of the requests for client
    /// streams; from each request for bidirectional streams.
    pub latency: Delay,
    /// Statuses at the end of calls.
    pub statuses: StatusMix<Code>,
    /// Number of responses of a server stream.
    pub messages: u32,
    /// Time between the responses of a server stream.
    pub interval: Delay,
    /// Headers of responses.
    pub metadata: HeaderMap,
    /// What follows the messages besides the status.
    pub trailers: HeaderMap,
}

impl CallSpec {
    /// Returns calls that succeed immediately.
    pub fn immediate() -> Self {
        Self {
            latency: Delay::Fixed(Duration::ZERO),
            statuses: Code::OK.into(),
            messages: N_MESSAGES,
            interval: Delay::Fixed(Duration::ZERO),
            metadata: HeaderMap::new(),
            trailers: HeaderMap::new(),
        }
    }

    /// Returns calls with the latency and the share of errors of other responses. An error has the
    /// status `INTERNAL`.
    pub fn like(defaults: &ResponseSpec) -> Self {
        let statuses = match defaults.errors {
            0.0 => Code::OK.into(),
            share => StatusMix::of_two(Code::OK, Code::INTERNAL, share),
        };
        Self { latency: defaults.latency, statuses, ..Self::immediate() }
    }

    /// Draws the delay and the status of a call by a route; the route is empty if the flags of the
    /// server apply.
    pub fn draw(&self, route: &str, random: &mut impl Rng) -> (Duration, Result<(), Status>) {
        let delay = self.latency.draw(random);
        let drawn = match self.statuses.draw(random) {
            Code::OK => Ok(()),
            code if route.is_empty() => Err(Status::new(code, "internal server error")),
            code => Err(Status::new(code, format!("drawn for the route {route}"))),
        };
        (delay, drawn)
    }
}
