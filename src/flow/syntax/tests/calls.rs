//! gRPC calls.

use super::*;
use crate::flow::tree::options::Setting;
use crate::flow::tree::request::Call;

const SKIPPED: &str = "[Options]\nskip: true\n";

fn call(text: &str) -> Call {
    entry(text).0.call.unwrap()
}

#[test]
fn a_call_is_an_entry_that_is_made() {
    let url = "CALL grpc://a:1/kernel.v1.Kernel/Submit\n";
    let (made, _) = entry(&format!("{url}A: b\n{SKIPPED}retry: 2\n{{}}\nHTTP 200\n"));
    assert!(matches!(made.options.skip, Setting::Fixed(false)));
    assert!(matches!(made.options.retry, Setting::Fixed(2)));
    assert_eq!(&*made.name, "CALL /kernel.v1.Kernel/Submit");
    assert_eq!(made.headers.len(), 1);
    let (http, _) = entry("GET http://a/\n");
    assert_eq!(http.call, None);
}

#[test]
fn the_method_is_what_is_after_the_host() {
    let table = [
        ("grpc://a:1/kernel.v1.Kernel/Submit", "kernel.v1.Kernel/Submit", "kernel.v1.Kernel"),
        ("grpcs://a/kernel.v1.Kernel.Submit", "kernel.v1.Kernel.Submit", "kernel.v1.Kernel"),
        ("GRPC://a:1/Kernel/Submit", "Kernel/Submit", "Kernel"),
        ("grpc://{{host}}:1/Kernel/Submit", "Kernel/Submit", "Kernel"),
        ("grpc://{{host}}/Kernel/Submit", "Kernel/Submit", "Kernel"),
        ("{{base}}/Kernel/Submit", "Kernel/Submit", "Kernel"),
        ("{{scheme}}://{{host}}/Kernel/Submit", "Kernel/Submit", "Kernel"),
        ("grpc{{s}}://a:1/Kernel/Submit", "Kernel/Submit", "Kernel"),
    ];
    for (url, method, service) in table {
        let call = call(&format!("CALL {url}\n{SKIPPED}"));
        assert_eq!((&*call.method, call.service()), (method, service), "{url}");
    }
}

#[test]
fn messages_have_a_line() {
    let table = [
        ("", (1, false)),
        ("\n\n{\n}\n", (6, false)),
        ("```json\n{}\n{}\n```\n", (5, false)),
        ("`{}`\n", (4, false)),
        ("file,Cargo.toml;\n", (4, true)),
    ];
    for (body, expected) in table {
        let call = call(&format!("CALL grpc://a:1/K/M\n{SKIPPED}{body}"));
        assert_eq!((call.messages_line, call.is_in_file), expected, "{body}");
    }
}

#[test]
fn the_status_must_be_ok_unless_a_check_reads_it() {
    let table = [
        ("HTTP 200\n", true),
        ("HTTP *\n", true),
        ("HTTP 200\n[Asserts]\nheader \"a\" exists\n", true),
        ("HTTP 200\n[Captures]\na: header \"grpc-status\"\n", true),
        ("HTTP 200\n[Asserts]\nheader \"Grpc-Status\" == \"5\"\n", false),
        ("HTTP 200\nGrpc-Status: 5\n", false),
    ];
    for (response, expected) in table {
        let (entry, _) = entry(&format!("CALL grpc://a:1/K/M\n{SKIPPED}{response}"));
        let found = entry.expected.unwrap();
        assert_eq!((found.demands_ok, found.has_checks()), (expected, true), "{response}");
    }
    let (http, _) = entry("GET http://a/\nHTTP *\n");
    assert!(!http.expected.unwrap().has_checks());
}

#[test]
fn what_is_no_call_is_refused() {
    let other = "1: CALL of another URL: expected grpc://HOST:PORT/package.Service/Method, or \
                 grpcs:// for TLS";
    let no_method = "1: no method in the URL of a call: expected \
                     grpc://HOST:PORT/package.Service/Method, or grpcs:// for TLS";
    let variable = "1: variable in the method of a call: expected variables in the host only, as \
                    in grpc://{{host}}/package.Service/Method";
    let table = [
        ("CALL http://a/K/M", other),
        ("CALL a:1/K/M", other),
        ("CALL ws://a:1/K/M", other),
        ("CALL grpc://a:1", no_method),
        ("CALL grpc://a:1/", no_method),
        ("CALL {{base}}", no_method),
        ("CALL {{base}}{{method}}", no_method),
        ("CALL grpc://a:1/K/{{method}}", variable),
        ("CALL {{base}}/K/M?a={{b}}", variable),
        ("GET grpc://a:1/K/M", "1: gRPC call of another method: expected CALL and skip: true"),
        ("GRPC grpcs://a/K/M", "1: gRPC call of another method: expected CALL and skip: true"),
    ];
    for (text, expected) in table {
        check_refused(&format!("{text}\n{SKIPPED}"), expected);
    }
    let no_skip = "1: gRPC call without 'skip: true': expected it under [Options]";
    check_refused("CALL grpc://a:1/K/M\n{}\n", no_skip);
    check_refused("CALL grpc://a:1/K/M\n[Options]\nskip: {{yes}}\n", no_skip);
    for url in ["grpc://a/K/M", "grpc://:1/K/M", "grpc://a:1/M", "{{base}}/K/M?x"] {
        let problem = items(&format!("CALL {url}\n{SKIPPED}")).unwrap_err().to_string();
        assert!(problem.starts_with("x.hurl:1: bad URL: "), "{url}: {problem}");
    }
}

#[test]
fn what_a_call_cannot_have_is_refused() {
    let section = |name| {
        format!("1: [{name}] in a gRPC call: expected headers for metadata, and messages as JSON")
    };
    let option =
        |name| format!("1: option '{name}' in a gRPC call: expected it in HTTP requests only");
    let table = [
        ("[Query]\na: b", section("Query")),
        ("[Form]\na: b", section("Form")),
        ("[Multipart]\na: b", section("Multipart")),
        ("[Cookies]\na: b", section("Cookies")),
        ("location: true", option("location")),
        ("max-redirs: 1", option("max-redirs")),
        ("compressed: {{a}}", option("compressed")),
        ("path-as-is: true", option("path-as-is")),
    ];
    for (lines, expected) in table {
        check_refused(&format!("CALL grpc://a:1/K/M\n{SKIPPED}{lines}\n"), &expected);
    }
}
