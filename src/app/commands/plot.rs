//! `drumfire plot`: draws charts.

use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use drumfire::codec::Metadata;
use drumfire::error::Error;
use drumfire::metrics::{By, Groups, Metrics};
use drumfire::plot::Chart;
use drumfire::record::Columns;
use drumfire::report::Contents;

use crate::app::console::Console;
use crate::app::input::files::{Input, Output};
use crate::app::input::merge::Round;
use crate::app::input::reader::{Reader, Sink, add_metadata};
use crate::app::output::annotations::annotations;
use crate::app::output::html_page::{CHART_POINTS, PageData, PageOptions};

/// The default title of a page.
const TITLE: &str = "drumfire plot";

/// The flags of plot.
#[derive(Debug, Args)]
pub struct Options {
    /// The redacted command line, as a page shows it.
    #[arg(skip)]
    pub command: String,
    /// Title of the page or chart
    ///
    /// Title of the page or the chart. By default, a page is titled with the name of the attack and
    /// `drumfire plot`, and a chart with what it shows.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// Draw only this chart, not the whole page
    ///
    /// Draws a single chart: `latency`, `heatmap`, `percentiles`, `rate`, `codes`, `lag`,
    /// `inflight` or `names`. The chart `names` has a panel for each [target
    /// name](../../guide/targets.md).
    #[arg(long, value_name = "NAME", value_parser = chart_parser())]
    chart: Option<Chart>,

    /// Hits up to which each is drawn as a mark; 0: up to 200000
    ///
    /// Maximum number of hits of a run that are drawn as single marks on the latency chart; a
    /// longer run is drawn as quantiles. Failed hits always have marks, at most N for all runs
    /// together. N is at least 3; `0` draws up to 200,000 marks.
    #[arg(long, value_name = "N", default_value_t = CHART_POINTS, value_parser = parse_threshold)]
    threshold: usize,

    /// Output format; by default from the extension of -output
    ///
    /// `html` is [a page](../../guide/results.md#the-html-page) with all charts that have data; for
    /// several runs it includes a table of their numbers. `svg` is a single chart. By default, the
    /// format follows the ending of `-output`. Otherwise it is `svg` with `-chart` and `html`
    /// without.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<Kind>,

    /// File to write to, or stdout
    ///
    /// File that receives the page or chart.
    #[arg(long, value_name = "FILE", default_value = "stdout")]
    output: String,

    /// Streams of results to read; stdin if none is given
    #[arg(value_name = "FILE")]
    files: Vec<String>,
}

/// The output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A page with all charts.
    Html,
    /// A single chart, by default that of latency.
    Svg,
}

impl Kind {
    /// Returns the format for the ending of a file name. None if the ending is another one.
    fn of_file(name: &str) -> Option<Self> {
        let ending = Path::new(name).extension()?;
        let is = |known: &str| ending.eq_ignore_ascii_case(known);
        if is("svg") { Some(Kind::Svg) } else { is("html").then_some(Kind::Html) }
    }
}

/// Returns the parser of `-chart`, which also lists the charts for completions.
fn chart_parser() -> impl TypedValueParser<Value = Chart> {
    let words = PossibleValuesParser::new(Chart::ALL.map(Chart::word));
    words.try_map(|word| word.parse::<Chart>())
}

/// Parses `-threshold`. It is checked before the output is opened, since opening may empty a file.
fn parse_threshold(text: &str) -> Result<usize, Error> {
    let threshold = text.parse().ok().filter(|points| !matches!(points, 1 | 2));
    threshold.ok_or_else(|| Error::Value {
        what: "threshold",
        input: text.to_owned(),
        expected: "0 for every point, or at least 3",
    })
}

/// Runs the command, and prints a remark if a signal ended it.
///
/// # Errors
///
/// If a file cannot be opened or written, the chart cannot be drawn, or an input cannot be read
/// completely. Its readable part is still drawn.
pub fn run(options: Options, console: &Console) -> anyhow::Result<()> {
    let inputs = Input::open_all(&options.files)?;
    let mut output = Output::create_after_opening(&inputs, &options.output)?;
    let page = PageData::new(options.threshold);
    page.name_inputs(&inputs);
    let names = Groups::new(By::Name, None);
    let charts = Charts { metrics: Metrics::default(), names, page };
    let outcome = Reader::start(inputs, Columns::Identified, charts)?.finish()?;
    if !outcome.is_nothing() {
        output.put(&options.render(&outcome.sink)?)?;
    }
    outcome.errors.into_result()?;
    console.print_all(&outcome.remark);
    Ok(())
}

impl Options {
    fn kind(&self) -> Kind {
        let default = if self.chart.is_some() { Kind::Svg } else { Kind::Html };
        self.kind.or_else(|| Kind::of_file(&self.output)).unwrap_or(default)
    }

    /// Returns the page or chart to write.
    fn render(&self, charts: &Charts) -> Result<Vec<u8>, Error> {
        let annotations = annotations(&charts.metrics);
        let title = self.title.as_deref().filter(|title| !title.is_empty());
        if self.kind() == Kind::Svg {
            let chart = self.chart.unwrap_or(Chart::Latency);
            let svg = charts.page.svg(chart, title, &annotations)?;
            return Ok(svg.into_bytes());
        }
        let options = PageOptions {
            title,
            kind: TITLE,
            command: &self.command,
            chart: self.chart,
            is_by_run: true,
        };
        let contents = Contents { groups: Some(&charts.names), ..Contents::from(&charts.metrics) };
        let mut page = Vec::new();
        charts.page.write(contents, &options, &annotations, &mut page)?;
        Ok(page)
    }
}

/// What the records are folded into.
struct Charts {
    metrics: Metrics,
    /// Records grouped by target name.
    names: Groups,
    page: PageData,
}

impl Sink for Charts {
    fn take_metadata(&mut self, metadata: &Metadata) -> anyhow::Result<()> {
        add_metadata(&mut self.metrics, metadata);
        Ok(())
    }

    fn take_round(&mut self, round: &Round) -> anyhow::Result<()> {
        for rows in round.runs() {
            self.metrics.add_rows(&rows);
            self.names.add_rows(&rows);
        }
        self.page.add_round(round);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_the_output_selects_the_format() {
        let table = [
            ("latency.svg", Some(Kind::Svg)),
            ("LATENCY.SVG", Some(Kind::Svg)),
            ("latency.html", Some(Kind::Html)),
            ("svg", None),
            ("stdout", None),
        ];
        for (name, kind) in table {
            assert_eq!(Kind::of_file(name), kind, "{name}");
        }
    }
}
