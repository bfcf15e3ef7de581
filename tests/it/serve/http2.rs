//! `serve` over HTTP/2 without TLS: the same responses as over HTTP/1.1, on the same port.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::harness::drumfire;
use crate::support::results::{Kept, records};
use crate::support::servers::{Serve, serve};

const ROUTES: &str = r#"
[[route]]
method = "POST"
path = "/users"
status = 201
unique = "{{$body./email}}"
body = '{"email": "{{$body./email}}"}'
headers = { Content-Type = "application/json", X-One = ["a", "b"] }

[[route]]
path = "/large"
body-size = "300kb"

[[route]]
path = "/gone"
status = { 204 = "100%" }

[[route]]
path = "/slow"
latency = "1h"

[[route]]
path = "/broken"
errors = 1

[[route]]
path = "/quick"
latency = "1ms"
"#;

/// Starts a server with the routes and further flags.
fn serve_routes(flags: &[&str]) -> Serve {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    fs::write(&file, ROUTES).unwrap();
    serve(&[&["-routes", file.to_str().unwrap()], flags].concat())
}

/// Returns the results of requests to a list of targets, in order.
fn hits(server: &Serve, list: &str, flags: &[&str]) -> Vec<Kept> {
    let output = drumfire("attack -rate=0")
        .arg(format!("-base-url={}", server.url))
        .args(flags)
        .stdin(list)
        .run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    let mut records = records(&output.stdout);
    records.sort_by_key(|record| record.seq);
    records
}

#[test]
fn responses_are_the_same_as_over_http1() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body");
    fs::write(&body, r#"{"email": "a"}"#).unwrap();
    let create = format!("POST /users\n@{}\n\n", body.display());
    let list =
        format!("{create}{create}GET /large\n\nGET /gone\n\nHEAD /\n\nGET /broken\n\nPUT /x?y");
    let [first, second] = ["-h2c=false", "-h2c"].map(|flag| {
        let server = serve_routes(&[]);
        let hits = hits(&server, &list, &["-requests=7", "-max-workers=1", flag]);
        let seen = |hit: Kept| {
            assert_eq!(hit.error.is_empty(), hit.code < 400, "{}", hit.error);
            let mut headers = hit.headers.unwrap();
            headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
            headers.retain(|(name, _)| name != "date");
            headers.sort();
            (hit.code, headers, hit.bytes_in, hit.body)
        };
        hits.into_iter().map(seen).collect::<Vec<_>>()
    });
    let codes: Vec<_> = first.iter().map(|(code, ..)| *code).collect();
    assert_eq!(codes, [201, 409, 200, 204, 404, 500, 404]);
    for (http1, http2) in first.iter().zip(&second) {
        assert_eq!(http1, http2);
    }
}

#[test]
fn a_delayed_response_does_not_delay_others_of_its_connection() {
    let server = serve_routes(&[]);
    let flags = ["-h2c", "-requests=40", "-max-workers=20", "-max-connections=1", "-timeout=3s"];
    let list = "GET /slow\n\n".to_owned() + &"GET /quick\n\n".repeat(39);
    let hits = hits(&server, &list, &flags);
    let codes: Vec<_> = hits.iter().map(|hit| hit.code).collect();
    assert_eq!((codes[0], &codes[1..]), (0, &[200; 39][..]));
}

#[test]
fn the_arrivals_log_has_requests_over_http2() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let server = serve_routes(&["-arrivals", log.to_str().unwrap()]);
    let flags = ["-h2c", "-requests=2", "-max-workers=1"];
    hits(&server, "GET /quick?q\n\nDELETE /other\n", &flags);
    server.interrupt();
    let log = fs::read_to_string(log).unwrap();
    let fields = |line: &str| {
        let fields: Vec<_> = line.split(',').collect();
        assert!(fields[1].parse::<u64>().unwrap() > 0 && fields[2].parse::<u64>().unwrap() > 0);
        [fields[0], fields[3], fields[4], fields[5], fields[6]].join(" ")
    };
    let lines: Vec<_> = log.lines().skip(1).map(fields).collect();
    assert_eq!(lines, ["0 GET /quick /quick 200", "1 DELETE /other  404"]);
}

#[test]
fn the_first_bytes_decide_even_one_by_one() {
    let server = serve_routes(&[]);
    let begin = |bytes: &[u8]| {
        let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
        stream.set_nodelay(true).unwrap();
        bytes.iter().for_each(|byte| stream.write_all(&[*byte]).unwrap());
        stream
    };
    for method in ["GET", "PUT", "PRI", "P", "PRIX"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let mut response = String::new();
        begin(request.as_bytes()).read_to_string(&mut response).unwrap();
        assert!(response.starts_with("HTTP/1.1 404 Not Found\r\n"), "{method}: {response}");
    }
    // The preface of HTTP/2, and empty settings.
    // Source: RFC 9113, sections 3.4 and 6.5.
    let mut stream = begin(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    let mut head = [0; 9];
    stream.read_exact(&mut head).unwrap();
    assert_eq!((head[3], &head[5..]), (4, &[0; 4][..]), "SETTINGS of the connection");
}
