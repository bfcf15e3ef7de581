//! `attack -prometheus-addr`: what a scraper receives during the attack.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use rustix::process::Signal;

use crate::support::harness::{Running, drumfire, program};
use crate::support::results::{Kept, records};
use crate::support::servers::{Answer, hello, response, scripted};

/// Starts an attack that serves its metrics on a free port; returns the attack and the address.
fn exporting_attack(flags: &[&str], list: String) -> (Running, String) {
    // Standard error goes to standard output, to read the port from it.
    let mut attack = program("sh")
        .args(["-c", "exec \"$0\" \"$@\" 2>&1", env!("CARGO_BIN_EXE_drumfire")])
        .args(["attack", "-quiet", "-prometheus-addr=127.0.0.1:0"])
        .args(flags)
        .stdin(list)
        .spawn();
    let line = attack.line("drumfire attack: metrics at ");
    let address = line
        .trim_start_matches("drumfire attack: metrics at http://")
        .trim_end_matches("/metrics\n");
    (attack, address.to_owned())
}

/// Requests the metrics; returns the head of the response and its body.
fn scrape(address: &str, accept: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Returns the samples of one metric by their labels.
fn samples(text: &str, metric: &str) -> BTreeMap<String, u64> {
    let parts = text.lines().filter_map(|line| line.strip_prefix(metric)?.rsplit_once(' '));
    let parts = parts.filter(|(labels, _)| labels.is_empty() || labels.starts_with('{'));
    parts.map(|(labels, value)| (labels.to_owned(), value.parse().unwrap())).collect()
}

#[test]
fn the_metrics_agree_with_the_stream() {
    let server = scripted(|head| match head {
        head if head.contains("X-Drumfire-Seq: 60\n") => Answer::Silence(String::new()),
        head if head.contains("/broken") => Answer::Text(response("500 Oh No", "", "broken")),
        _ => hello(),
    });
    let (base, odd) = (server.url(""), server.url("/odd?n=1"));
    let list = format!("GET {odd}\n# @name broken\nPOST {base}/broken\n@Cargo.toml\nGET {odd}2\n");
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results.arrow");
    let flags = ["-rate=1000", "-requests=61", "-output", results.to_str().unwrap()];
    let (attack, address) = exporting_attack(&flags, list);

    // All hits except the one that never ends are counted sooner or later, and the one in flight,
    // too.
    let text = loop {
        let (_, text) = scrape(&address, "*/*");
        let counted: u64 = samples(&text, "request_seconds_count").values().sum();
        let in_flight = samples(&text, "drumfire_in_flight_requests").remove("");
        if counted == 60 && in_flight == Some(1) {
            break text;
        }
    };
    attack.signal(Signal::INT);
    attack.signal(Signal::TERM);
    assert_eq!(attack.wait().status, Some(0));

    let mut hits = records(&fs::read(results).unwrap());
    hits.retain(|hit| hit.seq != 60);
    let label = |method: &str, url: &str, status: u16| {
        format!("{{method=\"{method}\",url=\"{url}\",status=\"{status}\"}}")
    };
    let odd = label("GET", &server.url("/odd"), 200);
    let broken = label("POST", "broken", 500);
    let sum = |code: u16, of: fn(&Kept) -> u64| {
        hits.iter().filter(|hit| hit.code == code).map(of).sum::<u64>()
    };
    let check = |metric: &str, of: fn(&Kept) -> u64| {
        let expected =
            BTreeMap::from([(odd.clone(), sum(200, of)), (broken.clone(), sum(500, of))]);
        assert_eq!(samples(&text, metric), expected, "{metric}");
    };
    check("request_seconds_count", |_| 1);
    check("request_bytes_in", |hit| hit.bytes_in);
    check("request_bytes_out", |hit| hit.bytes_out);
    let failed = broken.replace('}', ",message=\"500 Oh No\"}");
    let failures = BTreeMap::from([(failed, sum(500, |_| 1))]);
    assert_eq!(samples(&text, "request_fail_count"), failures);
    assert_eq!(samples(&text, "drumfire_lag_seconds_count").remove(""), Some(60));
}

#[test]
fn the_metrics_of_flows_agree_with_the_report_and_cut_flows_are_in_flight() {
    let server = scripted(|head| match head {
        head if head.contains("/hang") => Answer::Silence(String::new()),
        _ => hello(),
    });
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [buy, hang, results] = ["buy.hurl", "hang.hurl", "results.arrow"].map(path);
    let (a, b) = (server.url("/a"), server.url("/hang"));
    fs::write(&buy, format!("GET {a}\n# @think 20ms\nGET {a}\n")).unwrap();
    fs::write(&hang, format!("GET {a}\nGET {b}\n")).unwrap();
    let flags = ["-rate=500", "-flow-count=20", "-flow", &buy, "-flow", &hang, "-output", &results];
    let (attack, address) = exporting_attack(&flags, String::new());

    let of = |text: &str, metric: &str, flow: &str| {
        samples(text, metric).remove(&format!("{{flow=\"{flow}\"}}"))
    };
    let text = loop {
        let (_, text) = scrape(&address, "*/*");
        let ended = of(&text, "drumfire_flow_seconds_count", "buy").unwrap_or(0);
        let in_flight = of(&text, "drumfire_flows_in_flight", "hang").unwrap_or(0);
        if ended + in_flight == 20 {
            break text;
        }
    };
    attack.signal(Signal::INT);
    attack.signal(Signal::TERM);
    assert_eq!(attack.wait().status, Some(0));

    let report = drumfire("report -type=json").arg(results).run();
    let report: serde_json::Value = serde_json::from_str(report.text()).unwrap();
    let flows = &report["flows"];
    let ended = of(&text, "drumfire_flow_seconds_count", "buy");
    assert_eq!(flows["finished"].as_u64(), ended);
    assert_eq!(flows["cut"].as_u64(), of(&text, "drumfire_flows_in_flight", "hang"));
    assert_eq!(of(&text, "drumfire_flow_seconds_count", "hang"), Some(0));
    let sum = text.lines().find_map(|line| {
        line.strip_prefix("drumfire_flow_seconds_sum{flow=\"buy\"} ")?.parse::<f64>().ok()
    });
    let mean = sum.unwrap() / ended.unwrap() as f64;
    let expected = flows["time"]["mean"].as_f64().unwrap() / 1e9;
    assert!((mean - expected).abs() < 1e-6, "{mean} s, not {expected} s");
}

#[test]
fn a_scraper_receives_the_format_it_asks_for() {
    let server = scripted(|_| Answer::Silence(String::new()));
    let list = format!("GET {}\n", server.url("/"));
    let (_attack, address) = exporting_attack(&["-requests=1", "-output=/dev/null"], list);
    let open = "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5";
    for (accept, kind) in [
        (open, "content-type: application/openmetrics-text; version=1.0.0"),
        ("*/*", "content-type: text/plain; version=0.0.4"),
    ] {
        let (head, body) = scrape(&address, accept);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains(kind), "{head}");
        assert!(body.ends_with("# EOF\n"), "{body}");
    }
}

#[test]
fn a_port_in_use_ends_the_attack_before_it_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results.arrow");
    fs::write(&results, "precious").unwrap();
    let output = drumfire(&format!("attack -prometheus-addr={address} -output"))
        .arg(&results)
        .stdin("GET http://x/\n")
        .run();
    let line =
        format!("drumfire attack: listen on -prometheus-addr {address}: address already in use\n");
    assert_eq!((output.status, output.stderr), (Some(1), line));
    assert_eq!(fs::read(&results).unwrap(), b"precious");
}
