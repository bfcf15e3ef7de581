//! How hits ended: the status code, or the cause of the failure if there was no response.

/// Maximum number of separate outcomes; all others are merged. A server may make every error text
/// unique.
const MOST_OUTCOMES: usize = 24;

/// How a hit ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// With a status code.
    Status(u16),
    /// Without a response, for a cause such as `connection refused`; empty if no cause is known.
    Failure(String),
    /// With an outcome that first occurred after [`MOST_OUTCOMES`] others.
    Other,
}

/// The outcomes of a run's hits, in the order of first occurrence.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    seen: Vec<Outcome>,
    /// Index of the outcome that was looked up last.
    last: usize,
}

impl Outcomes {
    /// Returns the index of a hit's outcome, given its status code, 0 for none, and its error.
    pub fn place(&mut self, code: u16, error: Option<&str>) -> usize {
        let cause = if code == 0 { cause_of(error.unwrap_or_default()) } else { "" };
        let is_it = |outcome: &Outcome| match outcome {
            Outcome::Status(status) => code != 0 && *status == code,
            Outcome::Failure(known) => code == 0 && known == cause,
            Outcome::Other => false,
        };
        if self.seen.get(self.last).is_some_and(is_it) {
            return self.last;
        }
        let known = self.seen.iter().position(is_it);
        self.last = known.unwrap_or_else(|| self.begin(code, cause));
        self.last
    }

    fn begin(&mut self, code: u16, cause: &str) -> usize {
        if self.seen.len() < MOST_OUTCOMES {
            let failure = || Outcome::Failure(cause.to_owned());
            self.seen.push(if code == 0 { failure() } else { Outcome::Status(code) });
        } else if self.seen.len() == MOST_OUTCOMES {
            self.seen.push(Outcome::Other);
        }
        self.seen.len() - 1
    }

    /// Returns the outcomes by index.
    pub fn seen(&self) -> &[Outcome] {
        &self.seen
    }
}

/// Returns what an error text says last, `connection refused` for instance, without what it adds in
/// parentheses: what stands before it are the URL and the addresses.
///
/// Source: Go, package net, OpError.Error, and package net/url, Error.Error.
fn cause_of(error: &str) -> &str {
    let cause = error.rsplit_once(": ").map_or(error, |(_, cause)| cause);
    cause.split_once(" (").map_or(cause, |(cause, _)| cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_separated_by_cause_and_responses_by_status() {
        let mut outcomes = Outcomes::default();
        let refused =
            |port| format!("Get \"http://h:{port}/\": dial tcp h:{port}: connection refused");
        let table = [
            (200, None, 0),
            (404, Some("404 Not Found".to_owned()), 1),
            (0, Some(refused(1)), 2),
            (0, Some(refused(2)), 2),
            (0, Some("EOF".to_owned()), 3),
            (
                0,
                Some("Get \"http://h/\": deadline exceeded (Client.Timeout exceeded)".to_owned()),
                4,
            ),
            (0, None, 5),
            (404, Some("unexpected EOF".to_owned()), 1),
            (200, None, 0),
        ];
        for (code, error, place) in table {
            assert_eq!(outcomes.place(code, error.as_deref()), place, "{code} {error:?}");
        }
        let failure = |cause: &str| Outcome::Failure(cause.to_owned());
        let (ok, missing) = (Outcome::Status(200), Outcome::Status(404));
        let failures = ["connection refused", "EOF", "deadline exceeded", ""].map(failure);
        assert_eq!(outcomes.seen(), [&[ok, missing][..], &failures].concat());
    }

    #[test]
    fn what_comes_after_the_most_outcomes_counts_as_one() {
        let mut outcomes = Outcomes::default();
        let places: Vec<usize> = (100..140).map(|code| outcomes.place(code, None)).collect();
        assert_eq!(places[..MOST_OUTCOMES], (0..MOST_OUTCOMES).collect::<Vec<_>>());
        assert!(places[MOST_OUTCOMES..].iter().all(|place| *place == MOST_OUTCOMES));
        assert_eq!(outcomes.seen().last(), Some(&Outcome::Other));
        assert_eq!(outcomes.place(100, None), 0);
    }
}
