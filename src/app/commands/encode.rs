//! `drumfire encode`: turns streams of results into another format.

use anyhow::Context;
use clap::Args;
use drumfire::codec::{self, Encoder, Format, Metadata};
use drumfire::error::Error;
use drumfire::record::{Batch, BatchBuilder, Columns};

use crate::app::input::files::{Input, Output};
use crate::app::input::merge::Round;
use crate::app::input::reader::{Reading, Sink};

/// The flags of encode.
#[derive(Debug, Args)]
pub struct Options {
    /// Format to write
    #[arg(long, value_name = "arrow|csv|gob|json", default_value = "json")]
    to: Format,

    /// File to write, or stdout
    #[arg(long, value_name = "FILE", default_value = "stdout")]
    output: String,

    /// Streams of results to read; stdin where none is named
    #[arg(value_name = "FILE")]
    files: Vec<String>,
}

/// Runs the command, and tells what is worth saying at its end.
///
/// # Errors
///
/// Where a file cannot be opened or written, or an input is not whole; what was whole of it is
/// written.
pub fn run(options: Options, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let inputs = Input::open_all(&options.files)?;
    let output = Output::create_beside(&inputs, &options.output)?;
    if matches!(options.to, Format::Arrow | Format::Gob) {
        output.refuse_terminal()?;
    }
    let scribe = Scribe {
        format: options.to,
        keeps_notes: inputs.len() == 1,
        output,
        encoder: None,
        has_begun: false,
        builder: BatchBuilder::new(),
    };
    let outcome = Reading::start(inputs, Columns::All, scribe)?.finish()?;
    if outcome.sink.has_begun || !outcome.is_nothing() {
        outcome.sink.finish()?;
    }
    outcome.losses.tell()?;
    outcome.remark.iter().for_each(|remark| tell(remark));
    Ok(())
}

/// Writes records as they come.
struct Scribe {
    format: Format,
    /// Whether notes are carried over. Streams of several inputs become one, which has none of
    /// their plans and facts.
    keeps_notes: bool,
    output: Output,
    /// The stream under way; None before its first batch and behind one's end.
    encoder: Option<Box<dyn Encoder>>,
    /// Whether there has been a stream.
    has_begun: bool,
    /// Makes one batch of records that come from several.
    builder: BatchBuilder,
}

impl Scribe {
    /// Begins a stream.
    fn begin(&mut self, note: Option<&Metadata>) -> Result<&mut Box<dyn Encoder>, Error> {
        self.output.clear()?;
        let encoder = codec::encoder(self.format, self.output.clone(), note)?;
        self.has_begun = true;
        Ok(self.encoder.insert(encoder))
    }

    /// Ends the stream under way, where there is one.
    fn end(&mut self) -> Result<(), Error> {
        self.encoder.take().map_or(Ok(()), |mut encoder| encoder.finish())
    }

    /// Ends the stream under way, and begins the one that a note is the head of. That of facts has
    /// nothing else.
    fn turn(&mut self, note: &Metadata) -> Result<(), Error> {
        self.end()?;
        self.begin(Some(note))?;
        match note {
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

    /// Ends the stream. One that never began is whole too, and empty.
    fn try_finish(&mut self) -> Result<(), Error> {
        if !self.has_begun {
            self.begin(None)?;
        }
        self.end()
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.try_finish().with_context(|| self.doing())
    }

    /// What fails where a write fails.
    fn doing(&self) -> String {
        format!("write {}", self.output.name())
    }
}

impl Sink for Scribe {
    fn take_note(&mut self, note: &Metadata) -> anyhow::Result<()> {
        if !self.keeps_notes {
            return Ok(());
        }
        self.turn(note).with_context(|| self.doing())
    }

    fn take_round(&mut self, round: &Round<'_>) -> anyhow::Result<()> {
        let written = match round.as_batch() {
            Some(batch) => self.write(batch),
            None => {
                round.records().for_each(|record| self.builder.push(&record));
                let batch = self.builder.finish();
                self.write(&batch)
            }
        };
        written.with_context(|| self.doing())
    }
}
