//! The slowest hits of a stream, each with the details that identify it.

use std::cmp::Reverse;
use std::time::Duration;

use crate::markup::redact::shown;
use crate::record::{Kind, Outcome, Record, Rows};

/// Hits that are kept, at most.
pub const MAX_SLOW_HITS: usize = 20;

/// One of the slowest hits.
///
/// Texts longer than 1024 bytes are cut and end with an ellipsis. Users and passwords of URLs are
/// hidden: `***` is shown for both. Texts may contain control characters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlowHit {
    /// Time from the release to the last byte of the body, or to the failure.
    pub latency: Duration,
    /// Release minus slot; None if there was no schedule or the format lacks it.
    pub lag: Option<Duration>,
    /// Instant the hit was released, in ns since 1970 UTC.
    pub timestamp_ns: i64,
    /// Number of the hit in its attack, from 0.
    pub seq: u64,
    /// Status of the response; 0 without one.
    pub code: u16,
    /// Name of the attack; empty without one.
    pub attack: String,
    /// The target's own name; empty without one.
    pub name: String,
    /// HTTP method; empty if the format lacks it.
    pub method: String,
    /// URL as the target has it, without user and password; empty if the format lacks it.
    pub url: String,
    /// Why the hit failed; None on success.
    pub error: Option<String>,
    /// Whether the step of a flow has checks, which decide in place of the status.
    pub is_checked: bool,
    /// What the record describes. None for a plain HTTP request.
    pub kind: Option<Kind>,
    /// Status of gRPC that the server sent. None if it sent none.
    pub grpc_status: Option<u8>,
}

impl SlowHit {
    /// Returns whether the hit succeeded; see
    /// [`Record::is_success`](crate::record::Record::is_success).
    pub fn is_success(&self) -> bool {
        let Self { code, is_checked, kind, grpc_status, .. } = *self;
        let error = self.error.as_deref();
        Outcome { code, error, is_checked, kind, grpc_status }.is_success()
    }

    fn of(record: &Record<'_>) -> Self {
        let outcome = record.outcome();
        Self {
            latency: record.latency,
            lag: record.lag,
            timestamp_ns: record.timestamp_ns,
            seq: record.seq,
            code: record.code,
            attack: shown(record.attack),
            name: shown(record.name),
            method: shown(record.method),
            url: shown(record.url),
            error: record.error.map(shown),
            is_checked: outcome.is_checked,
            kind: outcome.kind,
            grpc_status: outcome.grpc_status,
        }
    }

    /// The sort key: the slowest first, then the one released earlier, then by attack and number.
    /// The rest makes the order unique for attacks without a name.
    fn rank(&self) -> impl Ord + '_ {
        let request = (&self.name, &self.method, &self.url);
        let first = (Reverse(self.latency), self.timestamp_ns, &self.attack, self.seq);
        (first, request, self.code, &self.error, self.lag)
    }
}

/// The slowest hits of a stream, at most [`MAX_SLOW_HITS`]: the same ones in any order of the
/// records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slowest {
    /// Sorted by rank.
    hits: Vec<SlowHit>,
}

impl Slowest {
    /// Adds a run of records. Their numbers and labels must have been read; see
    /// [`Columns::Identified`](crate::record::Columns::Identified).
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let bar = self.bar();
        let pairs = rows.latencies_ns().zip(rows.timestamps_ns());
        let ranked =
            pairs.enumerate().map(|(place, (ns, release))| ((Reverse(ns), *release), place));
        // Fast path: nearly every record stops here, so its other columns are never read.
        let mut candidates: Vec<_> =
            ranked.filter(|(rank, _)| bar.is_none_or(|bar| *rank <= bar)).collect();
        // Under overload each hit is slower than all before it. Most of them would soon be dropped,
        // and their texts are expensive to copy.
        if candidates.len() > MAX_SLOW_HITS {
            let (_, &mut (last, _), _) = candidates.select_nth_unstable(MAX_SLOW_HITS - 1);
            candidates.retain(|(rank, _)| *rank <= last);
        }
        candidates.iter().for_each(|(_, place)| self.add(SlowHit::of(&rows.record(*place))));
    }

    /// Adds the hits of another part of the same stream.
    pub fn merge(&mut self, other: &Self) {
        other.hits.iter().for_each(|hit| self.add(hit.clone()));
    }

    /// Returns the hits, the slowest first; of equally slow ones the one that was released earlier.
    pub fn iter(&self) -> impl Iterator<Item = &SlowHit> {
        self.hits.iter()
    }

    fn add(&mut self, hit: SlowHit) {
        let place = self.hits.partition_point(|other| other.rank() <= hit.rank());
        if place < MAX_SLOW_HITS {
            self.hits.insert(place, hit);
            self.hits.truncate(MAX_SLOW_HITS);
        }
    }

    /// Returns the latency in ns and the release of the last hit, after which no other is kept;
    /// None while there is room.
    fn bar(&self) -> Option<(Reverse<u64>, i64)> {
        let last = self.hits.get(MAX_SLOW_HITS - 1)?;
        // Latencies come as whole nanoseconds in 64 bits.
        Some((Reverse(last.latency.as_nanos() as u64), last.timestamp_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Batch, BatchBuilder};

    const ATTACKS: [&str; 2] = ["one", "two"];

    /// Returns one of 500 records. Some share a latency, and some of these an instant.
    fn record(n: u64) -> Record<'static> {
        Record {
            attack: ATTACKS[n as usize % 2],
            seq: n / 2,
            code: 200,
            timestamp_ns: 1_700_000_000_000_000_000 - (n / 4) as i64,
            latency: Duration::from_nanos(n * 7_919 % 61 * 1_000),
            lag: n.is_multiple_of(3).then_some(Duration::from_nanos(n)),
            error: n.is_multiple_of(5).then_some("timeout"),
            name: "login",
            method: "POST",
            url: "http://h/",
            ..Record::default()
        }
    }

    fn batch(numbers: impl Iterator<Item = u64>) -> Batch {
        let mut builder = BatchBuilder::new();
        numbers.for_each(|n| builder.push(&record(n)));
        builder.finish()
    }

    fn slowest(batch: &Batch) -> Slowest {
        let mut slowest = Slowest::default();
        slowest.add_rows(&batch.rows(0..batch.len()));
        slowest
    }

    /// Returns the slowest hits by sorting all records.
    fn expected() -> Vec<SlowHit> {
        let mut records: Vec<_> = (0..500).map(record).collect();
        records.sort_by_key(|r| (Reverse(r.latency), r.timestamp_ns, r.attack, r.seq));
        records.iter().take(MAX_SLOW_HITS).map(SlowHit::of).collect()
    }

    #[test]
    fn the_slowest_hits_do_not_depend_on_the_order_of_records() {
        for step in [1, 7, 499] {
            let found = slowest(&batch((0..500).map(|n| n * step % 500)));
            assert!(found.iter().eq(&expected()), "{step}: {found:#?}");
        }
    }

    #[test]
    fn merged_parts_have_the_slowest_hits_of_the_whole() {
        let batch = batch(0..500);
        let mut parts = [0..3, 3..250, 250..500].map(|range| {
            let mut part = Slowest::default();
            part.add_rows(&batch.rows(range));
            part
        });
        let [first, rest @ ..] = &mut parts;
        rest.iter().for_each(|part| first.merge(part));
        assert_eq!(*first, slowest(&batch));
    }

    #[test]
    fn few_records_are_all_kept_with_their_details() {
        let found = slowest(&batch(30..31));
        let hit = SlowHit {
            latency: Duration::from_nanos(30 * 7_919 % 61 * 1_000),
            lag: Some(Duration::from_nanos(30)),
            timestamp_ns: 1_700_000_000_000_000_000 - 7,
            seq: 15,
            code: 200,
            attack: "one".to_owned(),
            name: "login".to_owned(),
            method: "POST".to_owned(),
            url: "http://h/".to_owned(),
            error: Some("timeout".to_owned()),
            is_checked: false,
            kind: None,
            grpc_status: None,
        };
        assert_eq!(found.iter().collect::<Vec<_>>(), [&hit]);
        assert_eq!(slowest(&batch(0..0)).iter().count(), 0);
    }

    #[test]
    fn long_texts_are_cut_and_passwords_are_not_kept() {
        let table = [
            ("a".repeat(1024), "a".repeat(1024)),
            ("a".repeat(1025), "a".repeat(1024) + "…"),
            ("http://me:pw@h/".to_owned(), "http://***@h/".to_owned()),
        ];
        for (text, expected) in table {
            assert_eq!(shown(&text), expected);
        }
    }
}
