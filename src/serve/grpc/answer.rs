//! The messages with which a method answers.

use bytes::Bytes;
use http::request::Parts;
use rand::rngs::SmallRng;

use crate::protobuf::reflection::{V1_PATH, V1ALPHA_PATH};
use crate::protobuf::{JsonPiece, MessageProblem, MessageTemplate, Method};
use crate::serve::grpc::status::{Code, Status};
use crate::serve::template::{Absent, Received, Template};

/// What a method answers.
pub enum Answer {
    /// What it receives.
    Echo,
    /// The same message always.
    Fixed(Bytes),
    /// A message with values of the request.
    Filled(Box<Filled>),
    /// The health of a service.
    Check,
    /// The health of all services.
    List,
    /// The health of a service, and whenever it changes.
    Watch,
    /// Parts of the schema.
    Reflection,
}

/// A message with values of the request.
pub struct Filled {
    method: Method,
    message: MessageTemplate,
    template: Template,
}

impl Answer {
    /// Returns the answer of a method without a body: its own if it is built in, or else an empty
    /// message.
    pub fn of(method: &Method) -> Self {
        match method.path() {
            "/grpc.health.v1.Health/Check" => Self::Check,
            "/grpc.health.v1.Health/List" => Self::List,
            "/grpc.health.v1.Health/Watch" => Self::Watch,
            V1_PATH | V1ALPHA_PATH => Self::Reflection,
            path if path.starts_with("/drumfire.v1.Echo/") => Self::Echo,
            _ => Self::Fixed(Bytes::new()),
        }
    }

    /// Returns the answer of a method with a body in JSON, a template.
    ///
    /// # Errors
    ///
    /// The body is no response message of the method.
    pub fn of_body(method: &Method, template: &Template) -> Result<Self, MessageProblem> {
        let pieces = template.pieces().map(|literal| match literal {
            Some(text) => JsonPiece::Fixed(text),
            // The values of a template are escaped.
            None => JsonPiece::Hole { json: true },
        });
        let message = method.compile_response(&pieces.collect::<Vec<_>>())?;
        Ok(match message.is_fixed() {
            Some(message) => Self::Fixed(message.clone()),
            None => Self::Filled(Box::new(Filled {
                method: method.clone(),
                message,
                template: template.clone(),
            })),
        })
    }
}

impl Filled {
    /// Returns the message for a request.
    ///
    /// # Errors
    ///
    /// The status for a request that is no message of the method, or that lacks a value.
    pub fn message(
        &self,
        head: &Parts,
        request: &Bytes,
        random: &mut SmallRng,
    ) -> Result<Bytes, Status> {
        let failed =
            |error| Status::internal(format!("grpc: error unmarshalling request: {error}"));
        let json = self.method.decode_whole_request(request).map_err(failed)?;
        let received = Received::new(head.clone(), json.into());
        let mut absent = None;
        let mut wire = Vec::new();
        let filled = self.message.fill(
            &mut |hole, text| {
                if let Err(Absent(pointer)) = self.template.write(hole, &received, random, text) {
                    absent = Some(pointer);
                }
            },
            &mut wire,
        );
        if let Some(pointer) = absent {
            let text = format!("the request has no value at {pointer}");
            return Err(Status::new(Code::INVALID_ARGUMENT, text));
        }
        filled.map_err(|problem| Status::internal(format!("the body of the route: {problem}")))?;
        Ok(wire.into())
    }
}
