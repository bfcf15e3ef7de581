//! Streams of flows: their columns, and what other formats keep of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use drumfire::codec::Format;
use drumfire::record::{Batch, BatchBuilder, FlowEnd, FlowStep, Record};

use crate::support::harness::drumfire;
use crate::support::results::{encode, text, whole};

/// Returns a request, and the place in its flow of two requests: the first one expects status 404,
/// the second one has three checks, of which one fails in every fourth flow.
fn request(n: u64) -> Record<'static> {
    let (flow_seq, is_last) = (n / 2, n % 2 == 1);
    let failed = is_last && flow_seq % 4 == 3;
    let ended = FlowEnd {
        time: Duration::from_millis(1_030 + flow_seq),
        thought: Duration::from_secs(1),
        failed,
    };
    let step = FlowStep {
        flow: if flow_seq % 3 == 0 { "browse" } else { "login" },
        flow_seq,
        flow_hit: u32::from(is_last),
        step: if is_last { 4 } else { 1 },
        attempt: 0,
        checks: Some(if is_last { 3 } else { 1 }),
        checks_failed: Some(u16::from(failed)),
        ended: is_last.then_some(ended),
    };
    Record {
        attack: "",
        seq: n,
        code: if is_last { 200 } else { 404 },
        timestamp_ns: 1_795_180_206_000_000_000 + n as i64 * 7_000_000,
        latency: Duration::from_millis(10 + n),
        lag: Some(Duration::from_micros(n)),
        error: failed.then_some("check: jsonpath \"$.status\" == \"completed\""),
        name: if is_last { "order" } else { "find" },
        method: "GET",
        url: "http://127.0.0.1:8080/orders",
        flow: Some(step),
        ..Record::default()
    }
}

/// Returns 20 flows as one batch.
fn flows() -> Batch {
    let mut builder = BatchBuilder::with_flows();
    (0..40).for_each(|n| builder.push(&request(n)));
    builder.finish()
}

/// Returns requests that are in no flow, one after each of the first ones of [`flows`].
fn plain() -> Batch {
    let mut builder = BatchBuilder::new();
    for n in 0..3 {
        let request = request(n);
        builder.push(&Record { flow: None, seq: 100 + n, attack: "plain", ..request });
    }
    builder.finish()
}

fn steps(batches: &[Batch]) -> Vec<String> {
    let records = batches.iter().flat_map(Batch::records);
    records.map(|record| format!("{} {:?}", record.seq, record.flow)).collect()
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/flows.arrow")
}

#[test]
fn a_stream_of_flows_is_still_read() {
    let stream = encode(Format::Arrow, &[flows()]);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(golden(), &stream).unwrap();
    }
    let expected = steps(&[flows()]);
    assert_eq!(steps(&whole(fs::read(golden()).unwrap())), expected);
    assert_eq!(steps(&whole(&stream)), expected);
}

#[test]
fn merged_streams_keep_the_columns_of_flows() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, batch: Batch| {
        let path = dir.path().join(name);
        fs::write(&path, encode(Format::Arrow, &[batch])).unwrap();
        path
    };
    let [plain, flows] = [write("plain", plain()), write("flows", flows())];
    for paths in [[&plain, &flows], [&flows, &plain]] {
        let merged = drumfire("encode -to=arrow").args(paths).run();
        assert_eq!((merged.status, merged.stderr.as_str()), (Some(0), ""));
        // Readers that know only the first stream see all records.
        assert_eq!(merged.stdout.windows(10).filter(|word| word == b"first_byte").count(), 1);
        let mut found = steps(&whole(merged.stdout));
        assert_eq!(found.len(), 43);
        found.retain(|step| !step.ends_with("None"));
        assert_eq!(found, steps(&[self::flows()]));
    }
}

#[test]
fn vegetas_formats_keep_the_status_and_the_error() {
    let both = [flows(), plain()];
    for format in [Format::Csv, Format::Json, Format::Gob] {
        let read = whole(encode(format, &both));
        let success = |batches: &[Batch]| -> Vec<bool> {
            batches.iter().flat_map(Batch::records).map(|record| record.is_success()).collect()
        };
        let (before, after) = (success(&both), success(&read));
        // The expected statuses of 404 are successes only with their checks.
        assert_eq!(before.iter().filter(|is_success| **is_success).count(), 36);
        assert_eq!(after.iter().filter(|is_success| **is_success).count(), 16);
        let csv = |batches: &[Batch]| text(encode(Format::Csv, batches));
        assert_eq!(csv(&read), csv(&both));
    }
}
