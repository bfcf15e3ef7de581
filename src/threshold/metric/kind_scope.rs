//! The kinds of records that a threshold applies to.

use crate::metrics::{Metrics, RecordKind};

/// The kinds of records that a threshold applies to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KindScope {
    /// Requests, calls and messages together, as in the first rows of a report.
    #[default]
    Main,
    /// One kind.
    Only(RecordKind),
}

impl KindScope {
    /// Returns the scope of a word before a metric, such as `call` in `call.p99`; None if it is no
    /// kind.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        let kinds = RecordKind::ALL.into_iter().filter(|kind| kind.word() != "other");
        kinds.map(Self::Only).find(|scope| matches!(scope, Self::Only(kind) if kind.word() == word))
    }

    /// Returns whether only gRPC calls, their messages, and WebSockets have such records.
    pub fn is_of_calls(self) -> bool {
        !matches!(self, KindScope::Main | KindScope::Only(RecordKind::HTTP))
    }

    /// Returns the metrics that the scope covers. None if there is no such record.
    pub fn of(self, metrics: &Metrics) -> Option<&Metrics> {
        match self {
            KindScope::Main => Some(metrics),
            KindScope::Only(kind) => metrics.kind(kind),
        }
    }

    /// Returns why there are no metrics.
    pub(in crate::threshold) fn missing(self) -> &'static str {
        match self {
            KindScope::Only(kind) if kind.word() == "call" => "no call was made",
            KindScope::Only(kind) if kind.word() == "message" => "no message was sent",
            KindScope::Only(kind) if kind.word() == "connect" => "no stream was opened",
            KindScope::Only(kind) if kind.word() == "reconnect" => "no socket was opened again",
            KindScope::Only(kind) if kind.word() == "delivery" => "nothing was delivered",
            KindScope::Only(kind) if kind.word() == "ping" => "no ping was sent",
            KindScope::Only(kind) if kind.word() == "close" => "no stream ended",
            KindScope::Main | KindScope::Only(_) => "no requests",
        }
    }
}
