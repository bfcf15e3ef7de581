//! Decides whether a request without a response is sent again.

use std::time::Duration;

use crate::client::connection::Unanswered;

/// Maximum number of counted retries of a request.
const MAX_RETRIES: u32 = 5;

/// The first pause before a delayed retry; each later one is twice as long.
///
/// Source: Go, package net/http, http2Transport.RoundTripOpt, which starts with 1 s and retries
/// seven times. A test of load has shorter timeouts.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Whether a request without a response is sent again.
///
/// A server that refuses a request repeatedly has responded, so its refusals count toward a
/// limit. A server that only closes connections has not, and is tried until the timeout.
///
/// | what happened | sent again |
/// |---|---|
/// | HTTP/2: GOAWAY before processing, after other responses on the connection | free |
/// | HTTP/2: GOAWAY before processing, and no response at all on the connection | delayed |
/// | HTTP/2: the server refused the request without processing it (REFUSED_STREAM) | counted |
/// | a reused HTTP/1.1 connection was closed before anything was sent | free |
/// | a reused HTTP/2 connection was closed before anything was sent | counted |
/// | a reused connection was closed after an idempotent request was sent | counted |
/// | a reused connection was closed after any other request was sent | never |
/// | any other failure, and every failure of a new connection | never |
///
/// A reused HTTP/2 connection counts because hits share it: it may end again and again before it
/// carries a request of this hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    /// The failure is the result of the hit.
    Never,
    /// Sent again, up to a maximum number of times.
    Counted,
    /// Like [`Retry::Counted`], but each time after a longer pause; the first time at once.
    Delayed,
    /// Sent again without counting.
    Free,
}

/// The circumstances of a failed attempt, apart from the failure itself.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Whether an earlier hit used the connection.
    pub is_reused: bool,
    /// Whether the connection uses HTTP/2.
    pub is_http2: bool,
    /// Whether sending the request twice has the same effect as sending it once.
    pub is_idempotent: bool,
}

impl Retry {
    /// Decides whether a request without a response is sent again; see the table above.
    fn after(unanswered: &Unanswered, attempt: Attempt) -> Self {
        let Unanswered { problem, is_unsent } = unanswered;
        if problem.is_dropped() {
            return if problem.is_end_of_proven() { Self::Free } else { Self::Delayed };
        }
        if problem.is_refused() {
            return Self::Counted;
        }
        if !attempt.is_reused || !problem.is_closed_connection() {
            return Self::Never;
        }
        match (*is_unsent, attempt.is_http2) {
            (true, false) => Self::Free,
            (true, true) => Self::Counted,
            (false, _) if attempt.is_idempotent => Self::Counted,
            (false, _) => Self::Never,
        }
    }
}

/// The retries of one request so far.
#[derive(Debug, Default)]
pub struct Retries {
    n_counted: u32,
}

impl Retries {
    /// Returns the pause before the request is sent again. None if it is not.
    pub fn pause_before_next(
        &mut self,
        unanswered: &Unanswered,
        attempt: Attempt,
    ) -> Option<Duration> {
        let pause = match Retry::after(unanswered, attempt) {
            Retry::Free => return Some(Duration::ZERO),
            Retry::Never => return None,
            _ if self.n_counted >= MAX_RETRIES => return None,
            Retry::Counted => Duration::ZERO,
            Retry::Delayed => pause_before(self.n_counted),
        };
        self.n_counted += 1;
        Some(pause)
    }
}

/// Returns the pause before a delayed retry, after `n_counted` earlier retries.
fn pause_before(n_counted: u32) -> Duration {
    match n_counted {
        0 => Duration::ZERO,
        n => FIRST_PAUSE * 2u32.saturating_pow(n - 1),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::client::connection::Problem;
    use crate::client::http1;

    #[test]
    fn only_a_reused_connection_that_was_closed_is_tried_again() {
        let closed = || http1::Error::Ended;
        let broken = || http1::Error::Io(io::ErrorKind::TimedOut.into());
        let table = [
            // error, unsent, reused, idempotent
            (closed(), true, true, false, Retry::Free),
            (closed(), false, true, true, Retry::Counted),
            (closed(), false, true, false, Retry::Never),
            (closed(), true, false, true, Retry::Never),
            (broken(), true, true, true, Retry::Never),
        ];
        for (error, is_unsent, is_reused, is_idempotent, expected) in table {
            let unanswered = Unanswered { problem: Problem::Http1(error), is_unsent };
            let attempt = Attempt { is_reused, is_http2: false, is_idempotent };
            assert_eq!(Retry::after(&unanswered, attempt), expected, "{attempt:?}, {is_unsent}");
        }
    }
}
