//! The suites in targets/, run by scripts/load-test.sh. They pass on drumfire's server. On a slow
//! or broken server they fail with exit code 99 and report the right rows.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::harness::{Output, Run, drumfire, files, program};
use crate::support::results::{Kept, records};
use crate::support::servers::{Answer, scripted};

/// All suites.
const SUITES: [&str; 4] = ["dashboard", "platform", "chat-api", "bursts"];

/// Variables of the script, which the environment of a test must not set.
const VARIABLES: [&str; 10] = [
    "SUITE", "PROFILE", "HOST", "SCALE", "RATE", "DURATION", "FLAGS", "TARGETS", "ROUTES",
    "BASELINE",
];

/// A directory that looks like the repository to the script, and receives its results.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["scripts", "targets", "feeds"] {
            symlink(fs::canonicalize(name).unwrap(), folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    /// Writes a file and returns its path.
    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs the script with some of its variables.
    fn load_test(&self, variables: &[(&str, &str)]) -> Output {
        let script = program("bash").arg("scripts/load-test.sh").dir(&self.0);
        let script = script.env("DRUMFIRE", env!("CARGO_BIN_EXE_drumfire"));
        let script = VARIABLES.iter().fold(script, |script, name| script.env(name, ""));
        variables.iter().fold(script, |script, (name, value)| script.env(name, value)).run()
    }

    /// Returns the directory of the only run.
    fn results(&self) -> PathBuf {
        let reports = self.0.path().join("reports");
        let [run] = &files(&reports)[..] else { panic!("there is no single run") };
        reports.join(run)
    }
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

/// Runs a suite against drumfire's own server, where all thresholds must pass; compares the hits by
/// name.
#[track_caller]
fn check_green(suite: &str, shortened: (&str, &str), expected: &[(&str, u64)]) {
    let place = Place::new();
    let output = place.load_test(&[("SUITE", suite), shortened]);
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
    let output = place.load_test(&[("SUITE", suite), shortened, ("ROUTES", &routes)]);
    assert_eq!(output.status, Some(99), "{} {}", output.stderr, output.text());
    let report = report(&place.results());
    assert_eq!((&report["pass"], missed(&report)), (&Value::Bool(false), expected.to_vec()));
}

#[test]
fn slow_lists_of_runs_fail_their_own_mean_and_the_tail_of_the_dashboard() {
    let harm = Harm {
        path: "/api/runs",
        keys: "method = 'GET'\nlatency = '2s'",
        missed: &[("get.*:mean<100ms", "get.runs"), ("p95<200ms", ""), ("p99<500ms", "")],
    };
    check_red("dashboard", ("SCALE", "0.1"), &harm);
}

#[test]
fn slow_payments_leave_the_other_parts_of_the_platform_passing() {
    let harm = Harm {
        path: "/payments",
        keys: "method = 'POST'\nlatency = '2s'",
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
        keys: "latency = '2s'",
        missed: &[("p95<=300ms", ""), ("page:max<=500ms", "page")],
    };
    check_red("bursts", ("FLAGS", "-requests=4"), &harm);
}

#[test]
fn a_run_is_compared_with_an_earlier_one() {
    let place = Place::new();
    let first = [("RATE", "100"), ("DURATION", "1s")];
    assert_eq!(place.load_test(&first).status, Some(0));
    let baseline = place.results();
    let second =
        [first[0], first[1], ("PROFILE", "light"), ("BASELINE", baseline.to_str().unwrap())];
    let output = place.load_test(&second);
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let reports = place.0.path().join("reports");
    let run = files(&reports).into_iter().find(|name| name.starts_with("light_")).unwrap();
    let [comparison, page] = ["compare.txt", "compare.html"]
        .map(|name| fs::read_to_string(reports.join(&run).join(name)).unwrap());
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(comparison.contains("p99") && output.text().ends_with(&comparison), "{comparison}");
}

#[test]
fn an_unknown_suite_or_profile_is_refused_with_the_known_ones() {
    let table = [
        (
            ("SUITE", "nosuch"),
            "unknown SUITE 'nosuch': expected a folder of targets/, or a path, with a plans.txt\n",
        ),
        (
            ("PROFILE", "nosuch"),
            "unknown PROFILE 'nosuch': expected one of smoke light medium load heavy stress soak\n",
        ),
    ];
    for (variable, stderr) in table {
        let output = Place::new().load_test(&[variable]);
        assert_eq!((output.status, output.stderr.as_str()), (Some(2), stderr));
    }
}

#[test]
fn scale_changes_all_times_of_a_plan_and_no_rate() {
    let table = [
        ("-duration=1m30s", "-duration=0.1m3s"),
        ("-rate=10/2s", "-rate=10/2s"),
        ("-stages=2m@0..20,1m30s@20/1s", "-stages=0.2m@0..20,0.1m3s@20/1s"),
        ("-stages=5m@100~50/s/1m,200ms@3000/1m", "-stages=0.5m@100~50/s/0.1m,20ms@3000/1m"),
        ("-stages=1m@300/m..600/m", "-stages=0.1m@300/m..600/m"),
        ("-abort='p99>2s for 10s'", "-abort=p99>2s for 10s"),
        ("-stages=@feeds/day2.csv", "-stages=@feeds/day2.csv"),
    ];
    for (flag, expected) in table {
        let place = Place::new();
        let suite = place.0.path().join("mine");
        fs::create_dir(&suite).unwrap();
        fs::write(suite.join("plans.txt"), format!("smoke {flag}\n")).unwrap();
        let variables =
            [("SUITE", suite.to_str().unwrap()), ("SCALE", "0.1"), ("HOST", "http://127.0.0.1:1")];
        // The list of targets does not exist, but the plan is printed before that is noticed.
        let output = place.load_test(&variables);
        let first = output.stderr.lines().next().unwrap_or_default();
        assert!(first.ends_with(&format!(": {expected}")), "{first}");
    }
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
