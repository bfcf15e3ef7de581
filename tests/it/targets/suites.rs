//! The suites in targets/, run by scripts/load-test.sh. They pass on drumfire's server. On a slow
//! or broken server they fail with exit code 99 and report the right rows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::load_test::Place;
use crate::support::harness::{Run, drumfire, files};
use crate::support::patient::patient;
use crate::support::results::{Kept, records};
use crate::support::servers::{Answer, scripted};

/// All suites.
const SUITES: [&str; 4] = ["dashboard", "platform", "chat-api", "bursts"];

/// Copies a suite into a place, with limits that also hold on a busy machine; returns its path.
fn patient_suite(place: &Place, suite: &str) -> String {
    let folder = place.path().join(suite);
    fs::create_dir(&folder).unwrap();
    for file in files(&Path::new("targets").join(suite)) {
        let text = fs::read_to_string(format!("targets/{suite}/{file}")).unwrap();
        let text = if file == "thresholds.txt" { patient(&text) } else { text };
        fs::write(folder.join(file), text).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

/// Returns the JSON report in a directory.
fn report(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap()
}

/// Returns the missed thresholds, each with the name of its group.
fn missed(report: &Value) -> Vec<(&str, &str)> {
    let rows = report["thresholds"].as_array().unwrap().iter().filter(|row| row["pass"] == false);
    rows.map(|row| (row["expr"].as_str().unwrap(), row["name"].as_str().unwrap_or(""))).collect()
}

/// Runs a suite against drumfire's own server, where all thresholds must pass, with limits for a
/// busy machine; compares the hits by name.
#[track_caller]
fn check_green(suite: &str, shortened: (&str, &str), expected: &[(&str, u64)]) {
    let place = Place::new();
    let output = place.load_test(&[("SUITE", &patient_suite(&place, suite)), shortened]);
    assert_eq!(output.status, Some(0), "{} {}", output.stderr, output.text());
    let folder = place.results();
    let left =
        ["failures.csv", "latency.svg", "report.html", "report.json", "results.arrow", "stats.csv"];
    assert_eq!(files(&folder), left);
    let report = report(&folder);
    assert_eq!((&report["pass"], missed(&report)), (&Value::Bool(true), Vec::new()));
    let groups = report["groups"].as_object().unwrap().iter();
    let counts: BTreeMap<_, _> =
        groups.map(|(name, group)| (name.as_str(), group["requests"].as_u64().unwrap())).collect();
    assert_eq!(counts, expected.iter().copied().collect());
}

#[test]
fn the_dashboard_passes_its_thresholds_with_its_mix() {
    let expected = [
        ("get.modules", 120),
        ("get.runs", 96),
        ("get.module-config", 72),
        ("get.health", 48),
        ("get.system-stats", 48),
        ("post.launch", 24),
        ("post.save-config", 24),
        ("get.run", 24),
        ("get.logs", 24),
    ];
    check_green("dashboard", ("SCALE", "0.2"), &expected);
}

#[test]
fn the_platform_passes_the_thresholds_of_each_part() {
    let expected = [
        ("auth.register", 30),
        ("auth.login", 50),
        ("auth.health", 20),
        ("generation.create", 70),
        ("generation.list", 30),
        ("generation.status", 20),
        ("payments.create", 60),
        ("payments.list", 40),
    ];
    check_green("platform", ("FLAGS", "-requests=320"), &expected);
}

#[test]
fn the_chat_api_passes_its_thresholds_in_all_stages() {
    let expected = [
        ("chat.messages", 41),
        ("healthz", 41),
        ("analytics.kpi", 41),
        ("billing.usage", 41),
        ("auth.status", 40),
    ];
    check_green("chat-api", ("SCALE", "0.1"), &expected);
}

#[test]
fn bursts_have_four_requests_each() {
    let expected = [("page", 2), ("session", 2), ("notifications", 2), ("seen", 2)];
    check_green("bursts", ("FLAGS", "-requests=8"), &expected);
}

/// A fault of the server on one path, and the thresholds that are missed because of it, each with
/// the name of its group.
struct Harm {
    path: &'static str,
    /// Keys of the route.
    keys: &'static str,
    missed: &'static [(&'static str, &'static str)],
}

/// Runs a suite against a server with a fault, and compares the missed thresholds.
#[track_caller]
fn check_red(suite: &str, shortened: (&str, &str), harm: &Harm) {
    let place = Place::new();
    let Harm { path, keys, missed: expected } = harm;
    let routes = fs::read_to_string(format!("targets/{suite}/routes.toml")).unwrap();
    let routes = format!("[[route]]\npath = '{path}'\n{keys}\n\n{routes}");
    let routes = place.write("routes.toml", &routes);
    let suite = patient_suite(&place, suite);
    let output = place.load_test(&[("SUITE", &suite), shortened, ("ROUTES", &routes)]);
    assert_eq!(output.status, Some(99), "{} {}", output.stderr, output.text());
    let report = report(&place.results());
    let expected: Vec<_> = expected.iter().map(|(expr, name)| (patient(expr), *name)).collect();
    let expected: Vec<_> = expected.iter().map(|(expr, name)| (expr.as_str(), *name)).collect();
    assert_eq!((&report["pass"], missed(&report)), (&Value::Bool(false), expected));
}

#[test]
fn slow_lists_of_runs_fail_their_own_mean_and_the_tail_of_the_dashboard() {
    let harm = Harm {
        path: "/api/runs",
        keys: "method = 'GET'\nlatency = '6s'",
        missed: &[("get.*:mean<100ms", "get.runs"), ("p95<200ms", ""), ("p99<500ms", "")],
    };
    check_red("dashboard", ("SCALE", "0.1"), &harm);
}

#[test]
fn slow_payments_leave_the_other_parts_of_the_platform_passing() {
    let harm = Harm {
        path: "/payments",
        keys: "method = 'POST'\nlatency = '6s'",
        missed: &[("payments.*:p95<=300ms", "payments.create")],
    };
    check_red("platform", ("FLAGS", "-requests=160"), &harm);
}

#[test]
fn failing_logins_fail_their_own_success_rate() {
    let harm = Harm {
        path: "/auth/login",
        keys: "errors = '50%'",
        missed: &[("auth.*:success>=99%", "auth.login")],
    };
    check_red("platform", ("FLAGS", "-requests=160"), &harm);
}

#[test]
fn failing_messages_fail_success_and_errors_of_the_chat_api() {
    let harm = Harm {
        path: "/chat/**",
        keys: "errors = 1",
        missed: &[("success>95%", ""), ("errors<50", "")],
    };
    check_red("chat-api", ("SCALE", "0.2"), &harm);
}

#[test]
fn a_slow_page_fails_its_own_maximum_latency() {
    let harm = Harm {
        path: "/",
        keys: "latency = '6s'",
        missed: &[("p95<=300ms", ""), ("page:max<=500ms", "page")],
    };
    check_red("bursts", ("FLAGS", "-requests=4"), &harm);
}

/// Returns the plans of a suite: the flags of each profile.
fn plans(suite: &str) -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(format!("targets/{suite}/plans.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let words = lines.map(|line| line.split_whitespace().map(str::to_owned));
    words.map(|mut words| (words.next().unwrap(), words.collect())).collect()
}

/// Returns an attack on a suite's targets with the flags of its line `all`.
fn attack_of(suite: &str) -> Run {
    let list = format!("-targets=targets/{suite}/targets.http");
    let all = plans(suite).into_iter().find(|(profile, _)| profile == "all");
    drumfire("attack").arg(list).args(all.map(|(_, flags)| flags).unwrap_or_default())
}

#[test]
fn every_plan_of_every_suite_is_valid() {
    for suite in SUITES {
        for (profile, flags) in plans(suite).iter().filter(|(profile, _)| profile != "all") {
            let run = attack_of(suite).arg("-dry-run").arg("-base-url=http://127.0.0.1:8080");
            let output = run.args(flags).run();
            assert_eq!(output.status, Some(0), "{suite} {profile}: {}", output.stderr);
        }
    }
}

/// Returns `n` hits on a suite's targets, by a server that returns the body of each request.
fn echoes(suite: &str, n_hits: u64) -> Vec<Kept> {
    let server = scripted(|_| Answer::Echo);
    let run = attack_of(suite).arg(format!("-base-url={}", server.url("")));
    let run = run.args(["-rate=0", "-max-workers=1"]).arg(format!("-requests={n_hits}"));
    let output = run.run();
    assert_eq!(output.status, Some(0), "{suite}: {}", output.stderr);
    records(&output.stdout)
}

#[test]
fn every_body_of_every_suite_is_json() {
    for suite in SUITES {
        let posts: Vec<_> =
            echoes(suite, 320).into_iter().filter(|hit| hit.method == "POST").collect();
        assert!(!posts.is_empty(), "{suite}");
        for hit in posts {
            let body = serde_json::from_slice::<Value>(&hit.body);
            let text = String::from_utf8_lossy(&hit.body);
            assert!(body.is_ok_and(|body| body.is_object()), "{suite} {}: {text}", hit.name);
        }
    }
}

#[test]
fn accounts_are_registered_as_their_feed_lists_them() {
    let mut feed = csv::Reader::from_path("feeds/accounts.csv").unwrap();
    let rows: Vec<_> = feed.records().map(Result::unwrap).collect();
    let hits = echoes("platform", 320);
    for hit in hits.iter().filter(|hit| hit.name == "auth.register") {
        let body: Value = serde_json::from_slice(&hit.body).unwrap();
        let row = &rows[hit.seq as usize % rows.len()];
        for (place, key) in ["name", "email", "password"].into_iter().enumerate() {
            assert_eq!(body[key], row[place], "{key} of hit {}", hit.seq);
        }
    }
}
