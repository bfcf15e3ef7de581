//! The streams whose pages are checked. They have the same hits every time.

use std::time::Duration;

use drumfire::codec::{self, Format, Metadata};
use drumfire::plan::Plan;
use drumfire::record::{BatchBuilder, Record};

use crate::support::results::Shared;

/// Hits per second.
const RATE: u64 = 20;

/// When the first hit is due, in ns since 1970 UTC.
const BEGIN_NS: i64 = 1_795_180_206_000_000_000;

/// Second from which responses take 20 ms instead of 2 ms.
const STEP: u64 = 30;

/// Seconds between which no response arrives.
const STALL: (u64, u64) = (45, 47);

/// Part of every text in a stream, and of every text on the command line.
pub const HOSTILE: &str = "</script><script>ran()</script></metadata><svg onload=ran()>]]><script>ran()\
    </script><img src=x onerror=ran()>\"' onfocus=ran() \u{2028}\u{202e}\u{2066}\0";

/// Returns a run of 60 s against three endpoints with varying data in their URLs. Responses are
/// slower from the middle on, stop for two seconds, and some fail.
pub fn mixed(attack: &str) -> Vec<u8> {
    let plan = Plan {
        rate: "30s@20,30s@20".parse().expect("they are stages"),
        duration_ns: 60_000_000_000,
        requests: 60 * RATE,
        ..Plan::default()
    };
    run(attack, 60 * RATE, Some(Metadata::Plan(plan)))
}

/// Returns the first seconds of such a run, without a plan.
pub fn short(attack: &str, seconds: u64) -> Vec<u8> {
    run(attack, seconds * RATE, None)
}

/// Returns the first hit of such a run.
pub fn one() -> Vec<u8> {
    run("one", 1, None)
}

/// Returns hits whose texts are all hostile, or longer than any line.
pub fn hostile() -> Vec<u8> {
    let word = "long".repeat(800);
    let urls = [format!("http://h/{HOSTILE}"), format!("http://h/{word}")];
    let errors = [HOSTILE, word.as_str(), ""];
    let mut builder = BatchBuilder::new();
    for seq in 0..600 {
        let error = errors[seq as usize % 3];
        builder.push(&Record {
            error: (!error.is_empty()).then_some(error),
            attack: HOSTILE,
            name: [HOSTILE, &word][seq as usize % 2],
            method: "GET",
            url: &urls[seq as usize % 2],
            body: HOSTILE.as_bytes(),
            ..hit(seq)
        });
    }
    encoded(builder, None)
}

fn run(attack: &str, n_hits: u64, note: Option<Metadata>) -> Vec<u8> {
    let mut builder = BatchBuilder::new();
    for seq in 0..n_hits {
        let hit = hit(seq);
        let name = ["home", "login", "search"][seq as usize % 3];
        let url = format!("http://h/{name}/{seq}");
        builder.push(&Record { attack, name, method: "GET", url: &url, ..hit });
    }
    encoded(builder, note)
}

/// Returns a hit without its texts, except for its error.
fn hit(seq: u64) -> Record<'static> {
    let at = Duration::from_secs(seq) / RATE as u32;
    let (from, to) = (Duration::from_secs(STALL.0), Duration::from_secs(STALL.1));
    let base = if at < Duration::from_secs(STEP) { 2_000 } else { 20_000 };
    let stalled = if at >= from { to.saturating_sub(at) } else { Duration::ZERO };
    let (code, error) = match seq {
        7 | 1_007 => (0, Some("Get \"http://h/\": context deadline exceeded")),
        _ if seq % 40 == 11 => (500, Some("500 Internal Server Error")),
        _ => (200, None),
    };
    Record {
        seq,
        code,
        timestamp_ns: BEGIN_NS + at.as_nanos() as i64,
        latency: Duration::from_micros(base + seq * 7_919 % 1_000) + stalled,
        lag: Some(Duration::from_micros(10 + seq * 7_907 % 200)),
        bytes_in: 12,
        error,
        ..Record::default()
    }
}

fn encoded(mut builder: BatchBuilder, note: Option<Metadata>) -> Vec<u8> {
    let output = Shared::default();
    let mut encoder = codec::encoder(Format::Arrow, output.clone(), note.as_ref()).unwrap();
    encoder.write(&builder.finish()).unwrap();
    encoder.finish().unwrap();
    output.bytes()
}
