//! What the server remembers: how often each name or path occurred.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Counts of keys, for at most a number of them. If there are more, the oldest is forgotten: the
/// one that was counted first.
#[derive(Debug)]
pub struct Memory {
    /// At most `limit` keys.
    counts: HashMap<Key, u32>,
    /// The same keys, the oldest first.
    order: VecDeque<Key>,
    limit: usize,
}

/// 128 bits of hash, so that memory does not depend on the length of a name. Of a million names,
/// any two have the same key with a probability of about 1e-27.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u64; 2]);

impl Key {
    /// Returns the key of a name that a route has created; routes are numbered.
    pub fn of_name(route: usize, name: &str) -> Self {
        Self::new('n', route, name)
    }

    /// Returns the key of a path that was requested from a route.
    pub fn of_path(route: usize, path: &str) -> Self {
        Self::new('p', route, path)
    }

    fn new(kind: char, route: usize, text: &str) -> Self {
        Self([0, 1].map(|half: u8| {
            let mut hasher = DefaultHasher::new();
            (half, kind, route, text).hash(&mut hasher);
            hasher.finish()
        }))
    }
}

impl Memory {
    pub fn new(limit: usize) -> Self {
        Self { counts: HashMap::new(), order: VecDeque::new(), limit }
    }

    /// Returns how often a key was counted. 0 also if it has been forgotten.
    pub fn count_of(&self, key: Key) -> u32 {
        self.counts.get(&key).copied().unwrap_or(0)
    }

    /// Counts a key.
    pub fn count(&mut self, key: Key) {
        if let Some(count) = self.counts.get_mut(&key) {
            *count = count.saturating_add(1);
            return;
        }
        if self.order.len() == self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
        }
        self.order.push_back(key);
        self.counts.insert(key, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_oldest_key_is_forgotten() {
        let mut memory = Memory::new(3);
        let keys = ["a", "b", "c", "d"].map(|text| Key::of_name(0, text));
        for k in [0, 1, 0, 2, 0, 3] {
            memory.count(keys[k]);
        }
        assert_eq!(keys.map(|key| memory.count_of(key)), [0, 1, 1, 1]);
        memory.count(keys[0]);
        assert_eq!(keys.map(|key| memory.count_of(key)), [1, 0, 1, 1]);
        for k in 0..100_000 {
            memory.count(Key::of_name(0, &k.to_string()));
        }
        assert_eq!((memory.counts.len(), memory.order.len()), (3, 3));
    }

    #[test]
    fn routes_names_and_paths_have_separate_keys() {
        let keys = [Key::of_name(0, "a"), Key::of_name(1, "a"), Key::of_path(0, "a")];
        assert_eq!(HashSet::from(keys).len(), 3);
        assert_eq!(Key::of_name(1, "a"), keys[1]);
    }
}
