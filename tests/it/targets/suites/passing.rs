//! Runs of the suites against drumfire's own server, where all thresholds pass.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{missed, quick_suite, report};
use crate::support::harness::files;
use crate::support::results::{records, whole};
use crate::targets::load_test::Place;

/// Counts by name.
type Counts = BTreeMap<String, u64>;

/// Runs a suite, with limits for a busy machine, and checks that all thresholds pass. Returns the
/// directory with the results.
#[track_caller]
fn green(suite: &str, variables: &[(&str, &str)]) -> (Place, Value) {
    let place = Place::new();
    let suite = quick_suite(place.path(), suite, "2");
    let variables = [&[("SUITE", suite.as_str())], variables].concat();
    let output = place.load_test(&variables);
    assert_eq!(output.status, Some(0), "{} {}", output.stderr, output.text());
    let left =
        ["failures.csv", "latency.svg", "report.html", "report.json", "results.arrow", "stats.csv"];
    assert_eq!(files(&place.results()), left);
    let report = report(&place.results());
    assert_eq!((&report["pass"], missed(&report)), (&Value::Bool(true), Vec::new()));
    (place, report)
}

/// Returns the number of requests of each name.
fn requests(report: &Value) -> Counts {
    let groups = report["groups"].as_object().unwrap().iter();
    groups.map(|(name, group)| (name.clone(), group["requests"].as_u64().unwrap())).collect()
}

/// Returns the number of flows of each name that began.
fn begun(folder: &Path) -> Counts {
    let mut counts = Counts::new();
    for batch in whole(fs::read(folder.join("results.arrow")).unwrap()) {
        for step in batch.records().filter_map(|record| record.flow) {
            *counts.entry(step.flow.to_owned()).or_default() += u64::from(step.flow_hit == 0);
        }
    }
    counts
}

fn counts<const N: usize>(table: [(&str, u64); N]) -> Counts {
    table.map(|(name, count)| (name.to_owned(), count)).into()
}

#[test]
fn the_dashboard_passes_its_thresholds_with_its_mix_of_clients() {
    let (place, report) = green("dashboard", &[("DURATION", "1s"), ("FLAGS", "-seed=1")]);
    let expected = counts([("burst", 4), ("high-load", 4), ("web-client", 32)]);
    assert_eq!(begun(&place.results()), expected);
    // Four per burst, two per screen, and per person one at the start and two more.
    assert_eq!(report["requests"], 4 * 4 + 4 * 2 + 32 * 3);
    assert_eq!((&report["flows"]["finished"], &report["flows"]["cut"]), (&40.into(), &0.into()));
}

#[test]
fn the_platform_passes_the_thresholds_of_each_part_with_polls_of_each_generation() {
    let (place, report) = green("platform", &[("DURATION", "2s")]);
    let expected = counts([("auth", 15), ("generation", 25), ("payments", 10)]);
    assert_eq!(begun(&place.results()), expected);
    let requests = requests(&report);
    // Two generations per flow, each queued, running and completed.
    assert_eq!((requests["generation.create"], requests["generation.status"]), (50, 150));
    assert_eq!(requests["payments.create"] + requests["payments.list"], 20);
    let first = ["auth.register", "auth.login", "auth.health"].map(|name| requests[name]);
    assert_eq!(first.iter().sum::<u64>(), 15 * 3 + 25 + 10);
}

#[test]
fn users_and_their_spawn_rate_replace_the_plan_of_one_flow() {
    let load = [("USERS", "4"), ("SPAWN_RATE", "8"), ("DURATION", "1s"), ("FLOW", "high-load")];
    let (place, report) = green("dashboard", &load);
    assert_eq!(begun(&place.results()).keys().collect::<Vec<_>>(), ["high-load"]);
    assert_eq!(report["loop"]["type"], "closed");
    assert_eq!(report["plan"]["users"], "500ms@0..4,500ms@4");
}

#[test]
fn two_flows_of_a_suite_are_selected_with_their_thresholds() {
    let load = [("FLOW", "burst, high-load"), ("RATE", "20"), ("DURATION", "500ms")];
    let (place, report) = green("dashboard", &load);
    assert_eq!(begun(&place.results()), counts([("burst", 5), ("high-load", 5)]));
    let limits: Vec<_> = report["thresholds"].as_array().unwrap().iter().collect();
    let names = limits.iter().map(|limit| limit["name"].as_str().unwrap_or_default());
    assert!(names.clone().all(|name| ["burst", "high-load"].contains(&name)), "{limits:?}");
    assert_eq!(names.count(), 7);
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
    assert_eq!(requests(&green("chat-api", &[("SCALE", "0.1")]).1), counts(expected));
}

#[test]
fn bursts_have_four_requests_each() {
    let expected = [("page", 2), ("session", 2), ("notifications", 2), ("seen", 2)];
    assert_eq!(requests(&green("bursts", &[("FLAGS", "-requests=8")]).1), counts(expected));
}

#[test]
fn the_kernel_gets_500_calls_per_second_and_the_assistant_20() {
    let load = [("RATE", "520"), ("DURATION", "1s")];
    let expected = [("kernel.submit", 300), ("kernel.status", 200), ("ai.chat", 20)];
    assert_eq!(requests(&green("kernel-grpc", &load).1), counts(expected));
}

#[test]
fn users_replace_the_plan_of_a_list() {
    let place = Place::new();
    let load = [("USERS", "2"), ("DURATION", "300ms")];
    let output = place.load_test(&load);
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let text = output.text();
    assert!(text.contains("closed"), "{text}");
}

#[test]
fn a_chat_passes_its_five_thresholds() {
    let (place, report) = green("chat-ws", &[("RATE", "20"), ("DURATION", "1s")]);
    let stream = fs::read(place.results().join("results.arrow")).unwrap();
    let mut steps = Counts::new();
    records(&stream).into_iter().for_each(|hit| *steps.entry(hit.name).or_default() += 1);
    let expected = ["auth.login", "chat.connect", "chat.message", "chat.follow-up", "chat.close"];
    assert_eq!(steps, counts(expected.map(|name| (name, 20))));
    assert_eq!(report["flows"]["failed"], 0);
}

#[test]
fn messages_on_open_sockets_pass_their_thresholds() {
    let load = [("RATE", "200"), ("DURATION", "1s"), ("FLAGS", "-sockets=20 -settle=100ms")];
    let (_, report) = green("chat-ws/sockets", &load);
    assert_eq!((report["requests"].as_u64(), report["success"].as_f64()), (Some(200), Some(1.0)));
}
