//! Evaluates singular paths over the text of a document, all in one walk and without a tree.
//!
//! The whole document is read, so that one that is not JSON is found out as with a tree.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::flow::json_path::exact;
use crate::flow::json_path::invalid::Invalid;
use crate::flow::json_path::singular::Step;
use crate::flow::value::Value;

/// Most paths of one walk: a set of them is a mask of bits.
pub const MAX_PATHS: usize = 64;

/// Returns the nodes that paths lead to, in the order of the paths, of which there are at most
/// [`MAX_PATHS`]. None for a path that leads nowhere.
///
/// # Errors
///
/// If the document cannot be used.
pub fn find(text: &str, paths: &[&[Step]]) -> Result<Vec<Option<Value>>, Invalid> {
    let search = Search { paths, found: RefCell::new(vec![None; paths.len()]) };
    let mut parser = serde_json::Deserializer::from_str(text);
    At { search: &search, active: search.all(), depth: 0 }.deserialize(&mut parser)?;
    parser.end()?;
    Ok(search.found.into_inner())
}

/// Paths, and what they lead to so far.
struct Search<'p> {
    paths: &'p [&'p [Step]],
    found: RefCell<Vec<Option<Value>>>,
}

impl Search<'_> {
    /// Returns the set of all paths.
    fn all(&self) -> u64 {
        self.choose(u64::MAX, |_| true)
    }

    /// Returns the paths of a set that meet a condition.
    fn choose(&self, set: u64, is_chosen: impl Fn(&[Step]) -> bool) -> u64 {
        let paths = self.paths.iter().take(MAX_PATHS).enumerate();
        let chosen = paths.filter(|(index, path)| set >> index & 1 == 1 && is_chosen(path));
        chosen.fold(0, |chosen, (index, _)| chosen | 1 << index)
    }

    /// Sets what the paths of a set lead to.
    fn set(&self, set: u64, value: Option<&Value>) {
        for (index, found) in self.found.borrow_mut().iter_mut().take(MAX_PATHS).enumerate() {
            if set >> index & 1 == 1 {
                *found = value.cloned();
            }
        }
    }
}

/// Reads a node to which some paths lead, or through which they lead.
#[derive(Clone, Copy)]
struct At<'s, 'p> {
    search: &'s Search<'p>,
    active: u64,
    /// Number of lists and objects around the node.
    depth: usize,
}

impl<'s, 'p> At<'s, 'p> {
    /// Returns the paths that lead to a child by a step that meets a condition.
    fn by(self, is_meant: impl Fn(&Step) -> bool) -> u64 {
        let step = |path: &[Step]| path.get(self.depth).is_some_and(&is_meant);
        self.search.choose(self.active, step)
    }

    /// Returns what reads a child to which some paths lead.
    fn child(self, active: u64) -> Self {
        Self { active, depth: self.depth + 1, ..self }
    }
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<(), D::Error> {
        let ending = self.search.choose(self.active, |path| path.len() == self.depth);
        if ending == 0 {
            return parser.deserialize_any(self);
        }
        let text = <&RawValue>::deserialize(parser)?.get();
        let value = exact::value(text, self.depth).map_err(Invalid::error)?;
        self.search.set(ending, Some(&value));
        let active = self.active & !ending;
        if active == 0 {
            return Ok(());
        }
        // Some paths end here, and others go on.
        let mut parser = serde_json::Deserializer::from_str(text);
        let inner = Self { active, ..self }.deserialize(&mut parser);
        inner.map_err(|error| Invalid::from(error).error())
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        // No path leads to the items after the last index.
        while self.by(|step| matches!(step, Step::Index(wanted) if *wanted >= index)) != 0 {
            let active = self.by(|step| *step == Step::Index(index));
            let item = match active {
                0 => items.next_element_seed(Skip)?,
                _ => items.next_element_seed(self.child(active))?,
            };
            if item.is_none() {
                return Ok(());
            }
            index += 1;
        }
        Skip.visit_seq(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(active) = members.next_key_seed(Name(self))? {
            if active == 0 {
                members.next_value_seed(Skip)?;
                continue;
            }
            // The last of several members with the same name counts.
            self.search.set(active, None);
            members.next_value_seed(self.child(active))?;
        }
        Ok(())
    }
}

/// Reads the name of a member, and returns the paths that lead to it.
struct Name<'s, 'p>(At<'s, 'p>);

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<u64, D::Error> {
        parser.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<u64, E> {
        Ok(self.0.by(|step| matches!(step, Step::Name(wanted) if **wanted == *name)))
    }
}

/// Reads a node and drops it. `serde::de::IgnoredAny` would accept more than a tree does: any depth,
/// and half a surrogate pair.
struct Skip;

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Skip)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_entry_seed(Skip, Skip)?.is_some() {}
        Ok(())
    }
}
