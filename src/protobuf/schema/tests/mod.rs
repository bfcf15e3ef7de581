//! Tests of schemas: where they come from, methods, and the files of symbols.

mod sources;

use super::*;

#[test]
fn the_own_schema_has_the_services_of_serve() {
    let services: Vec<_> = Schema::builtin().services().collect();
    let expected = [
        "drumfire.v1.Echo",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    ];
    assert_eq!(services, expected);
}

#[test]
fn a_method_is_found_by_both_spellings() {
    let schema = Schema::builtin();
    let spellings =
        ["drumfire.v1.Echo/Tokens", "drumfire.v1.Echo.Tokens", "/drumfire.v1.Echo/Tokens"];
    for name in spellings {
        let method = schema.method(name).unwrap();
        assert_eq!(method.path(), "/drumfire.v1.Echo/Tokens");
        assert_eq!((method.is_client_streaming(), method.is_server_streaming()), (false, true));
    }
}

#[test]
fn an_unknown_method_has_a_suggestion() {
    let rows = [
        ("Echo", "package.Service/Method"),
        ("drumfire.v1.Ecco/Unary", "a method of service 'drumfire.v1.Echo'"),
        ("drumfire.v1.Echo/Unarry", "'drumfire.v1.Echo/Unary'"),
        (
            "drumfire.v1.Echo/X",
            "a method of service 'drumfire.v1.Echo': Unary, Tokens, Collect, Converse",
        ),
    ];
    for (name, expected) in rows {
        let text = format!("bad method '{name}': expected {expected}");
        assert_eq!(Schema::builtin().method(name).unwrap_err().to_string(), text);
    }
}

#[test]
fn a_message_is_encoded_and_decoded_by_its_method() {
    let method = Schema::builtin().method("drumfire.v1.Echo/Unary").unwrap();
    let wire = method.encode(r#"{"count": 2, "text": "hi"}"#).unwrap();
    assert_eq!(&wire[..], b"\x0a\x02hi\x10\x02");
    assert_eq!(method.decode_request(&wire).unwrap(), r#"{"text":"hi","count":2}"#);
    assert_eq!(method.decode_response(b"\x10\x03").unwrap(), r#"{"index":3}"#);
    assert!(method.decode_response(b"\x10").unwrap_err().starts_with("not a message of type"));
}

#[test]
fn symbols_and_files_have_their_imports() {
    let schema = Schema::builtin();
    let names = |files: Option<Vec<Bytes>>| -> Vec<String> {
        let parsed = files.unwrap_or_default().into_iter().map(|file| {
            use prost::Message;
            prost_reflect::prost_types::FileDescriptorProto::decode(file).unwrap().name().to_owned()
        });
        parsed.collect()
    };
    for symbol in ["drumfire.v1.Echo", "drumfire.v1.Echo.Unary", "drumfire.v1.EchoRequest.text"] {
        assert_eq!(names(schema.files_of_symbol(symbol)), ["drumfire/v1/echo.proto"], "{symbol}");
    }
    let health = "grpc.health.v1.HealthCheckResponse";
    for symbol in [health, &format!("{health}.SERVING"), &format!("{health}.ServingStatus")] {
        assert_eq!(names(schema.files_of_symbol(symbol)), ["grpc/health/v1/health.proto"]);
    }
    assert_eq!(schema.files_of_symbol("drumfire.v1.Echo.Other"), None);
    assert_eq!(schema.file_by_name("drumfire/v1/other.proto"), None);
    let v1 = "grpc/reflection/v1/reflection.proto";
    assert_eq!(names(schema.file_by_name(v1)), [v1]);
}
