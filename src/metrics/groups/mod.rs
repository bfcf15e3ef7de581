//! Groups: the figures of the records that have a name, a method, a URL or a status in common.

mod by;
pub mod hasher;

pub use by::{By, GroupName};

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::mem;

use crate::metrics::{Buckets, Metrics};
use crate::record::{Batch, Rows};

use crate::metrics::groups::hasher::Spread;
use by::Keys;

/// Most groups kept. URLs may never recur, and memory must not grow with the number of records.
pub const MOST_GROUPS: usize = 1000;

/// The records of a stream told apart, each group folded to constant size: [`MOST_GROUPS`] groups at
/// most, and one of all records that came later.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    by: By,
    /// What a group begins with.
    empty: Metrics,
    groups: Vec<(GroupName, Metrics)>,
    /// Where each group stands in `groups`.
    places: HashMap<GroupName, usize>,
    /// The records whose group found no place; None where each did.
    others: Option<Metrics>,
}

impl Groups {
    /// Returns no groups yet. Latencies are counted in `buckets` too, where there are any.
    pub fn new(by: By, buckets: Option<Buckets>) -> Self {
        let empty = Metrics::new(buckets);
        Self { by, empty, groups: Vec::new(), places: HashMap::new(), others: None }
    }

    /// Keeps of the records to come what intervals are made of, for each group; see
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
        // Groups take turns, and a run of one record costs several times as much as its share of a
        // longer one.
        let order = order_of(&places);
        let batch = rows.in_order(&order);
        self.add_runs(order.iter().map(|at| places[*at]), &batch.rows(0..batch.len()));
    }

    /// Adds records, given where the group of each stands, those of a group side by side.
    fn add_runs(&mut self, places: impl Iterator<Item = usize>, rows: &Rows<'_>) {
        let mut places = places.peekable();
        let mut start = 0;
        while let Some(place) = places.next() {
            let mut end = start + 1;
            while places.next_if_eq(&place).is_some() {
                end += 1;
            }
            self.metrics_at(place).add_rows(&rows.part(start..end));
            start = end;
        }
    }

    /// Adds the groups of another part of the same run, told apart by the same key.
    pub fn merge(&mut self, other: &Groups) {
        for (name, metrics) in &other.groups {
            let place = self.place_of(name.clone());
            self.metrics_at(place).merge(metrics);
        }
        if let Some(others) = &other.others {
            self.metrics_at(MOST_GROUPS).merge(others);
        }
    }

    /// Returns each group with its figures, by rising name, so that the reports of two runs can be
    /// laid side by side; behind them, as `(others)`, the records whose group found no place.
    ///
    /// A group has neither plan nor facts, which are those of the attack.
    pub fn iter(&self) -> impl Iterator<Item = (GroupName, &Metrics)> {
        let mut sorted: Vec<_> = self.groups.iter().collect();
        sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        let others = self.others.iter().map(|others| (GroupName::plain(GroupName::OTHERS), others));
        sorted.into_iter().map(|(name, metrics)| (name.clone(), metrics)).chain(others)
    }

    /// Returns what to try where the groups do not tell what was asked for; None where they do.
    pub fn hint(&self) -> Option<String> {
        if self.others.is_some() {
            let others = GroupName::OTHERS;
            return Some(format!(
                "more than {MOST_GROUPS} groups: requests of any other are counted together as \
                 {others}; name the targets by '# @name', and use -by name"
            ));
        }
        let unnamed = GroupName::plain(GroupName::UNNAMED);
        let is_unnamed = self.by == By::Name && self.places.contains_key(&unnamed);
        is_unnamed.then(|| {
            format!(
                "requests without a name are counted together as {}: name the targets by \
                 '# @name', or use -by url",
                unnamed.text
            )
        })
    }

    /// Returns for each record where its group stands; [`MOST_GROUPS`] for that of the others.
    fn places_of(&mut self, rows: &Rows<'_>) -> Vec<usize> {
        let keys = Keys::of(self.by, rows);
        let mut known: HashMap<_, _, BuildHasherDefault<Spread>> = HashMap::default();
        let place_of = |at| match keys.numbers(at) {
            Some(numbers) => *known.entry(numbers).or_insert_with(|| self.place_of(keys.name(at))),
            None => self.place_of(keys.name(at)),
        };
        (0..rows.len()).map(place_of).collect()
    }

    /// Returns where a group stands, which begins here unless it has begun before; [`MOST_GROUPS`]
    /// where there is no place left.
    fn place_of(&mut self, name: GroupName) -> usize {
        if let Some(place) = self.places.get(&name) {
            return *place;
        }
        let place = self.groups.len();
        if place < MOST_GROUPS {
            self.places.insert(name.clone(), place);
            self.groups.push((name, self.empty.clone()));
        }
        place
    }

    fn metrics_at(&mut self, place: usize) -> &mut Metrics {
        match self.groups.get_mut(place) {
            Some((_, metrics)) => metrics,
            None => self.others.get_or_insert_with(|| self.empty.clone()),
        }
    }
}

/// Returns the order in which records of the same place stand side by side, by rising place; within
/// a place they keep their order. Counting takes a time that grows with their number alone.
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
