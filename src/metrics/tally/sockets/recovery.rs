//! Recoveries: how long it takes until sockets that were lost together are open again.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::time::Duration;

/// Changes that are kept, at most: 8 MB. There are no recoveries of a run with more.
const MAX_CHANGES: usize = 1 << 19;

/// Recoveries that are reported, at most.
const MAX_RECOVERIES: usize = 5;

/// Sockets that are lost together, at least.
const MIN_LOST: u64 = 2;

/// Sockets that are lost together, at least, as a part of those that were open: one of ten.
const MIN_PART: u64 = 10;

/// Time in which sockets are lost together, in ns.
const TOGETHER_NS: i64 = 1_000_000_000;

/// What happened to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// It ended with the attack.
    Ended,
    /// It was closed without an error, at the end or before.
    Closed,
    /// It ended with an error.
    Lost,
    /// It was opened, also again.
    Opened,
}

/// A drop of several sockets at a time, and how long it took until as many were open again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// From the first message to the loss of the first socket; 0 for a loss before it.
    pub drop: Duration,
    /// Number of sockets by which fewer were open at the lowest point.
    pub lost: u64,
    /// Number of these that were open again, <= `lost`.
    pub back: u64,
    /// From the loss of the first socket until as many were open as before. None if that was not
    /// reached.
    pub time: Option<Duration>,
}

/// The changes of sockets, in the order of their records.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Changes {
    /// Each with its instant, in ns since 1970 UTC. Empty if there are too many.
    kept: Vec<(i64, Change)>,
    /// Whether there were too many.
    is_full: bool,
}

impl Changes {
    /// Adds a change at an instant in ns since 1970 UTC.
    pub fn add(&mut self, at_ns: i64, change: Change) {
        if self.is_full || self.kept.len() >= MAX_CHANGES {
            *self = Self { kept: Vec::new(), is_full: true };
            return;
        }
        self.kept.push((at_ns, change));
    }

    /// Adds the changes of another part of the same run.
    pub fn merge(&mut self, other: &Self) {
        if other.is_full || self.is_full || self.kept.len() + other.kept.len() > MAX_CHANGES {
            *self = Self { kept: Vec::new(), is_full: true };
            return;
        }
        self.kept.extend_from_slice(&other.kept);
    }

    /// Number of sockets that were closed without an error before an instant in ns since 1970 UTC.
    pub fn closed_before(&self, at_ns: i64) -> u64 {
        let is_early = |change: &&(i64, Change)| change.1 == Change::Closed && change.0 < at_ns;
        self.kept.iter().filter(is_early).count() as u64
    }

    /// Returns the drops of several sockets, in the order of time; the largest ones if there are many.
    ///
    /// With n(t) as the number of open sockets, a drop begins with the first loss after which n falls
    /// within a second by at least a tenth, and by at least two. It ends when n is again what it was
    /// before. The next drop begins later. Sockets that are closed at the end of the attack, which
    /// is after the last release, are not lost.
    ///
    /// - `first_ns`: instant from which drops are measured, in ns since 1970 UTC, as `last_release_ns`
    pub fn recoveries(&self, first_ns: i64, last_release_ns: i64) -> Vec<Recovery> {
        let levels = self.levels(last_release_ns);
        let lowest = lowest_within(&levels, TOGETHER_NS);
        let mut found = Vec::new();
        let mut at = 0;
        while at < levels.len() {
            let Level { before, after, .. } = levels[at];
            let fall = before.saturating_sub(lowest[at]);
            if after >= before || fall < MIN_LOST || fall * MIN_PART < before {
                at += 1;
                continue;
            }
            let (recovery, next) = recovery(&levels, at, first_ns);
            found.push(recovery);
            at = next;
        }
        found.sort_by_key(|recovery| (Reverse(recovery.lost), recovery.drop));
        found.truncate(MAX_RECOVERIES);
        found.sort_by_key(|recovery| recovery.drop);
        found
    }

    /// Returns how many sockets were open around each change, in the order of time.
    fn levels(&self, last_release_ns: i64) -> Vec<Level> {
        let is_final = |at_ns: i64, change: Change| match change {
            Change::Ended => true,
            Change::Closed => at_ns >= last_release_ns,
            Change::Lost | Change::Opened => false,
        };
        let mut changes = self.kept.clone();
        changes.retain(|(at_ns, change)| !is_final(*at_ns, *change));
        changes.sort_unstable();
        let mut open = 0_u64;
        let level = |(at_ns, change)| {
            let before = open;
            open = match change {
                Change::Opened => open + 1,
                // The beginning of the stream may be missing.
                _ => open.saturating_sub(1),
            };
            Level { at_ns, before, after: open }
        };
        changes.into_iter().map(level).collect()
    }
}

/// How many sockets were open around a change.
#[derive(Clone, Copy, Debug)]
struct Level {
    at_ns: i64,
    before: u64,
    after: u64,
}

/// Returns for each change the smallest number of open sockets within a time from it, in ns.
fn lowest_within(levels: &[Level], time_ns: i64) -> Vec<u64> {
    // Indices of changes, by rising number of open sockets.
    let mut candidates: VecDeque<usize> = VecDeque::new();
    let mut next = 0;
    let lowest = |(at, level): (usize, &Level)| {
        let end_ns = level.at_ns.saturating_add(time_ns);
        while next < levels.len() && levels[next].at_ns <= end_ns {
            while candidates.back().is_some_and(|it| levels[*it].after >= levels[next].after) {
                candidates.pop_back();
            }
            candidates.push_back(next);
            next += 1;
        }
        while candidates.front().is_some_and(|it| *it < at) {
            candidates.pop_front();
        }
        candidates.front().map_or(level.after, |it| levels[*it].after)
    };
    levels.iter().enumerate().map(lowest).collect()
}

/// Returns the recovery from a drop that begins with a change, and the index of the change after it.
fn recovery(levels: &[Level], from: usize, first_ns: i64) -> (Recovery, usize) {
    let Level { at_ns, before, .. } = levels[from];
    let since = |start_ns: i64, end_ns: i64| {
        Duration::from_nanos(u64::try_from(end_ns.saturating_sub(start_ns)).unwrap_or(0))
    };
    let is_back = |level: &Level| level.after >= before;
    let end = levels[from..].iter().position(is_back).map(|place| from + place);
    let during = &levels[from..end.unwrap_or(levels.len())];
    let lowest = during.iter().map(|level| level.after).min().unwrap_or(before);
    let last = during.last().map_or(before, |level| level.after);
    let lost = before - lowest;
    let recovery = Recovery {
        drop: since(first_ns, at_ns),
        lost,
        back: if end.is_some() { lost } else { last - lowest },
        time: end.map(|end| since(at_ns, levels[end].at_ns)),
    };
    (recovery, end.map_or(levels.len(), |end| end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    /// Opens `sockets` in the first second, and adds changes at instants in ms.
    fn changes(sockets: i64, later: impl IntoIterator<Item = (i64, Change)>) -> Changes {
        let mut changes = Changes::default();
        (0..sockets).for_each(|n| changes.add(n * 1_000 * MS / sockets, Change::Opened));
        later.into_iter().for_each(|(ms, change)| changes.add(ms * MS, change));
        changes
    }

    /// Returns drop, lost, back and time in ms.
    fn found(changes: &Changes) -> Vec<(u128, u64, u64, Option<u128>)> {
        let shown = |it: Recovery| {
            (it.drop.as_millis(), it.lost, it.back, it.time.map(|time| time.as_millis()))
        };
        changes.recoveries(0, 60_000 * MS).into_iter().map(shown).collect()
    }

    #[test]
    fn a_drop_ends_when_as_many_sockets_are_open_as_before() {
        let lost = (0..100).map(|n| (30_000 + n % 10, Change::Lost));
        let back = (0..100).map(|n| (31_000 + n * 10, Change::Opened));
        let all = changes(100, lost.clone().chain(back.clone()));
        assert_eq!(found(&all), [(30_000, 100, 100, Some(1_990))]);
        // The order of the records does not matter.
        let mixed = changes(100, back.clone().chain(lost.clone()));
        assert_eq!(found(&mixed), found(&all));
        let half = changes(100, lost.clone().chain(back.take(50)));
        assert_eq!(found(&half), [(30_000, 100, 50, None)]);
        let none = changes(100, lost);
        assert_eq!(found(&none), [(30_000, 100, 0, None)]);
    }

    #[test]
    fn few_sockets_one_after_the_other_are_no_drop() {
        let lose = |ms| [(ms, Change::Lost), (ms + 100, Change::Opened)];
        let churned = (0..50).flat_map(|n| lose(2_000 + n * 500));
        assert_eq!(found(&changes(100, churned)), []);
        let one = lose(3_000);
        assert_eq!(found(&changes(1, one)), []);
        let two = [(3_000, Change::Lost), (3_000, Change::Closed), (4_000, Change::Opened)];
        assert_eq!(found(&changes(20, two)), [(3_000, 2, 1, None)]);
        assert_eq!(found(&changes(21, two)), []);
        let slow = (0..20).map(|n| (5_000 + n * 1_100, Change::Lost));
        assert_eq!(found(&changes(20, slow)), []);
    }

    #[test]
    fn each_drop_has_its_own_recovery() {
        let drop = |ms: i64| {
            let lost = (0..10).map(move |n| (ms + n, Change::Closed));
            lost.chain((0..10).map(move |n| (ms + 500 + n, Change::Opened)))
        };
        let twice = changes(20, drop(10_000).chain(drop(20_000)));
        assert_eq!(found(&twice), [(10_000, 10, 10, Some(509)), (20_000, 10, 10, Some(509))]);
        let often = changes(20, (1..10).flat_map(|n| drop(n * 5_000)));
        assert_eq!(found(&often).len(), MAX_RECOVERIES);
    }

    #[test]
    fn the_end_of_the_attack_is_no_drop() {
        let closed = (0..100).map(|n| (60_000 + n, Change::Closed));
        assert_eq!(found(&changes(100, closed)), []);
        let cut = (0..100).map(|n| (50_000 + n, Change::Ended));
        assert_eq!(found(&changes(100, cut)), []);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut all = Changes::default();
        (0..=MAX_CHANGES as i64).for_each(|ns| all.add(ns, Change::Opened));
        assert_eq!(all, Changes { kept: Vec::new(), is_full: true });
        assert_eq!(all.recoveries(0, 0), []);
    }
}
