//! The reflection service, by which clients learn the schema.
//!
//! Source: gRPC, "GRPC Server Reflection Protocol".

use bytes::Bytes;
use prost::Message;

use crate::protobuf::Schema;
use crate::protobuf::reflection::{
    ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse,
    MessageRequest, MessageResponse, ServerReflectionRequest, ServerReflectionResponse,
    ServiceResponse,
};
use crate::serve::grpc::echo::decode;
use crate::serve::grpc::status::{Code, Status};

/// Returns the response to a question about services and their schemas. The first schema that
/// knows the answer is used.
///
/// # Errors
///
/// The status for bytes that are no request.
pub fn answer(wire: &Bytes, services: &[String], schemas: &[Schema]) -> Result<Bytes, Status> {
    let request: ServerReflectionRequest = decode(wire)?;
    let message = match &request.message_request {
        Some(question) => found(question, services, schemas).unwrap_or_else(|| not_found(question)),
        None => error(Code::INVALID_ARGUMENT, "the request has no question".to_owned()),
    };
    let response = ServerReflectionResponse {
        valid_host: request.host.clone(),
        original_request: Some(request),
        message_response: Some(message),
    };
    Ok(response.encode_to_vec().into())
}

/// Returns the answer to a question. None if no schema knows it.
fn found(
    question: &MessageRequest,
    services: &[String],
    schemas: &[Schema],
) -> Option<MessageResponse> {
    let files = |find: &dyn Fn(&Schema) -> Option<Vec<Bytes>>| {
        let file_descriptor_proto = schemas.iter().find_map(find)?;
        Some(MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
            file_descriptor_proto,
        }))
    };
    match question {
        MessageRequest::FileByFilename(name) => files(&|schema| schema.file_by_name(name)),
        MessageRequest::FileContainingSymbol(name) => files(&|schema| schema.files_of_symbol(name)),
        MessageRequest::FileContainingExtension(extension) => {
            let number = u32::try_from(extension.extension_number).ok()?;
            files(&|schema| schema.file_of_extension(&extension.containing_type, number))
        }
        MessageRequest::AllExtensionNumbersOfType(name) => {
            let numbers = schemas.iter().find_map(|schema| schema.extension_numbers(name))?;
            let numbers = numbers.into_iter().filter_map(|number| i32::try_from(number).ok());
            Some(MessageResponse::AllExtensionNumbersResponse(ExtensionNumberResponse {
                base_type_name: name.clone(),
                extension_number: numbers.collect(),
            }))
        }
        MessageRequest::ListServices(_) => {
            let service = services.iter().map(|name| ServiceResponse { name: name.clone() });
            Some(MessageResponse::ListServicesResponse(ListServiceResponse {
                service: service.collect(),
            }))
        }
    }
}

fn not_found(question: &MessageRequest) -> MessageResponse {
    let what = match question {
        MessageRequest::FileByFilename(name) => format!("file '{name}'"),
        MessageRequest::FileContainingSymbol(name) => format!("symbol '{name}'"),
        MessageRequest::FileContainingExtension(extension) => {
            let (name, number) = (&extension.containing_type, extension.extension_number);
            format!("extension {number} of message '{name}'")
        }
        MessageRequest::AllExtensionNumbersOfType(name) => format!("message '{name}'"),
        MessageRequest::ListServices(_) => "list of services".to_owned(),
    };
    error(Code::NOT_FOUND, format!("unknown {what}"))
}

fn error(code: Code, error_message: String) -> MessageResponse {
    let error_code = i32::from(code.number());
    MessageResponse::ErrorResponse(ErrorResponse { error_code, error_message })
}
