//! `drumfire compare`: holds a run against the one on which it is to be judged.

use anyhow::bail;
use clap::{Args, ValueHint};
use drumfire::codec::Metadata;
use drumfire::compare::{Comparison, Extras, Gate, Judgement, Kind, Outcome, Run};
use drumfire::metrics::{By, Groups, Metrics};
use drumfire::plot::{Annotations, Plot};
use drumfire::record::Columns;
use drumfire::schedule::seed::Seed;
use drumfire::threshold::Scope;

use crate::app::input::files::{Input, Output};
use crate::app::input::merge::Round;
use crate::app::input::reader::{self, Losses, Reading, Sink, add_note};
use crate::app::output::html_page::CHART_POINTS;
use crate::app::{Missed, Usage};

/// What the two runs are called on charts, in the order in which they are drawn.
const BASE: &str = "base";
const NEW: &str = "new";

/// The flags of compare.
#[derive(Debug, Args)]
pub struct Options {
    /// The command that these flags stood in, as a page tells it.
    #[arg(skip)]
    pub command: String,
    /// What to write
    #[arg(long = "type", value_name = "text|json|markdown|html", default_value = "text")]
    kind: Kind,

    /// Compare requests by this, too
    #[arg(long, value_name = "name|method|url|code")]
    by: Option<By>,

    /// Exit with 99 where a figure got worse by more, as in p99>+5% or login:success<-1%
    #[arg(long, value_name = "[NAME:]METRIC OP LIMIT")]
    fail_on: Vec<Gate>,

    /// What makes the intervals repeatable
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// File to write, or stdout
    #[arg(long, value_name = "FILE", default_value = "stdout")]
    output: String,

    /// Stream of results to judge by; several, separated by commas, are one run
    #[arg(value_name = "BASE", value_hint = ValueHint::FilePath)]
    base: String,

    /// Stream of results to be judged, likewise
    #[arg(value_name = "NEW", value_hint = ValueHint::FilePath)]
    new: String,
}

/// Runs the command, and tells what is worth saying at its end.
///
/// # Errors
///
/// [`Usage`] where both runs are to come from standard input; where a file cannot be opened or
/// written, or an input is not whole; what was whole of it is compared. Behind the comparison
/// [`Missed`] where a gate fails, and another error where one cannot be judged.
pub fn run(options: Options, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let by = key(&options);
    let [base_files, new_files] = [&options.base, &options.new].map(|names| files(names));
    let mut inputs = Input::open_all(&[base_files.clone(), new_files].concat())?;
    if inputs.iter().filter(|input| input.is_stdin()).count() > 1 {
        let problem = "standard input can be read once: expected a file as BASE or as NEW";
        return Err(Usage(problem.to_owned()).into());
    }
    let mut output = Output::create_beside(&inputs, &options.output)?;
    let new_inputs = inputs.split_off(base_files.len());
    let plot = (options.kind == Kind::Html).then(|| Plot::new(CHART_POINTS));
    let mut base = read(inputs, Side::new(BASE, by, plot))?;
    if let Some(remark) = base.remark {
        bail!(remark);
    }
    let new = read(new_inputs, Side::new(NEW, by, base.sink.plot.take()))?;
    let is_nothing = base.is_nothing() || new.is_nothing();
    let losses = Losses(base.losses.0.into_iter().chain(new.losses.0).collect());
    if is_nothing {
        return losses.tell();
    }
    let runs = [base.sink.as_run(&options.base), new.sink.as_run(&options.new)];
    let comparison = Comparison::of(runs[0], runs[1], Seed(options.seed));
    let judgements: Vec<_> =
        options.fail_on.iter().flat_map(|gate| gate.judge(&comparison)).collect();
    let mut document = Vec::new();
    let charts = new.sink.plot.as_ref().map(|plot| plot.charts(&Annotations::default()));
    let charts = charts.transpose()?.unwrap_or_default();
    let extras = Extras { charts: &charts, command: &options.command };
    comparison.write(options.kind, &judgements, &extras, &mut document)?;
    output.put(&document)?;
    comparison.warnings().iter().chain(&new.remark).for_each(|line| tell(line));
    losses.tell()?;
    pass(&judgements)
}

/// Returns what tells requests apart; names where a gate is for some, and nothing else was chosen.
fn key(options: &Options) -> Option<By> {
    let names_group = options.fail_on.iter().any(|gate| *gate.scope() != Scope::Whole);
    options.by.or(names_group.then_some(By::Name))
}

/// Returns the files that a side consists of.
fn files(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}

fn read(inputs: Vec<Input>, side: Side) -> anyhow::Result<reader::Outcome<Side>> {
    let is_labelled = side.groups.is_some() || side.plot.is_some();
    let columns = if is_labelled { Columns::Labelled } else { Columns::Numbers };
    Reading::start(inputs, columns, side)?.finish()
}

/// Fails where a gate does, and where one cannot be judged: what is not known is no pass.
fn pass(judgements: &[Judgement<'_>]) -> anyhow::Result<()> {
    let remarks = |outcome| {
        let such = judgements.iter().filter(|judgement| judgement.outcome() == outcome);
        such.map(Judgement::remark).collect::<Vec<_>>()
    };
    let [failed, unknown] = [Outcome::Fail, Outcome::Unknown].map(remarks);
    if !failed.is_empty() {
        return Err(Missed([failed, unknown].concat().join("; ")).into());
    }
    if !unknown.is_empty() {
        bail!("cannot judge {}", unknown.join("; "));
    }
    Ok(())
}

/// One of the runs, as it is read.
struct Side {
    name: &'static str,
    metrics: Metrics,
    /// Where requests are told apart.
    groups: Option<Groups>,
    /// Charts of both sides, where they are asked for.
    plot: Option<Plot>,
}

impl Side {
    /// Returns a side without records yet, which goes on with the charts of the other side.
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
    fn take_note(&mut self, note: &Metadata) -> anyhow::Result<()> {
        add_note(&mut self.metrics, note);
        Ok(())
    }

    fn take_round(&mut self, round: &Round<'_>) -> anyhow::Result<()> {
        for rows in round.runs() {
            self.metrics.add_rows(&rows);
            self.groups.iter_mut().for_each(|groups| groups.add_rows(&rows));
            self.plot.iter_mut().for_each(|plot| plot.add_run(0, self.name, &rows));
        }
        Ok(())
    }
}
