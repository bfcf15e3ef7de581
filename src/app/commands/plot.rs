//! `drumfire plot`: draws charts.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use drumfire::codec::Metadata;
use drumfire::error::Error;
use drumfire::metrics::{By, Groups, Metrics};
use drumfire::plot::Chart;
use drumfire::record::Columns;
use drumfire::report::Contents;

use crate::app::console::Console;
use crate::app::exit::Usage;
use crate::app::input::files::{Input, Output};
use crate::app::input::merge::Round;
use crate::app::input::reader::{Reader, Sink, add_metadata};
use crate::app::output::annotations::annotations;
use crate::app::output::ending::Endings;
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
    /// `inflight`, `names`, `flows`, `messages`, `sockets` or `deliveries`. The chart `names` has a
    /// panel for each [target name](../../guide/targets.md).
    #[arg(long, value_name = "NAME", value_parser = chart_parser())]
    chart: Option<Chart>,

    /// Hits up to which each is drawn as a mark; 0: up to 200000
    ///
    /// Maximum number of hits of a run that are drawn as single marks on the latency chart; a
    /// longer run is drawn as quantiles. Failed hits always have marks, at most N for all runs
    /// together. N is at least 3; `0` draws up to 200,000 marks.
    #[arg(long, value_name = "N", default_value_t = CHART_POINTS, value_parser = parse_threshold)]
    threshold: usize,

    /// Output format; by default from the ending of -output
    ///
    /// `html` is [a page](../../guide/results.md#the-html-page) with all charts that have data; for
    /// several runs it includes a table of their numbers. `svg` is a single chart. By default, the
    /// format follows the ending of `-output`. Otherwise it is `svg` with `-chart` and `html`
    /// without. A format that contradicts the ending is refused. So is output to a terminal.
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
    /// Returns the name of the format, as users type it.
    fn word(self) -> &'static str {
        match self {
            Kind::Html => "html",
            Kind::Svg => "svg",
        }
    }
}

/// The endings of files, each with its format.
const ENDINGS: Endings = Endings {
    flag: "-type",
    formats: &[("html", &["html"]), ("svg", &["svg"]), ("htm", &["html"])],
};

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
/// [`Usage`] if `-type` and the ending of `-output` contradict. If a file cannot be opened or
/// written, the output is a terminal, the chart cannot be drawn, or an input cannot be read
/// completely. Its readable part is still drawn.
pub fn run(options: Options, console: &Console) -> anyhow::Result<()> {
    let kind = options.kind()?;
    let inputs = Input::open_all(&options.files)?;
    let mut output = Output::create_after_opening(&inputs, &options.output)?;
    output.refuse_page(kind.word())?;
    let page = PageData::new(options.threshold);
    page.name_inputs(&inputs);
    let names = Groups::new(By::Name, None);
    let charts = Charts { metrics: Metrics::default(), names, page };
    let outcome = Reader::start(inputs, Columns::Identified, charts)?.finish()?;
    if !outcome.is_nothing() {
        output.put(&options.render(kind, &outcome.sink)?)?;
    }
    outcome.errors.into_result()?;
    console.print_all(&outcome.remark);
    Ok(())
}

impl Options {
    fn kind(&self) -> Result<Kind, Usage> {
        Ok(match ENDINGS.format(&self.output, self.kind.map(Kind::word))?.as_deref() {
            Some("svg") => Kind::Svg,
            Some(_) => Kind::Html,
            None if self.chart.is_some() => Kind::Svg,
            None => Kind::Html,
        })
    }

    /// Returns the page or chart to write.
    fn render(&self, kind: Kind, charts: &Charts) -> Result<Vec<u8>, Error> {
        let annotations = annotations(&charts.metrics);
        let title = self.title.as_deref().filter(|title| !title.is_empty());
        if kind == Kind::Svg {
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
