//! Random choices of a session, which depend only on seed, number of the flow and their count.

use rand::rngs::ChaCha8Rng;

use crate::flow::session::Session;
use crate::schedule::seed::Purpose;

/// Number of 32-bit words that each choice has of the random numbers of its flow.
const WORDS: u128 = 1 << 16;

impl Session {
    /// Returns the generator of the next random choice.
    pub fn draw(&mut self) -> ChaCha8Rng {
        let random = self.random();
        self.n_draws = self.n_draws.wrapping_add(1);
        random
    }

    /// Returns the generator of the next random choice, which stays the next one.
    pub fn random(&self) -> ChaCha8Rng {
        let mut random = self.seed.rngs(Purpose::Flows).for_hit(self.number);
        random.set_word_pos(u128::from(self.n_draws) * WORDS);
        random
    }
}
