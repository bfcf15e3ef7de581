//! `serve -routes` with state: required headers, templates, sequences, created names.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::harness::drumfire;
use crate::support::servers::{Serve, serve};

const ROUTES: &str = r#"
[[route]]
method = "POST"
path = "/users"
status = 201
unique = "{{$body./email}}"
body = '{"id": "{{$uuid}}", "email": "{{$body./email}}"}'
conflict-body = '{"detail": "{{$body./email}} exists"}'
headers = { Content-Type = "application/json", Set-Cookie = ["a=1", "b=2"] }

[[route]]
path = "/secret"
requires = { Authorization = "Bearer *", X-Key = "7" }
body = "open\n"

[[route]]
path = "/closed"
requires = { X-Key = "*" }
unauthorized-body = '{"key": "{{$header.x-key}}"}'
headers = { Content-Type = "application/json" }

[[route]]
method = "PUT"
path = "/names/*"
unique = "{{$path.2}}"
body = "{{$method}} {{$path}} {{$query}}\n"

[[route]]
path = "/jobs/*"
sequence = ['queued', 'running', '{{$path.2}} completed']

[[route]]
path = "/half"
status = { 200 = "50%", 503 = "50%" }
errors = "50%"
sequence = ["1", "2", "3", "4", "5"]

[[route]]
path = "/bytes"
body-base64 = "AP+A"
"#;

struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

/// Starts a server with the routes and further flags.
fn serve_routes(flags: &[&str]) -> Serve {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    fs::write(&file, ROUTES).unwrap();
    serve(&[&["-routes", file.to_str().unwrap()], flags].concat())
}

/// Sends a request, as in `POST /x` and `Name: value` lines, and returns the response.
fn send(server: &Serve, head: &str, body: &str) -> Reply {
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let headers: String = headers.lines().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n\
         {body}"
    );
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    let end = response.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let headers = String::from_utf8(response[..end].to_vec()).unwrap().to_lowercase();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, headers, body: response[end + 4..].to_vec() }
}

/// Compares the status and the body of a response.
#[track_caller]
fn check(server: &Serve, head: &str, body: &str, status: u16, expected: &str) -> Reply {
    let reply = send(server, head, body);
    let found = (reply.status, String::from_utf8_lossy(&reply.body).into_owned());
    assert_eq!(found, (status, expected.to_owned()), "{head}");
    reply
}

#[test]
fn a_name_is_created_once() {
    let server = serve_routes(&[]);
    let create = |email: &str| send(&server, "POST /users", &format!("{{\"email\": {email}}}"));
    let first = create("\"a\\\"b\"");
    let body: serde_json::Value = serde_json::from_slice(&first.body).unwrap();
    assert_eq!((first.status, &body["email"]), (201, &"a\"b".into()));
    assert!(first.headers.contains("set-cookie: a=1\r\nset-cookie: b=2"), "{}", first.headers);
    let second = create("\"a\\\"b\"");
    assert_eq!(
        (second.status, second.body.as_slice()),
        (409, &br#"{"detail": "a\"b exists"}"#[..])
    );
    assert!(second.headers.contains("content-type: application/json"), "{}", second.headers);
    assert_eq!(create("\"c\"").status, 201);
    check(&server, "PUT /names/ann?a=1&b", "", 200, "PUT /names/ann a=1&b\n");
    check(&server, "PUT /names/ann", "", 409, "conflict\n");
    check(&server, "PUT /names/bob", "", 200, "PUT /names/bob \n");
    let lacks = "the request body has no JSON value at /email\n";
    let reply = check(&server, "POST /users", "{}", 400, lacks);
    assert!(reply.headers.contains("content-type: text/plain"), "{}", reply.headers);
    check(&server, "POST /users", "no JSON", 400, lacks);
}

#[test]
fn a_request_without_a_required_header_is_unauthorized() {
    let server = serve_routes(&[]);
    let table = [
        ("", 401, "unauthorized\n"),
        ("\nAuthorization: Bearer x", 401, "unauthorized\n"),
        ("\nAuthorization: Bearer x\nX-Key: 8", 401, "unauthorized\n"),
        ("\nAuthorization: Basic x\nX-Key: 7", 401, "unauthorized\n"),
        ("\nauthorization: Bearer x\nx-key: 7", 200, "open\n"),
    ];
    for (headers, status, body) in table {
        check(&server, &format!("GET /secret{headers}"), "", status, body);
    }
    let reply = check(&server, "GET /closed", "", 401, "{\"key\": \"\"}");
    assert!(reply.headers.contains("content-type: application/json"), "{}", reply.headers);
    check(&server, "GET /closed\nX-Key: 1", "", 200, "hello world\n");
    let body = send(&server, "GET /bytes", "").body;
    assert_eq!(body, [0, 0xff, 0x80]);
}

#[test]
fn each_path_has_its_own_sequence() {
    let server = serve_routes(&[]);
    for expected in ["queued", "running", "7 completed", "7 completed"] {
        check(&server, "GET /jobs/7?verbose", "", 200, expected);
    }
    check(&server, "GET /jobs/8", "", 200, "queued");
    check(&server, "POST /jobs/8", "", 200, "running");
}

#[test]
fn a_failed_request_does_not_advance_a_sequence() {
    let server = serve_routes(&[]);
    let replies: Vec<_> = (0..60).map(|_| send(&server, "GET /half", "")).collect();
    let statuses: BTreeSet<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200, 500, 503].into());
    let bodies = |status: u16| {
        let replies = replies.iter().filter(move |reply| reply.status == status);
        replies.map(|reply| String::from_utf8(reply.body.clone()).unwrap())
    };
    let succeeded: Vec<_> = bodies(200).collect();
    assert_eq!(succeeded[..6], ["1", "2", "3", "4", "5", "5"]);
    assert!(bodies(500).all(|body| body == "internal server error\n"));
}

#[test]
fn uuids_repeat_with_the_seed() {
    let ids = |seed: &str| {
        let server = serve_routes(&["-seed", seed]);
        ["a", "b"]
            .map(|email| send(&server, "POST /users", &format!("{{\"email\": \"{email}\"}}")).body)
    };
    let first = ids("3");
    assert_ne!(first[0][..20], first[1][..20]);
    assert_eq!(first, ids("3"));
    assert_ne!(first, ids("4"));
}

#[test]
fn a_request_body_is_read_up_to_a_limit() {
    let server = serve_routes(&[]);
    let pad = " ".repeat((1 << 20) - 14);
    let most = send(&server, "POST /users", &format!("{{\"email\": \"x\"}}{pad}"));
    assert_eq!(most.status, 201);
    let body = format!("{{\"email\": \"y\"}}{pad} ");
    check(&server, "POST /users", &body, 413, "the request body is larger than 1 MiB\n");
    assert_eq!(send(&server, "POST /users", "{\"email\": \"y\"}").status, 201);
}

#[test]
fn the_arrivals_log_counts_by_route() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let server = serve_routes(&["-arrivals", log.to_str().unwrap()]);
    send(&server, "GET /jobs/1?q", "");
    send(&server, "GET /jobs/%22,x", "");
    send(&server, "GET /secret\nX-Drumfire-Seq: 5", "");
    send(&server, "OPTIONS /other", "");
    server.interrupt();
    let log = fs::read_to_string(log).unwrap();
    let mut lines = log.lines();
    assert_eq!(
        lines.next(),
        Some("seq,timestamp_ns,delay_ns,method,path,route,status,socket,replies")
    );
    let ends: Vec<_> = lines
        .map(|line| {
            let fields: Vec<_> = line.splitn(4, ',').collect();
            (fields[0], fields[3])
        })
        .collect();
    let expected = [
        ("", "GET,/jobs/1,/jobs/*,200,,"),
        ("", "GET,\"/jobs/%22,x\",/jobs/*,200,,"),
        ("5", "GET,/secret,/secret,401,,"),
        ("", "OPTIONS,/other,,404,,"),
    ];
    assert_eq!(ends, expected);
}

#[test]
fn invalid_routes_are_reported_with_their_line() {
    let unknown = "expected $uuid, $method, $path, $path.N with N from 1, $query, $header.NAME, \
                   $body or $body./POINTER";
    let table = [
        ("body = 'a {{$guid}}'", format!("line 3: unknown variable '$guid': {unknown}")),
        ("unique = '{{$body.email}}'", format!("line 3: unknown variable '$body.email': {unknown}")),
        ("sequence = [\n'a',\n'{{$x}}']", format!("line 5: unknown variable '$x': {unknown}")),
        ("body = '{{$uuid'", "line 3: '{{$' without an end: expected '}}' after it".to_owned()),
        (
            "status = 201\nbody = '{{$path.1}} {{$path.3}}'",
            "line 4: bad variable '$path.3': expected at most $path.2 with path '/x/*'".to_owned(),
        ),
        ("sequence = []", "line 1: an empty sequence: expected at least one body".to_owned()),
        (
            "sequence = ['a']\nbody-size = 5",
            "line 1: a route has both a body-size and a sequence: expected at most one of them"
                .to_owned(),
        ),
        (
            "unauthorized-body = 'x'",
            "line 1: unauthorized-body without requires: expected both".to_owned(),
        ),
        ("conflict-body = 'x'", "line 1: conflict-body without unique: expected both".to_owned()),
        (
            "requires = { Authorization = '* *' }",
            "line 3: bad header 'Authorization: * *': expected a name and a value with at most one \
             '*', as in Authorization = \"Bearer *\""
                .to_owned(),
        ),
        (
            "body-base64 = '%'",
            "line 3: bad body-base64 '%': expected base64 with padding, as in aGVsbG8K".to_owned(),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    for (keys, problem) in table {
        fs::write(&file, format!("[[route]]\npath = '/x/*'\n{keys}\n")).unwrap();
        let output = drumfire("serve -listen=127.0.0.1:0 -routes").arg(&file).run();
        let expected = format!("drumfire serve: {}: {problem}\n", file.display());
        assert_eq!((output.status, output.stderr), (Some(1), expected), "{keys}");
    }
}
