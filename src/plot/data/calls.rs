//! The calls of a run in bins of time.

use std::time::Duration;

use crate::metrics::{Bin, Bins, Bounds, CoarseHistogram, Timeline};
use crate::plot::data::slicing::{MAX_SLICES, slice};
use crate::record::Rows;

/// The calls that ended in one slot of time.
#[derive(Clone, Debug, Default)]
pub struct CallTally {
    /// Times to the first message.
    pub first_message: CoarseHistogram,
    /// Longest times between two messages.
    pub gap: CoarseHistogram,
    /// Messages received.
    pub messages_in: u64,
    /// Messages sent.
    pub messages_out: u64,
}

/// The calls of a run, in bounded memory.
pub struct CallBins {
    bins: Bins<CallTally>,
    n_calls: u64,
    n_messages: u64,
    /// Whether a call has several messages in one direction.
    has_streams: bool,
}

impl Default for CallBins {
    fn default() -> Self {
        Self { bins: Bins::for_chart(MAX_SLICES), n_calls: 0, n_messages: 0, has_streams: false }
    }
}

impl CallBins {
    /// Adds the calls and messages in a run of records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let instants = rows.timestamps_ns().iter().zip(rows.latencies_ns());
        for (messaging, (release_ns, latency_ns)) in rows.messaging().zip(instants) {
            let Some(messaging) = messaging else { continue };
            let (received, sent) = (messaging.messages_in, messaging.messages_out);
            self.n_calls += 1;
            self.n_messages += u64::from(received);
            // Several deliveries of one message are no stream of messages.
            self.has_streams |= messaging.expected.is_none() && (received > 1 || sent > 1);
            let (tally, _) = self.bins.at(release_ns.saturating_add_unsigned(latency_ns));
            tally.messages_in += u64::from(received);
            tally.messages_out += u64::from(sent);
            messaging.first_message.iter().for_each(|time| tally.first_message.add(nanos(*time)));
            messaging.gap_max.iter().for_each(|time| tally.gap.add(nanos(*time)));
        }
    }

    /// Number of calls and messages on long-lived streams.
    pub fn n_calls(&self) -> u64 {
        self.n_calls
    }

    /// Number of messages received.
    pub fn n_messages(&self) -> u64 {
        self.n_messages
    }

    /// Returns whether a call sent or received several messages.
    pub fn has_streams(&self) -> bool {
        self.has_streams
    }

    /// Returns the calls in bins of time within bounds, for an axis of `span`.
    pub fn timeline(&self, bounds: Bounds, span: Duration) -> Timeline<CallTally> {
        slice(&self.bins, self.n_calls, bounds, span)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Bin for CallTally {
    fn absorb(&mut self, next: Self, _: u64) {
        self.first_message.merge(&next.first_message);
        self.gap.merge(&next.gap);
        self.messages_in += next.messages_in;
        self.messages_out += next.messages_out;
    }
}
