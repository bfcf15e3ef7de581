//! The pauses before a lost socket is opened again.

use std::time::Duration;

use rand::RngExt;
use tokio::time::Instant;

use crate::attack::streams::options::Backoff;
use crate::schedule::seed::HitRngs;

/// Least time between two connects of a socket. Without it, a server that refuses at once would
/// keep the engine so busy that its messages are late.
const LEAST_INTERVAL: Duration = Duration::from_millis(10);

/// Bits of the number of an attempt, below the number of the socket, that together choose a random
/// number.
const ATTEMPT_BITS: u32 = 32;

/// The reconnects of a socket.
#[derive(Debug)]
pub struct Reconnects {
    /// Number of the socket in the attack.
    socket: u32,
    /// Number of reconnects so far.
    n_attempts: u32,
    /// Number of pauses in a row, without a connect that succeeded.
    n_pauses: u32,
    /// When the last connect began.
    last: Instant,
}

impl Reconnects {
    /// Returns the reconnects of a socket, whose first connect begins now.
    pub fn new(socket: u32, now: Instant) -> Self {
        Self { socket, n_attempts: 0, n_pauses: 0, last: now }
    }

    /// Notes that the last connect has succeeded: the next pause is as short as the first one.
    pub fn succeeded(&mut self) {
        self.n_pauses = 0;
    }

    /// Returns when the next connect begins, after a random pause. None for none: the socket was
    /// not lost, but closed in order to be opened again.
    pub fn next(&mut self, now: Instant, backoff: Option<Backoff>, rngs: &HitRngs) -> Instant {
        let draw = || {
            let number = u64::from(self.socket) << ATTEMPT_BITS | u64::from(self.n_attempts);
            rngs.for_hit(number).random::<f64>()
        };
        let pause = backoff.map_or(Duration::ZERO, |it| pause(it, self.n_pauses, draw()));
        self.n_attempts = self.n_attempts.wrapping_add(1);
        self.n_pauses = self.n_pauses.saturating_add(1);
        let next = (now + pause).max(self.last + LEAST_INTERVAL);
        self.last = next;
        next
    }
}

/// Returns a pause: a share, in `[0, 1)`, of a limit that doubles with each pause before.
///
/// Source: M. Brooker, Exponential Backoff And Jitter, 2015 ("full jitter").
fn pause(Backoff { first, max }: Backoff, n_before: u32, share: f64) -> Duration {
    let limit = first.saturating_mul(2_u32.saturating_pow(n_before)).min(max);
    limit.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::schedule::seed::{Purpose, Seed};

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_limit_of_pauses_doubles_up_to_the_last_one() {
        let backoff = Backoff { first: 1_000 * MS, max: 30_000 * MS };
        let table = [
            (0, 0.0, 0),
            (0, 0.5, 500),
            (1, 0.5, 1_000),
            (2, 0.25, 1_000),
            (4, 0.5, 8_000),
            (5, 0.5, 15_000),
            (100, 0.5, 15_000),
            (u32::MAX, 0.1, 3_000),
        ];
        for (n_before, share, ms) in table {
            assert_eq!(pause(backoff, n_before, share), ms * MS, "{n_before} {share}");
        }
        let at_once = Backoff { first: Duration::ZERO, max: Duration::ZERO };
        assert_eq!(pause(at_once, 7, 0.9), Duration::ZERO);
    }

    #[test]
    fn pauses_depend_on_the_seed_the_socket_and_the_attempt() {
        let now = clock::now();
        let backoff = Some(Backoff { first: 1_000 * MS, max: 1_000 * MS });
        let pauses = |seed, socket| {
            let (rngs, mut reconnects) =
                (Seed(seed).rngs(Purpose::Reconnects), Reconnects::new(socket, now - 1_000 * MS));
            [0; 3].map(|_| {
                reconnects.succeeded();
                reconnects.last = now - 1_000 * MS;
                reconnects.next(now, backoff, &rngs) - now
            })
        };
        let first = pauses(1, 0);
        assert_eq!(first, pauses(1, 0));
        assert!(first.iter().all(|pause| *pause < 1_000 * MS));
        assert!(first[0] != first[1] && first[1] != first[2]);
        assert!(first[0] != pauses(2, 0)[0] && first[0] != pauses(1, 1)[0]);
    }

    #[test]
    fn connects_of_a_socket_have_a_distance() {
        let (start, rngs) = (clock::now(), Seed(1).rngs(Purpose::Reconnects));
        let mut reconnects = Reconnects::new(0, start);
        assert_eq!(reconnects.next(start + MS, None, &rngs), start + 10 * MS);
        assert_eq!(reconnects.next(start + 10 * MS, None, &rngs), start + 20 * MS);
        assert_eq!(reconnects.next(start + 50 * MS, None, &rngs), start + 50 * MS);
        assert_eq!(reconnects.n_pauses, 3);
        reconnects.succeeded();
        assert_eq!(reconnects.n_pauses, 0);
    }
}
