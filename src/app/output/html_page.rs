//! The HTML pages of report and plot.

use std::io;

use drumfire::error::Error;
use drumfire::metrics::{FailingRequests, Slowest, Summary};
use drumfire::plot::{Annotations, Chart, Plot};
use drumfire::report::{self, Contents, Extras};

use crate::app::input::background_fold::BackgroundFold;
use crate::app::input::files::Input;
use crate::app::input::merge::Round;

/// Default of the maximum number of marks in a chart; see [`Plot::new`].
pub const CHART_POINTS: usize = 4000;

/// Everything on a page besides its numbers. It is folded on a background thread, since that takes
/// as long as the numbers do.
pub struct PageData(BackgroundFold<Folded>);

/// What records are folded into for a page.
struct Folded {
    plot: Plot,
    slowest: Slowest,
    failing: FailingRequests,
}

/// Options of an HTML page.
pub struct PageOptions<'a> {
    /// The title. None for the name of the attack, followed by `kind`.
    pub title: Option<&'a str>,
    /// What the page is, such as `drumfire report`.
    pub kind: &'a str,
    /// The redacted command line that makes the page, which the page shows.
    pub command: &'a str,
    /// The single chart to draw. None draws every chart that has data.
    pub chart: Option<Chart>,
    /// Whether a page of several runs shows only their separate numbers, not those of the whole.
    pub is_by_run: bool,
}

impl PageData {
    /// Returns the data of a page with at most `threshold` marks in a chart; see [`Plot::new`].
    pub fn new(threshold: usize) -> Self {
        let folded = Folded {
            plot: Plot::new(threshold),
            slowest: Slowest::default(),
            failing: FailingRequests::default(),
        };
        Self(BackgroundFold::start(folded, Folded::add_round))
    }

    /// Sets the names of the inputs.
    pub fn name_inputs(&self, inputs: &[Input]) {
        let plot = &mut self.0.get().plot;
        let names = inputs.iter().map(|input| input.name.as_str()).enumerate();
        names.for_each(|(input, name)| plot.set_input(input, name));
    }

    /// Adds records.
    pub fn add_round(&self, round: &Round) {
        self.0.add(round);
    }

    /// Draws a single chart, as [`Plot::svg`] does.
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
        self.0.get().plot.svg(chart, title, annotations)
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// As [`Plot::svg`]; [`Error::Io`] if the output cannot be written.
    pub fn write(
        &self,
        contents: Contents<'_>,
        options: &PageOptions<'_>,
        annotations: &Annotations,
        out: &mut dyn io::Write,
    ) -> Result<(), Error> {
        let folded = self.0.get();
        let charts = match options.chart {
            None => folded.plot.charts(annotations)?,
            Some(chart) => vec![folded.plot.chart(chart, annotations)?],
        };
        let runs = folded.runs();
        let title = options.title.map_or_else(|| folded.title(options.kind), str::to_owned);
        let extras = Extras {
            title: &title,
            charts: &charts,
            is_by_run: options.is_by_run && !runs.is_empty(),
            runs: &runs,
            slowest: Some(&folded.slowest),
            failing: Some(&folded.failing),
            command: options.command,
        };
        report::write_html(contents, &extras, out)
    }
}

impl Folded {
    fn add_round(&mut self, round: &Round) {
        for (input, rows) in round.runs_by_input() {
            self.plot.add_rows(input, &rows);
            for rows in rows.main_runs() {
                self.slowest.add_rows(&rows);
                self.failing.add_rows(&rows);
            }
        }
    }

    /// Returns the name of the attack followed by `kind`; only `kind` if there are several attacks
    /// or the attack has no name.
    fn title(&self, kind: &str) -> String {
        let mut runs = self.plot.runs();
        match (runs.next(), runs.next()) {
            (Some(run), None) if !run.label.is_empty() => format!("{}: {kind}", run.label),
            _ => kind.to_owned(),
        }
    }

    /// Returns the numbers of each run; empty for a single run.
    fn runs(&self) -> Vec<Summary<'_>> {
        let runs: Vec<_> = self.plot.runs().collect();
        if runs.len() < 2 { Vec::new() } else { runs }
    }
}
