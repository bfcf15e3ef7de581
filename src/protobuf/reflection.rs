//! Messages of the reflection service of gRPC, for its client and its server.
//!
//! Versions v1 and v1alpha have the same messages and differ only in the name of the service.
//!
//! Source: gRPC, `grpc/reflection/v1/reflection.proto`.

use bytes::Bytes;
use prost::{Message, Oneof};

/// Path of the only method of version v1.
pub const V1_PATH: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

/// Path of the only method of version v1alpha, which older servers have.
pub const V1ALPHA_PATH: &str = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

/// A question to the server.
#[derive(Clone, PartialEq, Message)]
pub struct ServerReflectionRequest {
    /// Name of the host that is asked; may be empty.
    #[prost(string, tag = "1")]
    pub host: String,
    /// The question. None is an invalid request.
    #[prost(oneof = "MessageRequest", tags = "3, 4, 5, 6, 7")]
    pub message_request: Option<MessageRequest>,
}

/// What is asked.
#[derive(Clone, PartialEq, Oneof)]
pub enum MessageRequest {
    /// The file with this name.
    #[prost(string, tag = "3")]
    FileByFilename(String),
    /// The file that defines this symbol, e.g. `package.Service`.
    #[prost(string, tag = "4")]
    FileContainingSymbol(String),
    /// The file that defines this extension.
    #[prost(message, tag = "5")]
    FileContainingExtension(ExtensionRequest),
    /// The numbers of all extensions of this message.
    #[prost(string, tag = "6")]
    AllExtensionNumbersOfType(String),
    /// The names of all services; the text is ignored.
    #[prost(string, tag = "7")]
    ListServices(String),
}

/// An extension of a message.
#[derive(Clone, PartialEq, Message)]
pub struct ExtensionRequest {
    /// Name of the extended message.
    #[prost(string, tag = "1")]
    pub containing_type: String,
    /// Number of the extension.
    #[prost(int32, tag = "2")]
    pub extension_number: i32,
}

/// The answer to one question.
#[derive(Clone, PartialEq, Message)]
pub struct ServerReflectionResponse {
    /// The host of the request.
    #[prost(string, tag = "1")]
    pub valid_host: String,
    /// The request. None if the server leaves it out.
    #[prost(message, optional, tag = "2")]
    pub original_request: Option<ServerReflectionRequest>,
    /// The answer. None is an invalid response.
    #[prost(oneof = "MessageResponse", tags = "4, 5, 6, 7")]
    pub message_response: Option<MessageResponse>,
}

/// What is answered.
#[derive(Clone, PartialEq, Oneof)]
pub enum MessageResponse {
    /// Files, for the first three questions.
    #[prost(message, tag = "4")]
    FileDescriptorResponse(FileDescriptorResponse),
    /// Numbers of extensions.
    #[prost(message, tag = "5")]
    AllExtensionNumbersResponse(ExtensionNumberResponse),
    /// Names of services.
    #[prost(message, tag = "6")]
    ListServicesResponse(ListServiceResponse),
    /// Why there is no other answer.
    #[prost(message, tag = "7")]
    ErrorResponse(ErrorResponse),
}

/// Files: the one that was asked for, and possibly those that it imports.
#[derive(Clone, PartialEq, Message)]
pub struct FileDescriptorResponse {
    /// Serialized `FileDescriptorProto` messages.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub file_descriptor_proto: Vec<Bytes>,
}

/// Numbers of the extensions of a message.
#[derive(Clone, PartialEq, Message)]
pub struct ExtensionNumberResponse {
    /// Name of the extended message.
    #[prost(string, tag = "1")]
    pub base_type_name: String,
    /// The numbers.
    #[prost(int32, repeated, tag = "2")]
    pub extension_number: Vec<i32>,
}

/// Names of services.
#[derive(Clone, PartialEq, Message)]
pub struct ListServiceResponse {
    /// The services.
    #[prost(message, repeated, tag = "1")]
    pub service: Vec<ServiceResponse>,
}

/// The name of a service.
#[derive(Clone, PartialEq, Message)]
pub struct ServiceResponse {
    /// The name with its package.
    #[prost(string, tag = "1")]
    pub name: String,
}

/// Why a question has no answer.
#[derive(Clone, PartialEq, Message)]
pub struct ErrorResponse {
    /// A status code of gRPC, e.g. 5 for not found.
    #[prost(int32, tag = "1")]
    pub error_code: i32,
    /// The reason in words.
    #[prost(string, tag = "2")]
    pub error_message: String,
}
