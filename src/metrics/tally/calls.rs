//! Calls and messages: the statuses of gRPC, and the times and numbers of messages.

use std::borrow::Cow;
use std::time::Duration;

use crate::metrics::histogram::Distribution;
use crate::metrics::tally::status_codes::CodeCounts;
use crate::record::{Kind, Rows, grpc_status_name};

/// The calls and messages of a run, folded to constant size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calls {
    records: u64,
    /// Of gRPC, by number.
    statuses: CodeCounts,
    /// Calls to which no server sent a status.
    without_status: u64,
    sent: Distribution,
    first_message: Distribution,
    gap: Distribution,
    messages_in: u64,
    messages_out: u64,
    /// Whether any record has several messages in one direction.
    has_streams: bool,
}

impl Calls {
    /// The name of calls to which no server sent a status.
    pub const NO_STATUS: &str = "(no status)";

    /// Adds the calls and messages in a run of records.
    pub(crate) fn add_rows(&mut self, rows: &Rows<'_>) {
        for messaging in rows.messaging().flatten() {
            self.records += 1;
            match messaging.grpc_status {
                Some(status) => self.statuses.add(status.into(), 1),
                // A message has no status: its stream has one.
                None => self.without_status += u64::from(messaging.kind == Kind::Call),
            }
            self.messages_in += u64::from(messaging.messages_in);
            self.messages_out += u64::from(messaging.messages_out);
            // Several deliveries of one message are no stream of messages.
            self.has_streams |= messaging.expected.is_none()
                && (messaging.messages_in > 1 || messaging.messages_out > 1);
            self.sent.add_all(messaging.sent.map(nanos).into_iter());
            self.first_message.add_all(messaging.first_message.map(nanos).into_iter());
            self.gap.add_all(messaging.gap_max.map(nanos).into_iter());
        }
    }

    /// Adds the calls of another part of the same run.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.statuses.merge(&other.statuses);
        self.without_status += other.without_status;
        self.sent.merge(&other.sent);
        self.first_message.merge(&other.first_message);
        self.gap.merge(&other.gap);
        self.messages_in += other.messages_in;
        self.messages_out += other.messages_out;
        self.has_streams |= other.has_streams;
    }

    /// Returns the name of each status of gRPC that occurred with the number of its calls, by rising
    /// number; [`Calls::NO_STATUS`] comes last.
    pub fn statuses(&self) -> impl Iterator<Item = (Cow<'static, str>, u64)> {
        // Statuses were counted from 8 bits.
        let named = self.statuses.iter().map(|(status, n)| (grpc_status_name(status as u8), n));
        let none =
            (self.without_status > 0).then_some((Self::NO_STATUS.into(), self.without_status));
        named.chain(none)
    }

    /// From the release until the last byte of the request was taken by the system; None if no
    /// record has it.
    pub fn sent(&self) -> Option<&Distribution> {
        known(&self.sent)
    }

    /// From the release to the first message of the response; None if no record has it.
    pub fn first_message(&self) -> Option<&Distribution> {
        known(&self.first_message)
    }

    /// The longest time between two messages, of each call with several; None if none has.
    pub fn gap(&self) -> Option<&Distribution> {
        known(&self.gap)
    }

    /// Messages received.
    pub fn messages_in(&self) -> u64 {
        self.messages_in
    }

    /// Messages sent.
    pub fn messages_out(&self) -> u64 {
        self.messages_out
    }

    /// Returns a number of messages per call or message of the attack; 0 without any.
    pub fn per_call(&self, messages: u64) -> f64 {
        messages as f64 / self.records.max(1) as f64
    }

    /// Returns whether any call sent or received several messages.
    pub fn has_streams(&self) -> bool {
        self.has_streams
    }
}

fn known(times: &Distribution) -> Option<&Distribution> {
    Some(times).filter(|times| times.count() > 0)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::samples::{calls, mixed_calls};

    fn of(batch: &crate::record::Batch) -> Calls {
        let mut calls = Calls::default();
        calls.add_rows(&batch.rows(0..batch.len()));
        calls
    }

    #[test]
    fn statuses_are_counted_by_name() {
        let statuses = of(&calls());
        let found: Vec<_> = statuses.statuses().collect();
        let expected = [("OK", 90), ("NotFound", 5), ("Unavailable", 4), ("(no status)", 1)];
        assert_eq!(found, expected.map(|(name, count)| (Cow::Borrowed(name), count)));
    }

    #[test]
    fn times_and_numbers_are_of_all_calls() {
        let found = of(&calls());
        assert!(found.has_streams());
        assert_eq!((found.messages_out(), found.messages_in()), (100, 3_600));
        assert_eq!(found.per_call(found.messages_in()), 36.0);
        assert_eq!(found.sent().unwrap().count(), 100);
        assert_eq!(found.first_message().unwrap().count(), 90);
        assert_eq!(found.gap().unwrap().max(), Duration::from_micros(1_089));
        assert!(Calls::default().gap().is_none());
    }

    #[test]
    fn parts_of_a_run_add_up_to_it() {
        let batch = mixed_calls();
        for cut in [0, 7, batch.len()] {
            let [mut one, mut other] = [Calls::default(), Calls::default()];
            one.add_rows(&batch.rows(0..cut));
            other.add_rows(&batch.rows(cut..batch.len()));
            one.merge(&other);
            assert_eq!(one, of(&batch));
        }
    }
}
