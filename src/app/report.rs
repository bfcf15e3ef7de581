//! `drumfire report`: folds streams of results to numbers.

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use drumfire::codec::Note;
use drumfire::error::Error;
use drumfire::metrics::{By, Groups, Metrics};
use drumfire::plot::Plot;
use drumfire::record::Columns;
use drumfire::report::{self, Contents, Kind};
use drumfire::units::parse_span;

use super::files::{Input, Output};
use super::merge::Round;
use super::reading::{Reading, Sink, add_note};
use super::{Limited, Usage};

/// Points of a series in the charts of a page, at most; the default of plot.
const CHART_POINTS: usize = 4000;

/// Title of a page.
const TITLE: &str = "drumfire report";

/// What clears a terminal and goes to its first line.
///
/// Source: ECMA-48, 8.3.39 (ED) and 8.3.21 (CUP).
const CLEAR: &[u8] = b"\x1b[2J\x1b[H";

/// The flags of report.
#[derive(Debug, Args)]
pub struct Options {
    /// What to write; hist with its buckets behind it, as in hist[0,1ms,10ms], or in -buckets
    #[arg(long = "type", value_name = "text|json|hist|hdrplot|html", default_value = "text")]
    kind: String,

    /// Report again after each such time; 0 for only at the end
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = parse_span)]
    every: Duration,

    /// Histogram buckets of hist and json, as in [0,1ms,10ms]
    #[arg(long, value_name = "LIST", default_value = "")]
    buckets: String,

    /// Tell requests apart by this, too: a row each, and the total
    #[arg(long, value_name = "name|method|url|code")]
    by: Option<By>,

    /// Exit with 98 where the generator could not keep up, with 1 where that is unknown
    #[arg(long)]
    require_valid: bool,

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
/// [`Usage`] where `-type` or `-buckets` cannot be understood, or `-by` has no place in such a
/// report; where a file cannot be opened or
/// written, or an input is not whole; what was whole of it is reported. With `-require-valid`, and
/// behind the report, [`Limited`], or where there is no verdict.
pub fn run(options: Options, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let kind =
        Kind::parse(&options.kind, &options.buckets).map_err(|error| Usage(error.to_string()))?;
    if options.by.is_some() && !kind.shows_groups() {
        let problem =
            format!("-type={} shows no groups: expected text, json or html with -by", options.kind);
        return Err(Usage(problem).into());
    }
    let inputs = Input::open_all(&options.files)?;
    let output = Output::create_beside(&inputs, &options.output)?;
    let clears = !options.every.is_zero() && output.is_terminal();
    let figures = Figures::new(&kind, options.by);
    let mut screen = Screen { kind, output, clears };
    let reading = Reading::start(inputs, figures.columns(), figures)?;
    let outcome = reading.finish_live(options.every, |figures| screen.show(figures))?;
    if !outcome.is_nothing() {
        screen.show(&outcome.sink)?;
    }
    outcome.losses.tell()?;
    outcome.sink.groups.iter().filter_map(Groups::hint).for_each(|hint| tell(&hint));
    if options.require_valid {
        require_valid(&outcome.sink.metrics)?;
    }
    outcome.remark.iter().for_each(|remark| tell(remark));
    Ok(())
}

fn require_valid(metrics: &Metrics) -> anyhow::Result<()> {
    match metrics.verdict() {
        Some(verdict) if verdict.is_valid() => Ok(()),
        Some(verdict) => Err(Limited(verdict).into()),
        None => bail!(
            "no verdict for -require-valid: expected a stream that knows its lag, as attack writes \
             it where -rate is not 0"
        ),
    }
}

/// What a report is made of.
struct Figures {
    metrics: Metrics,
    /// Where requests are told apart.
    groups: Option<Groups>,
    /// Where the report has charts.
    plot: Option<Plot>,
}

impl Figures {
    fn new(kind: &Kind, by: Option<By>) -> Self {
        Self {
            metrics: Metrics::new(kind.buckets().cloned()),
            groups: by.map(|by| Groups::new(by, kind.buckets().cloned())),
            plot: matches!(kind, Kind::Html).then(|| Plot::new(CHART_POINTS)),
        }
    }

    /// Returns the columns to read.
    fn columns(&self) -> Columns {
        match (&self.plot, &self.groups) {
            (Some(_), _) => Columns::Figures,
            (None, Some(_)) => Columns::Labelled,
            (None, None) => Columns::Numbers,
        }
    }

    fn contents(&self) -> Contents<'_> {
        Contents { whole: &self.metrics, groups: self.groups.as_ref() }
    }
}

impl Sink for Figures {
    fn take_note(&mut self, note: &Note) -> anyhow::Result<()> {
        add_note(&mut self.metrics, note);
        Ok(())
    }

    fn take_round(&mut self, round: &Round<'_>) -> anyhow::Result<()> {
        for rows in round.runs() {
            self.metrics.add_rows(rows);
            self.groups.iter_mut().for_each(|groups| groups.add_rows(rows));
        }
        if let Some(plot) = &mut self.plot {
            round.records().for_each(|record| plot.add(&record));
        }
        Ok(())
    }
}

/// Where reports are shown, one after another.
struct Screen {
    kind: Kind,
    output: Output,
    /// Whether each report takes the place of the last one on a terminal.
    clears: bool,
}

impl Screen {
    fn show(&mut self, figures: &Figures) -> anyhow::Result<()> {
        let mut document = if self.clears { CLEAR.to_vec() } else { Vec::new() };
        self.render(figures, &mut document)?;
        self.output.put(&document)
    }

    fn render(&self, figures: &Figures, document: &mut Vec<u8>) -> Result<(), Error> {
        let Some(plot) = &figures.plot else {
            return report::write(&self.kind, figures.contents(), document);
        };
        report::write_html(figures.contents(), &plot.charts()?, TITLE, document)
    }
}
