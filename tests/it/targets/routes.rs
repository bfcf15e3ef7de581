//! `serve -routes`: which request gets which response, and which files are refused.

use std::fs;
use std::time::Duration;

use crate::support::harness::drumfire;
use crate::support::results::{Kept, records};
use crate::support::servers::{Serve, serve};

const ROUTES: &str = r#"
[[route]]
method = "GET"
path = "/runs/*"
body = "{\"id\": 42}\n"
headers = { Content-Type = "application/json", X-Shard = 3 }

[[route]]
method = "POST"
path = "/runs"
status = 202
latency = "60ms"
body-size = "1kb"

[[route]]
path = "/flaky"
status = { 200 = "50%", 429 = 0.5 }

[[route]]
path = "/broken/**"
errors = 1

[[route]]
path = "/gone"
status = 204
"#;

/// Starts a server with routes and further flags.
fn serve_routes(routes: &str, flags: &[&str]) -> Serve {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    fs::write(&file, routes).unwrap();
    serve(&[&["-routes", file.to_str().unwrap()], flags].concat())
}

/// Returns the results of `n_requests` requests, sent one after the other.
fn results_of(server: &Serve, request: &str, n_requests: u64) -> Vec<Kept> {
    let output = drumfire("attack -rate=0 -max-workers=1")
        .arg(format!("-requests={n_requests}"))
        .arg(format!("-base-url={}", server.url))
        .stdin(request)
        .run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    records(&output.stdout)
}

/// Compares status, content type and body of the response to a request.
#[track_caller]
fn check(server: &Serve, request: &str, status: u16, content_type: &str, body: &str) {
    let hit = results_of(server, request, 1).remove(0);
    let found = (hit.code, header(&hit, "content-type"), String::from_utf8_lossy(&hit.body));
    assert_eq!(found, (status, Some(content_type), body.into()), "{request}");
}

fn header<'a>(hit: &'a Kept, name: &str) -> Option<&'a str> {
    let headers = hit.headers.as_deref().unwrap_or_default();
    let found = headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

#[test]
fn each_request_gets_the_response_of_the_first_matching_route() {
    let server = serve_routes(ROUTES, &["-body-size=5"]);
    let json = "application/json";
    check(&server, "GET /runs/42?verbose=1", 200, json, "{\"id\": 42}\n");
    check(&server, "PUT /broken/a/b", 500, "text/plain", "internal server error\n");
    check(&server, "DELETE /gone", 204, "text/plain", "");
    check(&server, "POST /runs/42", 404, "text/plain", "not found\n");
    check(&server, "HEAD /", 404, "text/plain", "");
    let hit = results_of(&server, "GET /runs/1", 1).remove(0);
    assert_eq!(header(&hit, "x-shard"), Some("3"));
}

#[test]
fn a_route_has_its_own_latency_and_size() {
    let server = serve_routes(ROUTES, &[]);
    let hit = results_of(&server, "POST /runs", 1).remove(0);
    assert_eq!((hit.code, hit.bytes_in), (202, 1024));
    assert!(hit.latency >= Duration::from_millis(60), "{:?}", hit.latency);
}

#[test]
fn statuses_occur_in_their_shares_and_repeat_with_the_seed() {
    let codes = |seed: &str| -> Vec<_> {
        let server = serve_routes(ROUTES, &["-seed", seed]);
        results_of(&server, "GET /flaky", 200).iter().map(|hit| hit.code).collect()
    };
    let first = codes("1");
    let n_refused = first.iter().filter(|code| **code == 429).count();
    assert!((60..=140).contains(&n_refused), "{n_refused} of 200");
    assert_eq!(first, codes("1"));
    assert_ne!(first, codes("2"));
}

#[test]
fn flags_are_defaults_for_routes() {
    let routes = "[[route]]\npath = '/slow'\n\n[[route]]\npath = '/sound'\nerrors = 0\n";
    let server = serve_routes(routes, &["-errors=100%", "-latency=30ms", "-body-size=3"]);
    let slow = results_of(&server, "GET /slow", 1).remove(0);
    assert_eq!(slow.code, 500);
    assert!(slow.latency >= Duration::from_millis(30), "{:?}", slow.latency);
    check(&server, "GET /sound", 200, "text/plain", "ld\n");
}

#[test]
fn a_bad_routes_file_is_reported_with_its_line() {
    let table = [
        (
            "",
            "line 1: no routes: expected a table [[route]] or [[ws]] with a path, or a table \
             [[grpc]] with a method",
        ),
        (
            "[[route]]\npath = '/'\nlatancy = '1ms'\n",
            "line 3: unknown field 'latancy', expected one of 'path', 'method', 'latency', \
             'errors', 'status', 'headers', 'body', 'body-size', 'body-base64', 'sequence', \
             'requires', 'unauthorized-body', 'unique', 'conflict-body'",
        ),
        (
            "[[routes]]\npath = '/'\n",
            "line 1: unknown field 'routes', expected one of 'route', 'grpc', 'ws'",
        ),
        ("[[route]]\nmethod = 'GET'\n", "line 1: missing field 'path'"),
        (
            "[[route]]\npath = '/'\nlatency = '5'\n",
            "line 3: bad latency '5': expected 10ms, 5ms..20ms, exp:MEAN, normal:MEAN,DEVIATION \
             or lognormal:MEDIAN,SIGMA",
        ),
        (
            "[[route]]\npath = '/'\nerrors = '120%'\n",
            "line 3: bad share '120%': expected 0% to 100%, or 0 to 1",
        ),
        (
            "[[route]]\npath = '/'\nstatus = 99\n",
            "line 3: bad status '99': expected a whole number from 200 to 599",
        ),
        (
            "[[route]]\npath = '/'\nstatus = { 200 = '90%', 503 = '5%' }\n",
            "line 3: bad shares: expected statuses that add up to 100%, not 95%",
        ),
        (
            "[[route]]\npath = '/'\nstatus = 'ok'\n",
            "line 3: bad status 'ok': expected a whole number from 200 to 599",
        ),
        (
            "[[route]]\npath = '/'\nstatus = true\n",
            "line 3: invalid type: boolean 'true', expected a status such as 200, or shares such \
             as { 200 = \"98%\", 503 = \"2%\" }",
        ),
        (
            "[[route]]\npath = '/'\nmethod = 'get'\n",
            "line 3: bad method 'get': expected capital letters, as in GET",
        ),
        (
            "[[route]]\npath = '/'\nheaders = { Content-Length = 5 }\n",
            "line 3: bad header 'Content-Length: 5': expected a name and a value, but not the length \
             of the body",
        ),
        (
            "[[route]]\npath = '/a'\n[[route]]\npath = '/'\nbody = ''\nbody-size = 1\n",
            "line 3: a route has both a body and a body-size: expected at most one of them",
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("routes.toml");
    for (routes, problem) in table {
        fs::write(&file, routes).unwrap();
        let output = drumfire("serve -listen=127.0.0.1:0 -routes").arg(&file).run();
        let expected = format!("drumfire serve: {}: {problem}\n", file.display());
        assert_eq!((output.status, output.stderr), (Some(1), expected), "{routes}");
    }
    fs::write(&file, "[[route]]\npath = \n").unwrap();
    let output = drumfire("serve -listen=127.0.0.1:0 -routes").arg(&file).run();
    let start = format!("drumfire serve: {}: line 2: ", file.display());
    assert_eq!((output.status, output.stderr.lines().count()), (Some(1), 1));
    assert!(output.stderr.starts_with(&start), "{}", output.stderr);
}
