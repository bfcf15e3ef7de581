//! A document as a tree, for the paths that may lead to several nodes.

use std::cell::{OnceCell, RefCell};
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};
use serde_json_path::{NormalizedPath, PathElement};

use crate::flow::json_path::exact::{self, Numbers};
use crate::flow::json_path::invalid::{Budget, Invalid};
use crate::flow::value::Value;

/// A document as a tree.
pub struct Tree<'t> {
    text: &'t str,
    root: Json,
    /// Whether a number was rounded: an integer beyond 64 bits, or one beyond the range of floats.
    is_rounded: bool,
    /// The document with exact numbers, if it was needed.
    exact: OnceCell<Result<Value, Invalid>>,
}

impl<'t> Tree<'t> {
    /// Parses a document.
    ///
    /// # Errors
    ///
    /// If the document cannot be used.
    pub fn parse(text: &'t str) -> Result<Self, Invalid> {
        exact::with_all_numbers(text, |parsable| {
            let state = RefCell::new(State {
                numbers: Numbers::of(text),
                is_rounded: false,
                budget: Budget::new(),
            });
            let mut parser = serde_json::Deserializer::from_str(parsable);
            let root = Build(&state).deserialize(&mut parser)?;
            parser.end()?;
            let is_rounded = state.into_inner().is_rounded;
            Ok(Self { text, root, is_rounded, exact: OnceCell::new() })
        })
    }

    /// Returns the nodes that a path leads to, in order.
    ///
    /// # Errors
    ///
    /// [`Invalid::TooMany`] if they are too large together, which nodes within nodes may be.
    pub fn find(&self, path: &serde_json_path::JsonPath) -> Result<Vec<Value>, Invalid> {
        if self.is_rounded {
            let nodes = path.query_located(&self.root);
            return nodes.iter().map(|node| self.exact_node(node.location())).collect();
        }
        let mut budget = Budget::new();
        path.query(&self.root).into_iter().map(|node| value(node, &mut budget)).collect()
    }

    /// Returns the value of a node in a document in which numbers were rounded.
    fn exact_node(&self, location: &NormalizedPath<'_>) -> Result<Value, Invalid> {
        let exact = self.exact.get_or_init(|| exact::value(self.text, 0)).as_ref();
        let root = exact.map_err(|invalid| *invalid)?;
        // The same text has the same nodes.
        location.iter().try_fold(root, child).cloned().ok_or(Invalid::NotJson)
    }
}

/// Returns the child of a node that an element of a path leads to. None if there is none.
fn child<'v>(node: &'v Value, element: &PathElement<'_>) -> Option<&'v Value> {
    match (node, element) {
        (Value::List(items), PathElement::Index(index)) => items.get(*index),
        (Value::Object(members), PathElement::Name(name)) => {
            let index = members.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
            Some(&members[index].1)
        }
        _ => None,
    }
}

/// Returns the value of a node.
fn value(node: &Json, budget: &mut Budget) -> Result<Value, Invalid> {
    budget.take()?;
    Ok(match node {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(integer), ..) => Value::Integer(integer),
            (_, Some(integer), _) => Value::BigInteger(integer.to_string().into()),
            (.., float) => Value::Float(float.unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::text(text),
        Json::Array(items) => {
            Value::List(items.iter().map(|item| value(item, budget)).collect::<Result<_, _>>()?)
        }
        Json::Object(members) => {
            let mut member =
                |(name, node): (&String, _)| Ok((name.as_str().into(), value(node, budget)?));
            Value::Object(members.iter().map(&mut member).collect::<Result<_, Invalid>>()?)
        }
    })
}

/// What building a tree needs to know about its numbers.
struct State<'t> {
    numbers: Numbers<'t>,
    is_rounded: bool,
    budget: Budget,
}

impl State<'_> {
    /// Returns the next number of the document, rounded only if no number of a tree holds it.
    fn number(&mut self) -> Result<Json, Invalid> {
        let text = self.numbers.next().ok_or(Invalid::NotJson)?;
        Ok(match exact::number(text)? {
            Value::Integer(integer) => Json::from(integer),
            Value::Float(float) => Json::from(float),
            _ => {
                if let Ok(integer) = text.parse::<u64>() {
                    return Ok(Json::from(integer));
                }
                self.is_rounded = true;
                let float = text.parse::<f64>().map_err(|_| Invalid::NotJson)?;
                let float = float.clamp(f64::MIN, f64::MAX);
                Json::Number(Number::from_f64(float).ok_or(Invalid::NotJson)?)
            }
        })
    }
}

/// Builds a node of a tree.
#[derive(Clone, Copy)]
struct Build<'a, 't>(&'a RefCell<State<'t>>);

impl Build<'_, '_> {
    fn number<E: Error>(self) -> Result<Json, E> {
        self.0.borrow_mut().number().map_err(Invalid::error)
    }
}

impl<'de> DeserializeSeed<'de> for Build<'_, '_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<Json, D::Error> {
        self.0.borrow_mut().budget.take().map_err(Invalid::error)?;
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_, '_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Json, E> {
        self.number()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Json, E> {
        self.number()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        self.number()
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element_seed(self)? {
            nodes.push(node);
        }
        Ok(Json::Array(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut nodes = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            // The last of several members with the same name counts.
            nodes.insert(name, members.next_value_seed(self)?);
        }
        Ok(Json::Object(nodes))
    }
}
