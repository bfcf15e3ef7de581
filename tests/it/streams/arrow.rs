//! Arrow streams: bytes per record, and streams with earlier layouts.

use std::io::Cursor;
use std::time::Duration;

use drumfire::codec::{self, Format, Metadata};
use drumfire::metrics::Metrics;
use drumfire::record::{Batch, BatchBuilder, Columns, Headers, Record};

use crate::support::results::{decode, encode, records, text, whole};

/// Columns compressed with LZ4; URLs, and names and values of headers, as plain strings.
const LZ4: &[u8] = include_bytes!("../../golden/lz4.arrow");
const LZ4_CSV: &str = include_str!("../../golden/lz4.csv");

#[test]
fn a_stream_with_the_first_layout_is_still_read() {
    assert_eq!(text(encode(Format::Csv, &whole(LZ4))), LZ4_CSV);
    let records = records(LZ4);
    // The sums are those that pyarrow computes.
    let sum = |of: fn(&crate::support::results::Kept) -> Option<Duration>| {
        let times: Vec<Duration> = records.iter().filter_map(of).collect();
        (times.len(), times.iter().sum::<Duration>().as_nanos())
    };
    assert_eq!(sum(|record| record.lag), (60, 11_845_961));
    assert_eq!(sum(|record| record.connect), (21, 2_432_071));
    assert_eq!(sum(|record| record.first_byte), (40, 95_616_152));
    let mut decoder = codec::decoder(Cursor::new(LZ4), Columns::Numbers).unwrap();
    while decoder.next_batch().unwrap().is_some() {}
    assert!(matches!(decoder.metadata(), [Metadata::Plan(plan)] if plan.requests == 60));
}

#[test]
fn a_stream_with_the_first_layout_is_written_with_the_current_one() {
    let rewritten = encode(Format::Arrow, &whole(LZ4));
    assert_eq!(text(encode(Format::Csv, &whole(&rewritten))), LZ4_CSV);
    // Also with one stream after the other.
    let both = [LZ4, &rewritten, LZ4].concat();
    assert_eq!(text(encode(Format::Csv, &whole(both))), LZ4_CSV.repeat(3));
}

#[test]
fn selecting_columns_changes_no_number() {
    let present = encode(Format::Arrow, &whole(LZ4));
    for stream in [LZ4, &present] {
        let folded = [Columns::All, Columns::Figures, Columns::Numbers].map(|columns| {
            let (batches, error) = decode(Cursor::new(stream.to_vec()), columns);
            assert_eq!(error, None);
            let mut metrics = Metrics::new(None);
            batches.iter().for_each(|batch| metrics.add_batch(batch));
            metrics
        });
        assert_eq!((folded[0].requests(), folded[0].errors().count()), (60, 2));
        assert!(folded.iter().all(|metrics| *metrics == folded[0]));
    }
}

/// Returns one second of a run at 10 000 hits per second, as an attack would write it.
fn second(n_urls: u64) -> Vec<Batch> {
    let headers = [
        ("Content-Type", "text/plain"),
        ("Content-Length", "12"),
        ("Date", "Fri, 20 Nov 2026 13:10:06 GMT"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut builder = BatchBuilder::new();
    let mut noise = 1_u64;
    let mut batches = Vec::new();
    for seq in 0..10_000 {
        // Knuth's MMIX generator, whose upper bits are more random than the lower ones.
        noise =
            noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (jitter_ns, latency_ns) = (noise >> 48, 100_000 + (noise >> 44));
        builder.push(&Record {
            attack: "smoke",
            seq,
            code: 200,
            timestamp_ns: 1_795_180_206_240_727_031 + (seq * 100_000 + jitter_ns) as i64,
            latency: Duration::from_nanos(latency_ns),
            lag: Some(Duration::from_nanos(jitter_ns)),
            connect: None,
            first_byte: Some(Duration::from_nanos(latency_ns - 20_000 - (jitter_ns >> 4))),
            bytes_out: 0,
            bytes_in: 12,
            retries: 0,
            error: None,
            body: b"hello world\n",
            name: "",
            method: "GET",
            url: &format!("http://127.0.0.1:8080/items/{}", noise % n_urls),
            headers: Some(Headers::Pairs(&headers)),
            flow: None,
            messaging: None,
        });
        if builder.len() == 1000 {
            batches.push(builder.finish());
        }
    }
    batches
}

/// Checks the bytes that a record takes in a stream.
fn check_size(n_urls: u64, most: usize) {
    let batches = second(n_urls);
    let stream = encode(Format::Arrow, &batches);
    assert!(stream.len() <= most * 10_000, "{} bytes with {n_urls} URLs", stream.len());
    assert_eq!(text(encode(Format::Csv, &whole(stream))), text(encode(Format::Csv, &batches)));
}

#[test]
fn a_record_of_a_small_response_takes_few_bytes() {
    check_size(1, 20);
    check_size(100, 22);
    check_size(u64::MAX, 40);
}
