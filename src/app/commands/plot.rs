//! `drumfire plot`: draws charts.

use std::path::Path;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use drumfire::codec::Metadata;
use drumfire::error::Error;
use drumfire::metrics::{By, Groups, Metrics};
use drumfire::plan::{Arrivals, Plan};
use drumfire::plot::{Annotations, Chart};
use drumfire::record::Columns;
use drumfire::report::Contents;
use drumfire::schedule::Pacer;
use drumfire::schedule::seed::Seed;
use drumfire::schedule::stages::{Hits, Stages};

use crate::app::input::files::{Input, Output};
use crate::app::input::merge::Round;
use crate::app::input::reader::{Reading, Sink, add_note};
use crate::app::output::html_page::{CHART_POINTS, Exhibits, Frame};

/// What a page is called.
const TITLE: &str = "drumfire plot";

/// Stages of a plan that have a mark each; more of them would hide what they are to explain.
const MOST_STAGES: usize = 24;

/// The flags of plot.
#[derive(Debug, Args)]
pub struct Options {
    /// The command that these flags stood in, as a page tells it.
    #[arg(skip)]
    pub command: String,
    /// Title of the page or the chart; of a page else its attack, of a chart what it shows
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// Draw this chart alone
    #[arg(long, value_name = "NAME", value_parser = chart_parser())]
    chart: Option<Chart>,

    /// Hits of a run that each have a mark, at most, and failed ones of all runs: 3 or more, or 0 for
    /// 200000
    #[arg(long, value_name = "N", default_value_t = CHART_POINTS, value_parser = parse_threshold)]
    threshold: usize,

    /// html or svg; by the ending of the output where not given, else html, or svg with -chart
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
    /// One chart, that of latency unless another is asked for.
    Svg,
}

impl Kind {
    /// Returns the kind that the ending of a file's name stands for; None where it has another.
    fn of_file(name: &str) -> Option<Self> {
        let ending = Path::new(name).extension()?;
        let is = |known: &str| ending.eq_ignore_ascii_case(known);
        if is("svg") { Some(Kind::Svg) } else { is("html").then_some(Kind::Html) }
    }
}

impl Options {
    fn kind(&self) -> Kind {
        let usual = if self.chart.is_some() { Kind::Svg } else { Kind::Html };
        self.kind.or_else(|| Kind::of_file(&self.output)).unwrap_or(usual)
    }

    /// Returns what is written.
    fn render(&self, drawing: &Drawing) -> Result<Vec<u8>, Error> {
        let annotations = annotations(&drawing.metrics);
        let title = self.title.as_deref().filter(|title| !title.is_empty());
        if self.kind() == Kind::Svg {
            let chart = self.chart.unwrap_or(Chart::Latency);
            let svg = drawing.exhibits.svg(chart, title, &annotations)?;
            return Ok(svg.into_bytes());
        }
        let frame = Frame {
            title,
            kind: TITLE,
            command: &self.command,
            chart: self.chart,
            is_by_run: true,
        };
        let contents =
            Contents { groups: Some(&drawing.names), ..Contents::from(&drawing.metrics) };
        let mut page = Vec::new();
        drawing.exhibits.write(contents, &frame, &annotations, &mut page)?;
        Ok(page)
    }
}

/// Returns what the figures of a stream say beside its charts.
pub fn annotations(metrics: &Metrics) -> Annotations {
    Annotations {
        remark: metrics.verdict().map(|verdict| format!("Verdict: {verdict}")),
        lag: metrics.lag_limit(),
        stages: metrics.plan().map(stage_marks).unwrap_or_default(),
        ..Annotations::default()
    }
}

/// Returns where the stages of a plan begin, but for the first, counted from the first hit as charts
/// count; nothing of more stages than can be told apart.
fn stage_marks(plan: &Plan) -> Vec<(Duration, String)> {
    let Some(course) = plan.stages().filter(|course| course.placed().len() <= MOST_STAGES) else {
        return Vec::new();
    };
    let first = first_slot(plan, &course);
    let later = course.placed().iter().filter(|placed| placed.start > first);
    later.map(|placed| (placed.start - first, placed.stage.to_string())).collect()
}

/// Returns when the first hit was due, from the begin of the plan: by chance as its seed has it.
fn first_slot(plan: &Plan, course: &Stages) -> Duration {
    let by_chance = plan.seed.filter(|_| plan.arrivals == Arrivals::Poisson).and_then(|seed| {
        Pacer::staged(course.clone(), None).with_poisson_arrivals(Seed(seed)).slot(0)
    });
    by_chance.or_else(|| course.slot(Hits::default())).unwrap_or_default()
}

/// Returns what parses -chart, and tells completions of the charts there are.
fn chart_parser() -> impl TypedValueParser<Value = Chart> {
    let words = PossibleValuesParser::new(Chart::ALL.map(Chart::word));
    words.try_map(|word| word.parse::<Chart>())
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
    let inputs = Input::open_all(&options.files)?;
    let mut output = Output::create_beside(&inputs, &options.output)?;
    let exhibits = Exhibits::new(options.threshold);
    exhibits.name_inputs(&inputs);
    let names = Groups::new(By::Name, None);
    let drawing = Drawing { metrics: Metrics::default(), names, exhibits };
    let outcome = Reading::start(inputs, Columns::Identified, drawing)?.finish()?;
    if !outcome.is_nothing() {
        output.put(&options.render(&outcome.sink)?)?;
    }
    outcome.losses.tell()?;
    outcome.remark.iter().for_each(|remark| tell(remark));
    Ok(())
}

/// What is drawn, and what is said of it.
struct Drawing {
    metrics: Metrics,
    /// The records told apart by their targets' names.
    names: Groups,
    exhibits: Exhibits,
}

impl Sink for Drawing {
    fn take_note(&mut self, note: &Metadata) -> anyhow::Result<()> {
        add_note(&mut self.metrics, note);
        Ok(())
    }

    fn take_round(&mut self, round: &Round<'_>) -> anyhow::Result<()> {
        for rows in round.runs() {
            self.metrics.add_rows(&rows);
            self.names.add_rows(&rows);
        }
        self.exhibits.add_round(round);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_marked_from_the_first_hit_on() {
        let long = vec!["1s@5"; MOST_STAGES + 1].join(",");
        let table: [(&str, &[(u64, &str)]); 4] = [
            ("", &[]),
            ("30s@10,20s@50", &[(30_000, "20s@50")]),
            ("5s@0,10s@20,10s@40", &[(10_000, "10s@40")]),
            (&long, &[]),
        ];
        for (stages, expected) in table {
            let rate = stages.parse().unwrap();
            let marks = stage_marks(&Plan { rate, ..Plan::default() });
            let marks: Vec<(u64, &str)> =
                marks.iter().map(|(at, label)| (at.as_millis() as u64, label.as_str())).collect();
            assert_eq!(marks, expected, "{stages}");
        }
    }

    #[test]
    fn stages_are_marked_from_the_first_hit_that_came_by_chance() {
        let plan = Plan {
            rate: "10s@2,20s@50".parse().unwrap(),
            arrivals: Arrivals::Poisson,
            seed: Some(7),
            ..Plan::default()
        };
        let first =
            Pacer::staged(plan.stages().unwrap(), None).with_poisson_arrivals(Seed(7)).slot(0);
        let first = first.unwrap();
        assert!(first > Duration::from_millis(1), "{first:?}");
        let marks = stage_marks(&plan);
        assert_eq!(marks, [(Duration::from_secs(10) - first, "20s@50".to_owned())]);
    }

    #[test]
    fn the_ending_of_the_output_tells_the_kind() {
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
