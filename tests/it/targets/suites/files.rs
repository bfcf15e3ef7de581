//! The files of the suites: plans, bodies and flows.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{SUITES, SUITES_WITH_FLOWS, flows};
use crate::support::harness::{Run, drumfire};
use crate::support::results::{Kept, records};
use crate::support::servers::{Answer, scripted, serve};

/// Returns the plans of a suite: the flags of each profile.
fn plans(suite: &str) -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(format!("targets/{suite}/plans.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let words = lines.map(|line| line.split_whitespace().map(str::to_owned));
    words.map(|mut words| (words.next().unwrap(), words.collect())).collect()
}

/// Returns an attack on a URL with the flows or the list of a suite, and the flags of its line
/// `all`.
fn attack_of(suite: &str, url: &str) -> Run {
    let all = plans(suite).into_iter().find(|(profile, _)| profile == "all");
    let attack = drumfire("attack").args(all.map(|(_, flags)| flags).unwrap_or_default());
    if !Path::new(&format!("targets/{suite}/flows")).exists() {
        let list = format!("-targets=targets/{suite}/targets.http");
        return attack.arg(list).arg(format!("-base-url={url}"));
    }
    let flows = flows(suite).into_iter().map(|file| format!("-flow={}", file.display()));
    attack.args(flows).arg(format!("-variable=base={url}"))
}

#[test]
fn every_plan_of_every_suite_is_valid() {
    for suite in SUITES {
        for (profile, flags) in plans(suite).iter().filter(|(profile, _)| profile != "all") {
            let run = attack_of(suite, "http://127.0.0.1:8080").arg("-dry-run");
            let output = run.args(flags).run();
            assert_eq!(output.status, Some(0), "{suite} {profile}: {}", output.stderr);
        }
    }
}

#[test]
fn every_plan_with_a_rate_has_one_with_users_too() {
    for (suite, _) in SUITES_WITH_FLOWS {
        let plans = plans(suite).into_iter().filter(|(profile, _)| profile != "all");
        let (users, rates): (Vec<_>, Vec<_>) =
            plans.partition(|(_, flags)| flags.iter().any(|flag| flag.starts_with("-users=")));
        let rates: BTreeSet<_> =
            rates.into_iter().map(|(profile, _)| format!("{profile}-users")).collect();
        assert_eq!(rates, users.into_iter().map(|(profile, _)| profile).collect());
    }
}

#[test]
fn every_flow_of_every_suite_passes_once() {
    for (suite, _) in SUITES_WITH_FLOWS {
        let server = serve(&[&format!("-routes=targets/{suite}/routes.toml")]);
        let output = attack_of(suite, &server.url).arg("-try").run();
        assert_eq!(output.status, Some(0), "{suite}: {} {}", output.stderr, output.text());
        for flow in flows(suite) {
            // FLOW selects flows by the names of their files.
            let name = flow.file_stem().unwrap().to_str().unwrap();
            assert!(output.text().contains(&format!("flow '{name}' passed")), "{name}");
        }
    }
}

/// Returns 320 hits on a list, by a server that returns the body of each request.
fn echoes(flags: &[&str]) -> Vec<Kept> {
    let server = scripted(|_| Answer::Echo);
    let attack = drumfire("attack -rate=0 -max-workers=1 -requests=320").args(flags);
    let output = attack.arg(format!("-base-url={}", server.url(""))).run();
    assert_eq!(output.status, Some(0), "{flags:?}: {}", output.stderr);
    records(&output.stdout)
}

#[test]
fn every_body_of_every_list_is_json() {
    let table: [&[&str]; 3] = [
        &["-targets=targets/chat-api/targets.http"],
        &["-targets=targets/bursts/targets.http"],
        &["-targets=targets/dashboard/modules.txt", "-feed=feeds/modules.csv"],
    ];
    for flags in table {
        let posts: Vec<_> = echoes(flags).into_iter().filter(|hit| hit.method == "POST").collect();
        assert!(!posts.is_empty(), "{flags:?}");
        for hit in posts {
            let body = serde_json::from_slice::<Value>(&hit.body);
            let text = String::from_utf8_lossy(&hit.body);
            assert!(body.is_ok_and(|body| body.is_object()), "{flags:?} {}: {text}", hit.name);
        }
    }
}

#[test]
fn accounts_are_registered_as_their_feed_lists_them() {
    let mut feed = csv::Reader::from_path("feeds/accounts.csv").unwrap();
    let rows: Vec<_> = feed.records().map(Result::unwrap).collect();
    // The status is not the expected one, so each flow ends with its first request.
    let server = scripted(|_| Answer::Echo);
    let attack = drumfire("attack -rate=100 -flow=targets/platform/flows/auth.hurl");
    let attack = attack.arg("-feed=feeds/accounts.csv").arg(format!("-flow-count={}", rows.len()));
    let output = attack.arg(format!("-variable=base={}", server.url(""))).run();
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let bodies: BTreeSet<_> = records(&output.stdout).iter().map(account).collect();
    let expected = rows.iter().map(|row| [row[0].to_owned(), row[2].to_owned()]).collect();
    assert_eq!(bodies, expected);
}

/// Returns name and password of a request, which the server has returned.
fn account(hit: &Kept) -> [String; 2] {
    let body: Value = serde_json::from_slice(&hit.body).unwrap();
    ["name", "password"].map(|key| body[key].as_str().unwrap().to_owned())
}
