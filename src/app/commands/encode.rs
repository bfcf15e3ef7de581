//! `drumfire encode`: converts streams of results to another format.

use std::str::FromStr;

use anyhow::Context;
use clap::Args;
use drumfire::codec::{self, Encoder, Format, Metadata};
use drumfire::error::Error;
use drumfire::record::{Batch, BatchBuilder, Columns, Record};
use drumfire::units::parse_keyword;

use crate::app::console::Console;
use crate::app::input::files::{Input, Output};
use crate::app::input::merge::Round;
use crate::app::input::reader::{Reader, Sink};
use crate::app::output::ending::Endings;

/// The flags of encode.
#[derive(Debug, Args)]
pub struct Options {
    /// Format to write; by default from the ending of -output
    ///
    /// Format to write: `arrow`, or one of Vegeta's formats, `csv`, `gob` or `json`. Vegeta's
    /// formats [cannot carry every column](../stream-format.md). By default, the ending of
    /// `-output` selects the format. If there is no known ending, the format is `json`. A format
    /// that contradicts the ending is refused.
    #[arg(long, value_name = "arrow|csv|gob|json")]
    to: Option<Format>,

    /// Kinds of records to write; by default all to Arrow, otherwise main
    ///
    /// Kinds of records to write: `main` for requests, calls and messages, `all` also for those about
    /// streams and WebSockets, such as a connect, and for deliveries. The default is `all` for
    /// `arrow`. For Vegeta's formats it is `main`, and calls have the status [200 or
    /// 0](../stream-format.md#what-they-cannot-carry).
    #[arg(long, value_name = "main|all")]
    kinds: Option<Kinds>,

    /// File to write to, or stdout
    ///
    /// File that receives the converted stream.
    #[arg(long, value_name = "FILE", default_value = "stdout")]
    output: String,

    /// Streams of results to read; stdin if none is given
    #[arg(value_name = "FILE")]
    files: Vec<String>,
}

/// Which kinds of records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinds {
    /// Those that count in the main metrics.
    Main,
    All,
}

impl FromStr for Kinds {
    type Err = Error;

    fn from_str(kinds: &str) -> Result<Self, Error> {
        parse_keyword("kinds", kinds, &[("main", Kinds::Main), ("all", Kinds::All)])
    }
}

/// The endings of files, each with its format.
const ENDINGS: Endings = Endings {
    flag: "-to",
    formats: &[
        ("arrow", &["arrow"]),
        ("csv", &["csv"]),
        ("gob", &["gob"]),
        ("json", &["json"]),
        ("jsonl", &["json"]),
        ("ndjson", &["json"]),
    ],
};

/// Runs the command, and prints a remark if a signal ended it.
///
/// # Errors
///
/// [`Usage`](crate::app::exit::Usage) if `-to` contradicts the ending of `-output`. Also if a file
/// cannot be opened or written, or an input cannot be read completely. Its readable part
/// is still converted.
pub fn run(options: Options, console: &Console) -> anyhow::Result<()> {
    let word = ENDINGS.format(&options.output, options.to.map(Format::word))?;
    let format = word.map_or(Ok(Format::Json), |word| word.parse())?;
    let inputs = Input::open_all(&options.files)?;
    let output = Output::create_after_opening(&inputs, &options.output)?;
    if matches!(format, Format::Arrow | Format::Gob) {
        output.refuse_terminal()?;
    }
    let is_arrow = format == Format::Arrow;
    let default = if is_arrow { Kinds::All } else { Kinds::Main };
    let writer = Writer {
        format,
        kinds: options.kinds.unwrap_or(default),
        keeps_kinds: is_arrow,
        copies_metadata: inputs.len() == 1,
        output,
        encoder: None,
        has_begun: false,
        builder: BatchBuilder::new(),
    };
    let outcome = Reader::start(inputs, Columns::All, writer)?.finish()?;
    if outcome.sink.has_begun || !outcome.is_nothing() {
        outcome.sink.finish()?;
    }
    outcome.errors.into_result()?;
    console.print_all(&outcome.remark);
    Ok(())
}

/// Writes records as they arrive.
struct Writer {
    format: Format,
    kinds: Kinds,
    /// Whether the format can carry the kinds of records.
    keeps_kinds: bool,
    /// Whether plans and facts are copied. The merged stream of several inputs has none.
    copies_metadata: bool,
    output: Output,
    /// The current stream. None before its first batch and after its end.
    encoder: Option<Box<dyn Encoder>>,
    /// Whether any stream has begun.
    has_begun: bool,
    /// Combines records of several batches into one.
    builder: BatchBuilder,
}

impl Writer {
    /// Begins a stream.
    fn begin(&mut self, metadata: Option<&Metadata>) -> Result<&mut Box<dyn Encoder>, Error> {
        self.output.clear()?;
        let encoder = codec::encoder(self.format, self.output.clone(), metadata)?;
        self.has_begun = true;
        Ok(self.encoder.insert(encoder))
    }

    /// Ends the current stream, if there is one.
    fn end(&mut self) -> Result<(), Error> {
        self.encoder.take().map_or(Ok(()), |mut encoder| encoder.finish())
    }

    /// Ends the current stream, and begins the one that a plan or facts are the head of. A stream
    /// of facts has no records.
    fn begin_with(&mut self, metadata: &Metadata) -> Result<(), Error> {
        self.end()?;
        self.builder = BatchBuilder::new();
        self.begin(Some(metadata))?;
        match metadata {
            Metadata::Plan(_) => Ok(()),
            Metadata::Facts(_) => self.end(),
        }
    }

    fn write(&mut self, batch: &Batch) -> Result<(), Error> {
        match &mut self.encoder {
            Some(encoder) => encoder.write(batch),
            None => self.begin(None)?.write(batch),
        }
    }

    /// Returns a record as it is written. None if its kind is left out.
    fn record<'a>(&self, record: Record<'a>) -> Option<Record<'a>> {
        let Some(messaging) = record.messaging else { return Some(record) };
        if self.kinds == Kinds::Main && !messaging.kind.is_main() {
            return None;
        }
        // Vegeta knows a success only by its status.
        let code = if record.is_success() { 200 } else { 0 };
        Some(if self.keeps_kinds { record } else { Record { code, ..record } })
    }

    /// Ends the stream. An input without records becomes an empty stream.
    fn try_finish(&mut self) -> Result<(), Error> {
        if !self.has_begun {
            self.begin(None)?;
        }
        self.end()
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.try_finish().with_context(|| self.context())
    }

    /// Returns what failed if a write fails.
    fn context(&self) -> String {
        format!("write {}", self.output.name())
    }
}

impl Sink for Writer {
    fn take_metadata(&mut self, metadata: &Metadata) -> anyhow::Result<()> {
        if !self.copies_metadata {
            return Ok(());
        }
        self.begin_with(metadata).with_context(|| self.context())
    }

    fn take_round(&mut self, round: &Round) -> anyhow::Result<()> {
        // A stream has one set of columns, so it has those that any input has.
        let extras = self.builder.extras().union(round.extras());
        if extras != self.builder.extras() {
            self.builder = BatchBuilder::with(extras);
        }
        let is_changed = extras.messaging && !(self.keeps_kinds && self.kinds == Kinds::All);
        let is_complete = |batch: &&Batch| batch.extras() == extras && !is_changed;
        let written = match round.as_batch().filter(is_complete) {
            Some(batch) => self.write(batch),
            None => {
                for record in round.records() {
                    if let Some(record) = self.record(record) {
                        self.builder.push(&record);
                    }
                }
                let batch = self.builder.finish();
                self.write(&batch)
            }
        };
        written.with_context(|| self.context())
    }
}
