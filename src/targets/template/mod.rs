//! Templates: the parts of a target that have variables, expanded for each hit.
//!
//! A variable is `{{column}}`, a cell of the hit's row of the feed, or one of `{{$uuid}}`,
//! `{{$seq}}`, `{{$timestamp}}`, `{{$randomInt A B}}`, `{{$env NAME}}`, `{{$open}}` and `{{$mark}}`. No value
//! can change another part of the request: values in a URL are percent-encoded, and a header
//! takes no line break.

mod parser;
mod text;
mod variable;
mod check;
mod messages;

pub use crate::targets::template::check::Check;
pub use crate::targets::template::variable::Scope;

pub(super) use crate::targets::template::messages::Messages;
pub(super) use crate::targets::template::parser::{TemplateParser, TextSource};
pub(super) use crate::targets::template::text::{RequestPart, Text};

use bytes::Bytes;
use http::HeaderValue;
use rand::rngs::ChaCha8Rng;

use crate::error::Error;
use crate::feed::Row;
use crate::mark::Mark;
use crate::protobuf::MessageProblem;
use crate::schedule::seed::HitRngs;
use crate::targets::{Target, path};

/// The parts of a target that have variables.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// The whole URL; None if it has no variables.
    pub(super) url: Option<Text>,
    /// Values of headers with variables, each with its index among the target's headers.
    pub(super) headers: Vec<(usize, Text)>,
    /// The body; None if it has no variables.
    pub(super) body: Option<Text>,
    /// Messages with variables that a WebSocket sends after a connect, each with its index among them.
    pub(super) open: Vec<(usize, Text)>,
    /// The messages of a gRPC call; None if they have no variables.
    pub(super) messages: Option<Messages>,
}

/// The values of the variables for one hit.
#[derive(Debug)]
pub struct Values<'a> {
    seq: u64,
    unix: i64,
    row: Option<&'a Row>,
    rngs: &'a HitRngs,
    /// Random numbers of the hit; None until a variable needs one.
    numbers: Option<ChaCha8Rng>,
    /// The value of `{{$mark}}`.
    mark: Mark,
}

impl<'a> Values<'a> {
    /// Returns the values of hit `seq` at a time in seconds since 1970 UTC. There must be a row
    /// if the list was read with the columns of a feed.
    pub fn new(seq: u64, unix: i64, row: Option<&'a Row>, rngs: &'a HitRngs) -> Self {
        Self { seq, unix, row, rngs, numbers: None, mark: Mark::default() }
    }

    /// Sets the value of `{{$mark}}`. Without it, the mark is one of no run.
    pub fn with_mark(mut self, mark: Mark) -> Self {
        self.mark = mark;
        self
    }

    /// Returns a cell of the hit's row.
    fn cell(&self, column: usize) -> &'a str {
        self.row.expect("a list with columns is read with a feed").cell(column)
    }

    /// Returns the generator of the hit's random numbers, which starts once per hit.
    fn numbers(&mut self) -> &mut ChaCha8Rng {
        self.numbers.get_or_insert_with(|| self.rngs.for_hit(self.seq))
    }
}

impl Target {
    /// Returns the target of one hit, with values in place of the variables.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] for a value that cannot be sent and that [`Check`] would have refused.
    pub fn expand(&self, values: &mut Values<'_>) -> Result<Target, Error> {
        let mut target = self.expand_metadata(values)?;
        let Some(template) = &self.template else { return Ok(target) };
        if let Some(body) = &template.body {
            target.body = body.expand(values).into();
        }
        if let Some(messages) = &template.messages {
            let filled = messages.fill(values);
            target.set_messages(filled.map_err(|problem| of_message(values.seq, &problem))?);
        }
        Ok(target)
    }

    /// Returns the target with values in the URL and in headers, which is the metadata of a gRPC
    /// call. The body keeps its variables, and messages with variables are missing.
    ///
    /// # Errors
    ///
    /// As [`Target::expand`].
    pub fn expand_metadata(&self, values: &mut Values<'_>) -> Result<Target, Error> {
        let mut target = self.clone();
        let Some(template) = target.template.take() else { return Ok(target) };
        let seq = values.seq;
        let bad = |part: &str| {
            Error::Attack(format!("hit {seq}: {part} cannot be sent: the feed has changed"))
        };
        if let Some(url) = &template.url {
            target.url = url.expand(values);
            target.path = path::as_written(&target.url).map_err(|_| bad("the URL"))?;
        }
        for (index, text) in &template.headers {
            let (name, value) = &mut target.headers[*index];
            *value = HeaderValue::from_maybe_shared(Bytes::from(text.expand(values)))
                .map_err(|_| bad(&format!("header '{name}'")))?;
        }
        Ok(target)
    }

    /// Returns one of the messages with variables of a gRPC target, which take turns, in wire
    /// format. None if its messages have no variables.
    ///
    /// # Errors
    ///
    /// As [`Target::expand`].
    pub fn expand_message(
        &self,
        turn: u64,
        values: &mut Values<'_>,
    ) -> Option<Result<Bytes, Error>> {
        let messages = self.template.as_ref()?.messages.as_ref()?;
        let filled = messages.fill_turn(turn, values);
        Some(filled.map_err(|problem| of_message(values.seq, &problem)))
    }

    /// Returns whether the URL or a header has variables.
    pub fn has_metadata_variables(&self) -> bool {
        self.template.as_ref().is_some_and(|it| it.url.is_some() || !it.headers.is_empty())
    }

    /// Returns whether the request of a hit depends on random numbers.
    pub fn is_random(&self) -> bool {
        self.template.as_ref().is_some_and(|template| {
            template.texts().any(Text::is_random)
                || template.messages.as_ref().is_some_and(Messages::is_random)
        })
    }
}

/// Returns the error of a message that cannot be filled in.
fn of_message(seq: u64, problem: &MessageProblem) -> Error {
    Error::Attack(format!("hit {seq}: {}", problem.text()))
}

/// Returns the first `{{name}}` that is sent as written. None if there is none.
pub fn unexpanded(targets: &[Target]) -> Option<String> {
    targets.iter().filter(|target| target.template.is_none()).find_map(|target| {
        let values = target.headers.iter().map(|(_, value)| value.as_bytes());
        let parts = [target.url.as_bytes()].into_iter().chain(values).chain([&target.body[..]]);
        parts.filter_map(|part| str::from_utf8(part).ok()).find_map(unexpanded_in)
    })
}

/// Returns the first `{{name}}` in a text. None if there is none.
fn unexpanded_in(text: &str) -> Option<String> {
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "_-.$| ".contains(letter))
    };
    let inner = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
    let mut names = inner.map(|(inner, _)| inner.trim()).filter(|name| is_name(name));
    names.next().map(|name| format!("{{{{{name}}}}}"))
}

impl Template {
    /// Returns whether no part has variables.
    pub(super) fn is_empty(&self) -> bool {
        self.texts().next().is_none() && self.messages.is_none()
    }

    fn texts(&self) -> impl Iterator<Item = &Text> {
        let headers = self.headers.iter().map(|(_, text)| text);
        let open = self.open.iter().map(|(_, text)| text);
        self.url.iter().chain(headers).chain(&self.body).chain(open)
    }
}

#[cfg(test)]
mod tests;
