//! How hits ended: by status, or by the cause of a failure.

use crate::bounded_map::Bounded;
use crate::failure_names::cause;
use crate::markup::redact::cut;
use crate::record::{self, GRPC_OK, Kind, is_good};

/// Distinct outcomes, at most. A server may send a different text each time.
const MAX_OUTCOMES: usize = 24;

/// Length in bytes of a cause, at most: it occurs several times in a chart.
const MAX_CAUSE_BYTES: usize = 200;

/// How a hit ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// With a status.
    Status(u16),
    /// With a status of gRPC that the server of a call sent.
    Grpc(u8),
    /// With a status that is no success, which the step of a flow expects.
    Expected(u16),
    /// With the status of a success, and a failure after it for a [cause] such as `unexpected EOF`.
    Broken(u16, String),
    /// Without a status, for a [cause] such as `EOF`; empty if unknown.
    Failure(String),
    /// In a way that was first seen after 24 other ones.
    Other,
}

static OTHER: Outcome = Outcome::Other;

/// The outcomes of a run's hits, in the order in which they were first seen.
#[derive(Clone, Debug)]
pub struct Outcomes {
    seen: Bounded<Outcome, ()>,
    /// Place of the outcome that was looked up last.
    last: usize,
}

fn brief_cause(error: &str) -> String {
    cut(&cause(error), MAX_CAUSE_BYTES)
}

impl Outcome {
    /// Returns whether hits that ended so failed; None if only some of them did.
    pub fn is_failure(&self) -> Option<bool> {
        match self {
            Self::Status(code) => Some(!is_good(*code)),
            Self::Grpc(status) => Some(*status != GRPC_OK),
            Self::Expected(_) => Some(false),
            Self::Broken(..) | Self::Failure(_) => Some(true),
            Self::Other => None,
        }
    }
}

impl Default for Outcomes {
    fn default() -> Self {
        Self { seen: Bounded::new(MAX_OUTCOMES), last: 0 }
    }
}

impl Outcomes {
    /// Returns the place of a hit's outcome.
    pub fn place(&mut self, hit: &record::Outcome<'_>) -> usize {
        let record::Outcome { code, error, .. } = *hit;
        let is_reply = hit.kind == Some(Kind::Message) && error.is_none();
        let outcome = match (code, error) {
            // An error with status OK is one of the client.
            _ if let Some(status) = hit.grpc_status
                && (status != GRPC_OK || error.is_none()) =>
            {
                Outcome::Grpc(status)
            }
            // A message has no status: its stream has one.
            _ if is_reply => Outcome::Grpc(GRPC_OK),
            (0, _) => Outcome::Failure(brief_cause(error.unwrap_or_default())),
            (_, Some(error)) if is_good(code) => Outcome::Broken(code, brief_cause(error)),
            _ if hit.is_success() && !is_good(code) => Outcome::Expected(code),
            _ => Outcome::Status(code),
        };
        // Fast path: most hits end like the one before.
        if self.seen.key(self.last) != Some(&outcome) {
            self.last = self.seen.place(outcome, || ());
            self.seen.at(self.last, || ());
        }
        self.last
    }

    /// Returns the outcomes by place.
    pub fn seen(&self) -> impl Iterator<Item = &Outcome> {
        let others = self.seen.other().map(|()| &OTHER);
        self.seen.iter().map(|(outcome, ())| outcome).chain(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(code: u16, error: Option<&str>) -> record::Outcome<'_> {
        record::Outcome { code, error, ..record::Outcome::default() }
    }

    #[test]
    fn a_status_that_is_expected_is_no_failure() {
        let mut outcomes = Outcomes::default();
        let table = [
            (404, None, true, Some(false)),
            (404, None, false, Some(true)),
            (404, Some("check: HTTP 200"), true, Some(true)),
            (200, None, true, Some(false)),
            (200, Some("check: status == 404"), true, Some(true)),
        ];
        for (code, error, is_checked, expected) in table {
            let hit = record::Outcome { code, error, is_checked, ..record::Outcome::default() };
            let place = outcomes.place(&hit);
            let outcome = outcomes.seen().nth(place).unwrap();
            assert_eq!(outcome.is_failure(), expected, "{outcome:?}");
        }
    }

    #[test]
    fn calls_differ_by_the_status_that_the_server_sent() {
        let mut outcomes = Outcomes::default();
        let call = |grpc_status, error| record::Outcome {
            kind: Some(Kind::Call),
            grpc_status,
            ..hit(200, error)
        };
        let message = record::Outcome { kind: Some(Kind::Message), ..hit(0, None) };
        let error = Some("rpc error: code = NotFound desc = no such task");
        let table = [
            (call(Some(0), None), 0, Some(false)),
            (call(Some(5), error), 1, Some(true)),
            (call(None, Some("the stream ended")), 2, Some(true)),
            (message, 0, Some(false)),
        ];
        for (hit, place, is_failure) in table {
            assert_eq!(outcomes.place(&hit), place, "{hit:?}");
            assert_eq!(outcomes.seen().nth(place).unwrap().is_failure(), is_failure, "{hit:?}");
        }
    }

    #[test]
    fn failures_differ_by_cause_and_responses_by_status() {
        let mut outcomes = Outcomes::default();
        let refused =
            |port| format!("Get \"http://h:{port}/\": dial tcp h:{port}: connection refused");
        let table = [
            (200, None, 0),
            (404, Some("404 Not Found".to_owned()), 1),
            (0, Some(refused(1)), 2),
            (0, Some(refused(2)), 3),
            (0, Some("EOF".to_owned()), 4),
            (
                0,
                Some("Get \"http://h/\": deadline exceeded (Client.Timeout exceeded)".to_owned()),
                5,
            ),
            (0, None, 6),
            (404, Some("unexpected EOF".to_owned()), 1),
            (200, None, 0),
            (200, Some("Get \"http://h/\": unexpected EOF".to_owned()), 7),
        ];
        for (code, error, place) in table {
            let hit = hit(code, error.as_deref());
            assert_eq!(outcomes.place(&hit), place, "{hit:?}");
        }
        let failure = |cause: &str| Outcome::Failure(cause.to_owned());
        let (ok, missing) = (Outcome::Status(200), Outcome::Status(404));
        let causes = [
            "dial tcp h:1: connection refused",
            "dial tcp h:2: connection refused",
            "EOF",
            "deadline exceeded (Client.Timeout exceeded)",
            "",
        ];
        let broken = Outcome::Broken(200, "unexpected EOF".to_owned());
        let expected = [&[ok, missing][..], &causes.map(failure), &[broken]].concat();
        assert!(outcomes.seen().eq(&expected), "{outcomes:?}");
    }

    #[test]
    fn a_long_cause_is_cut() {
        let mut outcomes = Outcomes::default();
        outcomes.place(&hit(0, Some(&"<".repeat(10_000))));
        let expected = Outcome::Failure("<".repeat(MAX_CAUSE_BYTES) + "…");
        assert!(outcomes.seen().eq([&expected]), "{outcomes:?}");
    }

    #[test]
    fn further_outcomes_count_as_one() {
        let mut outcomes = Outcomes::default();
        let places: Vec<usize> = (100..140).map(|code| outcomes.place(&hit(code, None))).collect();
        assert_eq!(places[..MAX_OUTCOMES], (0..MAX_OUTCOMES).collect::<Vec<_>>());
        assert!(places[MAX_OUTCOMES..].iter().all(|place| *place == MAX_OUTCOMES));
        assert_eq!(outcomes.seen().last(), Some(&Outcome::Other));
        assert_eq!(outcomes.place(&hit(100, None)), 0);
    }
}
