//! The cost of a record on its way from the engine to the report, without a network.
//!
//! `make bench` runs it. Results of one run can be compared; results of two machines cannot.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use drumfire::codec::{Format, decoder, encoder};
use drumfire::metrics::{By, Groups, Metrics};
use drumfire::plot::Plot;
use drumfire::record::{Batch, BatchBuilder, Columns, Headers, Record};

/// Records in a batch: 100 ms at 10 000/s.
const N: usize = 1_000;

const FORMATS: [&str; 4] = ["arrow", "gob", "json", "csv"];

fn main() {
    divan::main();
}

/// Spreads whole numbers over `0..bound`, always in the same way.
fn spread(n: usize, bound: u64) -> u64 {
    // Knuth's multiplicative hash.
    ((n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % bound
}

fn headers() -> Vec<(String, String)> {
    [
        ("Content-Type", "text/plain"),
        ("Content-Length", "12"),
        ("Date", "Fri, 20 Nov 2026 13:10:06 GMT"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn push_all(builder: &mut BatchBuilder, headers: &[(String, String)]) {
    for n in 0..N {
        builder.push(&Record {
            attack: "smoke",
            seq: n as u64,
            code: 200,
            timestamp_ns: 1_795_180_206_240_727_031 + n as i64 * 100_000 + spread(n, 20_000) as i64,
            latency: Duration::from_nanos(60_000 + spread(n, 90_000)),
            lag: Some(Duration::from_nanos(8_000 + spread(n + 1, 12_000))),
            connect: None,
            first_byte: Some(Duration::from_nanos(50_000 + spread(n, 90_000))),
            bytes_out: 0,
            bytes_in: 12,
            retries: 0,
            error: None,
            body: b"hello world\n",
            name: "",
            method: "GET",
            url: "http://127.0.0.1:8080/items/42",
            headers: Some(Headers::Pairs(headers)),
            flow: None,
            messaging: None,
        });
    }
}

fn batch() -> Batch {
    let mut builder = BatchBuilder::new();
    push_all(&mut builder, &headers());
    builder.finish()
}

/// An output in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl io::Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no thread panics while it holds the lock").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stream(format: Format) -> Vec<u8> {
    let memory = Memory::default();
    let mut encoder = encoder(format, memory.clone(), None).expect("memory takes it");
    for _ in 0..10 {
        encoder.write(&batch()).expect("memory takes it");
    }
    encoder.finish().expect("memory takes it");
    memory.0.lock().expect("no thread panics while it holds the lock").clone()
}

#[divan::bench]
fn build(bencher: Bencher) {
    let (mut builder, headers) = (BatchBuilder::new(), headers());
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        push_all(&mut builder, &headers);
        builder.finish()
    });
}

#[divan::bench(args = FORMATS)]
fn encode(bencher: Bencher, name: &str) {
    let batch = batch();
    let mut encoder = encoder(format(name), io::sink(), None).expect("a sink takes it");
    bencher.counter(ItemsCount::new(N)).bench_local(|| encoder.write(black_box(&batch)));
}

#[divan::bench(args = FORMATS)]
fn report(bencher: Bencher, name: &str) {
    let bytes = stream(format(name));
    let records = ItemsCount::new(10 * N);
    bencher.counter(records).counter(BytesCount::new(bytes.len())).bench_local(|| {
        let mut decoder =
            decoder(io::Cursor::new(bytes.clone()), Columns::Numbers).expect("it is a stream");
        let mut metrics = Metrics::default();
        while let Ok(Some(batch)) = decoder.next_batch() {
            metrics.add_batch(&batch);
        }
        metrics
    });
}

/// The numbers of six alternating names, in addition to those of the whole.
#[divan::bench]
fn group(bencher: Bencher) {
    let mut builder = BatchBuilder::new();
    let batch = batch();
    for (record, n) in batch.records().zip(0_usize..) {
        builder.push(&Record { name: ["a", "b", "c", "d", "e", "f"][n % 6], ..record });
    }
    let batch = builder.finish();
    let (mut whole, mut groups) = (Metrics::default(), Groups::new(By::Name, None));
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        whole.add_batch(black_box(&batch));
        groups.add_batch(black_box(&batch));
    });
}

#[divan::bench]
fn plot(bencher: Bencher) {
    let batch = batch();
    bencher.counter(ItemsCount::new(N)).with_inputs(|| Plot::new(4_000)).bench_local_values(
        |mut plot| {
            plot.add_batch(&batch);
            plot
        },
    );
}

fn format(name: &str) -> Format {
    name.parse().expect("it is one of the formats")
}
