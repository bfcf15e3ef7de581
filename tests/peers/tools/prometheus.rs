//! Prometheus scrapes `attack -prometheus-addr`, and promtool checks the metrics.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::servers::nginx::nginx_at;
use crate::setup::attacks::{N_REQUESTS, await_port};
use crate::setup::installed::installed;
use crate::support::harness::{Running, program};
use crate::support::results::{Kept, records};
use crate::support::servers::{free_port, refusing};

/// An attack that serves its metrics.
struct Exporting {
    attack: Running,
    /// The address of its metrics.
    address: String,
    folder: TempDir,
}

/// Starts an attack that waits for further targets.
fn exporting_attack() -> Exporting {
    exporting(&["-lazy", "-rate=500"])
}

fn exporting(flags: &[&str]) -> Exporting {
    let folder = tempfile::tempdir().unwrap();
    // Standard error goes to standard output, to read the port from it.
    let mut attack = program("sh")
        .args(["-c", "exec \"$0\" \"$@\" 2>&1", env!("CARGO_BIN_EXE_drumfire")])
        .args(["attack", "-quiet", "-prometheus-addr=127.0.0.1:0"])
        .args(flags)
        .arg("-output")
        .arg(folder.path().join("results.arrow"))
        .spawn();
    let line = attack.line("drumfire attack: metrics at ");
    let address = line
        .trim_start_matches("drumfire attack: metrics at http://")
        .trim_end_matches("/metrics\n");
    Exporting { attack, address: address.to_owned(), folder }
}

impl Exporting {
    /// Ends the attack; returns its records.
    #[track_caller]
    fn end(mut self) -> Vec<Kept> {
        self.attack.end_input();
        assert_eq!(self.attack.wait().status, Some(0));
        records(&fs::read(self.folder.path().join("results.arrow")).unwrap())
    }
}

/// Returns the body of a server's response.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    // A newer version might respond in chunks.
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// A Prometheus that scrapes an attack continuously.
struct Prometheus {
    _running: Running,
    address: String,
    /// Its configuration and its data.
    _dir: TempDir,
}

/// Most scrapes before the metrics of an attack must be as expected: one each 500 ms, for a minute.
/// Only a failure takes that many.
const MOST_SCRAPES: f64 = 120.0;

/// Starts a Prometheus that scrapes an address, and waits until it responds to queries.
fn prometheus(address: &str) -> Prometheus {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let config = dir.path().join("prometheus.yml");
    let lines = format!(
        "global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
scrape_configs:
- job_name: drumfire
  static_configs:
  - targets: ['{address}']
"
    );
    fs::write(&config, lines).unwrap();
    let mut running = program(installed("prometheus"))
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", dir.path().join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .spawn();
    await_port(&mut running, port);
    let address = format!("127.0.0.1:{port}");
    while !get(&address, "/-/ready").contains("is Ready") {
        assert_eq!(running.status(), None, "Prometheus ended");
    }
    Prometheus { _running: running, address, _dir: dir }
}

impl Prometheus {
    /// Returns the last samples of a query by their labels, without those that name the metric and
    /// the attack.
    fn samples(&self, query: &str) -> BTreeMap<String, f64> {
        let answer = get(&self.address, &format!("/api/v1/query?query={query}"));
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        let samples = answer["data"]["result"].as_array_mut().unwrap();
        let parts = samples.iter_mut().map(|sample| {
            let labels = sample["metric"].as_object_mut().unwrap();
            labels.retain(|name, _| !["__name__", "instance", "job"].contains(&name.as_str()));
            let value = sample["value"][1].as_str().unwrap().parse().unwrap();
            (sample["metric"].to_string(), value)
        });
        parts.collect()
    }

    /// Waits until a metric has these samples.
    #[track_caller]
    fn check(&self, metric: &str, expected: &[(&Value, usize)]) {
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(labels, value)| (labels.to_string(), *value as f64)).collect();
        loop {
            let n_scrapes = self.samples("count_over_time(up[1h])").get("{}").copied();
            let samples = self.samples(metric);
            if samples == expected {
                return;
            }
            assert!(n_scrapes < Some(MOST_SCRAPES), "{metric}: {samples:?}, not {expected:?}");
        }
    }
}

#[test]
fn prometheus_scrapes_hits_and_failures_of_a_running_attack() {
    const N_REFUSED: usize = 20;
    let nginx = nginx_at(&["127.0.0.1:PORT"], "", "$server_protocol");
    let mut exporting = exporting_attack();
    let prometheus = prometheus(&exporting.address);
    let (url, closed) = (format!("http://127.0.0.1:{}/x", nginx.port), refusing());
    exporting.attack.feed(format!("GET {url}\n\n").repeat(N_REQUESTS));
    exporting.attack.feed(format!("POST http://{closed}/y?n=1\n\n").repeat(N_REFUSED));

    let answered = json!({"method": "GET", "url": url, "status": "200"});
    let mut refused = json!({"method": "POST", "url": format!("http://{closed}/y"), "status": "0"});
    let each = [(&answered, N_REQUESTS), (&refused, N_REFUSED)];
    prometheus.check("request_seconds_count", &each);
    prometheus.check("sum(request_seconds_bucket{le=\"%2BInf\"})without(le)", &each);
    prometheus.check("request_bytes_in", &[(&answered, 5 * N_REQUESTS), (&refused, 0)]);
    prometheus.check("request_bytes_out", &[(&answered, 0), (&refused, 0)]);
    let all = N_REQUESTS + N_REFUSED;
    prometheus.check("drumfire_lag_seconds_count", &[(&json!({}), all)]);
    refused["message"] = json!(format!("dial tcp {closed}: connect: connection refused"));
    prometheus.check("request_fail_count", &[(&refused, N_REFUSED)]);

    assert_eq!(exporting.end().len(), all);
    nginx.check(&[("HTTP/1.1", N_REQUESTS)]);
}

#[test]
fn promtool_objects_only_to_vegeta_s_names_and_nginx_agrees_with_the_counts() {
    let nginx = nginx_at(&["127.0.0.1:PORT"], "", "$server_protocol");
    let mut exporting = exporting_attack();
    let url = format!("http://127.0.0.1:{}/x", nginx.port);
    exporting.attack.feed(format!("GET {url}\n\n").repeat(N_REQUESTS));
    let count = format!(
        "request_seconds_count{{method=\"GET\",url=\"{url}\",status=\"200\"}} {N_REQUESTS}"
    );
    // The attack waits for further targets, so that the last hit is counted, too.
    let text = loop {
        let text = get(&exporting.address, "/metrics");
        if text.lines().any(|line| line == count) {
            break text;
        }
        assert_eq!(exporting.attack.status(), None, "the attack ended:\n{text}");
    };

    let checked = program(installed("promtool")).args(["check", "metrics"]).stdin(text).run();
    // Vegeta chose these names of counters, and drumfire keeps them.
    let names = "\
request_bytes_in counter metrics should have \"_total\" suffix
request_bytes_out counter metrics should have \"_total\" suffix
";
    assert_eq!((checked.text(), &*checked.stderr), ("", names));
    let hits = exporting.end();
    assert!(hits.len() == N_REQUESTS && hits.iter().all(|hit| hit.code == 200), "{hits:?}");
    nginx.check(&[("HTTP/1.1", N_REQUESTS)]);
}

#[test]
fn promtool_reads_the_metrics_of_flows() {
    let nginx = nginx_at(&["127.0.0.1:PORT"], "", "$server_protocol");
    let folder = tempfile::tempdir().unwrap();
    let flow = folder.path().join("visit.hurl");
    fs::write(&flow, format!("GET http://127.0.0.1:{}/x\nHTTP 200\n", nginx.port)).unwrap();
    let exporting = exporting(&["-rate=50", "-duration=1h", "-flow", flow.to_str().unwrap()]);
    let text = loop {
        let text = get(&exporting.address, "/metrics");
        if text.contains("drumfire_flow_seconds_count{flow=\"visit\"}") {
            break text;
        }
    };
    exporting.attack.signal(Signal::INT);
    assert_eq!(exporting.attack.wait().status, Some(0));

    let checked = program(installed("promtool")).args(["check", "metrics"]).stdin(text).run();
    let problems = checked.stderr.lines();
    // Counters have names like those that Vegeta chose. Nothing else is wrong.
    let others: Vec<_> =
        problems.filter(|line| !line.ends_with("should have \"_total\" suffix")).collect();
    assert_eq!((checked.text(), others), ("", vec![]));
}
