//! `drumfire report`: folds streams of results to numbers.

use std::mem;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use drumfire::codec::Metadata;
use drumfire::error::Error;
use drumfire::metrics::{By, Groups, Metrics};
use drumfire::plot::Annotations;
use drumfire::record::Columns;
use drumfire::report::{self, Contents, Kind};
use drumfire::threshold::{Judgement, Metric, Scope, Series, Threshold};
use drumfire::units::parse_span;

use crate::app::commands::plot::annotations;
use crate::app::flags::thresholds::{self, Known};
use crate::app::input::files::{Input, Output};
use crate::app::input::merge::Round;
use crate::app::input::reader::{Reading, Sink, add_note};
use crate::app::os::terminal::Claim;
use crate::app::output::html_page::{CHART_POINTS, Exhibits, Frame};
use crate::app::output::redraw::Redraw;
use crate::app::output::run_view::Watched;
use crate::app::{Limited, Missed, Usage};

/// What a page is called.
const TITLE: &str = "drumfire report";

/// What clears a terminal and goes to its first line.
///
/// Source: ECMA-48, 8.3.39 (ED) and 8.3.21 (CUP).
const CLEAR: &[u8] = b"\x1b[2J\x1b[H";

/// The flags of report.
#[derive(Debug, Args)]
pub struct Options {
    /// The command that these flags stood in, as a page tells it.
    #[arg(skip)]
    pub command: String,
    /// What to write; hist with its buckets behind it, as in hist[0,1ms,10ms], or in -buckets
    #[arg(
        long = "type",
        value_name = "text|json|hist|hdrplot|html|junit|markdown|csv|failures-csv",
        default_value = "text"
    )]
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

    /// Exit with 99 where a figure is not within such a limit, as in p99<500ms, success>=99% or
    /// NAME:p95<=200ms; repeatable
    #[arg(long, value_name = "LIMIT")]
    threshold: Vec<Threshold>,

    /// File of such limits, one a line
    #[arg(long, value_name = "FILE")]
    thresholds: Option<String>,

    /// Tell in which interval each figure lies with 95 %, as far as the run is long enough
    #[arg(long)]
    ci: bool,

    /// Exit with 98 where the generator could not keep up, with 1 where that is unknown
    #[arg(long)]
    require_valid: bool,

    /// Show nothing on a terminal but what goes into a pipe, too
    #[arg(long)]
    plain: bool,

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
/// [`Usage`] where `-type` or `-buckets` cannot be understood, `-by` or `-ci` has no place in such a
/// report, or a threshold is for a name that no target has; where a file cannot be opened or
/// written, or an input is not whole; what was whole of it is reported. With `-require-valid`, and
/// behind the report, [`Limited`], or where there is no verdict. Behind the report, too, [`Missed`].
pub fn run(options: Options, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let kind =
        Kind::parse(&options.kind, &options.buckets).map_err(|error| Usage(error.to_string()))?;
    let extras = [
        (options.by.is_some() && !kind.shows_groups(), "groups", "-by"),
        (options.ci && !kind.shows_intervals(), "intervals", "-ci"),
    ];
    if let Some((_, what, flag)) = extras.iter().find(|(is_refused, ..)| *is_refused) {
        let kind = &options.kind;
        let problem = format!("-type={kind} shows no {what}: expected another type with {flag}");
        return Err(Usage(problem).into());
    }
    let thresholds = thresholds::read(options.thresholds.as_deref(), &options.threshold)?;
    let inputs = Input::open_all(&options.files)?;
    let output = Output::create_beside(&inputs, &options.output)?;
    let mut screen = Screen::new(kind.clone(), output, &options);
    let figures = Figures::new(&kind, options.by, thresholds, inputs.len());
    let mut figures = if options.ci { figures.sliced() } else { figures };
    figures.exhibits.iter().for_each(|exhibits| exhibits.name_inputs(&inputs));
    figures.watched = screen.is_watched().then(|| Watched::new(screen.draws()));
    let reading = Reading::start(inputs, figures.columns(), figures)?;
    let outcome = reading.finish_live(options.every, |figures| screen.refresh(figures))?;
    if !outcome.is_nothing() {
        screen.show(&outcome.sink)?;
    }
    outcome.losses.tell()?;
    outcome.sink.hint().iter().for_each(|hint| tell(hint));
    conclude(options.require_valid, &outcome.sink, tell)?;
    outcome.remark.iter().for_each(|remark| tell(remark));
    Ok(())
}

/// Tells by the exit code what the run was held against. Whether the generator kept up goes first:
/// where it did not, a limit may have been missed, or kept, by its own fault.
fn conclude(requires_valid: bool, figures: &Figures, tell: &dyn Fn(&str)) -> anyhow::Result<()> {
    let judgement = figures.judgement();
    let missed = judgement.as_ref().and_then(Judgement::missed);
    if requires_valid && let Err(limited) = require_valid(&figures.metrics) {
        missed.iter().for_each(|missed| tell(missed));
        return Err(limited);
    }
    if let Some(limited) = judgement.as_ref().and_then(Judgement::limited) {
        tell(&format!("the thresholds were held against figures of a run that was {limited}"));
    }
    missed.map_or(Ok(()), |missed| Err(Missed(missed).into()))
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
    /// The records told apart, in each way that is asked for.
    groups: Vec<Groups>,
    /// Which of the groups were asked for.
    asked_by: Option<By>,
    /// Which of the groups the report shows: on a page those by name, unless others are asked for.
    shown_by: Option<By>,
    /// Which of them the thresholds are held against.
    judged_by: Option<By>,
    thresholds: Vec<Threshold>,
    known: Known,
    /// Inputs whose heads are still to be held against the names of the thresholds; 0 once they were.
    n_unchecked: usize,
    /// Where the report is a page.
    exhibits: Option<Exhibits>,
    /// Where a terminal shows more than the report.
    watched: Option<Watched>,
}

impl Figures {
    fn new(kind: &Kind, by: Option<By>, thresholds: Vec<Threshold>, n_inputs: usize) -> Self {
        let (asked_by, judged_by) = (by.or(kind.by()), thresholds::key(by, &thresholds));
        let exhibits = matches!(kind, Kind::Html).then(|| Exhibits::new(CHART_POINTS));
        let shown_by = asked_by.or(exhibits.as_ref().map(|_| By::Name));
        let further = judged_by.filter(|key| shown_by != Some(*key));
        let keys = shown_by.into_iter().chain(further);
        Self {
            metrics: Metrics::new(kind.buckets().cloned()),
            groups: keys.map(|key| Groups::new(key, kind.buckets().cloned())).collect(),
            asked_by,
            shown_by,
            judged_by,
            thresholds,
            known: Known::default(),
            n_unchecked: if judged_by == Some(By::Name) { n_inputs } else { 0 },
            exhibits,
            watched: None,
        }
    }

    /// Keeps of the records to come what intervals are made of.
    fn sliced(self) -> Self {
        let Self { metrics, groups, .. } = self;
        Self {
            metrics: metrics.sliced(),
            groups: groups.into_iter().map(Groups::sliced).collect(),
            ..self
        }
    }

    /// Returns the columns to read.
    fn columns(&self) -> Columns {
        match (&self.exhibits, self.groups.is_empty()) {
            (Some(_), _) => Columns::Identified,
            (None, false) => Columns::Labelled,
            (None, true) => Columns::Numbers,
        }
    }

    /// Returns the records told apart by a key.
    fn groups_by(&self, key: Option<By>) -> Option<&Groups> {
        self.groups.iter().find(|groups| Some(groups.by()) == key)
    }

    /// Returns what to try where the groups do not tell what was asked for.
    fn hint(&self) -> Option<String> {
        self.groups_by(self.asked_by).and_then(Groups::hint)
    }

    /// Returns what is said beside the charts: the thresholds for latencies of all requests, too.
    fn annotations(&self) -> Annotations {
        let limit = |threshold: &Threshold| {
            let is_seen = matches!(threshold.metric, Metric::Time(Series::Latency, _))
                && threshold.scope == Scope::Whole;
            let limit = Duration::from_nanos(threshold.value as u64);
            is_seen.then(|| (limit, threshold.expr.clone()))
        };
        let latencies = self.thresholds.iter().filter_map(limit).collect();
        Annotations { latencies, ..annotations(&self.metrics) }
    }

    /// Returns what a report is made of.
    fn contents<'a>(&'a self, judgement: Option<&'a Judgement>) -> Contents<'a> {
        Contents { whole: &self.metrics, groups: self.groups_by(self.shown_by), judgement }
    }

    /// Returns what became of the thresholds so far; None without any.
    fn judgement(&self) -> Option<Judgement> {
        (!self.thresholds.is_empty())
            .then(|| Judgement::of(&self.thresholds, &self.metrics, self.groups_by(self.judged_by)))
    }
}

impl Sink for Figures {
    fn take_note(&mut self, note: &Metadata) -> anyhow::Result<()> {
        add_note(&mut self.metrics, note);
        if let Metadata::Plan(plan) = note {
            self.known.add(plan);
        }
        Ok(())
    }

    fn take_round(&mut self, round: &Round<'_>) -> anyhow::Result<()> {
        if self.n_unchecked > 0 {
            self.known.check(mem::take(&mut self.n_unchecked), &self.thresholds)?;
        }
        for rows in round.runs() {
            self.metrics.add_rows(&rows);
            self.groups.iter_mut().for_each(|groups| groups.add_rows(&rows));
            self.watched.iter_mut().for_each(|watched| watched.add_rows(&rows));
        }
        self.exhibits.iter().for_each(|exhibits| exhibits.add_round(round));
        Ok(())
    }
}

/// Where reports are shown, one after another.
struct Screen {
    kind: Kind,
    /// The command, as a page tells it.
    command: String,
    output: Output,
    every: Duration,
    manner: Manner,
    /// The claim to draw on the terminal, from the first view on.
    claim: Option<Claim>,
}

/// How a report follows the one before.
enum Manner {
    /// It stands behind it.
    Behind,
    /// It takes its place on a terminal that is cleared for it.
    Cleared,
    /// It is followed by pictures on a terminal, where until then a view was drawn in place of itself.
    Drawn(Redraw),
}

impl Screen {
    fn new(kind: Kind, output: Output, options: &Options) -> Self {
        let every = options.every;
        let manner = match output.terminal().filter(|_| !options.plain) {
            Some(_) if matches!(kind, Kind::Text) => Manner::Drawn(Redraw::default()),
            Some(terminal) if !every.is_zero() && !terminal.is_dumb => Manner::Cleared,
            _ => Manner::Behind,
        };
        Self { kind, command: options.command.clone(), output, every, manner, claim: None }
    }

    /// Returns whether a terminal shows more than the report.
    fn is_watched(&self) -> bool {
        matches!(self.manner, Manner::Drawn(_))
    }

    /// Returns whether a view is drawn until the report comes.
    fn draws(&self) -> bool {
        self.is_watched() && !self.every.is_zero()
    }

    /// Shows what was read so far.
    fn refresh(&mut self, figures: &mut Figures) -> anyhow::Result<()> {
        let terminal = self.output.terminal().filter(|terminal| !terminal.is_dumb);
        let (Manner::Drawn(redraw), Some(terminal), Some(watched)) =
            (&mut self.manner, terminal, &mut figures.watched)
        else {
            let mut document = self.before();
            self.render(figures, &mut document)?;
            return self.output.put(&document);
        };
        watched.look();
        self.claim = self.claim.take().or_else(|| self.output.claim());
        if self.claim.is_none() {
            // The attack before this one draws here: the report comes behind its last view.
            return Ok(());
        }
        let judgement = figures.judgement();
        let watched = figures.watched.as_ref();
        let view = |watched: &Watched| {
            let contents = figures.contents(judgement.as_ref());
            watched.view("", contents, Some(self.every), &terminal)
        };
        let lines = watched.map(view).unwrap_or_default();
        self.output.put(redraw.draw(&lines, &terminal).as_bytes())
    }

    /// Shows the report.
    fn show(&mut self, figures: &Figures) -> anyhow::Result<()> {
        let mut document = self.before();
        self.render(figures, &mut document)?;
        if let (Manner::Drawn(redraw), Some(terminal), Some(watched)) =
            (&mut self.manner, self.output.terminal(), &figures.watched)
        {
            let text = String::from_utf8_lossy(&document).into_owned();
            let text = text + &watched.pictures(&figures.metrics, &terminal);
            document = redraw.replace(&text, &terminal).into_bytes();
        }
        self.output.put(&document)
    }

    /// Returns what goes before a report.
    fn before(&self) -> Vec<u8> {
        if matches!(self.manner, Manner::Cleared) { CLEAR.to_vec() } else { Vec::new() }
    }

    fn render(&self, figures: &Figures, document: &mut Vec<u8>) -> Result<(), Error> {
        let judgement = figures.judgement();
        let contents = figures.contents(judgement.as_ref());
        let Some(exhibits) = &figures.exhibits else {
            return report::write(&self.kind, contents, document);
        };
        let frame = Frame {
            title: None,
            kind: TITLE,
            command: &self.command,
            chart: None,
            is_by_run: false,
        };
        exhibits.write(contents, &frame, &figures.annotations(), document)
    }
}
