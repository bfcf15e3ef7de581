//! JSON pointers: a value of a message, found without building the whole message in memory.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::attack::streams::matching::unanswered::Key;

/// A JSON pointer such as `/data/0/id`.
///
/// Source: RFC 6901.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    text: String,
    segments: Vec<String>,
}

impl Pointer {
    /// Takes a pointer, which begins with `/`.
    pub fn new(text: &str) -> Self {
        let unescaped = |segment: &str| segment.replace("~1", "/").replace("~0", "~");
        let segments = text.split('/').skip(1).map(unescaped).collect();
        Self { text: text.to_owned(), segments }
    }

    /// Returns the pointer as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns a hash of the value at the pointer: equal values have equal hashes, and different
    /// ones hardly ever. None if the message is no JSON, or if it has no such value.
    pub fn key_in(&self, message: &[u8]) -> Option<Key> {
        let mut json = serde_json::Deserializer::from_slice(message);
        let value = At(&self.segments).deserialize(&mut json).ok()??;
        let mut hasher = DefaultHasher::new();
        value.to_string().hash(&mut hasher);
        Some(hasher.finish())
    }
}

/// Reads a value, and returns the part of it below some segments. None if it has no such part.
struct At<'a>(&'a [String]);

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Option<Value>, D::Error> {
        match self.0.split_first() {
            Some((first, rest)) => json.deserialize_any(Below { first, rest }),
            None => serde::Deserialize::deserialize(json).map(Some),
        }
    }
}

/// Enters an object or an array by its first segment.
struct Below<'a> {
    first: &'a str,
    rest: &'a [String],
}

impl<'de> Visitor<'de> for Below<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Value>, A::Error> {
        let mut found = None;
        // The rest must be read as well, since it may not be JSON.
        while let Some(is_meant) = map.next_key_seed(IsName(self.first))? {
            if is_meant {
                found = map.next_value_seed(At(self.rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Option<Value>, A::Error> {
        let mut found = None;
        // RFC 6901 allows no leading zeros, and a name such as "-1" is no index.
        let index = self.first.parse::<usize>().ok().filter(|at| at.to_string() == self.first);
        for place in 0.. {
            if Some(place) == index {
                match seq.next_element_seed(At(self.rest))? {
                    Some(value) => found = value,
                    None => break,
                }
            } else if seq.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }
}

/// Compares the name of a member, without a copy of it.
struct IsName<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for IsName<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_str(self)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_finds_the_value_that_serde_json_finds() {
        let messages = [
            r#"{"id": 7, "data": [{"id": "x"}, {"a/b": {"m~n": null}}], "": 1, "0": true}"#,
            r#"[[1, 2.5], {"id": "é\n"}, "text"]"#,
            r#"{"id": {"b": 1, "c": [2]}, "id2": false}"#,
            "7",
            "\"id\"",
            "{}",
        ];
        let pointers = [
            "/id",
            "/data/0/id",
            "/data/1/a~1b/m~0n",
            "/data/2",
            "/data/00",
            "/data/-",
            "/",
            "/0",
            "/0/1",
            "/1/id",
            "/2",
            "/2/0",
            "/id/c/0",
            "/nothing",
        ];
        for message in messages {
            let whole: Value = serde_json::from_str(message).unwrap();
            for pointer in pointers {
                let expected = whole.pointer(pointer).map(|value| {
                    let wrapped = format!("{{\"v\": {value}}}");
                    Pointer::new("/v").key_in(wrapped.as_bytes()).unwrap()
                });
                let found = Pointer::new(pointer).key_in(message.as_bytes());
                assert_eq!(found, expected, "{pointer} in {message}");
            }
        }
    }

    #[test]
    fn values_are_equal_by_their_content_and_type() {
        let key = |value: &str| Pointer::new("/v").key_in(format!("{{\"v\":{value}}}").as_bytes());
        let table = [
            ("7", " 7 ", true),
            ("\"a\\u0062\"", "\"ab\"", true),
            ("[1, 2]", "[1,2]", true),
            ("7", "\"7\"", false),
            ("7", "8", false),
            ("null", "false", false),
        ];
        for (one, other, expected) in table {
            assert!(key(one).is_some(), "{one}");
            assert_eq!(key(one) == key(other), expected, "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_json_has_no_value() {
        let pointer = Pointer::new("/id");
        let deep = format!("{{\"id\": {}", "[".repeat(100_000));
        for message in ["", "hello", "{\"id\": 7", "{\"id\": 7, x}", "42[\"id\"]", &deep] {
            assert_eq!(
                pointer.key_in(message.as_bytes()),
                None,
                "{}",
                &message[..message.len().min(20)]
            );
        }
        assert_eq!(pointer.key_in(b"{\"id\": \"\xff\"}"), None);
    }
}
