//! Readers of the values of a route.

use std::collections::BTreeMap;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::error::Error;
use crate::serve::dynamic::Requirement;
use crate::serve::response::body_of_size;
use crate::serve::status_mix::Status;
use crate::serve::toml_text::{TomlText, TomlTexts};
use crate::units::Delay;
use crate::units::parse_share;

/// Reads a value in the grammar of a command-line flag.
pub(super) fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err = Error>>(
    from: D,
) -> Result<T, D::Error> {
    let TomlText(text) = TomlText::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

pub(super) fn latency<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Delay>, D::Error> {
    parsed(from).map(Some)
}

pub(super) fn errors<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let TomlText(text) = TomlText::deserialize(from)?;
    parse_share(&text).map(Some).map_err(D::Error::custom)
}

pub(super) fn body_size<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Bytes>, D::Error> {
    let TomlText(text) = TomlText::deserialize(from)?;
    body_of_size(&text).map(Some).map_err(D::Error::custom)
}

/// Reads the status of refused handshakes.
pub(super) fn refusal<'de, D: Deserializer<'de>>(from: D) -> Result<Option<StatusCode>, D::Error> {
    let TomlText(text) = TomlText::deserialize(from)?;
    StatusCode::parse(&text).map(Some).map_err(D::Error::custom)
}

pub(super) fn method<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Method>, D::Error> {
    let text = String::deserialize(from)?;
    let is_capital = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    let method = Method::from_bytes(text.as_bytes()).ok().filter(|_| is_capital);
    let bad = || Error::Value {
        what: "method",
        input: text.clone(),
        expected: "capital letters, as in GET",
    };
    method.map(Some).ok_or_else(|| D::Error::custom(bad()))
}

pub(super) fn headers<'de, D: Deserializer<'de>>(from: D) -> Result<HeaderMap, D::Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in each_header(from)? {
        let header = header(&name, &value);
        let bad = || Error::Value {
            what: "header",
            input: format!("{name}: {value}"),
            expected: "a name and a value, but not the length of the body",
        };
        let (name, value) = header.ok_or_else(|| D::Error::custom(bad()))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Parses a header. None if it is invalid, or if it states the length of the body, which the server
/// does itself.
fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = name.parse().ok().filter(|it| ![CONTENT_LENGTH, TRANSFER_ENCODING].contains(it))?;
    Some((name, value.parse().ok()?))
}

pub(super) fn requires<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Requirement>, D::Error> {
    let headers = each_header(from)?.into_iter();
    let parsed = headers.map(|(name, value)| Requirement::parse(&name, &value));
    parsed.collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// Reads a table of headers, in which an array gives a name several values.
fn each_header<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
    let table = BTreeMap::<String, TomlTexts>::deserialize(from)?.into_iter();
    let values = |(name, TomlTexts(values)): (String, TomlTexts)| {
        values.into_iter().map(move |TomlText(value)| (name.clone(), value))
    };
    Ok(table.flat_map(values).collect())
}

pub(super) fn body_base64<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Bytes>, D::Error> {
    let text = String::deserialize(from)?;
    let bad = || Error::Value {
        what: "body-base64",
        input: text.clone(),
        expected: "base64 with padding, as in aGVsbG8K",
    };
    let body = BASE64_STANDARD.decode(&text).map_err(|_| D::Error::custom(bad()))?;
    Ok(Some(body.into()))
}
