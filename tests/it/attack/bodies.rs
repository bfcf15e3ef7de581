//! Response bodies: how much of them is kept, and what happens without memory for more.

use drumfire::codec::{self, Metadata};
use drumfire::record::Columns;

use crate::support::harness::{drumfire, program};
use crate::support::results::records;
use crate::support::servers::serve;

#[test]
fn bodies_beyond_the_memory_for_them_are_truncated_and_reported() {
    let server = serve(&["-body-size=1mb"]);
    let attack = drumfire("attack -rate=100 -requests=3 -threads=1 -body-memory=300kb");
    let output = attack.stdin(format!("GET {}/\n", server.url)).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    for hit in records(&output.stdout) {
        assert_eq!((hit.code, hit.bytes_in, hit.error.as_str()), (200, 1 << 20, ""));
        assert!(hit.body.len() <= 300 << 10, "{}", hit.body.len());
    }
    let stream = output.stdout;
    assert_eq!(truncated_bodies(&stream), 3);
    for (line, row) in [
        (
            "report",
            "Truncated     [response bodies]                 3; the memory for bodies was used up",
        ),
        ("report -type=json", r#""truncated_bodies":3,"verdict":"valid""#),
        ("report -type=markdown", "**Truncated response bodies:** 3; the memory for bodies"),
        ("report -type=html", "3; the memory for bodies was used up, see -body-memory"),
    ] {
        let report = drumfire(line).stdin(stream.clone()).run();
        assert!(report.text().contains(row), "{line}: {}", report.text());
    }
}

#[test]
fn bodies_within_the_memory_are_kept() {
    let server = serve(&["-body-size=1mb"]);
    for memory in ["", "-body-memory=-1", "-body-memory=64mb"] {
        let attack = drumfire("attack -rate=100 -requests=3").args(memory.split_whitespace());
        let output = attack.stdin(format!("GET {}/\n", server.url)).run();
        assert!(records(&output.stdout).iter().all(|hit| hit.body.len() == 1 << 20), "{memory}");
        assert_eq!(truncated_bodies(&output.stdout), 0);
    }
}

/// Address space is limited more strictly than memory, and the limit makes allocations fail.
#[test]
#[cfg(target_os = "linux")]
fn an_attack_without_memory_for_its_bodies_keeps_its_records() {
    let server = serve(&["-body-size=64mb"]);
    for memory in ["", "-body-memory=-1"] {
        let script = format!("ulimit -v 400000; exec \"$0\" attack -rate=100 -requests=6 {memory}");
        let shell = program("sh").args(["-c", &script, env!("CARGO_BIN_EXE_drumfire")]);
        let output = shell.stdin(format!("GET {}/\n", server.url)).run();
        assert_eq!(output.status, Some(0), "{memory}: {}", output.stderr);
        let hits = records(&output.stdout);
        assert_eq!(hits.len(), 6, "{memory}");
        for hit in hits {
            assert_eq!((hit.code, hit.bytes_in), (200, 64 << 20), "{memory}");
        }
        assert!(truncated_bodies(&output.stdout) >= 1, "{memory}");
    }
}

/// Returns the number of truncated bodies in the facts of a stream.
#[track_caller]
fn truncated_bodies(stream: &[u8]) -> u64 {
    let mut decoder =
        codec::decoder(std::io::Cursor::new(stream.to_vec()), Columns::Figures).unwrap();
    while decoder.next_batch().unwrap().is_some() {}
    match decoder.metadata() {
        [Metadata::Plan(_), Metadata::Facts(facts)] => facts.truncated_bodies,
        other => panic!("no plan with facts: {other:?}"),
    }
}
