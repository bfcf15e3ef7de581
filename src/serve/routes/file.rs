//! Routes from a file in TOML.

use std::collections::BTreeMap;
use std::str::FromStr;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;

use super::pattern::Pattern;
use super::{Route, Routes};
use crate::error::{Error, TextFile};
use crate::serve::response::{Answer, body_of_size};
use crate::serve::delay::Delay;
use crate::serve::toml_text::Word;
use crate::serve::status_mix::Statuses;
use crate::units::parse_share;

impl Routes {
    /// Reads routes, each a table `[[route]]` of TOML; the first that matches counts. What a route
    /// does not say is as in `defaults`; requests that none matches get its answer with `404 Not
    /// Found`.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] at the first thing that is not in the format, and for no route.
    pub fn parse(text: &str, defaults: &Answer) -> Result<Self, Error> {
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
            written.into_inner().complete(defaults).map_err(|problem| error(offset, problem))
        });
        let otherwise = Answer {
            statuses: StatusCode::NOT_FOUND.into(),
            body: Bytes::from_static(b"not found\n"),
            ..defaults.clone()
        };
        Ok(Self { routes: routes.collect::<Result<_, _>>()?, otherwise })
    }
}

/// Returns the number of the line, from 1, that the byte at an offset stands in.
fn line_at(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// Returns what the TOML crate says, which may stand in several lines, in our manner.
fn in_one_line(message: &str) -> String {
    let lines: Vec<_> = message.lines().map(str::trim).collect();
    lines.join(", ").replace('`', "'")
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    route: Vec<Spanned<Written>>,
}

/// A route as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    #[serde(deserialize_with = "parsed")]
    path: Pattern,
    #[serde(default, deserialize_with = "method")]
    method: Option<Method>,
    #[serde(default, deserialize_with = "latency")]
    latency: Option<Delay>,
    #[serde(default, deserialize_with = "errors")]
    errors: Option<f64>,
    status: Option<Statuses>,
    #[serde(default, deserialize_with = "headers")]
    headers: HeaderMap,
    body: Option<String>,
    #[serde(default, deserialize_with = "body_size")]
    body_size: Option<Bytes>,
}

impl Written {
    /// Returns the route, with the defaults where it says nothing.
    fn complete(self, defaults: &Answer) -> Result<Route, String> {
        let body = match (self.body, self.body_size) {
            (Some(_), Some(_)) => {
                return Err("a route has a body or a body-size: leave one of them".to_owned());
            }
            (Some(text), None) => text.into(),
            (None, body) => body.unwrap_or_else(|| defaults.body.clone()),
        };
        let answer = Answer {
            latency: self.latency.unwrap_or(defaults.latency),
            errors: self.errors.unwrap_or(defaults.errors),
            statuses: self.status.unwrap_or_else(|| defaults.statuses.clone()),
            headers: self.headers,
            body,
        };
        Ok(Route { method: self.method, path: self.path, answer })
    }
}

/// Reads a value that the flags have a grammar for.
fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err = Error>>(from: D) -> Result<T, D::Error> {
    let Word(text) = Word::deserialize(from)?;
    text.parse().map_err(D::Error::custom)
}

fn latency<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Delay>, D::Error> {
    parsed(from).map(Some)
}

fn errors<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let Word(text) = Word::deserialize(from)?;
    parse_share(&text).map(Some).map_err(D::Error::custom)
}

fn body_size<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Bytes>, D::Error> {
    let Word(text) = Word::deserialize(from)?;
    body_of_size(&text).map(Some).map_err(D::Error::custom)
}

fn method<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Method>, D::Error> {
    let text = String::deserialize(from)?;
    let is_capital = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    let method = Method::from_bytes(text.as_bytes()).ok().filter(|_| is_capital);
    let bad = || format!("bad method '{text}': expected capital letters, as in GET");
    method.map(Some).ok_or_else(|| D::Error::custom(bad()))
}

fn headers<'de, D: Deserializer<'de>>(from: D) -> Result<HeaderMap, D::Error> {
    let mut headers = HeaderMap::new();
    for (name, Word(value)) in BTreeMap::<String, Word>::deserialize(from)? {
        let header = header(&name, &value);
        let bad = || format!("bad header '{name}: {value}': expected a name and its value");
        let (name, value) = header.ok_or_else(|| D::Error::custom(bad()))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Returns a header; None where it is none, or tells how long the body is, which it is not for
/// a route to say.
fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = name.parse().ok().filter(|it| ![CONTENT_LENGTH, TRANSFER_ENCODING].contains(it))?;
    Some((name, value.parse().ok()?))
}
