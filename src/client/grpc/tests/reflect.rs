//! Reflection of scripted servers.

use prost::Message;
use prost_reflect::prost_types::{
    DescriptorProto, FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto,
};

use super::*;
use crate::client::{ReflectionSource, reflect};
use crate::protobuf::Schema;
use crate::protobuf::reflection::{
    ErrorResponse, FileDescriptorResponse, ListServiceResponse, MessageRequest, MessageResponse,
    ServerReflectionRequest, ServerReflectionResponse, ServiceResponse,
};

const ECHO: &str = "a.Echo";

/// Returns a schema of two files: a service, and its message.
fn schema() -> Schema {
    let message = DescriptorProto { name: Some("Text".to_owned()), ..Default::default() };
    let method = MethodDescriptorProto {
        name: Some("Say".to_owned()),
        input_type: Some(".a.Text".to_owned()),
        output_type: Some(".a.Text".to_owned()),
        ..Default::default()
    };
    let service = ServiceDescriptorProto {
        name: Some("Echo".to_owned()),
        method: vec![method],
        ..Default::default()
    };
    let files = [
        FileDescriptorProto {
            name: Some("echo.proto".to_owned()),
            dependency: vec!["text.proto".to_owned()],
            service: vec![service],
            ..Default::default()
        },
        FileDescriptorProto {
            name: Some("text.proto".to_owned()),
            message_type: vec![message],
            ..Default::default()
        },
    ];
    let files = files.map(|file| {
        let file = FileDescriptorProto {
            package: Some("a".to_owned()),
            syntax: Some("proto3".to_owned()),
            ..file
        };
        Bytes::from(file.encode_to_vec())
    });
    Schema::from_file_descriptors(files.to_vec()).unwrap()
}

/// Returns the answer of a server that has the services of a schema.
fn answer_to(schema: &Schema, question: MessageRequest) -> MessageResponse {
    let files = match question {
        MessageRequest::FileContainingSymbol(name) => schema.files_of_symbol(&name),
        MessageRequest::FileByFilename(name) => schema.file_by_name(&name),
        _ => {
            let names = ["z.Last", ECHO, "grpc.reflection.v1.ServerReflection"];
            let service =
                names.into_iter().map(|name| ServiceResponse { name: name.to_owned() }).collect();
            return MessageResponse::ListServicesResponse(ListServiceResponse { service });
        }
    };
    match files {
        // One file at a time, so that imports are missing.
        Some(files) => MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
            file_descriptor_proto: files.into_iter().take(1).collect(),
        }),
        None => MessageResponse::ErrorResponse(ErrorResponse {
            error_code: 5,
            error_message: "unknown".to_owned(),
        }),
    }
}

/// Asks a server for a service. It has one version of reflection, and may require a token.
fn reflected(
    version: &'static str,
    needs_token: bool,
    service: &str,
) -> Result<Vec<String>, String> {
    let serve = async move |stream| {
        let schema = schema();
        http2(stream, async move |request: Request<RecvStream>, response| {
            let (head, mut body) = request.into_parts();
            let body = read(&mut body).await;
            if !head.uri.path().starts_with(&format!("/grpc.reflection.{version}.")) {
                return answer(response, Bytes::new(), &[("grpc-status", "12")]);
            }
            if needs_token && !head.headers.contains_key("authorization") {
                let status = &[("grpc-status", "16"), ("grpc-message", "who are you?")];
                return answer(response, Bytes::new(), status);
            }
            let question = ServerReflectionRequest::decode(&body[5..]).unwrap();
            let reply = ServerReflectionResponse {
                message_response: Some(answer_to(&schema, question.message_request.unwrap())),
                ..Default::default()
            };
            let reply = framed(&reply.encode_to_vec(), false);
            answer(response, reply, &[("grpc-status", "0")]);
        })
        .await;
    };
    with_server(serve, async |port| {
        let address = format!("http://127.0.0.1:{port}/").parse().unwrap();
        let text = format!("grpc://127.0.0.1:{port}");
        let source = ReflectionSource { address: &address, text: &text, metadata: &[] };
        let schema = reflect(&client(CallOptions::default()), source, &[service.to_owned()]).await;
        let schema = schema.map(|schema| {
            schema.method("a.Echo/Say").unwrap();
            schema.services().collect()
        });
        schema.map_err(|error| error.to_string().replace(&text, "SERVER"))
    })
}

#[test]
fn either_version_of_reflection_gives_the_schema_with_its_imports() {
    for version in ["v1", "v1alpha"] {
        assert_eq!(reflected(version, false, ECHO), Ok(vec![ECHO.to_owned()]), "{version}");
    }
}

#[test]
fn a_schema_that_is_not_to_be_had_names_what_helps() {
    let table = [
        (
            "v0",
            false,
            ECHO,
            "the server at SERVER does not have reflection: give the schema with -proto or -protoset",
        ),
        (
            "v1",
            true,
            ECHO,
            "the server at SERVER refuses reflection: rpc error: code = Unauthenticated desc = who are you?: give credentials with -reflect-header, or the schema with -proto or -protoset",
        ),
        ("v1", false, "x.Y", "unknown service 'x.Y': the server at SERVER has: a.Echo, z.Last"),
    ];
    for (version, needs_token, service, expected) in table {
        let error = reflected(version, needs_token, service).unwrap_err();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[test]
fn a_server_without_an_answer_is_named() {
    let serve = async |stream: TcpStream| drop(stream);
    let error = with_server(serve, async |port| {
        let address = format!("http://127.0.0.1:{port}/").parse().unwrap();
        let source = ReflectionSource { address: &address, text: "grpc://a.test", metadata: &[] };
        let services = [ECHO.to_owned()];
        reflect(&client(CallOptions::default()), source, &services).await.unwrap_err()
    });
    let error = error.to_string();
    assert!(
        error.contains("from grpc://a.test: Grpc \"grpc://a.test/grpc.reflection.v1."),
        "{error}"
    );
    assert!(error.contains("EOF; -proto and -protoset"), "{error}");
}
