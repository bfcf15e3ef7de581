//! `drumfire report`: summarizes streams of results as numbers.

mod fold;
mod screen;
mod conclude;

use std::time::Duration;

use clap::Args;
use drumfire::metrics::By;
use drumfire::report::Kind;
use drumfire::threshold::Threshold;
use drumfire::units::parse_span;

use crate::app::commands::report::conclude::conclude;
use crate::app::commands::report::fold::Fold;
use crate::app::commands::report::screen::Screen;
use crate::app::console::Console;
use crate::app::exit::Usage;
use crate::app::flags::thresholds;
use crate::app::input::files::{Input, Output};
use crate::app::input::reader::Reader;
use crate::app::output::ending::Endings;

/// The flags of report.
#[derive(Debug, Args)]
pub struct Options {
    /// The redacted command line, as a page shows it.
    #[arg(skip)]
    pub command: String,
    /// Report type; by default from the ending of -output
    ///
    /// Kind of report to write. By default, the ending of `-output` selects the type. If there is no
    /// known ending, the type is `text`. A type that contradicts the ending is refused.
    ///
    /// - `text`: the [text report](../../guide/results.md).
    /// - `json`: one line of JSON with [these keys](../json-report.md) and
    ///   [this schema](../report.schema.json); with `-buckets` it has a key `buckets`.
    /// - `hist[0,1ms,10ms]`: histogram; quote it for the shell, or use `-type=hist -buckets='[…]'`.
    /// - `hdrplot`: quantiles for
    ///   [HdrHistogram's plotter](https://hdrhistogram.github.io/HdrHistogram/plotFiles.html).
    /// - `html`: [a page](../../guide/results.md#the-html-page) to share: numbers, charts and
    ///   tables in one file that needs no network.
    /// - `junit`: one test case per [threshold](../../guide/thresholds-and-ci.md), for tools that
    ///   display test results.
    /// - `markdown`: outcome, numbers, thresholds, groups and errors, for a pull request or a job
    ///   summary.
    /// - `csv`, `failures-csv`: the columns of Locust's `stats.csv` and `failures.csv`, with one
    ///   row per method and name unless `-by` is given.
    ///
    /// ```console
    /// $ drumfire report -type='hist[0,2ms,5ms,10ms,20ms]' results.arrow
    /// Bucket         #    %       Histogram
    /// [0s,    2ms]   2    0.80%
    /// [2ms,   5ms]   118  47.20%  ###################################
    /// [5ms,   10ms]  113  45.20%  #################################
    /// [10ms,  20ms]  15   6.00%   ####
    /// [20ms,  +Inf]  2    0.80%
    /// ```
    #[arg(
        long = "type",
        value_name = "text|json|hist|hdrplot|html|junit|markdown|csv|failures-csv",
        verbatim_doc_comment
    )]
    kind: Option<String>,

    /// Print an interim report at this interval; 0: only at the end
    ///
    /// Prints a report at this interval, even if no results have arrived, and one at the end. With
    /// `-output=FILE`, each report replaces the previous one. On a terminal, a text report is
    /// preceded by a [view](../../guide/results.md#on-a-terminal) that is redrawn in place. With
    /// `0`, there is only the report at the end.
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = parse_span)]
    every: Duration,

    /// Histogram buckets for hist and json, as in '[0,1ms,10ms]'
    ///
    /// Lower bounds of the histogram buckets for the types `hist` and `json`, as in `[0,1ms,10ms]`,
    /// in rising order.
    #[arg(long, value_name = "LIST", default_value = "")]
    buckets: String,

    /// Add a row per name, method, URL, status, kind of record or flow
    ///
    /// Adds one row for each target [name](../../guide/targets.md), method, URL, status, kind or flow,
    /// sorted by name, and the total. The rows of flows have the number and the times of
    /// [flows](../text-report.md#flows). The JSON report gets a key `groups`. The first 1000 groups
    /// are listed; later ones are combined into `(others)`. Not available for the types `hist` and
    /// `hdrplot`.
    ///
    /// ```console
    /// $ drumfire report -by=name results.arrow
    /// …
    /// name     requests  rate   success  50       95        99        max
    /// home     600       10.02  100.00%  5.153ms  11.503ms  17.31ms   25.298ms
    /// login    600       10.02  99.50%   5.101ms  11.682ms  15.744ms  28.913ms
    /// (total)  1200      20.02  99.75%   5.126ms  11.563ms  16.445ms  28.913ms
    /// ```
    #[arg(long, value_name = "name|method|url|code|status|kind|flow", verbatim_doc_comment)]
    by: Option<By>,

    /// Exit with 99 if a threshold is missed, as in 'p99<500ms'
    ///
    /// Exits with 99 after the report if a metric misses its limit. A limit is
    /// `[NAME:]METRIC OP VALUE`, as in `p99<500ms`, `success>=99.9%`, `login:p95<=200ms`,
    /// `checks>=99%` or `flow.p95<3s`. See [Thresholds](../thresholds.md).
    #[arg(long, value_name = "LIMIT")]
    threshold: Vec<Threshold>,

    /// File of thresholds, one per line
    ///
    /// File of thresholds, one per line. Comments begin with `#`.
    #[arg(long, value_name = "FILE")]
    thresholds: Vec<String>,

    /// Add 95% confidence intervals to the report
    ///
    /// Adds the [95 % confidence interval](../../method/quantiles-and-intervals.md) of p50, p90,
    /// p95, p99, mean, success and throughput: a row `Intervals`, in the JSON report a key
    /// `intervals`. The interval is `-` or null if the run is too short for one. Available for the
    /// types `text`, `json` and `html`.
    #[arg(long)]
    ci: bool,

    /// Exit with 98 if the generator could not keep up
    ///
    /// Exits with 98 after the report if the [verdict](../../method/verdict.md) is
    /// `generator-limited`. Exits with 1 if there is no verdict, as for `-rate=0` and for Vegeta's
    /// streams.
    #[arg(long)]
    require_valid: bool,

    /// Print no charts and no live view on a terminal, as when piped
    ///
    /// Prints on a terminal exactly what a pipe would receive: no charts, colors or redrawn views.
    #[arg(long)]
    plain: bool,

    /// File to write to, or stdout
    ///
    /// File that receives the report.
    #[arg(long, value_name = "FILE", default_value = "stdout")]
    output: String,

    /// Streams of results to read; stdin if none is given
    #[arg(value_name = "FILE")]
    files: Vec<String>,
}

/// The endings of files, each with the types that such a file may have.
const ENDINGS: Endings = Endings {
    flag: "-type",
    formats: &[
        ("txt", &["text", "hist", "hdrplot"]),
        ("json", &["json"]),
        ("html", &["html"]),
        ("htm", &["html"]),
        ("xml", &["junit"]),
        ("md", &["markdown"]),
        ("csv", &["csv", "failures-csv"]),
    ],
};

/// Runs the command, and prints hints and remarks.
///
/// # Errors
///
/// - [`Usage`] if `-type` or `-buckets` is malformed, the report type has no place for `-by` or
///   `-ci`, or a threshold names a target that does not exist.
/// - If a file cannot be opened or written, or an input cannot be read completely. Its readable
///   part is still reported.
/// - After the report, those of [`conclude`].
pub fn run(options: Options, console: &Console) -> anyhow::Result<()> {
    let kind = options.kind()?;
    let thresholds = thresholds::read(&options.thresholds, &options.threshold)?;
    let inputs = Input::open_all(&options.files)?;
    let output = Output::create_after_opening(&inputs, &options.output)?;
    if kind == Kind::Html {
        output.refuse_page("html")?;
    }
    let mut screen = Screen::new(kind.clone(), output, &options);
    let mut fold = Fold::new(&kind, options.by, thresholds, &inputs);
    if options.ci {
        fold = fold.with_intervals();
    }
    if screen.shows_view() {
        fold = fold.with_view(screen.redraws());
    }
    let reader = Reader::start(inputs, fold.columns(), fold)?;
    let outcome = reader.finish_live(options.every, |fold| screen.refresh(fold))?;
    if !outcome.is_nothing() {
        screen.show(&outcome.sink)?;
    }
    outcome.errors.into_result()?;
    console.print_all(&outcome.sink.mixture());
    console.print_all(&outcome.sink.hint());
    conclude(&outcome.sink, options.require_valid, console)?;
    console.print_all(&outcome.remark);
    Ok(())
}

impl Options {
    /// Returns the report type, which must have a place for everything that the flags add.
    fn kind(&self) -> Result<Kind, Usage> {
        let given = self.kind.as_deref();
        // The buckets of a histogram are part of its type.
        let word = given.map(|kind| if kind.starts_with("hist") { "hist" } else { kind });
        let parse =
            |kind: &str| Kind::parse(kind, &self.buckets).map_err(|error| Usage(error.to_string()));
        let checked = given.map(parse).transpose()?;
        let ending = ENDINGS.format(&self.output, word)?;
        let name = given.or(ending.as_deref()).unwrap_or("text");
        let kind = checked.map_or_else(|| parse(name), Ok)?;
        let extras = [
            (self.by.is_some() && !kind.shows_groups(), "groups", "-by"),
            (self.ci && !kind.shows_intervals(), "intervals", "-ci"),
        ];
        match extras.iter().find(|(is_rejected, ..)| *is_rejected) {
            None => Ok(kind),
            Some((_, what, flag)) => Err(Usage(format!(
                "-type={name} shows no {what}: expected another type with {flag}"
            ))),
        }
    }
}
