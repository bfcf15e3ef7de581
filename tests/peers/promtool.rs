//! promtool as the reader of what attack -prometheus-addr tells.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harness::program;
use crate::installed::installed;
use crate::nginx::nginx_at;
use crate::peer::N_REQUESTS;
use crate::results::records;

/// Asks for the metrics.
fn scrape(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn promtool_finds_no_fault_with_the_metrics_and_nginx_with_their_count() {
    let nginx = nginx_at(&["127.0.0.1:PORT"], "", "$server_protocol");
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results.arrow");
    // Standard error goes where standard output goes, to read the port from.
    let mut attack = program("sh")
        .args(["-c", "exec \"$0\" \"$@\" 2>&1", env!("CARGO_BIN_EXE_drumfire")])
        .args(["attack", "-lazy", "-rate=500", "-prometheus-addr=127.0.0.1:0", "-output"])
        .arg(&results)
        .spawn();
    let line = attack.line("metrics at ");
    let address = line.trim_start_matches("metrics at http://").trim_end_matches("/metrics\n");

    let url = format!("http://127.0.0.1:{}/x", nginx.port);
    attack.feed(format!("GET {url}\n\n").repeat(N_REQUESTS));
    let told = format!(
        "request_seconds_count{{method=\"GET\",url=\"{url}\",status=\"200\"}} {N_REQUESTS}"
    );
    // The attack waits for further targets, so that the last hit is told, too.
    let text = loop {
        let text = scrape(address);
        if text.lines().any(|line| line == told) {
            break text;
        }
        assert_eq!(attack.status(), None, "the attack ended:\n{text}");
    };
    attack.end_input();
    assert_eq!(attack.wait().status, Some(0));

    let checked = program(installed("promtool")).args(["check", "metrics"]).stdin(text).run();
    assert_eq!((checked.status, checked.text(), &*checked.stderr), (Some(0), "", ""));
    let hits = records(&fs::read(results).unwrap());
    assert!(hits.len() == N_REQUESTS && hits.iter().all(|hit| hit.code == 200), "{hits:?}");
    nginx.check(&[("HTTP/1.1", N_REQUESTS)]);
}
