//! The page that report and plot write: what is kept for it of a stream, beside the figures.

use std::io;

use drumfire::error::Error;
use drumfire::metrics::{Slowest, Summary};
use drumfire::plot::{Annotations, Chart, Plot};
use drumfire::report::{self, Contents, Extras};

use crate::app::input::background_fold::Apart;
use crate::app::input::files::Input;
use crate::app::input::merge::Round;

/// Marks in a chart, at most, unless plot is told otherwise; see [`Plot::new`].
pub const CHART_POINTS: usize = 4000;

/// What a page shows beside the figures, folded on a thread of its own: that takes as long as the
/// figures themselves.
pub struct Exhibits(Apart<Folded>);

/// What records become on the way to the page.
struct Folded {
    plot: Plot,
    slowest: Slowest,
}

/// How a page is to be.
pub struct Frame<'a> {
    /// Its title; None for what it is, and the name of the attack.
    pub title: Option<&'a str>,
    /// What it is.
    pub kind: &'a str,
    /// The command that makes it, as it is shown.
    pub command: &'a str,
    /// The only chart; None for all that have something to tell.
    pub chart: Option<Chart>,
    /// Whether several runs are told apart only, not as a whole too.
    pub is_by_run: bool,
}

impl Exhibits {
    /// Returns what is kept for a page that has at most so many marks in a chart; see [`Plot::new`].
    pub fn new(threshold: usize) -> Self {
        let folded = Folded { plot: Plot::new(threshold), slowest: Slowest::default() };
        Self(Apart::start(folded, Folded::add_round))
    }

    /// Tells what the inputs are called.
    pub fn name_inputs(&self, inputs: &[Input]) {
        let names = inputs.iter().map(|input| input.name.as_str()).enumerate();
        self.0.set(|folded| names.for_each(|(input, name)| folded.plot.set_input(input, name)));
    }

    /// Adds records.
    pub fn add_round(&self, round: &Round<'_>) {
        self.0.add(round);
    }

    /// Draws a chart alone, as [`Plot::svg`] does.
    ///
    /// # Errors
    ///
    /// As [`Plot::svg`].
    pub fn svg(
        &self,
        chart: Chart,
        title: Option<&str>,
        annotations: &Annotations,
    ) -> Result<String, Error> {
        self.0.look().plot.svg(chart, title, annotations)
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// As [`Plot::svg`]; [`Error::Io`] where the output does not take it.
    pub fn write(
        &self,
        contents: Contents<'_>,
        frame: &Frame<'_>,
        annotations: &Annotations,
        out: &mut dyn io::Write,
    ) -> Result<(), Error> {
        let folded = self.0.look();
        let charts = match frame.chart {
            None => folded.plot.charts(annotations)?,
            Some(chart) => vec![folded.plot.chart(chart, annotations)?],
        };
        let runs = folded.runs();
        let title = frame.title.map_or_else(|| folded.title(frame.kind), str::to_owned);
        let extras = Extras {
            title: &title,
            charts: &charts,
            is_by_run: frame.is_by_run && !runs.is_empty(),
            runs: &runs,
            slowest: Some(&folded.slowest),
            command: frame.command,
        };
        report::write_html(contents, &extras, out)
    }
}

impl Folded {
    fn add_round(&mut self, round: &Round<'_>) {
        for (input, rows) in round.runs_by_input() {
            self.plot.add_rows(input, &rows);
            self.slowest.add_rows(&rows);
        }
    }

    /// Returns what a page is, with the name of the attack before it, where there is one attack and
    /// it has a name.
    fn title(&self, kind: &str) -> String {
        let mut runs = self.plot.runs();
        match (runs.next(), runs.next()) {
            (Some(run), None) if !run.label.is_empty() => format!("{}: {kind}", run.label),
            _ => kind.to_owned(),
        }
    }

    /// Returns the figures of each run, where they are several.
    fn runs(&self) -> Vec<Summary<'_>> {
        let runs: Vec<_> = self.plot.runs().collect();
        if runs.len() < 2 { Vec::new() } else { runs }
    }
}
