//! Secrets: one is put in every place that can hold one, and every output is searched for it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::support::attacks::attack;
use crate::support::harness::{Output, Run, drumfire, program};
use crate::support::pty::Pty;
use crate::support::results::records;
use crate::support::servers::{Answer, Scripted, refusing, response, scripted};

/// Every secret of these tests begins with it.
const MARK: &str = "S3CRET";

/// Reports and comparisons in every form. `RUN` stands for a stream of results.
const READERS: [&str; 34] = [
    "report RUN",
    "report -ci RUN",
    "report -by=url RUN",
    "report -by=name -type=json RUN",
    "report -type=json RUN",
    "report -by=url -type=json RUN",
    "report -type=hist[0,1s] RUN",
    "report -type=hdrplot RUN",
    "report -type=html RUN",
    "report -by=url -type=html RUN",
    "report -type=junit RUN",
    "report -by=url -type=junit RUN",
    "report -type=markdown RUN",
    "report -by=url -type=markdown RUN",
    "report -type=csv RUN",
    "report -type=failures-csv RUN",
    "report -by=url -type=csv RUN",
    "report -by=url -type=failures-csv RUN",
    "report -by=url -threshold=*:p95<1ns RUN",
    "report -by=url -threshold=http://bob:S3CRET-limit@*:p95<1ns RUN",
    "report -threshold=http://bob:S3CRET-limit@h/:p95<1h RUN",
    "report -by=url -type=html -threshold=*:p95<1h RUN",
    "report -by=url -type=junit -threshold=*:p95<1h RUN",
    "report -by=url -type=markdown -threshold=*:p95<1ns RUN",
    "report -by=url -type=json -threshold=http://bob:S3CRET-limit@*:p95<1ns RUN",
    "compare -by=url RUN RUN",
    "compare -by=url -type=json RUN RUN",
    "compare -by=url -type=markdown RUN RUN",
    "compare -by=url -type=html RUN RUN",
    "compare -by=url -fail-on=http://bob:S3CRET-limit@*:mean>+0.1% RUN RUN",
    "plot RUN",
    "plot -chart=names RUN",
    "plot -chart=latency RUN",
    "plot -chart=codes RUN",
];

#[track_caller]
fn check_output(what: &str, output: &Output) {
    for (stream, text) in [("stdout", output.text()), ("stderr", output.stderr.as_str())] {
        let line = text.lines().find(|line| line.contains(MARK));
        assert_eq!(line, None, "{what}: {stream}");
    }
}

/// A server that redirects to a URL with a password, to one that cannot be parsed, and in a circle.
fn redirecting() -> Scripted {
    scripted(|head| {
        let redirect =
            |to: &str| Answer::Text(response("302 Found", &format!("Location: {to}\r\n"), ""));
        match head.split_whitespace().nth(1) {
            Some("/elsewhere") => redirect("//bob:S3CRET-location@127.0.0.1:1/"),
            Some("/bad") => redirect("//bob:S3CRET/location@127.0.0.1:99999/"),
            Some("/circle") => redirect("http:/bob:S3CRET-location@127.0.0.1:1/"),
            Some("/scheme") => redirect("bob:S3CRET-location@127.0.0.1:1/"),
            Some("/tab") => redirect("/\t/bob:S3CRET-location@127.0.0.1:1/"),
            _ => Answer::Text(response("401 Unauthorized", "", "no")),
        }
    })
}

/// A list of targets with secrets in their URLs, names, headers and bodies.
fn list(server: &Scripted) -> String {
    let user = "http://bob:S3CRET-url@";
    let (refusing, address) = (refusing(), server.address);
    let paths = ["/", "/elsewhere", "/bad", "/circle", "/scheme", "/tab"];
    let targets = paths
        .map(|path| format!("GET {user}{address}{path}\nAuthorization: Bearer S3CRET-token\n\n"));
    format!(
        "{}GET {user}{refusing}/\n\n# @name http://bob:S3CRET-name@h/\nPOST {user}{address}/named\n\
         Cookie: id=S3CRET-cookie\n# @body\n{{\"password\": \"S3CRET-body\"}}\n\n\
         GET {user}nosuch.invalid/\n\nGET https://bob:S3CRET-url@{address}/tls\n",
        targets.concat()
    )
}

/// Makes an attack with secrets in its flags too, and returns the file of its results.
fn run_attack(folder: &TempDir, server: &Scripted) -> PathBuf {
    let results = folder.path().join("results.arrow");
    let flags = [
        "-header=X-Key: S3CRET-header",
        "-proxy-header=X-Key: S3CRET-proxy",
        "-base-url=http://bob:S3CRET-base@127.0.0.1/",
        "-name=http://bob:S3CRET-attack@h/",
        "-threads=1",
        "-data=S3CRET-data",
    ];
    let attack = attack(list(server), 20, &flags).arg("-output").arg(&results);
    check_output("attack", &attack.run());
    results
}

fn reader(line: &str, results: &Path) -> Run {
    let args =
        line.split(' ').map(|arg| if arg == "RUN" { results.to_str().unwrap() } else { arg });
    program(env!("CARGO_BIN_EXE_drumfire")).args(args)
}

#[test]
fn no_report_shows_a_secret() {
    let (folder, server) = (tempfile::tempdir().unwrap(), redirecting());
    let results = run_attack(&folder, &server);
    for line in READERS {
        let output = reader(line, &results).run();
        assert!(matches!(output.status, Some(0 | 1 | 99)), "{line}: {}", output.stderr);
        check_output(line, &output);
    }
    // Without -by=url, reports by name have no such group; with it, the password is no obstacle.
    let line = "report -by=url -threshold=http://bob:S3CRET-limit@*:requests>0 RUN";
    assert_eq!(reader(line, &results).run().status, Some(0));
}

#[test]
fn foreign_streams_are_redacted_too() {
    let (folder, server) = (tempfile::tempdir().unwrap(), redirecting());
    let results = run_attack(&folder, &server);
    for format in ["csv", "json", "gob"] {
        let foreign = folder.path().join(format);
        let to = format!("encode -to={format} -output={} RUN", foreign.display());
        assert_eq!(reader(&to, &results).run().status, Some(0));
        for line in ["report RUN", "report -by=url RUN", "report -type=html RUN", "plot RUN"] {
            check_output(&format!("{line} in {format}"), &reader(line, &foreign).run());
        }
    }
}

#[test]
fn the_stream_has_urls_as_sent_but_no_secret_in_its_plan_and_errors() {
    let (folder, server) = (tempfile::tempdir().unwrap(), redirecting());
    let results = std::fs::read(run_attack(&folder, &server)).unwrap();
    let hits = records(&results);
    assert!(hits.iter().all(|hit| hit.url.contains("bob:S3CRET-url@")), "{hits:?}");
    let errors: Vec<_> = hits.iter().map(|hit| hit.error.as_str()).collect();
    assert!(errors.iter().all(|error| !error.contains(MARK)), "{errors:#?}");
    let hidden = errors.iter().filter(|error| error.contains("***")).count();
    assert!(hidden >= 7, "{errors:#?}");
    let report = drumfire("report -type=json").stdin(results).run();
    let command = "-header='X-Key: ***' -proxy-header='X-Key: ***' \
                   -base-url='http://***@127.0.0.1/' -name='http://***@h/'";
    assert!(report.text().contains(command), "{}", report.text());
}

#[test]
fn a_scrape_has_no_secret() {
    let server = redirecting();
    let mut attack = program("sh")
        .args(["-c", "exec \"$0\" \"$@\" 2>&1 >/dev/null", env!("CARGO_BIN_EXE_drumfire")])
        .args(["attack", "-quiet", "-prometheus-addr=127.0.0.1:0", "-rate=1000"])
        .stdin(list(&server))
        .spawn();
    let line = attack.line("drumfire attack: metrics at ");
    let address = line
        .trim_start_matches("drumfire attack: metrics at http://")
        .trim_end_matches("/metrics\n");
    let scrape = loop {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        if ["/tab", "/tls", "Location"].iter().all(|part| text.contains(part)) {
            break text;
        }
    };
    attack.signal(Signal::INT);
    attack.signal(Signal::TERM);
    check_output("attack", &attack.wait());
    assert!(!scrape.contains(MARK), "{scrape}");
}

#[test]
fn a_live_view_has_no_secret() {
    let (server, mut terminal) = (redirecting(), Pty::new(160, 60));
    let attack = drumfire("attack -live -rate=500 -duration=1s -name=http://bob:S3CRET-a@h/");
    let attack = terminal.show_talk(attack.arg("-header=X: S3CRET-header").stdin(list(&server)));
    let attack = attack.spawn();
    terminal.last_screen();
    assert_eq!(attack.wait().status, Some(0));
    assert!(!terminal.text().contains(MARK), "{}", terminal.screen());
}

#[test]
fn no_message_about_bad_input_shows_a_secret() {
    let lists = [
        "GET http://bob:S3CRET-url@127.0.0.1:99999/x",
        "GET http://bob:S3CRET/url@127.0.0.1/x",
        "GET bob:S3CRET-url@h/",
        "GET ftp://bob:S3CRET-url@h/",
        "GET http://h:99999/?token=S3CRET-query",
        "GET http://::1:80/?token=S3CRET-query",
        "http://bob:S3CRET-url@h/",
        "S3CRET-token",
        "Bearer S3CRET-token",
        "GET http://h/\nAuthorization Bearer S3CRET-token",
        "GET http://h/\nAuthorization : Bearer S3CRET\u{1}token",
        "GET http://h/\nS3CRET-token",
        "GET http://h/\nX Token: S3CRET-token",
        "GET http://h/\nTOKEN S3CRET-token",
        "GET http://h/\n{\"password\": \"S3CRET-body\"}",
        "POST http://h/\n\n{\"password\": \"S3CRET-body\"}",
        "POST http://h/\n\nuser=me&password=S3CRET-body",
        "POST http://h/\n# @body\n{{\"S3CRET-body\"}}{{$seq}}",
        "POST http://h/\n@https://bob:S3CRET-file@h/",
    ];
    let objects = [
        r#"{"method": "S3CRET token", "url": "http://h/"}"#,
        r#"{"method": "GET", "url": "http://bob:S3CRET-url@h:99999/"}"#,
        r#"{"method": "GET", "url": "http://h/", "body": "S3CRET body"}"#,
        r#"{"method": "GET", "url": "http://h/", "body": {"password": "S3CRET-body"}}"#,
        r#"{"method": "GET", "url": "http://h/", "header": {"Authorization": "S3CRET-token"}}"#,
        r#"{"method": "GET", "url": "http://h/", "header": {"A": [{"b": "S3CRET-token"}]}}"#,
        r#"{"method": "GET", "url": "http://h/", "header": {"A b": ["S3CRET-token"]}}"#,
        r#"{"method": "GET", "url": "http://h/", "header": "Authorization: S3CRET-token"}"#,
        r#"{"password": "S3CRET-body""#,
        "GET http://bob:S3CRET-url@h/",
    ];
    let inputs = lists.map(|list| (list, "-format=http")).into_iter();
    for (list, format) in inputs.chain(objects.map(|object| (object, "-format=json"))) {
        for lazy in ["-lazy=false", "-lazy"] {
            let flags = [format, lazy, "-output=/dev/null"];
            let output = drumfire("attack -quiet").args(flags).stdin(list).run();
            assert_eq!(output.status, Some(1), "{list}");
            check_output(list, &output);
        }
    }
}

#[test]
fn no_message_about_a_bad_command_line_shows_a_secret() {
    let table: [&[&str]; 27] = [
        &["attack", "http://bob:S3CRET-url@h/", "-data=S3CRET-data"],
        &["attack", "POST", "http://bob:S3CRET-url@h/"],
        &["attack", "POST http://bob:S3CRET-url@h:99999/"],
        &["attack", "-body={\"password\": \"S3CRET-body\"}"],
        &["attack", "-H", "Authorization: S3CRET-token"],
        &["attack", "-header=Authorization Bearer S3CRET-token"],
        &["attack", "-header=S3CRET-token"],
        &["attack", "-header", "Authorization:", "Bearer", "S3CRET-token"],
        &["attack", "-proxy-header=Proxy-Authorization S3CRET-token"],
        &["attack", "-base-url=bob:S3CRET-url@h"],
        &["attack", "-base-url=http://bob:S3CRET/url@h"],
        &["attack", "-targets=http://bob:S3CRET-url@h/"],
        &["attack", "-unix-socket=http://bob:S3CRET@h/", "-laddr=127.0.0.1"],
        &["attack", "---header=X: S3CRET-token"],
        &["attack", "-headr=X: S3CRET-token"],
        &["attack", "-ubob:S3CRET", "http://h/"],
        &["attack", "---ubob:S3CRET"],
        &["attack", "http://h/", "X-Token:S3CRET-token"],
        &["attack", "bob:S3CRET"],
        &["attack", "eyJhbGciOiJ.S3CRETciOiJ.S3CRETsInR"],
        &["attack", "localhost/?token=S3CRET-query"],
        &["attack", "GET", "http://h/?token=S3CRET-query"],
        &["-header=X: S3CRET-token", "attack"],
        &["http://bob:S3CRET-url@h/"],
        &["report", "http://bob:S3CRET-url@h/"],
        &["report", "-threshold=http://bob:S3CRET-url@h/:p99<5"],
        &["compare", "-fail-on=http://bob:S3CRET-url@h/:p99>5", "a", "b"],
    ];
    for args in table {
        let run = program(env!("CARGO_BIN_EXE_drumfire")).args(args);
        let output = run.stdin("GET http://127.0.0.1:1/\n").run();
        assert!(matches!(output.status, Some(1 | 2)), "{args:?}: {output:?}");
        check_output(&format!("{args:?}"), &output);
    }
}

#[test]
fn no_message_about_a_proxy_or_a_feed_shows_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let feed = folder.path().join("feed.csv");
    std::fs::write(&feed, "alice@h,S3CRET-one\nbob@h,S3CRET-two\n").unwrap();
    let feed = feed.to_str().unwrap();
    let proxy = format!("http://bob:S3CRET-proxy@{}", refusing());
    let table = [
        (proxy.as_str(), "GET http://a.test/\nGET https://a.test/\n", "-quiet", 0),
        ("socks5://bob:S3CRET-proxy@127.0.0.1:1", "GET http://a.test/\n", "-quiet", 0),
        ("http://bob:S3CRET-proxy@h:port", "GET http://a.test/\n", "-quiet", 1),
        ("", "GET http://127.0.0.1:1/{{name}}\n", feed, 1),
        ("", "GET http://127.0.0.1:1/\n", feed, 0),
    ];
    for (proxy, list, flag, status) in table {
        let flag = if flag == feed { format!("-feed={feed}") } else { flag.to_owned() };
        let results = attack(list, 2, &[&flag]).env("HTTP_PROXY", proxy).env("HTTPS_PROXY", proxy);
        let results = results.run();
        assert_eq!(results.status, Some(status), "{list} {flag}: {}", results.stderr);
        let line = results.stderr.lines().find(|line| line.contains(MARK));
        assert_eq!(line, None, "{list} {flag}");
        if status == 0 {
            check_output(list, &drumfire("report -by=url").stdin(results.stdout).run());
        }
    }
}
