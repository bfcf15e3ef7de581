//! Closed loops of users.

use std::collections::{BTreeMap, BTreeSet};

use super::{Place, Step, steps};
use crate::support::harness::{Output, drumfire};

/// The user of a flow, among a number of users.
fn user(step: &Step, n_users: u64) -> u64 {
    step.flow_seq % n_users
}

#[test]
fn each_user_makes_one_flow_after_another_until_the_end() {
    let place =
        Place::new(&[("a.hurl", "GET {{base}}/a\n# @think 20ms\nGET {{base}}/b\n# @think 20ms\n")]);
    let steps = place.steps("-flow=a.hurl -users=3 -duration=300ms");
    let mut ends = BTreeMap::<u64, i64>::new();
    let mut flows = BTreeMap::<u64, u64>::new();
    for step in &steps {
        assert!(step.is_success, "{step:?}");
        // A user is never in two places.
        let last = ends.insert(user(step, 3), step.timestamp_ns);
        assert!(last.is_none_or(|last| last <= step.timestamp_ns), "{step:?}");
        *flows.entry(user(step, 3)).or_default() += u64::from(step.ended.is_some());
    }
    assert_eq!(flows.len(), 3);
    // 300 ms have room for 7 flows of 40 ms; on a busy machine for fewer.
    assert!(flows.values().all(|n_flows| (2..=8).contains(n_flows)), "{flows:?}");
    let begun = steps.iter().filter(|step| step.flow_hit == 0).count();
    assert_eq!(begun as u64, flows.values().sum::<u64>());
}

#[test]
fn a_user_leaves_an_endless_loop_at_the_end_of_a_round() {
    let text = "GET {{base}}/in\n# @loop\nGET {{base}}/a\nGET {{base}}/b\n# @think 10ms\n# @end\n\
        GET {{base}}/out\n";
    let place = Place::new(&[("a.hurl", text)]);
    let steps = place.steps("-flow=a.hurl -users=2 -duration=100ms -threads=1");
    for user in 0..2 {
        let paths: Vec<_> = steps
            .iter()
            .filter(|step| step.flow_seq == user)
            .map(|step| step.url.rsplit('/').next().unwrap())
            .collect();
        let (rounds, out) = paths[1..].split_at(paths.len() - 2);
        assert_eq!((paths[0], out), ("in", &["out"][..]), "{paths:?}");
        assert!(rounds.chunks(2).all(|round| round == ["a", "b"]), "{paths:?}");
    }
    let ended = steps.iter().filter(|step| step.ended.is_some()).count();
    assert_eq!(ended, 2);
}

#[test]
fn users_come_and_go_with_their_stages_and_keep_their_row() {
    let place = Place::new(&[
        ("a.hurl", "GET {{base}}/{{name}}\n# @think 10ms\n"),
        ("names.csv", "name\na\nb\nc\nd\n"),
    ]);
    let steps = place.steps("-flow=a.hurl -feed=names.csv -users=200ms@0..4,100ms@4");
    // The first user is due at the start.
    let first = steps.iter().find(|step| step.flow_seq == 0 && step.flow_hit == 0).unwrap();
    let start = first.timestamp_ns - first.lag_ns as i64;
    let mut first = BTreeMap::new();
    for step in &steps {
        let name = step.url.rsplit('/').next().unwrap().to_owned();
        assert_eq!(name, ["a", "b", "c", "d"][user(step, 4) as usize]);
        let at = (step.timestamp_ns - start) / 1_000_000;
        first.entry(name).and_modify(|first: &mut i64| *first = at.min(*first)).or_insert(at);
    }
    let first: Vec<_> = first.into_values().collect();
    assert!(first.is_sorted() && first[1] >= 45 && first[3] >= 145, "{first:?}");
}

#[test]
fn a_user_whose_flow_failed_pauses() {
    let place = Place::new(&[("a.hurl", "GET {{base}}/fails\nHTTP 200\n")]);
    let steps = place.steps("-flow=a.hurl -users=2 -duration=300ms");
    assert_eq!(steps.len(), 2, "{steps:?}");
}

#[test]
fn the_number_of_flows_can_be_limited() {
    let place = Place::new(&[("a.hurl", "GET {{base}}/a\n")]);
    let steps = place.steps("-flow=a.hurl -users=3 -flow-count=7 -threads=1");
    assert_eq!(steps.len(), 7);
}

#[test]
fn users_of_a_list_make_one_request_after_another() {
    let place = Place::new(&[]);
    let list = format!("GET {}/a\n", place.server.url);
    let run = drumfire("attack -quiet -users=4 -requests=40").stdin(list).run();
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    let report = drumfire("report").stdin(run.stdout).run();
    assert!(report.text().contains("40, "), "{}", report.text());
    assert!(report.text().contains("Loop"), "{}", report.text());
}

#[test]
fn a_stop_lets_flows_finish() {
    let text = "# @loop\nGET {{base}}/a\n# @think 10ms\n# @end\n";
    let place = Place::new(&[("a.hurl", text)]);
    let mut running = place.attack("-flow=a.hurl -users=2").spawn();
    running.await_stdout(20_000);
    running.signal(rustix::process::Signal::INT);
    let Output { status, stdout, .. } = running.wait();
    let steps = steps(&stdout);
    assert_eq!(status, Some(0));
    assert_eq!(steps.iter().filter(|step| step.ended.is_some()).count(), 2);
}

#[test]
fn requests_that_cannot_be_built_do_not_spin() {
    let text = "POST {{base}}/login\nHTTP 200\n[Captures]\nword: jsonpath \"$.token\"\n# @loop\n\
        # @on-failure go-on\nGET {{base}}/a\n[Options]\ndelay: {{word}}\n# @end\n";
    let place = Place::new(&[("a.hurl", text)]);
    let steps = place.steps("-flow=a.hurl -users=1 -duration=300ms");
    assert_eq!(steps.len(), 2, "{steps:?}");
}

#[test]
fn a_stop_withdraws_users_who_have_not_begun() {
    let text = "# @loop\nGET {{base}}/a\n# @think 10ms\n# @end\n";
    let place = Place::new(&[("a.hurl", text)]);
    // The third user would begin after half an hour, within the grace time.
    let mut running = place.attack("-flow=a.hurl -users=1h@1..3 -grace=1h").spawn();
    running.await_stdout(20_000);
    running.signal(rustix::process::Signal::INT);
    let Output { status, stdout, .. } = running.wait();
    let users: BTreeSet<_> = steps(&stdout).iter().map(|step| user(step, 3)).collect();
    assert_eq!((status, users), (Some(0), BTreeSet::from([0, 1])));
}
