//! Values in a routes file that have the grammar of a command-line flag.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

/// A string, or a number as its text on the command line.
pub struct TomlText(pub String);

impl<'de> Deserialize<'de> for TomlText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextVisitor).map(TomlText)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a number")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_f64<E>(self, number: f64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

/// A string or a number as its text on the command line, or an array of them.
pub struct TomlTexts(pub Vec<TomlText>);

impl<'de> Deserialize<'de> for TomlTexts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextsVisitor).map(TomlTexts)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Vec<TomlText>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, or an array of them")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<TomlText>, E> {
        TextVisitor.visit_str(text).map(|text| vec![TomlText(text)])
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Vec<TomlText>, E> {
        TextVisitor.visit_i64(number).map(|text| vec![TomlText(text)])
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Vec<TomlText>, E> {
        TextVisitor.visit_f64(number).map(|text| vec![TomlText(text)])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Vec<TomlText>, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = array.next_element()? {
            texts.push(text);
        }
        Ok(texts)
    }
}
