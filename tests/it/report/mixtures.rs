//! `report` of several streams: parts of one attack, and attacks that have nothing in common.

use std::fs;

use drumfire::codec::{self, Format, Metadata};
use drumfire::plan::Plan;
use drumfire::record::{BatchBuilder, Record};

use crate::support::harness::drumfire;
use crate::support::results::Shared;

#[test]
fn attacks_that_are_not_parts_of_one_are_reported_with_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let stream = |name: &str, plan: Plan, first_ms: i64| {
        let mut builder = BatchBuilder::new();
        for ms in [0, 990] {
            let timestamp_ns = (first_ms + ms) * 1_000_000;
            builder.push(&Record { code: 200, timestamp_ns, ..Record::default() });
        }
        let output = Shared::default();
        let head = Metadata::Plan(plan);
        let mut encoder = codec::encoder(Format::Arrow, output.clone(), Some(&head)).unwrap();
        encoder.write(&builder.finish()).unwrap();
        encoder.finish().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, output.bytes()).unwrap();
        path
    };
    let plan = |rate: &str| Plan {
        rate: rate.parse().unwrap(),
        duration_ns: 1_000_000_000,
        ..Plan::default()
    };
    let first = stream("first", plan("2/1s"), 0);
    let table = [
        (stream("part", plan("2/1s"), 20), None),
        (stream("other", plan("3/1s"), 20), Some("the attacks have different plans")),
        (stream("later", plan("2/1s"), 1_000), Some("the attacks ran at different times")),
    ];
    for (path, reason) in table {
        let expected = reason.map_or(String::new(), |reason| {
            format!(
                "drumfire report: {reason}, but are reported as one: see them side by side with \
                 'drumfire compare BASE NEW' or 'drumfire plot FILE...'\n"
            )
        });
        let output = drumfire("report").args([&first, &path]).run();
        assert_eq!((output.status, output.stderr), (Some(0), expected));
    }
}
