//! Target lists in Vegeta's JSON format: one object per line.
//!
//! ```text
//! {"method": "POST", "url": "http://a/", "header": {"Accept": ["*/*"]}, "body": "aGVsbG8="}
//! ```
//!
//! `method` and `url` are required, `body` is in base64, `name` is the name of the target, and
//! `weight` is how often it is hit. A target with the method GRPC has a `message` in place of a body:
//! JSON as it is, or a list of messages. One with the method WS may have a `message`, a text or JSON, and
//! `open`, a list of such messages that are sent after each connect. Other keys and blank lines are
//! ignored.

use std::io::BufRead;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::targets::assemble::{Assembler, RequestLine};
use crate::targets::problem::Problem;
use crate::targets::reader::{Format, List, Reader};
use crate::targets::template::TextSource;
use crate::targets::url::checked_header;
use crate::targets::url::grpc::is_grpc;
use crate::targets::url::websocket::is_ws;
use crate::targets::{Defaults, ReadMode, Target, weight};

/// Reads a whole list in the JSON format.
///
/// # Errors
///
/// [`Error::Line`] at the first line that is not in the format, [`Error::NoTargets`] if the list
/// has none, [`Error::Io`] if the input cannot be read.
pub fn read_json(input: impl BufRead, defaults: &Defaults) -> Result<Vec<Target>, Error> {
    Reader::<_, JsonFormat>::new(input, defaults.clone(), ReadMode::Whole).read_all()
}

/// Reads a list in the JSON format target by target, each as soon as its line is complete.
/// Weights and variables are errors, because they need the whole list.
///
/// Ends after the last target or the first error, which is one of those of [`read_json`].
pub fn json_targets(
    input: impl BufRead,
    defaults: Defaults,
) -> impl Iterator<Item = Result<Target, Error>> {
    Reader::<_, JsonFormat>::new(input, defaults, ReadMode::Streamed)
}

/// The grammar of the JSON format.
#[derive(Default)]
struct JsonFormat;

impl Format for JsonFormat {
    fn next_target<R: BufRead>(&mut self, list: &mut List<R>) -> Result<Option<Target>, Error> {
        while let Some(line) = list.lines.next()? {
            if !line.trimmed.is_empty() {
                let fields = Fields::parse(line.trimmed, list.mode);
                let fields = fields.map_err(|problem| line.error(problem))?;
                return fields.assemble(line.number, &mut list.assembler).map(Some);
            }
        }
        Ok(None)
    }
}

/// The fields of an object.
struct Fields {
    name: String,
    weight: u32,
    method: Method,
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Empty for none.
    body: Bytes,
    /// Messages that a WebSocket sends after each connect.
    open: Vec<String>,
}

impl Fields {
    fn parse(line: &str, mode: ReadMode) -> Result<Self, Problem> {
        let mut object = parse_object(line)?;
        let method = parse_method(required(&mut object, "method")?)?;
        let body = text(&mut object, "body")?.map_or(Ok(Bytes::new()), decode_body)?;
        Ok(Self {
            body: parse_message(object.remove("message"), &method, body)?,
            open: parse_open(object.remove("open"))?,
            method,
            url: required(&mut object, "url")?,
            headers: parse_headers(object.remove("header"))?,
            name: text(&mut object, "name")?.unwrap_or_default(),
            weight: parse_weight(object.remove("weight"), mode)?,
        })
    }

    fn assemble(self, line: usize, assembler: &mut Assembler) -> Result<Target, Error> {
        let Self { name, weight, method, url, headers, body, open } = self;
        let request = RequestLine { line, name, weight, method, url: &url };
        let mut target = assembler.begin(request)?;
        for header in headers {
            assembler.add_header(&mut target, header, line)?;
        }
        for message in open {
            assembler.add_open(&mut target, message, line, TextSource::Base64)?;
        }
        if !body.is_empty() {
            assembler.set_body(&mut target, body, line, TextSource::Base64)?;
        }
        assembler.finish_target(target)
    }
}

fn parse_object(line: &str) -> Result<Map<String, Value>, Problem> {
    if !line.starts_with('{') {
        return Err(Problem::NotJson(line.to_owned()));
    }
    serde_json::from_str(line).map_err(Problem::BadJson)
}

fn required(object: &mut Map<String, Value>, key: &'static str) -> Result<String, Problem> {
    text(object, key)?.filter(|value| !value.is_empty()).ok_or(Problem::MissingKey(key))
}

/// Removes a string from the object; None if it is missing or null.
fn text(object: &mut Map<String, Value>, key: &'static str) -> Result<Option<String>, Problem> {
    match object.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(other) => Err(Problem::NotString { key, found: kind_of(&other) }),
    }
}

fn parse_weight(field: Option<Value>, mode: ReadMode) -> Result<u32, Problem> {
    match field {
        None | Some(Value::Null) => Ok(weight::DEFAULT),
        Some(weight) => weight::parse(&weight.to_string(), mode),
    }
}

fn parse_method(text: String) -> Result<Method, Problem> {
    Method::from_bytes(text.as_bytes()).map_err(|_| Problem::Method(text))
}

/// Returns the body: that of the target, the JSON text of a gRPC message, or the message of a
/// WebSocket.
fn parse_message(field: Option<Value>, method: &Method, body: Bytes) -> Result<Bytes, Problem> {
    match field {
        None | Some(Value::Null) => Ok(body),
        Some(_) if !is_grpc(method) && !is_ws(method) => Err(Problem::MessageOfHttp),
        Some(_) if !body.is_empty() => Err(Problem::MessageAndBody),
        Some(message) if is_ws(method) => Ok(socket_message(message).into()),
        Some(message) => Ok(message.to_string().into()),
    }
}

/// Returns the messages that a WebSocket sends after a connect.
fn parse_open(field: Option<Value>) -> Result<Vec<String>, Problem> {
    match field {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(messages)) => Ok(messages.into_iter().map(socket_message).collect()),
        Some(other) => Err(Problem::OpenList(kind_of(&other))),
    }
}

/// Returns a message of a WebSocket: a text as it is, anything else as JSON.
fn socket_message(message: Value) -> String {
    match message {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Returns the headers sorted by key, because a JSON object has no order. The values of a key
/// stay in their order.
fn parse_headers(field: Option<Value>) -> Result<Vec<(HeaderName, HeaderValue)>, Problem> {
    let entries = match field {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(entries)) => entries,
        Some(other) => return Err(Problem::HeaderLists(kind_of(&other))),
    };
    let mut headers = Vec::new();
    for (key, values) in entries {
        for value in parse_values(values)? {
            let header = checked_header(&key, &value);
            headers.push(header.map_err(|problem| {
                let text = format!("{key}: {value}");
                Problem::Header { text, problem }
            })?);
        }
    }
    Ok(headers)
}

/// Returns the values of one key; none if the list is null.
fn parse_values(field: Value) -> Result<Vec<String>, Problem> {
    let values = match field {
        Value::Null => return Ok(Vec::new()),
        Value::Array(values) => values,
        other => return Err(Problem::HeaderLists(kind_of(&other))),
    };
    let text = |value| match value {
        Value::String(text) => Ok(text),
        other => Err(Problem::HeaderLists(kind_of(&other))),
    };
    values.into_iter().map(text).collect()
}

/// Decodes base64, which may have line breaks, as many encoders write them.
///
/// Source: Go, package encoding/base64, which ignores the same characters.
fn decode_body(text: String) -> Result<Bytes, Problem> {
    let decoded = STANDARD.decode(text.replace(['\r', '\n'], ""));
    decoded.map(Bytes::from).map_err(|_| Problem::NotBase64)
}

/// Returns what a value is, which error texts show in place of the value.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
