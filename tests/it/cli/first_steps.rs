//! First steps: targets as arguments, and what slips lead to.

use std::fs;
use std::process::Stdio;

use crate::support::attacks::{check_refused, hits_of};
use crate::support::harness::{Run, drumfire};
use crate::support::pty::Pty;
use crate::support::servers::{Answer, Scripted, scripted};

/// A server that responds with the body of each request.
fn echo() -> Scripted {
    scripted(|_| Answer::Echo)
}

/// Returns an attack whose targets are arguments.
fn attack(requests: u64, args: &[&str]) -> Run {
    drumfire("attack -rate=0 -max-workers=1").arg(format!("-requests={requests}")).args(args)
}

#[test]
fn a_url_is_a_target() {
    let server = echo();
    let [one, two] = [server.url("/one"), server.url("/two")];
    let hits = hits_of(attack(3, &[&one, "-header=X: 1", &two]));
    let found: Vec<_> = hits.iter().map(|hit| (hit.method.as_str(), hit.url.as_str())).collect();
    assert_eq!(found, [("GET", one.as_str()), ("GET", two.as_str()), ("GET", one.as_str())]);
    assert!(server.seen().iter().all(|head| head.contains("X: 1")));
}

#[test]
fn a_target_in_quotes_has_a_method_headers_and_a_body() {
    let server = echo();
    let target = format!("POST {}\nX-Id: {{{{$seq}}}}", server.url("/items"));
    let hits = hits_of(attack(2, &[&target, "-data={\"n\": {{$seq}}}"]));
    let bodies: Vec<_> = hits.iter().map(|hit| String::from_utf8_lossy(&hit.body)).collect();
    assert_eq!(bodies, ["{\"n\": 0}", "{\"n\": 1}"]);
    let mut heads = server.seen();
    heads.sort();
    assert!(heads.iter().all(|head| head.starts_with("POST /items ")), "{heads:?}");
    assert!(heads.iter().any(|head| head.contains("X-Id: 1")), "{heads:?}");
}

#[test]
fn data_is_text_or_a_file() {
    let (server, folder) = (echo(), tempfile::tempdir().unwrap());
    let file = folder.path().join("order.json");
    fs::write(&file, "{}\n").unwrap();
    let (target, from_file) =
        (format!("PUT {}", server.url("/")), format!("-data=@{}", file.display()));
    let hits = hits_of(attack(1, &[&target, &from_file]));
    assert_eq!(hits[0].body, b"{}\n");
    // A list may have bodies of its targets elsewhere, and -data is the body of the others.
    let list = format!("PUT {0}\n# @body\nown\n\nPUT {0}", server.url("/"));
    let hits = hits_of(attack(2, &["-data=other"]).stdin(list));
    assert_eq!([hits[0].body.as_slice(), &hits[1].body], [b"own".as_slice(), b"other"]);
}

#[test]
fn a_path_is_a_target_with_a_base_url() {
    let server = echo();
    let base = format!("-base-url={}", server.url(""));
    let hits = hits_of(attack(1, &["/one", &base]));
    assert_eq!(hits[0].url, server.url("/one"));
}

#[test]
fn arguments_that_are_no_targets_are_refused_with_what_to_type() {
    let url = "expected a URL, as in http://127.0.0.1:8080/, or a target in quotes, as in 'POST \
               http://127.0.0.1:8080/'";
    let table = [
        ("foo", format!("unexpected argument \"foo\": {url}")),
        ("Bearer s3cret", format!("unexpected argument \"Bearer ***\": {url}")),
        ("Cargo.toml", "\"Cargo.toml\" is a file: give -targets=Cargo.toml".to_owned()),
        (
            "localhost:8080/x",
            "bad target \"localhost:8080/x\": expected http://localhost:8080/x".to_owned(),
        ),
        (
            "false",
            "unexpected argument \"false\": a boolean flag takes its value only after '=', as in \
             -keepalive=false"
                .to_owned(),
        ),
        ("GET foo", "bad target 1: bad URL '***': expected http:// or https://".to_owned()),
        (
            "GET http://::1:80/",
            "bad target 1: bad URL 'http://::1:80/': an IPv6 address needs brackets, expected \
             http://[::1]:80/"
                .to_owned(),
        ),
        ("/items", "bad target 1: bad URL '/items': a path needs -base-url".to_owned()),
    ];
    for (argument, problem) in table {
        check_refused(&[argument], &problem);
    }
}

#[test]
fn combinations_that_mean_nothing_are_refused() {
    let url = "http://127.0.0.1:1/";
    let table: [(&[&str], &str); 6] = [
        (&["-targets=x", url], "-targets and TARGET cannot be combined: give only one of them"),
        (&["-lazy", url], "-lazy and TARGET cannot be combined: give only one of them"),
        (&[url, "-data=x", "-body=y"], "-data and -body cannot be combined: give only one of them"),
        (&[url, "-data=x"], "-data needs a method: give the target as 'POST http://127.0.0.1:1/'"),
        (
            &["POST", url],
            "unexpected argument \"POST\": quote the target, as in 'POST http://127.0.0.1:1/'",
        ),
        (
            &["POST http://a/", "POST http://b:99999/"],
            "bad target 2: bad URL 'http://b:99999/': invalid port number, expected \
             http://HOST[:PORT][/PATH]",
        ),
    ];
    for (args, problem) in table {
        check_refused(args, problem);
    }
}

#[test]
fn values_of_other_tools_are_refused_with_what_to_type() {
    let table: [(&[&str], &str); 9] = [
        (
            &["-body={\"password\": \"s3cret\"}"],
            "-body is the name of a file: for the body itself, give -data='…'",
        ),
        (&["-body=@Cargo.toml"], "-body is the name of a file: give -body=Cargo.toml"),
        (&["-rate=50rps"], "invalid value \"50rps\" for flag -rate: expected 50/s"),
        (&["-n", "200"], "flag provided but not defined: -n: give -requests=200"),
        (&["-z", "10s"], "flag provided but not defined: -z: give -duration=10s"),
        (&["-d30s"], "flag provided but not defined: -d30s: give -duration=30s"),
        (
            &["-c", "50"],
            "flag provided but not defined: -c: attack sends at a fixed -rate; to limit the \
             requests in flight, give -max-workers=50",
        ),
        (
            &["--vus=50"],
            "flag provided but not defined: -vus: give -users=50 for a closed loop, in which users \
             wait for responses, or -rate=N for a constant rate",
        ),
        (
            &["--headless"],
            "flag provided but not defined: -headless: leave it out: attack has no web page, and \
             measures latency from the schedule too",
        ),
    ];
    for (args, problem) in table {
        check_refused(args, problem);
    }
}

#[test]
fn a_rate_may_have_decimals() {
    let plan = |rate: &str| {
        let run = drumfire("attack -duration=10s -dry-run http://127.0.0.1:1/").arg(rate).run();
        run.text().lines().find(|line| line.starts_with("Hits ")).unwrap_or_default().to_owned()
    };
    assert_eq!(plan("-rate=0.5"), "Hits      5");
    assert_eq!(plan("-rate=2.5/s"), "Hits      25");
}

#[test]
fn a_list_that_is_typed_is_announced() {
    let server = echo();
    let mut terminal = Pty::new(120, 24);
    let attack = drumfire("attack -requests=1 -output=/dev/null -quiet=false");
    let input = terminal.input();
    let attack = terminal.show_talk(attack).stdin_from(input).spawn();
    terminal.await_screen("reading targets from the terminal");
    terminal.type_text(&format!("GET {}\n\u{4}", server.url("/")));
    assert_eq!(attack.wait().status, Some(0));
    // Only a person is asked to type.
    let piped = drumfire("attack -rate=0 -max-workers=1 -requests=1 -output=/dev/null")
        .stdin("GET http://127.0.0.1:1/\n");
    assert_eq!(piped.stdout(Stdio::null()).run().stderr, "");
}
