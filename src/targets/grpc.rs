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
use crate::targets::lines::error_at;
use crate::targets::problem::Problem;
use crate::targets::template::{Messages, Template};
use crate::targets::url::grpc;
use crate::targets::{Target, check_metadata};

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
        let has_variables = |index: usize| template.headers.iter().any(|(at, _)| *at == index);
        let fixed = self.headers.iter().enumerate().filter(|(index, _)| !has_variables(*index));
        fixed
            .map(|(_, header)| header.clone())
            .try_for_each(|header| check_metadata(&[header]))
            .map_err(|problem| error_at(place.line, Problem::Grpc(problem)))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Row;
    use crate::schedule::seed::{Purpose, Seed};
    use crate::targets::{Check, Defaults, Scope, Values, read_http};

    /// Returns the compiled first target of a list, whose feed has these columns.
    fn compiled(list: &str, columns: &[&str]) -> Result<Target, Error> {
        let columns: Vec<_> = columns.iter().map(|column| (*column).to_owned()).collect();
        let columns = Some(columns).filter(|columns| !columns.is_empty());
        let scope = Scope { columns, ..Scope::default() };
        let defaults = Defaults { scope, ..Defaults::default() };
        let mut target = read_http(list.as_bytes(), &defaults)?.remove(0);
        target.compile(&Schema::builtin())?;
        Ok(target)
    }

    #[test]
    fn a_target_is_compiled_or_refused_at_its_line() {
        let unary = "\nGRPC a:1/drumfire.v1.Echo/Unary\n";
        let table = [
            (format!("{unary}# @body\n{{\"count\": 1}}\n"), Ok(())),
            (unary.to_owned(), Ok(())),
            ("GRPC a:1/drumfire.v1.Echo.Collect\n# @body\n[{}, {}]\n".to_owned(), Ok(())),
            (format!("{unary}x-bin: not base64\n"), Err((2, "bad metadata 'x-bin'"))),
            (format!("{unary}# @body\n{{\n\"count\": \"x\"}}\n"), Err((5, "field 'count'"))),
            (format!("{unary}# @body\n{{}}\n{{}}\n"), Err((4, "2 messages"))),
            (format!("{unary}# @body\n[]\n"), Err((4, "0 messages"))),
            ("GRPC a:1/drumfire.v1.Echo/Unari\n".to_owned(), Err((1, "Unary"))),
            (format!("{unary}# @body\n{{\"count\": {{{{$uuid}}}}}}\n"), Err((4, "field 'count'"))),
            (
                format!("{unary}# @body\n{{\"count\": {{{{$randomInt 0 3000000000}}}}}}\n"),
                Err((4, "field 'count'")),
            ),
        ];
        for (list, expected) in table {
            match (compiled(&list, &[]), expected) {
                (Ok(target), Ok(())) => assert!(target.ready_call().is_some(), "{list}"),
                (Err(Error::Line { line, problem, .. }), Err((at, part))) => {
                    assert_eq!(line, at, "{list}: {problem}");
                    assert!(problem.contains(part), "{list}: {problem}");
                }
                (result, _) => panic!("{list}: {result:?}"),
            }
        }
    }

    #[test]
    fn values_of_a_row_are_in_messages_and_metadata_or_refused() {
        let list = "GRPC a:1/drumfire.v1.Echo/Unary\nx-bin: {{key}}\n# @body\n{\"count\": {{n}}}\n";
        let target = compiled(list, &["key", "n"]).unwrap();
        let columns = ["key".to_owned(), "n".to_owned()];
        let mut check = Check::new(std::slice::from_ref(&target), &columns);
        for (cells, problem) in [
            (["AAE=", "300"], None),
            (["a secret!", "300"], Some("bad metadata 'x-bin'")),
            (["AAE=", "many"], Some("field 'count'")),
        ] {
            let row = Row::from_iter(cells);
            let refused = check.row(&row).err().map(|problem| problem.to_string());
            assert_eq!(refused.is_some(), problem.is_some(), "{cells:?}: {refused:?}");
            let text = refused.unwrap_or_default();
            assert!(text.contains(problem.unwrap_or("")), "{text}");
            assert!(!text.contains(cells[0]) && !text.contains("many"), "{text}");
        }
        let (row, rngs) = (Row::from_iter(["AAE=", "300"]), Seed(1).rngs(Purpose::Values));
        let expanded = target.expand(&mut Values::new(0, 0, Some(&row), &rngs)).unwrap();
        // Field 2, a varint of two bytes.
        assert_eq!(expanded.ready_call().unwrap().messages[0], [0x10, 0xac, 0x02][..]);
    }
}
