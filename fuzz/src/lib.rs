//! Checks that the fuzz targets share.

mod messages;
mod responses;
mod streams;

pub use messages::MessageCheck;
pub use responses::{check_body, check_response};
pub use streams::{check_http2, check_messages};

use std::io::{self, Cursor, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use drumfire::codec::{Encoder, Format, Metadata, decoder, encoder};
use drumfire::error::Error;
use drumfire::metrics::Metrics;
use drumfire::plot::{Annotations, Plot};
use drumfire::record::{Batch, Columns, Record};
use drumfire::report::{self, Kind};
use drumfire::targets::Target;
use libfuzzer_sys::Corpus;

/// Checks that every target of a list can be sent.
pub fn check_targets(list: Result<Vec<Target>, Error>) -> Corpus {
    for target in list.iter().flatten() {
        assert!(target.address.has_host(), "{target:?} has no host");
    }
    Corpus::Keep
}

/// Reads a stream as far as possible, reports and draws its records, and converts it to every
/// format. No conversion may change a number.
pub fn check_stream(stream: &[u8]) -> Corpus {
    let (batches, notes) = read(stream, Columns::All);
    // Damaged bodies and headers are not read if only numbers are needed.
    let figures = numbers(&read(stream, Columns::Figures).0);
    assert!(figures.starts_with(&numbers(&batches)), "the columns asked for change the records");
    report(&batches, &notes);
    // Drawing takes the longest: one stream in eight, chosen by its length, is drawn.
    if stream.len().is_multiple_of(8) {
        draw(&batches);
    }
    for format in [Format::Arrow, Format::Gob, Format::Json, Format::Csv] {
        let copy = read(&write(format, &batches), Columns::All).0;
        assert_eq!(numbers(&copy), numbers(&batches), "a trip through {format:?} changes them");
    }
    Corpus::Keep
}

/// Returns the readable part of a stream.
fn read(stream: &[u8], columns: Columns) -> (Vec<Batch>, Vec<Metadata>) {
    let Ok(mut decoder) = decoder(Cursor::new(stream.to_vec()), columns) else {
        return Default::default();
    };
    let mut batches = Vec::new();
    while let Ok(Some(batch)) = decoder.next_batch() {
        assert!(!batch.is_empty(), "a batch is never empty");
        batches.push(batch);
    }
    (batches, decoder.metadata().to_vec())
}

/// Returns the numbers of each record that all formats carry.
fn numbers(batches: &[Batch]) -> Vec<[i128; 6]> {
    let of_record = |record: Record<'_>| {
        [
            i128::from(record.seq),
            i128::from(record.code),
            i128::from(record.timestamp_ns),
            i128::try_from(record.latency.as_nanos()).expect("a latency has less than 127 bits"),
            i128::from(record.bytes_out),
            i128::from(record.bytes_in),
        ]
    };
    batches.iter().flat_map(Batch::records).map(of_record).collect()
}

/// Writes every report.
fn report(batches: &[Batch], notes: &[Metadata]) {
    let kinds = [("text", ""), ("json", "[0,1ms]"), ("hist[0,1ms]", ""), ("hdrplot", "")];
    for (kind, buckets) in kinds {
        let kind = Kind::parse(kind, buckets).expect("the kind is one of ours");
        let mut metrics = Metrics::new(kind.buckets().cloned());
        batches.iter().for_each(|batch| metrics.add_batch(batch));
        notes.iter().for_each(|note| match note {
            Metadata::Plan(plan) => metrics.add_plan(plan),
            Metadata::Facts(facts) => metrics.add_facts(facts),
        });
        report::write(&kind, &metrics, &mut io::sink()).expect("a report can be written");
    }
}

/// Draws all charts.
fn draw(batches: &[Batch]) {
    let mut plot = Plot::new(3);
    batches.iter().for_each(|batch| plot.add_batch(batch));
    plot.charts(&Annotations::default()).expect("the charts can be drawn");
}

/// Returns the batches as a stream in a format.
fn write(format: Format, batches: &[Batch]) -> Vec<u8> {
    let sheet = Sheet::default();
    let mut encoder = encoder(format, sheet.clone(), None).expect("memory takes everything");
    write_all(encoder.as_mut(), batches).expect("memory takes everything");
    mem::take(&mut sheet.0.lock().unwrap_or_else(PoisonError::into_inner))
}

fn write_all(encoder: &mut dyn Encoder, batches: &[Batch]) -> Result<(), Error> {
    batches.iter().try_for_each(|batch| encoder.write(batch))?;
    encoder.finish()
}

/// An output in memory that can be read while its encoder exists.
#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
