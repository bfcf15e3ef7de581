//! How sockets behave, apart from their messages: delays, refusals and failures.

use http::StatusCode;
use rand::{Rng, RngExt};
use std::time::Duration;

use crate::serve::response::ResponseSpec;
use crate::serve::websocket::closes::Closes;
use crate::units::Delay;

/// Number of tokens of an agent if nothing else is asked for.
const N_TOKENS: u32 = 10;

/// A description of sockets, from which each single handshake and answer is drawn.
#[derive(Clone, Debug)]
pub struct SocketSpec {
    /// Time from the arrival of a handshake to its response.
    pub connect_latency: Delay,
    /// Time from the arrival of a message to its answer.
    pub latency: Delay,
    /// Whether an answer with a short delay may overtake the one before it.
    pub is_overtaking: bool,
    /// Share of the handshakes that are refused, in `[0, 1]`.
    pub refuse: f64,
    /// Status of refused handshakes.
    pub refusal: StatusCode,
    /// Closes in place of answers.
    pub closes: Closes,
    /// Share of the answers that never come, in `[0, 1]`.
    pub lose: f64,
    /// Number of tokens of an agent.
    pub n_tokens: u32,
    /// Time between the messages of an agent. None for that of `latency`.
    pub interval: Option<Delay>,
}

impl SocketSpec {
    /// Returns sockets with the latency of other responses, whose share of errors applies to
    /// handshakes.
    pub fn like(defaults: &ResponseSpec) -> Self {
        Self {
            connect_latency: defaults.latency,
            latency: defaults.latency,
            is_overtaking: false,
            refuse: defaults.errors,
            refusal: StatusCode::INTERNAL_SERVER_ERROR,
            closes: Closes::default(),
            lose: 0.0,
            n_tokens: N_TOKENS,
            interval: None,
        }
    }

    /// Draws the delay of a handshake, and the status with which it is refused. None if it is
    /// accepted.
    pub fn draw_handshake(&self, random: &mut impl Rng) -> (Duration, Option<StatusCode>) {
        let delay = self.connect_latency.draw(random);
        (delay, happens(self.refuse, random).then_some(self.refusal))
    }

    /// Draws whether an answer never comes.
    pub(super) fn draw_loss(&self, random: &mut impl Rng) -> bool {
        happens(self.lose, random)
    }
}

/// Draws whether something with a share in `[0, 1]` happens. Without a share it takes no random
/// number.
fn happens(share: f64, random: &mut impl Rng) -> bool {
    share > 0.0 && random.random_bool(share)
}
