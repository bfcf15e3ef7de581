//! A map of the first keys that occur; all later keys share one value.

use std::hash::Hash;

use indexmap::{Equivalent, IndexMap};

/// A map of at most `max` keys, in the order in which they were first seen, and one value for all
/// other keys. So memory does not grow with the number of keys in a stream.
#[derive(Clone, Debug)]
pub struct Bounded<K, V> {
    max: usize,
    map: IndexMap<K, V>,
    /// The value of all keys without a place; None if each key has one.
    other: Option<V>,
}

/// Two are equal if they have equal entries in the same order.
impl<K: PartialEq, V: PartialEq> PartialEq for Bounded<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.map.iter().eq(other.map.iter()) && self.other == other.other
    }
}

impl<K: Hash + Eq, V> Bounded<K, V> {
    /// Creates an empty map for at most `max` keys.
    pub fn new(max: usize) -> Self {
        Self { max, map: IndexMap::new(), other: None }
    }

    /// Returns the place of a key; None if it has none so far.
    pub fn find<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<usize> {
        self.map.get_index_of(key)
    }

    /// Returns the place of a key, from 0, adding it with a value if it is new. Returns `max`, the
    /// place of all other keys, if the map is full.
    pub fn place(&mut self, key: K, value: impl FnOnce() -> V) -> usize {
        if let Some(place) = self.find(&key) {
            return place;
        }
        if self.map.len() == self.max {
            return self.max;
        }
        self.map.insert_full(key, value()).0
    }

    /// Returns the value of a place. `value` makes the one of all other keys if this is its first
    /// use.
    pub fn at(&mut self, place: usize, value: impl FnOnce() -> V) -> &mut V {
        match self.map.get_index_mut(place) {
            Some((_, known)) => known,
            None => self.other.get_or_insert_with(value),
        }
    }

    /// Adds the entries of another map, whose keys count as seen later.
    pub fn merge(&mut self, other: &Self, value: impl Fn() -> V, add: impl Fn(&mut V, &V))
    where
        K: Clone,
    {
        for (key, more) in &other.map {
            let place = self.place(key.clone(), &value);
            add(self.at(place, &value), more);
        }
        if let Some(more) = &other.other {
            add(self.other.get_or_insert_with(&value), more);
        }
    }

    /// Returns the keys with their values, the first seen first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        self.map.iter()
    }

    /// Returns the key of a place; None if it is the place of all other keys.
    pub fn key(&self, place: usize) -> Option<&K> {
        self.map.get_index(place).map(|(key, _)| key)
    }

    /// Returns the value of all other keys; None if each key has a place.
    pub fn other(&self) -> Option<&V> {
        self.other.as_ref()
    }

    /// Returns whether no further key gets a place.
    pub fn is_full(&self) -> bool {
        self.map.len() == self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(keys: &[&'static str]) -> Bounded<&'static str, u64> {
        let mut counts = Bounded::new(2);
        for key in keys {
            let place = counts.place(*key, u64::default);
            *counts.at(place, u64::default) += 1;
        }
        counts
    }

    fn entries(counts: &Bounded<&'static str, u64>) -> Vec<(&'static str, u64)> {
        counts.iter().map(|(key, count)| (*key, *count)).collect()
    }

    #[test]
    fn the_first_keys_have_places_and_all_others_share_one() {
        let counts = counts(&["b", "a", "b", "c", "d", "a"]);
        assert_eq!(entries(&counts), [("b", 2), ("a", 2)]);
        assert_eq!(counts.other(), Some(&2));
        assert_eq!((counts.find("a"), counts.find("c"), counts.is_full()), (Some(1), None, true));
    }

    #[test]
    fn merged_keys_count_as_seen_later() {
        let mut merged = counts(&["a"]);
        merged.merge(&counts(&["b", "a", "c"]), u64::default, |sum, more| *sum += more);
        assert_eq!(entries(&merged), [("a", 2), ("b", 1)]);
        assert_eq!(merged.other(), Some(&1));
        merged.merge(&counts(&["e", "b"]), u64::default, |sum, more| *sum += more);
        assert_eq!(entries(&merged), [("a", 2), ("b", 2)]);
        assert_eq!(merged.other(), Some(&2));
    }
}
