//! The stream of records: memory while writing, size, and the cost of reading.

use std::fs::{self, File};
use std::io;
use std::time::Duration;

use anyhow::Context;

use crate::results::samples::{Key, Samples};
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const NAME: &str = "stream";

const RATE: u64 = 10_000;

const SECONDS: u64 = 20;

/// When memory is first measured; the second time is shortly before the end.
const EARLY: Duration = Duration::from_secs(5);

const LATE: Duration = Duration::from_millis(19_500);

/// How often the stream is concatenated for the report to read: 1 and 4 million records.
const LENGTHS: [u64; 2] = [5, 20];

/// Writes a stream in the first turn, and reads it in each.
pub fn measure(turn: &mut Turn) {
    let drumfire = [Tool::Drumfire];
    if turn.number == 1 {
        turn.each(NAME, "written", &drumfire, |stage, _| write(stage).map(Some));
    }
    for length in LENGTHS {
        turn.each(NAME, &read_setting(length), &drumfire, |stage, _| read(stage, length).map(Some));
    }
}

fn read_setting(length: u64) -> String {
    format!("{} records read", length * RATE * SECONDS)
}

fn write(stage: &Stage) -> anyhow::Result<Run> {
    let server = stage.serve(&[])?;
    let call = Tool::Drumfire.rated(&server.url, RATE, SECONDS).context("drumfire has rates")?;
    let generator = stage.launch(&call, Core::Generator)?;
    stage.pause(EARLY);
    let early = generator.resident_bytes() as f64;
    stage.pause(LATE - EARLY);
    let late = generator.resident_bytes() as f64;
    stage.await_end(&call, generator)?;
    server.stop()?;
    stage.run("drumfire encode -to=gob -output=gob stream", Core::Any)?;
    let size = |name: &str| fs::metadata(stage.file(name)).map(|file| file.len() as f64);
    let records = (RATE * SECONDS) as f64;
    let run = Run::new(
        call,
        [
            ("resident_bytes_early", early),
            ("resident_bytes_late", late),
            ("growth", late / early),
            ("bytes_per_record", size("stream")? / records),
            ("gob_bytes_per_record", size("gob")? / records),
        ],
    );
    fs::rename(stage.file("stream"), stage.file("written"))?;
    Ok(run)
}

fn read(stage: &Stage, length: u64) -> anyhow::Result<Run> {
    let mut all = File::create(stage.file("stream"))?;
    for _ in 0..length {
        let mut once = File::open(stage.file("written")).context("no stream was written")?;
        io::copy(&mut once, &mut all)?;
    }
    let call = "drumfire report stream";
    let ended = stage.run(call, Core::Generator)?;
    let records = (length * RATE * SECONDS) as f64;
    Ok(Run::new(
        call.to_owned(),
        [
            ("cpu_ns_per_record", ended.cpu.as_nanos() as f64 / records),
            ("peak_bytes", ended.peak_bytes as f64),
        ],
    ))
}

/// Returns the rows of the table.
pub fn rows(samples: &Samples) -> Vec<Row> {
    let written = |figure| Key { measure: NAME, setting: "written", figure };
    let memory =
        format!("memory after {SECONDS} s at {RATE}/s into a file, relative to that after 5 s");
    let size = "stream: size of a record".to_owned();
    let gob = samples.spread(written("gob_bytes_per_record"), Tool::Drumfire);
    let size =
        row(samples, size, Unit::Bytes, written("bytes_per_record")).goals(&[Goal::AtMost(30.0)]);
    let mut rows = vec![
        row(samples, memory, Unit::Share, written("growth")).goals(&[Goal::AtMost(1.1)]),
        size.compared("the same as gob", gob),
    ];
    for length in LENGTHS {
        let setting = read_setting(length);
        let read = |figure| Key { measure: NAME, setting: &setting, figure };
        rows.push(
            row(
                samples,
                format!("report, {setting}: CPU time per record"),
                Unit::Nanos,
                read("cpu_ns_per_record"),
            )
            .goals(&[Goal::AtMost(60.0)]),
        );
        rows.push(
            row(
                samples,
                format!("report, {setting}: peak memory"),
                Unit::Megabytes,
                read("peak_bytes"),
            )
            .goals(&[Goal::AtMost(64e6)]),
        );
    }
    rows
}

fn row(samples: &Samples, what: String, unit: Unit, key: Key) -> Row {
    Row::new(what, unit, Better::Less).measured(samples, key, Tool::Drumfire)
}
