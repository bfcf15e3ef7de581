//! Response headers sorted by name, as all formats but Arrow write them.

use std::ops::Range;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::record::Headers;

/// The ranges of a name and its value in a text.
type Pair = (Range<usize>, Range<usize>);

/// Headers sorted by name. Headers of the same name stay in their order.
///
/// One value serves all records, so that its memory is reused.
#[derive(Default)]
pub struct SortedHeaders {
    /// All names and values, without separators.
    text: String,
    /// Ranges of each name and value in the text.
    pairs: Vec<Pair>,
}

impl SortedHeaders {
    /// Replaces the headers with those of the next record.
    pub fn fill(&mut self, headers: Headers<'_>) {
        let Self { text, pairs } = self;
        text.clear();
        pairs.clear();
        headers.for_each(|name, value| {
            let start = text.len();
            text.push_str(name);
            let middle = text.len();
            text.push_str(value);
            pairs.push((start..middle, middle..text.len()));
        });
        pairs.sort_by(|(left, _), (right, _)| text[left.clone()].cmp(&text[right.clone()]));
    }

    /// Returns each name once, with all its values.
    pub fn groups(
        &self,
    ) -> impl Iterator<Item = (&str, impl ExactSizeIterator<Item = &str> + Clone)> {
        let name = |pair: &Pair| &self.text[pair.0.clone()];
        let groups = self.pairs.chunk_by(move |left, right| name(left) == name(right));
        groups.map(move |group| {
            (name(&group[0]), group.iter().map(|(_, value)| &self.text[value.clone()]))
        })
    }

    /// Returns each name with its value; names may repeat.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (&self.text[name.clone()], &self.text[value.clone()]))
    }
}

/// Writes an object with a list of values for each name.
impl Serialize for SortedHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (name, values) in self.groups() {
            object.serialize_entry(name, &List(values))?;
        }
        object.end()
    }
}

struct List<I>(I);

impl<T: Serialize, I: Iterator<Item = T> + Clone> Serialize for List<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}
