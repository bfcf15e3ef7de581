//! The flows of the suites, compared with the log of the server: every request of every flow
//! arrives, and each check that the log calls for is counted.
//!
//! With the real waits, for as long as SUITES_DURATION says:
//! `SUITES_DURATION=1m cargo nextest run --test it suites::arrivals`.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::quick;
use crate::support::harness::drumfire;
use crate::support::results::records;
use crate::support::servers::serve;

/// What the requests of one name are for the server.
struct Step {
    name: &'static str,
    method: &'static str,
    route: &'static str,
    /// Number of checks per request; with retries, of the last attempt.
    checks: u64,
    /// Whether the requests of one path are attempts of one step.
    is_retried: bool,
}

const fn step(name: &'static str, method: &'static str, route: &'static str, checks: u64) -> Step {
    Step { name, method, route, checks, is_retried: false }
}

const AUTH: [Step; 3] = [
    step("auth.register", "POST", "/auth/register", 1),
    step("auth.login", "POST", "/auth/login", 2),
    step("auth.health", "GET", "/auth/health", 1),
];

const GENERATION: [Step; 4] = [
    step("auth.login", "POST", "/auth/login", 1),
    step("generation.create", "POST", "/generations", 1),
    Step { is_retried: true, ..step("generation.status", "GET", "/generations/*/status", 2) },
    step("generation.list", "GET", "/generations", 2),
];

const PAYMENTS: [Step; 3] = [
    step("auth.login", "POST", "/auth/login", 1),
    step("payments.create", "POST", "/payments", 3),
    step("payments.list", "GET", "/payments", 1),
];

const DASHBOARD: [Step; 9] = [
    step("get.modules", "GET", "/api/modules", 1),
    step("get.runs", "GET", "/api/runs", 1),
    step("get.module-config", "GET", "/api/modules/*/config", 2),
    step("get.health", "GET", "/api/health", 1),
    step("get.system-stats", "GET", "/api/system/stats", 1),
    step("post.launch", "POST", "/api/runs", 1),
    step("post.save-config", "POST", "/api/modules/*/config", 1),
    step("get.run", "GET", "/api/runs/*", 2),
    step("get.logs", "GET", "/api/runs/*/logs", 1),
];

/// A load: an open rate or a number of users.
#[derive(Clone, Copy)]
enum Load {
    Flows,
    Users,
}

impl Load {
    /// Returns the flags of an attack.
    fn flags(self, duration: Option<&str>) -> [String; 2] {
        let (load, duration) = match (self, duration) {
            (Self::Flows, Some(duration)) => ("-rate=20", duration),
            (Self::Flows, None) => ("-rate=20", "1s"),
            (Self::Users, Some(duration)) => ("-users=50", duration),
            (Self::Users, None) => ("-users=5", "500ms"),
        };
        [load.to_owned(), format!("-duration={duration}")]
    }
}

/// Writes a copy of a flow, and returns its path. Users get an endless loop in place of a finite
/// one. Waits are short unless `is_real`.
fn flow_for(load: Load, folder: &Path, flow: &str, is_real: bool) -> PathBuf {
    let changed = |line: &str| match (load, line.starts_with("# @loop ")) {
        (Load::Users, true) => "# @loop\n".to_owned(),
        (Load::Flows, true) => line.to_owned() + "\n",
        (_, false) if is_real => line.to_owned() + "\n",
        (_, false) => quick(line, "") + "\n",
    };
    let text = fs::read_to_string(format!("targets/{flow}")).unwrap();
    let path = folder.join("flow.hurl");
    fs::write(&path, text.lines().map(changed).collect::<String>()).unwrap();
    path
}

/// A line of the server's log.
struct Arrival {
    /// Method, route and status.
    kind: (String, String, u16),
    path: String,
}

fn arrivals(log: &Path) -> Vec<Arrival> {
    let mut log = csv::Reader::from_path(log).unwrap();
    let rows = log.records().map(Result::unwrap);
    rows.map(|row| Arrival {
        kind: (row[3].to_owned(), row[5].to_owned(), row[6].parse().unwrap()),
        path: row[4].to_owned(),
    })
    .collect()
}

/// Returns the number of checks that the log calls for.
fn checks(arrivals: &[Arrival], steps: &[Step]) -> u64 {
    let of_step = |step: &Step| {
        let made: Vec<_> = arrivals
            .iter()
            .filter(|arrival| (&*arrival.kind.0, &*arrival.kind.1) == (step.method, step.route))
            .map(|arrival| &arrival.path)
            .collect();
        let n =
            if step.is_retried { made.iter().collect::<BTreeSet<_>>().len() } else { made.len() };
        n as u64 * step.checks
    };
    steps.iter().map(of_step).sum()
}

/// Counts what is equal.
fn counted<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, u64> {
    let mut counts = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_default() += 1);
    counts
}

/// Runs a flow against the routes of its suite, and compares its records with the server's log.
#[track_caller]
fn check(load: Load, suite: &str, feed: &str, flow: &str, steps: &[Step]) {
    let duration = env::var("SUITES_DURATION").ok();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("arrivals.csv");
    let routes = format!("-routes=targets/{suite}/routes.toml");
    let server = serve(&[&routes, &format!("-arrivals={}", log.display())]);
    let file = format!("{suite}/flows/{flow}.hurl");
    let file = flow_for(load, folder.path(), &file, duration.is_some());
    let attack = drumfire("attack -grace=5m -max-body=0").args(load.flags(duration.as_deref()));
    let attack = attack.arg(format!("-flow={}", file.display())).arg(format!("-feed={feed}"));
    let output = attack.arg(format!("-variable=base={}", server.url)).run();
    assert_eq!(output.status, Some(0), "{flow}: {}", output.stderr);
    server.interrupt();

    let arrivals = arrivals(&log);
    let sent = records(&output.stdout).into_iter().map(|hit| {
        let step = steps.iter().find(|step| step.name == hit.name).unwrap();
        assert_eq!((hit.error.as_str(), hit.retries), ("", 0), "{flow} {}", step.name);
        (step.method.to_owned(), step.route.to_owned(), hit.code)
    });
    let arrived = counted(arrivals.iter().map(|arrival| arrival.kind.clone()));
    assert_eq!(counted(sent), arrived, "{flow}");
    let report = drumfire("report -type=json").stdin(output.stdout).run();
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let flows = &report["flows"];
    assert_eq!((&flows["cut"], &flows["failed"]), (&0.into(), &0.into()), "{flow}: {flows}");
    assert_eq!(report["checks"]["total"], checks(&arrivals, steps), "{flow}");
    assert_eq!(report["checks"]["failed"], 0, "{flow}");
}

fn check_platform(load: Load) {
    let feed = "feeds/accounts.csv";
    check(load, "platform", feed, "auth", &AUTH);
    check(load, "platform", feed, "generation", &GENERATION);
    check(load, "platform", feed, "payments", &PAYMENTS);
}

fn check_dashboard(load: Load) {
    for flow in ["web-client", "high-load", "burst"] {
        check(load, "dashboard", "feeds/modules.csv", flow, &DASHBOARD);
    }
}

#[test]
fn every_request_and_check_of_the_platforms_flows_is_in_the_log_of_the_server() {
    check_platform(Load::Flows);
}

#[test]
fn every_request_and_check_of_the_platforms_users_is_in_the_log_of_the_server() {
    check_platform(Load::Users);
}

#[test]
fn every_request_and_check_of_the_dashboards_flows_is_in_the_log_of_the_server() {
    check_dashboard(Load::Flows);
}

#[test]
fn every_request_and_check_of_the_dashboards_users_is_in_the_log_of_the_server() {
    check_dashboard(Load::Users);
}
