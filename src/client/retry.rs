//! Decides whether a request without a response is sent again.

use crate::client::connection::Unanswered;

/// Whether a request without a response is sent again.
///
/// A server that refuses a request repeatedly has responded, so its refusals count toward a
/// limit. A server that only closes connections has not, and is tried until the timeout.
///
/// | what happened | sent again |
/// |---|---|
/// | HTTP/2: the server closed the connection without an error (GOAWAY) before processing | free |
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
pub enum Retry {
    /// The failure is the result of the hit.
    Never,
    /// Sent again, up to a maximum number of times.
    Counted,
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
    pub fn after(unanswered: &Unanswered, attempt: Attempt) -> Self {
        let Unanswered { problem, is_unsent } = unanswered;
        if problem.is_goaway() {
            return Self::Free;
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
