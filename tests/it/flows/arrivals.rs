//! When flows begin, and which ones.

use std::collections::BTreeMap;

use super::Place;

#[test]
fn flows_begin_at_the_rate_in_proportion_to_their_weights() {
    let place = Place::new(&[
        ("a.hurl", "# @flow often weight 3\nGET {{base}}/a\n# @think 1ms\nGET {{base}}/a\n"),
        ("b.hurl", "# @flow seldom\nGET {{base}}/b\n"),
    ]);
    let steps = place.steps("-flow=a.hurl -flow=b.hurl -rate=200 -duration=200ms");
    let mut begun = BTreeMap::<&str, usize>::new();
    let first = steps.iter().filter(|step| step.flow_hit == 0);
    first.for_each(|step| *begun.entry(&step.flow).or_default() += 1);
    assert_eq!(begun, BTreeMap::from([("often", 30), ("seldom", 10)]));
}

#[test]
fn the_same_seed_makes_the_same_flows_on_any_number_of_engines() {
    let text = "# @loop 1..5\n# @pick\n# @weight 2\nGET {{base}}/a/{{newUuid}}\n# @weight 1\n\
        GET {{base}}/b\n# @end\n# @think 0ms..3ms\n# @end\n# @chance 50%\nGET {{base}}/c\n";
    let place = Place::new(&[("a.hurl", text), ("b.hurl", "# @flow b weight 2\nGET {{base}}/d\n")]);
    let made = |flags: &str| -> Vec<_> {
        let flags = format!("-flow=a.hurl -flow=b.hurl -rate=500 -flow-count=60 {flags}");
        let steps = place.steps(&flags).into_iter();
        steps.map(|step| (step.flow_seq, step.url, step.ended.map(|end| end.thought))).collect()
    };
    let one = made("-seed=5 -threads=1");
    assert!(one.len() > 60);
    assert_eq!(made("-seed=5 -threads=3"), one);
    assert_ne!(made("-seed=6"), one);
}

#[test]
fn flow_k_uses_row_k_of_the_feed_and_the_attack_ends_with_the_rows() {
    let place = Place::new(&[
        ("a.hurl", "GET {{base}}/u/{{user}}\nGET {{base}}/v/{{user}}\n"),
        ("users.csv", "user\nann\nbob\ncid\n"),
    ]);
    let flags = "-flow=a.hurl -feed=users.csv -rate=100 -threads=2";
    let paths = |flags: &str| -> Vec<_> {
        let steps = place.steps(flags);
        let path = |url: &str| url.rsplit('/').next().unwrap().to_owned();
        steps.iter().map(|step| (step.flow_seq, path(&step.url))).collect()
    };
    let named = |numbers: &[(u64, &str)]| -> Vec<_> {
        numbers
            .iter()
            .flat_map(|(seq, name)| [(*seq, (*name).to_owned()), (*seq, (*name).to_owned())])
            .collect()
    };
    let once = named(&[(0, "ann"), (1, "bob"), (2, "cid")]);
    assert_eq!(paths(&format!("{flags} -feed-order=once -duration=5s")), once);
    let again = named(&[(0, "ann"), (1, "bob"), (2, "cid"), (3, "ann")]);
    assert_eq!(paths(&format!("{flags} -flow-count=4")), again);
}

#[test]
fn arrivals_over_the_limit_of_flows_wait_and_are_late() {
    let place = Place::new(&[("a.hurl", "GET {{base}}/a\n# @think 100ms\nGET {{base}}/b\n")]);
    let steps = place.steps("-flow=a.hurl -rate=1000 -flow-count=3 -max-flows=1");
    let lags: Vec<_> =
        steps.iter().filter(|step| step.flow_hit == 0).map(|step| step.lag_ns).collect();
    assert!(lags[1] >= 90_000_000 && lags[2] >= 190_000_000, "{lags:?}");
}

#[test]
fn requests_over_the_limit_of_workers_wait_and_are_late() {
    let routes = "-flow=a.hurl -rate=1000 -flow-count=3 -max-workers=1";
    let place = Place::new(&[("a.hurl", "GET {{base}}/slow\n[Options]\nmax-time: 50ms\n")]);
    let steps = place.steps(routes);
    assert!(steps.iter().all(|step| step.error.contains("Timeout")), "{steps:?}");
    assert!(steps[2].lag_ns >= 90_000_000, "{steps:?}");
}

#[test]
fn files_can_be_joined_and_a_rate_of_zero_is_limited_by_flows() {
    let place = Place::new(&[
        ("login.hurl", "POST {{base}}/login\nHTTP 200\n[Captures]\ntoken: jsonpath \"$.token\"\n"),
        ("use.hurl", "GET {{base}}/t/{{token}}\n"),
    ]);
    let steps = place.steps("-flow=login.hurl+use.hurl -rate=0 -max-flows=2 -flow-count=4");
    assert_eq!(steps.len(), 8);
    assert!(steps.iter().all(|step| step.is_success && step.flow == "login"), "{steps:?}");
    assert!(steps[1].url.ends_with("/t/abc") && steps[1].step == 2, "{:?}", steps[1]);
}
