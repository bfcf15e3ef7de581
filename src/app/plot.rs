//! `drumfire plot`: draws latency over time.

use std::path::Path;

use clap::{Args, ValueEnum};
use drumfire::codec::Note;
use drumfire::error::Error;
use drumfire::metrics::Metrics;
use drumfire::plot::Plot;
use drumfire::record::Columns;

use super::files::{Input, Output};
use super::merge::Round;
use super::reading::{Reading, Sink, add_note};

/// The flags of plot.
#[derive(Debug, Args)]
pub struct Options {
    /// Title of the chart
    #[arg(long, value_name = "TEXT", default_value = "drumfire plot")]
    title: String,

    /// Points of a series drawn at most; 0 for all
    #[arg(long, value_name = "N", default_value_t = 4000, value_parser = parse_threshold)]
    threshold: usize,

    /// html or svg; by the ending of the output where not given, else html
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<Kind>,

    /// File to write, or stdout
    #[arg(long, value_name = "FILE", default_value = "stdout")]
    output: String,

    /// Streams of results to read; stdin where none is named
    #[arg(value_name = "FILE")]
    files: Vec<String>,
}

/// What the charts are drawn into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A page with all charts.
    Html,
    /// The chart of latency over time.
    Svg,
}

impl Kind {
    /// Returns the kind that the ending of a file's name stands for.
    fn of_file(name: &str) -> Self {
        match Path::new(name).extension() {
            Some(ending) if ending.eq_ignore_ascii_case("svg") => Kind::Svg,
            _ => Kind::Html,
        }
    }

    fn render(self, plot: &Plot, title: &str) -> Result<Vec<u8>, Error> {
        match self {
            Kind::Svg => plot.svg(title).map(String::into_bytes),
            Kind::Html => {
                let mut page = Vec::new();
                plot.html(title, &mut page)?;
                Ok(page)
            }
        }
    }
}

/// Parses -threshold, which has to be right before anything is opened: what the output held is
/// lost once it is.
fn parse_threshold(text: &str) -> Result<usize, Error> {
    let threshold = text.parse().ok().filter(|points| !matches!(points, 1 | 2));
    threshold.ok_or_else(|| Error::Value {
        what: "threshold",
        input: text.to_owned(),
        expected: "0 for every point, or at least 3",
    })
}

/// Runs the command, and tells what is worth saying at its end.
///
/// # Errors
///
/// Where a file cannot be opened or written, the chart cannot be drawn, or an input is not
/// whole; what was whole of it is drawn.
pub fn run(options: Options, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let kind = options.kind.unwrap_or_else(|| Kind::of_file(&options.output));
    let inputs = Input::open_all(&options.files)?;
    let mut output = Output::create_beside(&inputs, &options.output)?;
    let drawing = Drawing { plot: Plot::new(options.threshold), metrics: Metrics::default() };
    let mut outcome = Reading::start(inputs, Columns::Figures, drawing)?.finish()?;
    if !outcome.is_nothing() {
        let Drawing { plot, metrics } = &mut outcome.sink;
        if let Some(verdict) = metrics.verdict() {
            plot.set_remark(&format!("Verdict: {verdict}"));
        }
        output.put(&kind.render(plot, &options.title)?)?;
    }
    outcome.losses.tell()?;
    outcome.remark.iter().for_each(|remark| tell(remark));
    Ok(())
}

/// What is drawn, and what is said of it.
struct Drawing {
    plot: Plot,
    metrics: Metrics,
}

impl Sink for Drawing {
    fn take_note(&mut self, note: &Note) -> anyhow::Result<()> {
        add_note(&mut self.metrics, note);
        Ok(())
    }

    fn take_round(&mut self, round: &Round<'_>) -> anyhow::Result<()> {
        round.runs().iter().for_each(|rows| self.metrics.add_rows(rows));
        round.records().for_each(|record| self.plot.add(&record));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_the_output_tells_the_kind() {
        let table = [
            ("latency.svg", Kind::Svg),
            ("LATENCY.SVG", Kind::Svg),
            ("latency.html", Kind::Html),
            ("svg", Kind::Html),
            ("stdout", Kind::Html),
        ];
        for (name, kind) in table {
            assert_eq!(Kind::of_file(name), kind, "{name}");
        }
    }
}
