//! Schemas of gRPC services, and their messages between JSON and wire format.
//!
//! A [`Schema`] comes from `.proto` files, from protosets, or from the reflection of a server. It
//! finds a [`Method`]. The method turns a JSON text into a message of the wire format: at once, or
//! as a [`MessageTemplate`] with holes, which are filled in for each hit. There is no clock and no
//! network here.
//!
//! Source: Protocol Buffers, "Encoding" and "ProtoJSON Format".

mod problem;
mod json;
mod encode;
mod template;
mod schema;
mod method;
pub mod reflection;

pub use crate::protobuf::json::JsonPiece;
pub use crate::protobuf::method::Method;
pub use crate::protobuf::problem::MessageProblem;
pub use crate::protobuf::schema::Schema;
pub use crate::protobuf::template::MessageTemplate;

#[cfg(test)]
mod tests;
