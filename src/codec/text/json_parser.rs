//! Reads Vegeta's JSON: one object per line.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::{
    self, Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor,
};

use crate::codec::text::lines::LineParser;
use crate::codec::text::lossy_json;
use crate::codec::text::problem::Problem;
use crate::record::{BatchBuilder, Columns, Headers, Record};

/// Parses one object per line. Keys may be in any order, unknown keys are ignored, and the values
/// of missing keys are zero or empty.
pub struct JsonParser {
    columns: Columns,
    /// Body of the current record, kept to reuse its memory.
    body: Vec<u8>,
}

impl JsonParser {
    /// Returns a parser that reads some of the columns.
    pub fn new(columns: Columns) -> Self {
        Self { columns, body: Vec::new() }
    }

    /// Adds a record with its body and headers.
    fn push_all(
        &mut self,
        object: &Object<'_, Pairs>,
        records: &mut BatchBuilder,
    ) -> Result<(), Problem> {
        self.body.clear();
        BASE64_STANDARD
            .decode_vec(object.body.0.as_bytes(), &mut self.body)
            .map_err(Problem::JsonBody)?;
        let headers = object.headers.0.as_deref().map(Headers::Pairs);
        records.push(&object.record(&self.body, headers));
        Ok(())
    }
}

impl LineParser for JsonParser {
    fn parse(&mut self, line: &[u8], records: &mut BatchBuilder) -> Result<(), Problem> {
        let json = line.trim_ascii();
        if json.is_empty() {
            return Ok(());
        }
        if !json.starts_with(b"{") {
            return Err(Problem::NotJson);
        }
        match self.columns {
            Columns::All => each_object(json, |object| self.push_all(object, records)),
            Columns::Figures | Columns::Numbers | Columns::Labelled | Columns::Identified => {
                each_object(json, |object: &Object<'_, IgnoredAny>| {
                    records.push(&object.record(&[], None));
                    Ok(())
                })
            }
        }
    }
}

/// Calls `push` with each object of a line. A line has several objects if a stream without a
/// newline at its end is followed by another stream.
fn each_object<H: DeserializeOwned + Default>(
    json: &[u8],
    mut push: impl FnMut(&Object<'_, H>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut objects = serde_json::Deserializer::from_slice(json).into_iter();
    while let Some(object) = objects.next() {
        let error = match object {
            Ok(object) => {
                push(&object)?;
                continue;
            }
            Err(error) => error,
        };
        if error.is_eof() {
            return Err(Problem::BadJson(error));
        }
        // Go reads some JSON that serde_json refuses, so the rest of the line gets a second try.
        for value in lossy_json::values(&json[objects.byte_offset()..]) {
            let object = value.as_ref().ok().and_then(|value| Object::deserialize(value).ok());
            let Some(object) = object else { return Err(Problem::BadJson(error)) };
            push(&object)?;
        }
        break;
    }
    Ok(())
}

/// A record as a JSON object.
#[derive(Default, serde::Deserialize)]
#[serde(default, bound(deserialize = "H: Deserialize<'de> + Default"))]
struct Object<'a, H> {
    #[serde(borrow)]
    attack: Text<'a>,
    #[serde(deserialize_with = "or_zero")]
    seq: u64,
    #[serde(deserialize_with = "or_zero")]
    code: u16,
    timestamp: UnixNanos,
    #[serde(deserialize_with = "or_zero")]
    latency: i64,
    #[serde(deserialize_with = "or_zero")]
    bytes_out: u64,
    #[serde(deserialize_with = "or_zero")]
    bytes_in: u64,
    #[serde(borrow)]
    error: Text<'a>,
    #[serde(borrow)]
    body: Text<'a>,
    #[serde(borrow)]
    method: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
    headers: H,
}

impl<H> Object<'_, H> {
    fn record<'b>(&'b self, body: &'b [u8], headers: Option<Headers<'b>>) -> Record<'b> {
        Record {
            attack: &self.attack.0,
            seq: self.seq,
            code: self.code,
            timestamp_ns: self.timestamp.0,
            latency: Duration::from_nanos(u64::try_from(self.latency).unwrap_or(0)),
            lag: None,
            connect: None,
            first_byte: None,
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
            retries: 0,
            error: Some(self.error.0.as_ref()).filter(|error| !error.is_empty()),
            body,
            name: "",
            method: &self.method.0,
            url: &self.url.0,
            headers,
            flow: None,
            messaging: None,
        }
    }
}

/// Reads a number, or null as zero.
fn or_zero<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A text, borrowed from the line if it has no escapes; empty for null.
#[derive(Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or null")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
}

/// A time in ns since 1970 UTC, from RFC 3339 with any offset; 0 for null.
#[derive(Default)]
struct UnixNanos(i64);

impl UnixNanos {
    /// Go's text for a time that was never set, which is out of the range of ns since 1970.
    const GO_ZERO: &str = "0001-01-01T00:00:00Z";

    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text == Self::GO_ZERO {
            return Some(Self(0));
        }
        let instant: jiff::Timestamp = text.parse().ok()?;
        i64::try_from(instant.as_nanosecond()).ok().map(Self)
    }
}

impl<'de> Deserialize<'de> for UnixNanos {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?.0;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(format_args!(
                "bad timestamp '{text}': expected RFC 3339 as in 2006-01-02T15:04:05.999999999Z, \
                 in the years 1678 to 2261"
            ))
        })
    }
}

/// Headers, in the order of the line; None for null.
#[derive(Default)]
struct Pairs(Option<Vec<(String, String)>>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of lists of strings, or null")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Pairs(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, values)) = object.next_entry::<String, Option<Vec<String>>>()? {
            pairs.extend(values.into_iter().flatten().map(|value| (name.clone(), value)));
        }
        Ok(Pairs(Some(pairs)))
    }
}
