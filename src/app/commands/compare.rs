//! `drumfire compare`: compares a run with a baseline.

use anyhow::bail;
use clap::{Args, ValueHint};
use drumfire::codec::Metadata;
use drumfire::compare::{Comparison, Extras, Kind, RegressionResult, Run};
use drumfire::metrics::{By, Groups, Metrics};
use drumfire::plot::{Annotations, Plot};
use drumfire::record::Columns;
use drumfire::schedule::seed::Seed;
use drumfire::threshold::{Outcome, RegressionLimit, Scope};

use crate::app::console::Console;
use crate::app::exit::{Missed, Usage};
use crate::app::input::errors::InputErrors;
use crate::app::input::files::{Input, Output};
use crate::app::input::merge::Round;
use crate::app::input::reader::{self, Reader, Sink, add_metadata};
use crate::app::output::ending::Endings;
use crate::app::output::html_page::CHART_POINTS;

/// The names of the two runs on charts, in the order in which they are drawn.
const BASE: &str = "base";
const NEW: &str = "new";

/// The flags of compare.
#[derive(Debug, Args)]
pub struct Options {
    /// The redacted command line, as a page shows it.
    #[arg(skip)]
    pub command: String,
    /// Output format; by default from the ending of -output
    ///
    /// By default, the ending of `-output` selects the format. If there is no known ending, the
    /// format is `text`. A format that contradicts the ending is refused.
    ///
    /// `json` is one line with `base`, `new`, `warnings`, `figures` by metric, `groups` with `-by`,
    /// and with `-fail-on` a list `fail_on` and `pass`. Latencies are in ns and success is a ratio.
    /// `interval` holds the two ends of the interval of the difference, or null if there are too
    /// few samples.
    ///
    /// `html` is [a page](../../guide/compare.md) with both runs, a bar for each interval that
    /// shows whether it excludes zero, and the charts of both runs overlaid.
    #[arg(long = "type", value_name = "text|json|markdown|html")]
    kind: Option<Kind>,

    /// Also compare each name, method, URL, status, kind of record or flow
    ///
    /// Adds one table for each name, method, URL, status, kind of record or flow that both runs have. The
    /// table of a flow is about its requests.
    #[arg(long, value_name = "name|method|url|code|status|kind|flow")]
    by: Option<By>,

    /// Exit with 99 if the change exceeds the limit, as in 'p99>+5%'
    ///
    /// Exits with 99 after the comparison if a metric got worse by more than LIMIT. METRIC is one
    /// of `p50 p90 p95 p99 mean success throughput`. OP is `>` or `>=` with a LIMIT that begins
    /// with `+`, or `<` or `<=` with a LIMIT that begins with `-`. NAME is a group of `-by`, which
    /// is `name` unless given. `*` matches any characters and `?` matches one; each matching group
    /// is checked separately.
    ///
    /// | LIMIT | applies to | meaning |
    /// |---|---|---|
    /// | `+5%`, `-5%` | latencies, throughput | relative to the baseline |
    /// | `-1%` | success | percentage points: from 99.5 % to 98.5 % |
    /// | `+20ms`, `-10/s` | latencies; throughput | an absolute amount |
    ///
    /// The check fails if the measured difference is beyond the limit and its interval excludes
    /// zero. The exit code is 1 if a run is too short, or if the runs have no matching group in
    /// common: a check that cannot be evaluated does not pass.
    ///
    /// ```sh
    /// drumfire compare -fail-on='p99>+5%' -fail-on='success<-1%' base.arrow new.arrow
    /// drumfire compare -by=name -fail-on='login:mean>+20ms' -type=markdown base.arrow new.arrow
    /// ```
    #[arg(long, value_name = "[NAME:]METRIC OP LIMIT", verbatim_doc_comment)]
    fail_on: Vec<RegressionLimit>,

    /// Random seed for the confidence intervals
    ///
    /// Seed of the random resampling. The same seed gives the same intervals.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// File to write to, or stdout
    ///
    /// File that receives the comparison.
    #[arg(long, value_name = "FILE", default_value = "stdout")]
    output: String,

    /// Baseline: a stream of results, or several separated by commas
    #[arg(value_name = "BASE", value_hint = ValueHint::FilePath)]
    base: String,

    /// Run to compare with the baseline, in the same form
    #[arg(value_name = "NEW", value_hint = ValueHint::FilePath)]
    new: String,
}

/// The endings of files, each with its format.
const ENDINGS: Endings = Endings {
    flag: "-type",
    formats: &[
        ("txt", &["text"]),
        ("json", &["json"]),
        ("md", &["markdown"]),
        ("html", &["html"]),
        ("htm", &["html"]),
    ],
};

/// Runs the command, and prints warnings and remarks.
///
/// # Errors
///
/// - [`Usage`] if both runs are standard input, or if `-type` and the ending of `-output`
///   contradict.
/// - If a file cannot be opened or written, or an input cannot be read completely. Its readable
///   part is still compared.
/// - After the comparison, [`Missed`] if a regression limit fails, and another error if a limit
///   cannot be evaluated.
pub fn run(options: Options, console: &Console) -> anyhow::Result<()> {
    let word = ENDINGS.format(&options.output, options.kind.map(Kind::word))?;
    let kind = word.map_or(Ok(Kind::Text), |word| word.parse())?;
    let (inputs, mut output) = open(&options)?;
    if kind == Kind::Html {
        output.refuse_page(kind.word())?;
    }
    let Runs { base, new, errors, remark } = read_both(inputs, &options, kind)?;
    let runs = [base.as_run(&options.base), new.as_run(&options.new)];
    let comparison = Comparison::of(runs[0], runs[1], Seed(options.seed));
    let limits = options.fail_on.iter();
    let results: Vec<_> =
        limits.flat_map(|limit| RegressionResult::of(limit, &comparison)).collect();
    let charts = new.plot.as_ref().map(|plot| plot.charts(&Annotations::default()));
    let charts = charts.transpose()?.unwrap_or_default();
    let extras = Extras { charts: &charts, command: &options.command };
    let mut document = Vec::new();
    comparison.write(kind, &results, &extras, &mut document)?;
    output.put(&document)?;
    console.print_all(comparison.warnings());
    console.print_all(&remark);
    errors.into_result()?;
    pass(&results)
}

/// The files of both runs.
struct Inputs {
    base: Vec<Input>,
    new: Vec<Input>,
}

/// Opens the inputs and the output.
fn open(options: &Options) -> anyhow::Result<(Inputs, Output)> {
    let files = |names: &str| names.split(',').map(str::to_owned).collect::<Vec<_>>();
    let [base, new] = [&options.base, &options.new].map(|names| files(names));
    let mut inputs = Input::open_all(&[base.as_slice(), &new].concat())?;
    if inputs.iter().filter(|input| input.is_stdin()).count() > 1 {
        let problem = "standard input can be read only once: name a file as BASE or as NEW";
        return Err(Usage(problem.to_owned()).into());
    }
    let output = Output::create_after_opening(&inputs, &options.output)?;
    let new = inputs.split_off(base.len());
    Ok((Inputs { base: inputs, new }, output))
}

/// Both runs, as far as they could be read.
struct Runs {
    base: Side,
    new: Side,
    errors: InputErrors,
    /// The line to print if a signal ended the reading. None if the inputs ended.
    remark: Option<String>,
}

/// Reads both runs.
///
/// # Errors
///
/// If a run could not be read at all, or a signal ended the reading of the baseline.
fn read_both(inputs: Inputs, options: &Options, kind: Kind) -> anyhow::Result<Runs> {
    let by = grouping(options);
    let plot = (kind == Kind::Html).then(|| Plot::new(CHART_POINTS));
    let mut base = read(inputs.base, Side::new(BASE, by, plot))?;
    if let Some(remark) = base.remark {
        bail!(remark);
    }
    let new = read(inputs.new, Side::new(NEW, by, base.sink.plot.take()))?;
    let is_nothing = base.is_nothing() || new.is_nothing();
    let errors = InputErrors(base.errors.0.into_iter().chain(new.errors.0).collect());
    let errors = match is_nothing {
        true => errors.into_result().map(|()| InputErrors::default())?,
        false => errors,
    };
    Ok(Runs { base: base.sink, new: new.sink, errors, remark: new.remark })
}

/// Returns how requests are grouped: as the user asks, or by name if a regression limit names a
/// group. None if they are not grouped.
fn grouping(options: &Options) -> Option<By> {
    let names_group = options.fail_on.iter().any(|limit| *limit.scope() != Scope::Whole);
    options.by.or(names_group.then_some(By::Name))
}

fn read(inputs: Vec<Input>, side: Side) -> anyhow::Result<reader::Outcome<Side>> {
    let is_labelled = side.groups.is_some() || side.plot.is_some();
    let columns = if is_labelled { Columns::Labelled } else { Columns::Numbers };
    Reader::start(inputs, columns, side)?.finish()
}

/// Returns an error if a regression limit fails or cannot be evaluated. An unknown result is not a
/// pass.
fn pass(results: &[RegressionResult<'_>]) -> anyhow::Result<()> {
    let remarks = |outcome| {
        let matching = results.iter().filter(|result| result.outcome() == outcome);
        matching.map(RegressionResult::remark).collect::<Vec<_>>()
    };
    let [failed, unknown] = [Outcome::Fail, Outcome::Unknown].map(remarks);
    if !failed.is_empty() {
        return Err(Missed([failed, unknown].concat().join("; ")).into());
    }
    if !unknown.is_empty() {
        bail!("cannot evaluate {}", unknown.join("; "));
    }
    Ok(())
}

/// One of the two runs.
struct Side {
    name: &'static str,
    metrics: Metrics,
    /// The groups. None if requests are not grouped.
    groups: Option<Groups>,
    /// The charts of both runs. None if they are not drawn.
    plot: Option<Plot>,
}

impl Side {
    /// Returns a run without records. Its charts are added to those of the other run.
    fn new(name: &'static str, by: Option<By>, plot: Option<Plot>) -> Self {
        Self {
            name,
            metrics: Metrics::default().sliced(),
            groups: by.map(|by| Groups::new(by, None).sliced()),
            plot,
        }
    }

    fn as_run<'a>(&'a self, name: &'a str) -> Run<'a> {
        Run { name, whole: &self.metrics, groups: self.groups.as_ref() }
    }
}

impl Sink for Side {
    fn take_metadata(&mut self, metadata: &Metadata) -> anyhow::Result<()> {
        add_metadata(&mut self.metrics, metadata);
        Ok(())
    }

    fn take_round(&mut self, round: &Round) -> anyhow::Result<()> {
        for rows in round.runs() {
            self.metrics.add_rows(&rows);
            self.groups.iter_mut().for_each(|groups| groups.add_rows(&rows));
            self.plot.iter_mut().for_each(|plot| plot.add_run(0, self.name, &rows));
        }
        Ok(())
    }
}
