//! Groups against the metrics of the records that belong to each.

use crate::metrics::groups::*;
use crate::record::{BatchBuilder, FlowEnd, FlowStep, Record};

/// Returns 240 records of three names, one of them empty, two methods, four URLs and two statuses,
/// each in one of two flows or in none.
fn batch() -> Batch {
    let mut builder = BatchBuilder::with_flows();
    for n in 0..240_u16 {
        let at = |texts: &[&'static str]| texts[usize::from(n) % texts.len()];
        builder.push(&Record {
            code: [200, 200, 404][usize::from(n) % 3],
            timestamp_ns: i64::from(n) * 1_000,
            latency: std::time::Duration::from_nanos(u64::from(n) * 7_919 % 1_009),
            name: at(&["login", "", "home"]),
            method: at(&["GET", "POST"]),
            url: at(&["http://h/0", "http://h/1", "http://h/2", "http://h/3"]),
            flow: step(n),
            ..Record::default()
        });
    }
    builder.finish()
}

fn step(n: u16) -> Option<FlowStep<'static>> {
    let flow = *["browse", "buy", "buy", ""].get(usize::from(n) / 2 % 4)?;
    let time = std::time::Duration::from_millis(n.into());
    let ended = FlowEnd { time, failed: n.is_multiple_of(3), ..FlowEnd::default() };
    let ended = (n % 2 == 1).then_some(ended);
    let checks = n.is_multiple_of(5).then_some(2);
    let step = FlowStep { flow, flow_hit: (n % 2).into(), checks, ended, ..FlowStep::default() };
    (!flow.is_empty()).then_some(step)
}

fn names(groups: &Groups) -> Vec<String> {
    groups.iter().map(|(name, _)| format!("{} {}", name.method, name.text)).collect()
}

/// Compares the groups with the metrics of the records that `name` gives the same name.
#[track_caller]
fn check(by: By, expected: &[&str], name: impl Fn(&Record<'_>) -> String) {
    let batch = batch();
    let mut groups = Groups::new(by, None);
    groups.add_batch(&batch);
    let found: Vec<_> = groups.iter().map(|(name, _)| name.text).collect();
    assert_eq!(found, expected);
    for (found, metrics) in groups.iter() {
        let mut own = Metrics::default();
        let rows = (0..batch.len()).filter(|row| name(&batch.record(*row)) == found.text);
        rows.for_each(|row| own.add_rows(&batch.rows(row..row + 1)));
        assert_eq!(*metrics, own, "{found:?}");
    }
}

#[test]
fn each_group_has_the_metrics_of_its_records() {
    let or = |text: &str, none: &str| if text.is_empty() { none } else { text }.to_owned();
    check(By::Name, &["(unnamed)", "home", "login"], |record| or(record.name, "(unnamed)"));
    check(By::Method, &["GET", "POST"], |record| record.method.to_owned());
    let urls = ["http://h/0", "http://h/1", "http://h/2", "http://h/3"];
    check(By::Url, &urls, |record| record.url.to_owned());
    check(By::Code, &["200", "404"], |record| record.code.to_string());
    let flow = |record: &Record<'_>| or(record.flow.map_or("", |step| step.flow), "(no flow)");
    check(By::Flow, &["(no flow)", "browse", "buy"], flow);
}

#[test]
fn calls_are_grouped_by_the_name_of_their_status_and_by_kind() {
    let table = [
        (
            By::Status,
            vec![
                ("(no status)", 101),
                ("200", 100),
                ("NotFound", 5),
                ("OK", 90),
                ("Unavailable", 4),
            ],
        ),
        (By::Kind, vec![("call", 100), ("connect", 10), ("http", 100), ("message", 100)]),
    ];
    for (by, expected) in table {
        let batch = crate::metrics::samples::mixed_calls();
        let mut groups = Groups::new(by, None);
        // The records of streams that were opened have no status, or that of the failure.
        let from = if by == By::Status { 10 } else { 0 };
        groups.add_rows(&batch.rows(from..batch.len()));
        let found: Vec<_> =
            groups.iter().map(|(name, metrics)| (name.text, metrics.requests())).collect();
        let expected: Vec<_> = expected.into_iter().map(|(name, n)| (name.to_owned(), n)).collect();
        assert_eq!(found, expected);
    }
    let mut plain = Groups::new(By::Status, None);
    plain.add_batch(&batch());
    assert_eq!(names(&plain), [" 200", " 404"]);
}

#[test]
fn a_request_is_its_method_and_its_name_or_url() {
    let mut groups = Groups::new(By::Request, None);
    groups.add_batch(&batch());
    let expected = [
        "GET home",
        "POST home",
        "GET http://h/0",
        "POST http://h/1",
        "GET http://h/2",
        "POST http://h/3",
        "GET login",
        "POST login",
    ];
    let mut sorted = names(&groups);
    sorted.sort_by_key(|name| expected.iter().position(|expected| expected == name));
    assert_eq!(sorted, expected);
}

#[test]
fn parts_of_a_run_add_up() {
    let batch = batch();
    let mut whole = Groups::new(By::Name, None);
    whole.add_batch(&batch);
    let mut parts = [0..100, 100..101, 101..240].map(|range| {
        let mut part = Groups::new(By::Name, None);
        part.add_rows(&batch.rows(range));
        part
    });
    let [first, rest @ ..] = &mut parts;
    rest.iter().for_each(|part| first.merge(part));
    assert!(whole.iter().eq(first.iter()));
}

#[test]
fn groups_past_the_thousandth_are_counted_together() {
    let mut builder = BatchBuilder::new();
    for n in 0..1_200 {
        builder.push(&Record { url: &format!("/{n}"), ..Record::default() });
    }
    let batch = builder.finish();
    let mut groups = Groups::new(By::Url, None);
    groups.add_batch(&batch);
    groups.add_batch(&batch);
    let (last, others) = groups.iter().last().unwrap();
    assert_eq!(groups.iter().count(), MAX_GROUPS + 1);
    assert_eq!((last.text.as_str(), others.requests()), ("(others)", 400));
    assert!(groups.hint().unwrap().starts_with("more than 1000 groups: "));
    let mut merged = groups.clone();
    merged.merge(&groups);
    assert_eq!(merged.iter().map(|(_, metrics)| metrics.requests()).sum::<u64>(), 4_800);
}

#[test]
fn no_group_shows_a_password() {
    let mut builder = BatchBuilder::new();
    for url in ["http://me:pw@h/", "http://you:pw@h/"] {
        builder.push(&Record { url, ..Record::default() });
    }
    let mut groups = Groups::new(By::Url, None);
    groups.add_batch(&builder.finish());
    assert_eq!(names(&groups), [" http://***@h/"]);
}

#[test]
fn only_requests_without_a_name_cause_a_hint() {
    for (by, is_hinted) in [(By::Name, true), (By::Url, false), (By::Request, false)] {
        let mut groups = Groups::new(by, None);
        assert_eq!(groups.hint(), None);
        groups.add_batch(&batch());
        assert_eq!(groups.hint().is_some(), is_hinted, "{by:?}");
    }
}

#[test]
fn a_stream_without_flows_causes_a_hint_if_it_is_grouped_by_flow() {
    let mut groups = Groups::new(By::Flow, None);
    assert_eq!(groups.hint(), None);
    let mut builder = BatchBuilder::new();
    builder.push(&Record { name: "login", ..Record::default() });
    groups.add_batch(&builder.finish());
    assert_eq!(groups.hint().as_deref(), Some("no request is in a flow: use -by name"));
    groups.add_batch(&batch());
    assert_eq!(groups.hint(), None);
}

#[test]
fn a_key_is_one_of_seven_words() {
    for by in [By::Name, By::Method, By::Url, By::Code, By::Status, By::Kind, By::Flow] {
        assert_eq!(by.word().parse::<By>().unwrap(), by);
    }
    let error = "host".parse::<By>().unwrap_err().to_string();
    assert_eq!(
        error,
        "bad key 'host': expected one of name, method, url, code, status, kind, flow"
    );
}
