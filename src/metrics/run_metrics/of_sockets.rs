//! WebSockets of a run: what became of them, and their deliveries.

use crate::metrics::run_metrics::Metrics;
use crate::metrics::tally::kinds::RecordKind;
use crate::metrics::tally::sockets::deliveries::{Deliveries, Missing};
use crate::metrics::tally::sockets::{SocketRun, SocketTally, Sockets};
use crate::metrics::tally::time_span::Span;
use crate::record::{Kind, Rows};

const DELIVERY: RecordKind = RecordKind(Some(Kind::Delivery));

impl Metrics {
    /// Adds what records say about WebSockets, besides their values by kind.
    pub(super) fn add_sockets(&mut self, rows: &Rows<'_>) {
        let has_some = rows.kinds().iter().flatten().any(|kind| SocketTally::counts(*kind));
        if has_some || self.sockets.is_some() {
            self.sockets.get_or_insert_default().add_rows(rows);
        }
        let mut deliveries = self.deliveries;
        deliveries.add_rows(rows, |missing| self.add_missing(missing));
        self.deliveries = deliveries;
    }

    /// Adds deliveries that did not come to the times of those that did.
    fn add_missing(&mut self, Missing { count, latency_ns, response_ns }: Missing) {
        let times = &mut self.part(DELIVERY).times;
        times.latency.add_missing(latency_ns, count);
        response_ns.iter().for_each(|ns| times.response.add_missing(*ns, count));
    }

    /// Adds the sockets of another part of the same run.
    pub(super) fn merge_sockets(&mut self, other: &Metrics) {
        if let Some(sockets) = &other.sockets {
            self.sockets.get_or_insert_default().merge(sockets);
        }
        self.deliveries.merge(other.deliveries);
    }

    /// Returns what became of the WebSockets. None without WebSockets; gRPC streams are none.
    pub fn sockets(&self) -> Option<Sockets> {
        let planned = self.plan().and_then(|plan| plan.streams).filter(|streams| streams.sockets);
        let tally = self.sockets.as_deref().filter(|it| planned.is_some() || it.is_web())?;
        let releases = self.releases();
        // As for charts and -drop, time begins with the first message.
        let begin = self.span.or(releases);
        Some(tally.summary(&SocketRun {
            planned: planned.map(|streams| streams.count),
            first_ns: begin.map_or(0, |span| span.earliest_ns),
            last_release_ns: releases.map_or(i64::MAX, |span| span.latest_ns),
        }))
    }

    /// Returns the span of what has a slot, or a time after which it was due: messages and connects.
    fn releases(&self) -> Option<Span> {
        let opening = [Kind::Connect, Kind::Reconnect].map(|kind| RecordKind(Some(kind)));
        let parts = opening.into_iter().filter_map(|kind| self.kinds.part(kind));
        let spans = parts.filter_map(|part| part.span).chain(self.span);
        spans.reduce(Span::joined)
    }

    /// Returns the deliveries of broadcasts. None if there were none, and none was expected.
    pub fn deliveries(&self) -> Option<Deliveries> {
        let expected = self.deliveries.expected;
        let total = self.kinds.part(DELIVERY).map_or(0, Metrics::successes);
        let in_time = expected - self.deliveries.missing;
        (expected > 0 || total > 0).then_some(Deliveries { expected, in_time, total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::samples::mixed_calls;
    use crate::metrics::samples::sockets::{Event, broadcasts, socket_rows};
    use crate::plan::{Plan, PlannedStreams};

    #[test]
    fn deliveries_that_did_not_come_are_lower_bounds_of_their_times() {
        let mut metrics = Metrics::default();
        metrics.add_batch(&broadcasts(&[4, 3, 4, 0]));
        let deliveries = metrics.deliveries().unwrap();
        assert_eq!(deliveries, Deliveries { expected: 16, in_time: 11, total: 11 });
        assert_eq!(deliveries.reach(), Some(11.0 / 16.0));
        let times = metrics.kind(DELIVERY).unwrap().latencies();
        let found = [0.0, 0.67, 0.71, 1.0].map(|quantile| times.quantile(quantile));
        assert_eq!(found.map(|it| it.is_lower_bound), [false, false, true, true]);
        assert_eq!([found[0], found[3]].map(|it| it.to_string()), ["6ms", "≥30s"]);
        let response = metrics.kind(DELIVERY).unwrap().response().unwrap();
        assert_eq!(response.max().to_string(), "≥30.001s");
        assert_eq!((metrics.requests(), metrics.successes()), (5, 3));
        let mut none = Metrics::default();
        none.add_batch(&broadcasts(&[]));
        let again = none.deliveries();
        assert_eq!(again, None);
    }

    #[test]
    fn parts_of_a_run_add_up_to_it() {
        let batch = broadcasts(&[4, 3, 4, 0, 2]);
        let whole = {
            let mut metrics = Metrics::default();
            metrics.add_batch(&batch);
            metrics
        };
        for cut in [0, 3, 9, batch.len()] {
            let [mut one, mut other] = [Metrics::default(), Metrics::default()];
            one.add_rows(&batch.rows(0..cut));
            other.add_rows(&batch.rows(cut..batch.len()));
            one.merge(&other);
            assert_eq!(one.deliveries(), whole.deliveries());
            assert_eq!(one.kind(DELIVERY), whole.kind(DELIVERY), "{cut}");
        }
    }

    #[test]
    fn sockets_are_those_that_are_planned_or_have_their_status() {
        let mut metrics = Metrics::default();
        metrics.add_batch(&mixed_calls());
        assert_eq!(metrics.sockets(), None);
        metrics.add_batch(&socket_rows(&[Event::Opened(1.0)]));
        assert!(metrics.sockets().is_some_and(|sockets| sockets.planned.is_none()));
        let mut refused = Metrics::default();
        refused.add_batch(&socket_rows(&[Event::Refused(1.0)]));
        assert_eq!(refused.sockets(), None);
        let streams = Some(PlannedStreams { count: 7, sockets: true, opening_ns: 0 });
        refused.add_plan(&Plan { streams, calls: true, ..Plan::default() });
        assert_eq!(refused.sockets(), Some(Sockets { planned: Some(7), ..Sockets::default() }));
    }
}
