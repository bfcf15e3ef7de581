//! gRPC targets: the method `GRPC`, an address, and messages as JSON.
//!
//! ```text
//! GRPC localhost:50051/kernel.v1.Kernel/Submit
//! authorization: Bearer secret
//! # @body
//! {"task": "resize", "priority": 3}
//! ```
//!
//! A list is read without a schema. [`Target::compile`] finds the method in a schema and encodes the
//! messages.

use std::sync::Arc;

use bytes::Bytes;

use crate::error::Error;
use crate::protobuf::{self, Schema};
use crate::targets::Target;
use crate::targets::lines::error_at;
use crate::targets::problem::Problem;
use crate::targets::template::{Messages, Template};
use crate::targets::url::grpc;

/// The gRPC part of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// As the list has it: the path names a method, and the body has the messages as JSON.
    Listed(ListedCall),
    /// With a method of a schema, and messages in wire format.
    Ready(ReadyCall),
}

/// Where a list has a gRPC target, for error texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedCall {
    /// Line of the target, from 1.
    line: usize,
    /// First line of the messages, from 1; the line of the target if they are from elsewhere.
    messages_line: usize,
}

/// A call that can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyCall {
    /// The method.
    pub method: protobuf::Method,
    /// The messages of one call in wire format, at least one. Empty if they have variables, until
    /// [`Target::expand`] fills them in.
    pub messages: Arc<[Bytes]>,
}

impl ListedCall {
    /// Returns the place of a call whose target and messages begin at these lines.
    pub fn new(line: usize, messages_line: usize) -> Self {
        Self { line, messages_line }
    }

    /// Sets the first line of the messages, from 1.
    pub fn set_messages_line(&mut self, line: usize) {
        self.messages_line = line;
    }
}

impl Target {
    /// Returns the gRPC call of the target. None for HTTP, and before [`Target::compile`].
    pub fn ready_call(&self) -> Option<&ReadyCall> {
        match &self.call {
            Some(Call::Ready(call)) => Some(call),
            Some(Call::Listed(_)) | None => None,
        }
    }

    /// Returns the full name of the gRPC service that the target calls, as `package.Service`. None
    /// for HTTP.
    pub fn service(&self) -> Option<&str> {
        self.call.as_ref()?;
        let name = self.path.as_str().trim_start_matches('/');
        name.rsplit_once('/').or_else(|| name.rsplit_once('.')).map(|(service, _)| service)
    }

    /// Sets the messages of one hit, in wire format.
    pub(super) fn set_messages(&mut self, filled: Arc<[Bytes]>) {
        if let Some(Call::Ready(call)) = &mut self.call {
            call.messages = filled;
        }
    }

    /// Finds the method of a gRPC target in a schema, and encodes the messages of its body. Does
    /// nothing for HTTP.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] if the schema has no such method, if a message does not fit the schema, or if
    /// the method takes one message and the body has several.
    pub fn compile(&mut self, schema: &Schema) -> Result<(), Error> {
        let Some(Call::Listed(place)) = self.call else { return Ok(()) };
        let method = schema
            .method(self.path.as_str())
            .map_err(|error| error_at(place.line, Problem::Grpc(error.to_string())))?;
        let template = self.template.take().map(Arc::unwrap_or_clone).unwrap_or_default();
        let text = template.body.as_ref();
        let messages = Messages::compile(&method, place.messages_line, &self.body, text)
            .map_err(|problem| place.of_messages(&problem))?;
        if messages.len() != 1 && !method.is_client_streaming() {
            let (method, found) = (method.path().to_owned(), messages.len());
            return Err(error_at(place.messages_line, Problem::OneMessage { method, found }));
        }
        messages.check().map_err(|problem| place.of_messages(&problem))?;
        self.path =
            grpc::path_of(&method, &self.url).map_err(|problem| error_at(place.line, problem))?;
        let fixed = messages.fixed();
        let has_variables = fixed.is_none();
        let call = ReadyCall { method, messages: fixed.unwrap_or_default() };
        let messages = has_variables.then_some(messages);
        let template = Template { body: None, messages, ..template };
        self.template = (!template.is_empty()).then(|| Arc::new(template));
        self.call = Some(Call::Ready(call));
        self.body = Bytes::new();
        Ok(())
    }
}

impl ListedCall {
    /// Returns the error of a message, at its line.
    fn of_messages(self, problem: &protobuf::MessageProblem) -> Error {
        let line = self.messages_line + problem.line().saturating_sub(1);
        error_at(line, Problem::Message(problem.text()))
    }
}
