//! The messages of a call, encoded as far as they are the same each time.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use crate::flow::call::CallProblem;
use crate::flow::expand::{self, Context};
use crate::flow::tree::request::{Body, Call as Written};
use crate::flow::tree::template::{Form, Part, Placeholder, Template};
use crate::protobuf::{JsonPiece, MessageProblem, MessageTemplate, Method};

/// The messages of a call.
#[derive(Clone, Debug)]
pub enum Messages {
    /// The same messages each time.
    Fixed(Arc<[Bytes]>),
    /// Messages with values of variables in some fields.
    Holes {
        messages: Vec<MessageTemplate>,
        /// What is in the holes of all messages, in order.
        holes: Vec<(Placeholder, Form)>,
    },
    /// A text that is encoded each time, because a variable may be any part of it.
    Text(Template),
}

impl Messages {
    /// Encodes the messages of a body as far as possible. Without a body, it is one message without
    /// fields.
    ///
    /// # Errors
    ///
    /// If a message does not fit the method.
    pub fn compile(
        method: &Method,
        written: &Written,
        body: Option<&Body>,
    ) -> Result<Self, CallProblem> {
        let of_text = |text: String| CallProblem { line: written.messages_line, text };
        let (pieces, holes) = match body {
            None => (vec![JsonPiece::Fixed("{}")], Vec::new()),
            Some(Body::Bytes(bytes)) => {
                let text = str::from_utf8(bytes)
                    .map_err(|_| of_text("messages are not UTF-8: expected JSON".to_owned()))?;
                (vec![JsonPiece::Fixed(text)], Vec::new())
            }
            Some(Body::Text { text, .. }) if is_open(text) => return Ok(Self::Text(text.clone())),
            Some(Body::Text { text, .. }) => {
                (text.0.iter().map(piece).collect(), text.0.iter().filter_map(hole).collect())
            }
        };
        let messages = method.compile_messages(&pieces).map_err(|it| place(written, &it))?;
        check_count(method, messages.len()).map_err(of_text)?;
        Ok(fixed(&messages).map_or(Self::Holes { messages, holes }, Self::Fixed))
    }

    /// Returns the messages of one call.
    ///
    /// # Errors
    ///
    /// If a variable has no value, or if a value does not fit its field.
    pub fn fill(&self, method: &Method, context: &mut Context<'_>) -> Result<Arc<[Bytes]>, String> {
        match self {
            Self::Fixed(messages) => Ok(messages.clone()),
            Self::Holes { messages, holes } => filled(messages, holes, context),
            Self::Text(text) => encoded(method, &expand::text(text, context)?),
        }
    }
}

/// Returns the messages in wire format. None if one has holes.
fn fixed(messages: &[MessageTemplate]) -> Option<Arc<[Bytes]>> {
    messages.iter().map(|message| message.is_fixed().cloned()).collect()
}

/// Fills the holes of messages with values.
fn filled(
    messages: &[MessageTemplate],
    holes: &[(Placeholder, Form)],
    context: &mut Context<'_>,
) -> Result<Arc<[Bytes]>, String> {
    let values = holes.iter().map(|(hole, form)| expand::value_of(*hole, *form, context));
    let values: Vec<Cow<'_, str>> = values.collect::<Result<_, _>>()?;
    let mut value = |hole: usize, text: &mut String| {
        text.push_str(values.get(hole).map_or("", |value| value));
    };
    let filled = messages.iter().map(|message| {
        let mut wire = Vec::new();
        match message.fill(&mut value, &mut wire) {
            Ok(()) => Ok(wire.into()),
            Err(problem) => Err(format!("bad message: {}", problem.text())),
        }
    });
    filled.collect()
}

/// Encodes a text with the values of its variables. A problem does not quote the text, since a server
/// may have sent a part of it.
fn encoded(method: &Method, text: &str) -> Result<Arc<[Bytes]>, String> {
    let path = method.path();
    let messages = method.compile_messages(&[JsonPiece::Fixed(text)]).map_err(|_| {
        format!("bad body: with the values of its variables, it has no messages of {path}")
    })?;
    check_count(method, messages.len())?;
    Ok(fixed(&messages).unwrap_or_default())
}

fn check_count(method: &Method, n_messages: usize) -> Result<(), String> {
    if n_messages == 1 || method.is_client_streaming() {
        return Ok(());
    }
    let path = method.path();
    Err(format!("{n_messages} messages for {path}: expected one, since it takes no stream"))
}

/// Returns whether a value may be more than one part of JSON: that of a placeholder outside of quotes
/// that is inserted as it is.
fn is_open(text: &Template) -> bool {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for part in &text.0 {
        match part {
            Part::Text(text) => {
                for byte in text.bytes() {
                    match byte {
                        _ if is_escaped => is_escaped = false,
                        b'\\' => is_escaped = is_quoted,
                        b'"' => is_quoted = !is_quoted,
                        _ => {}
                    }
                }
            }
            Part::Placeholder(_, Form::Plain) if !is_quoted => return true,
            Part::Placeholder(..) => {}
        }
    }
    false
}

fn piece(part: &Part) -> JsonPiece<'_> {
    match part {
        Part::Text(text) => JsonPiece::Fixed(text),
        // A value that is inserted as it is has its escape sequences already.
        Part::Placeholder(_, form) => JsonPiece::Hole { json: *form == Form::Plain },
    }
}

fn hole(part: &Part) -> Option<(Placeholder, Form)> {
    match part {
        Part::Text(_) => None,
        Part::Placeholder(placeholder, form) => Some((*placeholder, *form)),
    }
}

/// Returns a problem of a message at its line.
fn place(written: &Written, problem: &MessageProblem) -> CallProblem {
    let (line, text) = (written.messages_line, problem.text());
    match written.is_in_file {
        true => CallProblem { line, text: format!("line {} of the file: {text}", problem.line()) },
        false => CallProblem { line: line + problem.line().saturating_sub(1), text },
    }
}
