//! gRPC calls of steps, compiled with a schema.

mod messages;
mod response;

pub use response::last_message;

use std::sync::Arc;

use bytes::Bytes;
use http::uri::PathAndQuery;

use crate::flow::call::messages::Messages;
use crate::flow::expand::Context;
use crate::flow::tree::request::Entry;
use crate::protobuf::{Method, Schema};

/// A gRPC call of a step.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path of its requests.
    pub path: PathAndQuery,
    messages: Messages,
}

/// What is wrong with a call, and in which line of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallProblem {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong, and what was expected.
    pub text: String,
}

impl Call {
    /// Finds the method of an entry in a schema, and encodes its messages. None for an entry of
    /// HTTP.
    ///
    /// # Errors
    ///
    /// If the schema has no such method, or if a message does not fit it.
    pub fn compile(entry: &Entry, schema: &Schema) -> Result<Option<Self>, CallProblem> {
        let Some(written) = &entry.call else { return Ok(None) };
        let of_entry = |text: String| CallProblem { line: entry.line, text };
        let method = schema.method(&written.method).map_err(|error| of_entry(error.to_string()))?;
        let path = PathAndQuery::try_from(method.path());
        let path = path.map_err(|_| of_entry("the name of the method is no path".to_owned()))?;
        let messages = Messages::compile(&method, written, entry.body.as_ref())?;
        Ok(Some(Self { method, path, messages }))
    }

    /// Returns the messages of one call in wire format.
    ///
    /// # Errors
    ///
    /// If a variable has no value, or if a value does not fit its field. The problem shows no value.
    pub fn messages(&self, context: &mut Context<'_>) -> Result<Arc<[Bytes]>, String> {
        self.messages.fill(&self.method, context)
    }

    /// Returns the messages of a response as JSON: the message itself, or a list if the method returns
    /// a stream. Empty if there should be one message and is none. `framed` has the messages, each
    /// after its prefix of five bytes.
    ///
    /// # Errors
    ///
    /// If they are no messages of the type that the method returns.
    pub fn response(&self, framed: &[u8]) -> Result<String, String> {
        response::json(&self.method, framed)
    }
}
