//! Metrics of each group of records with the same name, method, URL, status, kind or flow.

mod hasher;
pub mod group_key;

pub use crate::metrics::groups::group_key::{By, GroupName};

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::mem;

use crate::bounded_map::Bounded;
use crate::metrics::histogram::user_buckets::Buckets;
use crate::metrics::run_metrics::Metrics;
use crate::record::{Batch, Rows};

use crate::metrics::groups::group_key::Keys;
use hasher::NumberHasher;

/// Groups, at most. URLs may never recur, and memory must not grow with the number of records.
pub const MAX_GROUPS: usize = 1000;

/// The records of a stream by group, each group folded to constant size: at most [`MAX_GROUPS`]
/// groups, and one group of all other records.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    by: By,
    /// The initial metrics of a group.
    empty: Metrics,
    groups: Bounded<GroupName, Metrics>,
}

impl Groups {
    /// Creates an empty set of groups. Latencies are counted in `buckets` too; None for no buckets.
    pub fn new(by: By, buckets: Option<Buckets>) -> Self {
        Self { by, empty: Metrics::new(buckets), groups: Bounded::new(MAX_GROUPS) }
    }

    /// Keeps what confidence intervals of each group need from later records; see
    /// [`Metrics::sliced`].
    pub fn sliced(self) -> Self {
        Self { empty: self.empty.sliced(), ..self }
    }

    /// What the records of a group have in common.
    pub fn by(&self) -> By {
        self.by
    }

    /// Adds the records of a batch in their order.
    pub fn add_batch(&mut self, batch: &Batch) {
        self.add_rows(&batch.rows(0..batch.len()));
    }

    /// Adds a run of records in their order. Their labels must have been read; see
    /// [`Columns::Labelled`](crate::record::Columns::Labelled).
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let places = self.places_of(rows);
        if places.is_sorted() {
            return self.add_runs(places.iter().copied(), rows);
        }
        // If groups alternate, each run is one record long, which costs several times as much as
        // its share of a longer run. So the records are sorted by group first.
        let order = order_of(&places);
        let batch = rows.in_order(&order);
        self.add_runs(order.iter().map(|at| places[*at]), &batch.rows(0..batch.len()));
    }

    /// Adds records, given the place of each one's group. The records of a group are adjacent.
    fn add_runs(&mut self, places: impl Iterator<Item = usize>, rows: &Rows<'_>) {
        let mut places = places.peekable();
        let mut start = 0;
        while let Some(place) = places.next() {
            let mut end = start + 1;
            while places.next_if_eq(&place).is_some() {
                end += 1;
            }
            self.groups.at(place, || self.empty.clone()).add_rows(&rows.part(start..end));
            start = end;
        }
    }

    /// Adds the groups of another part of the same run, grouped by the same key.
    pub fn merge(&mut self, other: &Groups) {
        self.groups.merge(&other.groups, || self.empty.clone(), Metrics::merge);
    }

    /// Returns each group with its metrics, by rising name, so that the reports of two runs can be
    /// compared line by line. The last one, `(others)`, has the records of all further groups.
    ///
    /// A group has neither plan nor facts, which are those of the attack.
    pub fn iter(&self) -> impl Iterator<Item = (GroupName, &Metrics)> {
        let mut sorted: Vec<_> = self.groups.iter().collect();
        sorted.sort_by_key(|(name, _)| *name);
        let others = self.groups.other().map(|others| (GroupName::others(), others));
        let sorted = sorted.into_iter().map(|(name, metrics)| (name.clone(), metrics));
        sorted.chain(others).map(|(name, metrics)| (name, metrics.of_any_kind()))
    }

    /// Returns what to try if the groups do not show what was asked for; None if they do.
    pub fn hint(&self) -> Option<String> {
        if self.groups.other().is_some() {
            let others = GroupName::OTHERS;
            return Some(format!(
                "more than {MAX_GROUPS} groups: all further requests are counted together as \
                 {others}; name the targets by '# @name', and use -by name"
            ));
        }
        let has_no_flow = self.by == By::Flow && self.groups.find(&GroupName::no_flow()).is_some();
        if has_no_flow && self.groups.iter().count() == 1 {
            return Some("no request is in a flow: use -by name".to_owned());
        }
        let unnamed = GroupName::unnamed();
        let is_unnamed = self.by == By::Name && self.groups.find(&unnamed).is_some();
        is_unnamed.then(|| {
            format!(
                "requests without a name are counted together as {}: name the targets by \
                 '# @name', or use -by url",
                unnamed.text
            )
        })
    }

    /// Returns the place of each record's group, which is added if it is new; [`MAX_GROUPS`] for
    /// that of all further groups.
    fn places_of(&mut self, rows: &Rows<'_>) -> Vec<usize> {
        let keys = Keys::of(self.by, rows);
        let mut known: HashMap<_, _, BuildHasherDefault<NumberHasher>> = HashMap::default();
        let place_of = |at| match keys.numbers(at) {
            Some(numbers) => *known.entry(numbers).or_insert_with(|| self.place_of(keys.name(at))),
            // The stream has no numbers for its texts, so each text is looked up.
            None => self.place_of(keys.name(at)),
        };
        (0..rows.len()).map(place_of).collect()
    }

    fn place_of(&mut self, name: GroupName) -> usize {
        self.groups.place(name, || self.empty.clone())
    }
}

/// Returns the order that puts records of the same place side by side, by rising place. Within a
/// place, records keep their order. The time is linear in their number.
///
/// Source: Donald Knuth, The Art of Computer Programming, volume 3, 5.2: distribution counting.
fn order_of(places: &[usize]) -> Vec<usize> {
    let n_places = places.iter().max().map_or(0, |last| last + 1);
    let mut next = vec![0; n_places];
    places.iter().for_each(|place| next[*place] += 1);
    let mut start = 0;
    for count in &mut next {
        start += mem::replace(count, start);
    }
    let mut order = vec![0; places.len()];
    for (at, place) in places.iter().enumerate() {
        order[next[*place]] = at;
        next[*place] += 1;
    }
    order
}

#[cfg(test)]
mod tests;
