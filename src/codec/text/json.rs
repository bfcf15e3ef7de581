//! Vegeta's JSON: one object a line.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::time::Duration;

use base64::Engine;
use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use serde::de::{
    self, Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor,
};
use serde::{Serialize, Serializer};

use crate::codec::Encoder;
use crate::codec::text::lines::{LineParser, Problem, hand_on};
use crate::codec::text::lossy_json;
use crate::codec::text::sorted_headers::SortedHeaders;
use crate::error::Error;
use crate::markup::go_json;
use crate::record::{Batch, BatchBuilder, Columns, Headers, Record};

/// Reads one object a line; keys in any order, unknown ones passed over, missing ones zero.
pub struct JsonParser {
    columns: Columns,
    /// Body of the record under way, kept for its memory.
    body: Vec<u8>,
}

impl JsonParser {
    pub fn new(columns: Columns) -> Self {
        Self { columns, body: Vec::new() }
    }

    fn take_all(
        &mut self,
        object: &Object<'_, Pairs>,
        records: &mut BatchBuilder,
    ) -> Result<(), Problem> {
        self.body.clear();
        BASE64_STANDARD
            .decode_vec(object.body.0.as_bytes(), &mut self.body)
            .map_err(|error| Problem::Wrong(format!("expected the body in base64: {error}")))?;
        let headers = object.headers.0.as_deref().map(Headers::Pairs);
        records.push(&object.record(&self.body, headers));
        Ok(())
    }
}

impl LineParser for JsonParser {
    fn take(&mut self, line: &[u8], records: &mut BatchBuilder) -> Result<(), Problem> {
        let json = line.trim_ascii();
        if json.is_empty() {
            return Ok(());
        }
        if !json.starts_with(b"{") {
            return Err(Problem::Wrong("expected a JSON object on a line of its own".to_owned()));
        }
        match self.columns {
            Columns::All => each_object(json, |object| self.take_all(object, records)),
            Columns::Figures | Columns::Numbers | Columns::Labelled | Columns::Identified => {
                each_object(json, |object: &Object<'_, IgnoredAny>| {
                    records.push(&object.record(&[], None));
                    Ok(())
                })
            }
        }
    }
}

/// Gives the objects of a line: one, and more where a stream without a newline at its end stands
/// before another.
fn each_object<H: DeserializeOwned + Default>(
    json: &[u8],
    mut take: impl FnMut(&Object<'_, H>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut objects = serde_json::Deserializer::from_slice(json).into_iter();
    while let Some(object) = objects.next() {
        let error = match object {
            Ok(object) => {
                take(&object)?;
                continue;
            }
            Err(error) => error,
        };
        if error.is_eof() {
            return Err(Problem::Short(explain(&error)));
        }
        for value in lossy_json::values(&json[objects.byte_offset()..]) {
            let object = value.as_ref().ok().and_then(|value| Object::deserialize(value).ok());
            take(&object.ok_or_else(|| Problem::Wrong(explain(&error)))?)?;
        }
        break;
    }
    Ok(())
}

fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // Each line is parsed alone, so that serde's line number is always 1.
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    format!("expected a result as a JSON object: column {}: {reason}", error.column())
}

/// A record as JSON has it.
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

/// A text, borrowed from the line where nothing in it is escaped; empty for null.
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

/// An instant in ns since 1970 UTC, from RFC 3339 with any offset; 0 for null.
#[derive(Default)]
struct UnixNanos(i64);

impl UnixNanos {
    /// What Go writes for an instant that was never set, out of the range of ns since 1970.
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

/// Headers in the order of the line; None for null.
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

/// Writes one object a line, in the bytes of Vegeta, header names sorted.
pub struct JsonEncoder<W: Write> {
    output: W,
    /// Lines of the batch under way.
    lines: Vec<u8>,
    headers: SortedHeaders,
}

impl<W: Write> JsonEncoder<W> {
    pub fn new(output: W) -> Self {
        Self { output, lines: Vec::new(), headers: SortedHeaders::default() }
    }

    fn push(&mut self, record: &Record<'_>) -> Result<(), Error> {
        if let Some(headers) = record.headers {
            self.headers.fill(headers);
        }
        let line = Line {
            attack: record.attack,
            seq: record.seq,
            code: record.code,
            timestamp: jiff::Timestamp::from_nanosecond(record.timestamp_ns.into())
                .expect("jiff's years reach beyond those of 64 bits of ns"),
            latency: record.latency.as_nanos(),
            bytes_out: record.bytes_out,
            bytes_in: record.bytes_in,
            error: record.error.unwrap_or(""),
            body: (!record.body.is_empty()).then_some(Base64(record.body)),
            method: record.method,
            url: record.url,
            headers: record.headers.map(|_| &self.headers),
        };
        go_json::write(&mut self.lines, &line)?;
        self.lines.push(b'\n');
        Ok(())
    }
}

impl<W: Write + Send> Encoder for JsonEncoder<W> {
    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        for record in batch.records() {
            self.push(&record)?;
        }
        hand_on(&mut self.output, &mut self.lines)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.output.flush().map_err(Error::Io)
    }
}

/// A record as JSON has it, its keys in Vegeta's order.
#[derive(Serialize)]
struct Line<'a> {
    attack: &'a str,
    seq: u64,
    code: u16,
    timestamp: jiff::Timestamp,
    latency: u128,
    bytes_out: u64,
    bytes_in: u64,
    error: &'a str,
    body: Option<Base64<'a>>,
    method: &'a str,
    url: &'a str,
    headers: Option<&'a SortedHeaders>,
}

struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &BASE64_STANDARD))
    }
}
