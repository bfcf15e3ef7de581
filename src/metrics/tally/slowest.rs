//! The slowest hits of a stream, each with what it takes to find it again.

use std::cmp::Reverse;
use std::time::Duration;

use crate::markup::redact::{HIDDEN_USER, cut, without_users};
use crate::record::{Outcome, Record, Rows};

/// Most hits kept.
pub const MOST_SLOW_HITS: usize = 20;

/// Bytes of a text that are kept at most: a server may make its texts, and a list its URLs, as long
/// as it likes.
const MOST_TEXT_BYTES: usize = 1024;

/// One of the slowest hits. Texts are cut at 1024 bytes, with an ellipsis behind, and `***` stands for
/// user and password of a URL; they may hold control characters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlowHit {
    /// From the release to the last byte of the body, or to the failure.
    pub latency: Duration,
    /// Released minus scheduled; None where nothing was scheduled or the format does not tell.
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
    /// HTTP method; empty where the format does not tell.
    pub method: String,
    /// URL as the target has it, but for user and password; empty where the format does not tell.
    pub url: String,
    /// Why the hit failed; None on success.
    pub error: Option<String>,
}

impl SlowHit {
    /// Returns whether the hit succeeded, as
    /// [`Record::is_success`](crate::record::Record::is_success) has it.
    pub fn is_success(&self) -> bool {
        Outcome { code: self.code, error: self.error.as_deref() }.is_success()
    }

    fn of(record: &Record<'_>) -> Self {
        Self {
            latency: record.latency,
            lag: record.lag,
            timestamp_ns: record.timestamp_ns,
            seq: record.seq,
            code: record.code,
            attack: kept(record.attack),
            name: kept(record.name),
            method: kept(record.method),
            url: kept(record.url),
            error: record.error.map(kept),
        }
    }

    /// What the hits are sorted by: the slowest first, then the one that was released earlier, then
    /// by attack and number. The rest is for hits of attacks that have no name.
    fn rank(&self) -> impl Ord + '_ {
        let request = (&self.name, &self.method, &self.url);
        let first = (Reverse(self.latency), self.timestamp_ns, &self.attack, self.seq);
        (first, request, self.code, &self.error, self.lag)
    }
}

/// The slowest hits of a stream, [`MOST_SLOW_HITS`] at most: the same ones in whatever order the
/// records come.
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
        // Nearly all records end here, so that no other column of theirs is looked at.
        let mut able: Vec<_> =
            ranked.filter(|(rank, _)| bar.is_none_or(|bar| *rank <= bar)).collect();
        // Under overload each hit is slower than all before it. Most of them would soon be dropped
        // again, and texts are dear to copy.
        if able.len() > MOST_SLOW_HITS {
            let (_, &mut (last, _), _) = able.select_nth_unstable(MOST_SLOW_HITS - 1);
            able.retain(|(rank, _)| *rank <= last);
        }
        able.iter().for_each(|(_, place)| self.add(SlowHit::of(&rows.record(*place))));
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
        if place < MOST_SLOW_HITS {
            self.hits.insert(place, hit);
            self.hits.truncate(MOST_SLOW_HITS);
        }
    }

    /// Returns the latency in ns and the release of the last hit, behind which no other is kept; None
    /// as long as there is room.
    fn bar(&self) -> Option<(Reverse<u64>, i64)> {
        let last = self.hits.get(MOST_SLOW_HITS - 1)?;
        // Latencies come as whole nanoseconds in 64 bits.
        Some((Reverse(last.latency.as_nanos() as u64), last.timestamp_ns))
    }
}

/// Returns what is kept of a text.
fn kept(text: &str) -> String {
    cut(&without_users(text, HIDDEN_USER), MOST_TEXT_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Batch, BatchBuilder};

    const ATTACKS: [&str; 2] = ["one", "two"];

    /// Returns one of 500 records, of which a few share a latency, and fewer an instant.
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

    /// What the records' own fields say, all of them sorted.
    fn expected() -> Vec<SlowHit> {
        let mut records: Vec<_> = (0..500).map(record).collect();
        records.sort_by_key(|r| (Reverse(r.latency), r.timestamp_ns, r.attack, r.seq));
        records.iter().take(MOST_SLOW_HITS).map(SlowHit::of).collect()
    }

    #[test]
    fn the_slowest_hits_are_the_same_in_whatever_order_records_come() {
        for step in [1, 7, 499] {
            let found = slowest(&batch((0..500).map(|n| n * step % 500)));
            assert!(found.iter().eq(&expected()), "{step}: {found:#?}");
        }
    }

    #[test]
    fn parts_of_a_stream_come_to_the_slowest_of_the_whole() {
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
    fn a_stream_of_a_few_records_keeps_them_all_with_all_that_finds_them_again() {
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
            assert_eq!(kept(&text), expected);
        }
    }
}
