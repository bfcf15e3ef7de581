//! The reader of a routes file in TOML.

use std::collections::BTreeMap;
use std::str::FromStr;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;

use crate::error::{Error, TextFile};
use crate::serve::delay::Delay;
use crate::serve::response::{ResponseSpec, body_of_size};
use crate::serve::routes::pattern::PathPattern;
use crate::serve::routes::{Route, Routes};
use crate::serve::status_mix::StatusMix;
use crate::serve::toml_text::TomlText;
use crate::units::parse_share;

impl Routes {
    /// Reads routes, each in a TOML table `[[route]]`. The first matching route applies. Missing
    /// values are those of `defaults`. Requests that match no route get `defaults` with the status
    /// `404 Not Found`.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] at the first violation of the format, and if there is no route.
    pub fn parse(text: &str, defaults: &ResponseSpec) -> Result<Self, Error> {
        let error =
            |offset, problem| Error::at_line(TextFile::Routes, line_at(text, offset), problem);
        let file: File = toml::from_str(text).map_err(|problem| {
            let offset = problem.span().map_or(0, |span| span.start);
            error(offset, in_one_line(problem.message()))
        })?;
        if file.route.is_empty() {
            return Err(error(0, "no routes: expected a table [[route]] with a path".to_owned()));
        }
        let routes = file.route.into_iter().map(|written| {
            let offset = written.span().start;
            let route = written.into_inner().complete(defaults);
            route.map_err(|problem| error(offset, problem.to_string()))
        });
        let fallback = ResponseSpec {
            statuses: StatusCode::NOT_FOUND.into(),
            body: Bytes::from_static(b"not found\n"),
            ..defaults.clone()
        };
        Ok(Self { routes: routes.collect::<Result<_, _>>()?, fallback })
    }
}

/// Returns the number of the line, from 1, that contains the byte at an offset.
fn line_at(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// Returns an error message of the TOML crate on one line, with our quotation marks.
fn in_one_line(message: &str) -> String {
    let lines: Vec<_> = message.lines().map(str::trim).collect();
    lines.join(", ").replace('`', "'")
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    route: Vec<Spanned<RouteTable>>,
}

/// A route as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RouteTable {
    #[serde(deserialize_with = "parsed")]
    path: PathPattern,
    #[serde(default, deserialize_with = "method")]
    method: Option<Method>,
    #[serde(default, deserialize_with = "latency")]
    latency: Option<Delay>,
    #[serde(default, deserialize_with = "errors")]
    errors: Option<f64>,
    status: Option<StatusMix>,
    #[serde(default, deserialize_with = "headers")]
    headers: HeaderMap,
    body: Option<String>,
    #[serde(default, deserialize_with = "body_size")]
    body_size: Option<Bytes>,
}

/// A route has both `body` and `body-size`.
#[derive(Debug, thiserror::Error)]
#[error("a route has both a body and a body-size: expected at most one of them")]
struct TwoBodies;

impl RouteTable {
    /// Returns the route, with defaults for missing values.
    fn complete(self, defaults: &ResponseSpec) -> Result<Route, TwoBodies> {
        let body = match (self.body, self.body_size) {
            (Some(_), Some(_)) => return Err(TwoBodies),
            (Some(text), None) => text.into(),
            (None, body) => body.unwrap_or_else(|| defaults.body.clone()),
        };
        let response = ResponseSpec {
            latency: self.latency.unwrap_or(defaults.latency),
            errors: self.errors.unwrap_or(defaults.errors),
            statuses: self.status.unwrap_or_else(|| defaults.statuses.clone()),
            headers: self.headers,
            body,
        };
        Ok(Route { method: self.method, path: self.path, response })
    }
}

/// Reads a value in the grammar of a command-line flag.
fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err = Error>>(from: D) -> Result<T, D::Error> {
    let TomlText(text) = TomlText::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

fn latency<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Delay>, D::Error> {
    parsed(from).map(Some)
}

fn errors<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let TomlText(text) = TomlText::deserialize(from)?;
    parse_share(&text).map(Some).map_err(D::Error::custom)
}

fn body_size<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Bytes>, D::Error> {
    let TomlText(text) = TomlText::deserialize(from)?;
    body_of_size(&text).map(Some).map_err(D::Error::custom)
}

fn method<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Method>, D::Error> {
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

fn headers<'de, D: Deserializer<'de>>(from: D) -> Result<HeaderMap, D::Error> {
    let mut headers = HeaderMap::new();
    for (name, TomlText(value)) in BTreeMap::<String, TomlText>::deserialize(from)? {
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
