//! A method of a service, and its messages as JSON and in the wire format.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions};

use crate::error::Error;
use crate::protobuf::json::JsonPiece;
use crate::protobuf::problem::MessageProblem;
use crate::protobuf::schema::Schema;
use crate::protobuf::template::{self, MessageTemplate};

/// A method of a service. Cheap to clone.
#[derive(Clone)]
pub struct Method {
    inner: Arc<Inner>,
}

struct Inner {
    path: String,
    descriptor: MethodDescriptor,
}

impl Schema {
    /// Finds a method by its name with its service: `package.Service/Method` or
    /// `package.Service.Method`, with or without a slash at the beginning.
    ///
    /// # Errors
    ///
    /// [`Error::Keyword`] with what exists: an unknown service or method, or a text of another
    /// form.
    pub fn method(&self, name: &str) -> Result<Method, Error> {
        let descriptor = self.find_method(name)?;
        Ok(Method::new(descriptor))
    }

    /// Returns all methods, by service.
    pub fn methods(&self) -> impl Iterator<Item = Method> {
        self.all_methods().map(Method::new)
    }
}

impl Method {
    fn new(descriptor: MethodDescriptor) -> Self {
        let service = descriptor.parent_service().full_name().to_owned();
        let path = format!("/{service}/{}", descriptor.name());
        Self { inner: Arc::new(Inner { path, descriptor }) }
    }

    /// Returns the path of requests: `/package.Service/Method`.
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// Returns whether the client sends any number of messages.
    pub fn is_client_streaming(&self) -> bool {
        self.inner.descriptor.is_client_streaming()
    }

    /// Returns whether the server sends any number of messages.
    pub fn is_server_streaming(&self) -> bool {
        self.inner.descriptor.is_server_streaming()
    }

    /// Returns the type of request messages.
    #[cfg(test)]
    pub(super) fn request_type(&self) -> MessageDescriptor {
        self.inner.descriptor.input()
    }

    /// Compiles the JSON text of one request message, with holes for variables.
    ///
    /// # Errors
    ///
    /// The first problem of the text: it is not valid JSON, or does not fit the message.
    pub fn compile(&self, text: &[JsonPiece<'_>]) -> Result<MessageTemplate, MessageProblem> {
        template::compile(&self.inner.descriptor.input(), text)
    }

    /// Compiles the JSON text of any number of request messages, with holes for variables: objects
    /// after each other, or one list of objects. A blank text has no messages. Holes are numbered
    /// through the whole text.
    ///
    /// # Errors
    ///
    /// The first problem of the text: it is not valid JSON, or does not fit the message.
    pub fn compile_messages(
        &self,
        text: &[JsonPiece<'_>],
    ) -> Result<Vec<MessageTemplate>, MessageProblem> {
        template::compile_all(&self.inner.descriptor.input(), text)
    }

    /// Compiles the JSON text of one response message, with holes for variables.
    ///
    /// # Errors
    ///
    /// As for [`Method::compile`].
    pub fn compile_response(
        &self,
        text: &[JsonPiece<'_>],
    ) -> Result<MessageTemplate, MessageProblem> {
        template::compile(&self.inner.descriptor.output(), text)
    }

    /// Encodes the JSON text of one request message.
    ///
    /// # Errors
    ///
    /// The first problem of the text: it is not valid JSON, or does not fit the message.
    pub fn encode(&self, json: &str) -> Result<Bytes, MessageProblem> {
        encode(&self.inner.descriptor.input(), json)
    }

    /// Encodes the JSON text of one response message.
    ///
    /// # Errors
    ///
    /// The first problem of the text: it is not valid JSON, or does not fit the message.
    pub fn encode_response(&self, json: &str) -> Result<Bytes, MessageProblem> {
        encode(&self.inner.descriptor.output(), json)
    }

    /// Returns a request message as JSON text without spaces.
    ///
    /// # Errors
    ///
    /// Why the bytes are no message of the type of requests.
    pub fn decode_request(&self, wire: &[u8]) -> Result<String, String> {
        decode(self.inner.descriptor.input(), wire)
    }

    /// Returns a request message as JSON text without spaces. Fields with their default values are
    /// included.
    ///
    /// # Errors
    ///
    /// As for [`Method::decode_request`].
    pub fn decode_whole_request(&self, wire: &[u8]) -> Result<String, String> {
        let options = SerializeOptions::new().skip_default_fields(false);
        decode_with(self.inner.descriptor.input(), wire, &options)
    }

    /// Returns a response message as JSON text without spaces.
    ///
    /// # Errors
    ///
    /// Why the bytes are no message of the type of responses.
    pub fn decode_response(&self, wire: &[u8]) -> Result<String, String> {
        decode(self.inner.descriptor.output(), wire)
    }
}

impl PartialEq for Method {
    fn eq(&self, other: &Self) -> bool {
        self.inner.descriptor == other.inner.descriptor
    }
}

impl Eq for Method {}

impl fmt::Debug for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Method").field(&self.inner.path).finish()
    }
}

fn encode(message: &MessageDescriptor, json: &str) -> Result<Bytes, MessageProblem> {
    let template = template::compile(message, &[JsonPiece::Fixed(json)])?;
    Ok(template.is_fixed().cloned().expect("a text without variables has no holes"))
}

fn decode(message: MessageDescriptor, wire: &[u8]) -> Result<String, String> {
    decode_with(message, wire, &SerializeOptions::new())
}

fn decode_with(
    message: MessageDescriptor,
    wire: &[u8],
    options: &SerializeOptions,
) -> Result<String, String> {
    let name = message.full_name().to_owned();
    let failed = |problem: &dyn fmt::Display| format!("not a message of type '{name}': {problem}");
    let message = DynamicMessage::decode(message, wire).map_err(|error| failed(&error))?;
    let mut json = serde_json::Serializer::new(Vec::new());
    message.serialize_with_options(&mut json, options).map_err(|error| failed(&error))?;
    Ok(String::from_utf8(json.into_inner()).expect("JSON is UTF-8"))
}
