//! Evaluates a singular path over the text of a document, without a tree.
//!
//! The whole document is read, so that one that is not JSON is found out as with a tree.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::flow::json_path::exact;
use crate::flow::json_path::invalid::Invalid;
use crate::flow::json_path::singular::Step;
use crate::flow::value::Value;

/// Returns the node that steps from the root lead to. None if there is none.
///
/// # Errors
///
/// If the document cannot be used.
pub fn find(text: &str, steps: &[Step]) -> Result<Option<Value>, Invalid> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let found = At { steps, depth: 0 }.deserialize(&mut parser)?;
    parser.end()?;
    Ok(found)
}

/// Reads a node, and what steps from it lead to.
struct At<'p> {
    steps: &'p [Step],
    /// Number of lists and objects around the node.
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Self::Value, D::Error> {
        if let Some((step, rest)) = self.steps.split_first() {
            return parser.deserialize_any(Children { step, rest, depth: self.depth });
        }
        let text = <&RawValue>::deserialize(parser)?.get();
        exact::value(text, self.depth).map(Some).map_err(Invalid::error)
    }
}

/// Reads the children of a node, and keeps the one that a step leads to.
struct Children<'p> {
    step: &'p Step,
    rest: &'p [Step],
    depth: usize,
}

impl Children<'_> {
    fn at(&self) -> At<'_> {
        At { steps: self.rest, depth: self.depth + 1 }
    }
}

impl<'de> Visitor<'de> for Children<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let Step::Index(index) = self.step else {
            Skip.visit_seq(items)?;
            return Ok(None);
        };
        for _ in 0..*index {
            if items.next_element_seed(Skip)?.is_none() {
                return Ok(None);
            }
        }
        let found = items.next_element_seed(self.at())?.flatten();
        Skip.visit_seq(items)?;
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let Step::Name(name) = self.step else {
            Skip.visit_map(members)?;
            return Ok(None);
        };
        let mut found = None;
        while let Some(is_wanted) = members.next_key_seed(IsName(name))? {
            match is_wanted {
                // The last of several members with the same name counts.
                true => found = members.next_value_seed(self.at())?,
                false => members.next_value_seed(Skip)?,
            }
        }
        Ok(found)
    }
}

/// Reads a name, and returns whether it is the wanted one.
struct IsName<'p>(&'p str);

impl<'de> DeserializeSeed<'de> for IsName<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<bool, D::Error> {
        parser.deserialize_str(self)
    }
}

impl Visitor<'_> for IsName<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
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
