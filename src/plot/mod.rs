//! Chart data sampled in bounded memory, and the charts drawn from it.

mod charts;
mod data;
mod render;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::markup::redact::{HIDDEN_USER, cut, without_users};
use crate::metrics::Summary;
use crate::record::{Batch, Label, Rows};

use crate::plot::data::natural_order::natural_order;
use crate::plot::data::run::Run;
use crate::plot::data::sockets::SocketBins;
use crate::plot::render::figure::Figure;
use crate::plot::render::painter::paint;
use charts::{Labelled, Scene};

pub use charts::{Annotations, Chart};

/// Maximum number of successful hits that are drawn one by one if the threshold is 0.
const MAX_HITS: usize = 200_000;

/// Maximum length of a run's label in bytes: it occurs in many places of a page.
const MAX_LABEL_BYTES: usize = 200;

/// Charts of one or several runs, folded from streams in bounded memory.
///
/// A run consists of the records of one attack, identified by its name, in one input. Each run
/// measures time from its own earliest hit, so that runs can be overlaid. Neither gaps nor the
/// order of the records matter: a stream that was shuffled, cut, or lost its first hit is drawn as
/// far as it is available.
///
/// Memory: each run needs at most 256 bins of time with two small histograms each, 128 more bins
/// for each of 12 names, and 200 000 failed hits of 16 bytes. That is about 20 MB, however long the
/// stream.
///
/// # Example
///
/// ```
/// use drumfire::plot::{Annotations, Chart, Plot};
///
/// let plot = Plot::new(4000);
/// let svg = plot.svg(Chart::Latency, None, &Annotations::default())?;
/// assert!(svg.contains("no results"));
/// # Ok::<(), drumfire::error::Error>(())
/// ```
pub struct Plot {
    /// Maximum number of marks for each run's hits, and for its failed ones; 0 for no limit.
    threshold: usize,
    /// Labels of the inputs, by index; empty for an input without a label.
    inputs: BTreeMap<usize, String>,
    /// By input and attack name.
    runs: BTreeMap<(usize, String), Run>,
    /// By input and attack name, too: sockets are opened before the first hit of their run.
    sockets: BTreeMap<(usize, String), SocketBins>,
}

impl Plot {
    /// Returns a plot without results. The latency chart has a mark for every hit of a run with at
    /// most `threshold` hits, and at most that many marks for the failed hits of all runs. 0 means
    /// 200 000, and all failed hits of a run up to about that number.
    pub fn new(threshold: usize) -> Self {
        Self { threshold, inputs: BTreeMap::new(), runs: BTreeMap::new(), sockets: BTreeMap::new() }
    }

    /// Sets the label of an input, by index. It is used if the names of its attacks also occur in
    /// other inputs.
    pub fn set_input(&mut self, input: usize, name: &str) {
        self.inputs.insert(input, name.to_owned());
    }

    /// Adds the records of a batch of the first input.
    pub fn add_batch(&mut self, batch: &Batch) {
        self.add_rows(0, &batch.rows(0..batch.len()));
    }

    /// Adds records of an input, identified by its index, in any order. A hit failed if it has an
    /// error, as in Vegeta's plot.
    pub fn add_rows(&mut self, input: usize, rows: &Rows<'_>) {
        let attacks = rows.labels(Label::Attack);
        let mut start = 0;
        while start < rows.len() {
            let name = attacks.at(start);
            let is_same = |row: &usize| match attacks.number(*row) {
                Some(number) => attacks.number(start) == Some(number),
                None => attacks.at(*row) == name,
            };
            let end = (start..rows.len()).find(|row| !is_same(row)).unwrap_or(rows.len());
            self.add_run(input, name, &rows.part(start..end));
            start = end;
        }
    }

    /// Adds records of an input as those of one attack with the given name; their own names are
    /// ignored. Records that only open streams, and others that are no hits, are in no chart but that
    /// of sockets and that of deliveries.
    pub fn add_run(&mut self, input: usize, attack: &str, rows: &Rows<'_>) {
        if SocketBins::has_some(rows) {
            let key = (input, attack.to_owned());
            self.sockets.entry(key).or_default().add_rows(rows);
        }
        rows.main_runs().for_each(|rows| self.add_hits(input, attack, &rows));
    }

    fn add_hits(&mut self, input: usize, attack: &str, rows: &Rows<'_>) {
        let few = if self.threshold == 0 { MAX_HITS } else { self.threshold };
        match self.runs.get_mut(&(input, attack.to_owned())) {
            Some(run) => run.add_rows(rows),
            None => {
                self.runs.insert((input, attack.to_owned()), Run::new(rows, few));
            }
        }
    }

    /// Draws a chart and returns it as an SVG document; `title` replaces the chart's own title.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] if the threshold is 1 or 2 and more hits of a run failed; [`Error::Draw`].
    pub fn svg(
        &self,
        chart: Chart,
        title: Option<&str>,
        annotations: &Annotations,
    ) -> Result<String, Error> {
        let figure = chart.figure(&self.scene(annotations))?;
        let title = title.map_or(figure.title, str::to_owned);
        let remark = figure.remark.or_else(|| annotations.remark.clone());
        paint(&Figure { title, remark, ..figure })
    }

    /// Returns one chart for a page. The page shows the remark itself.
    ///
    /// # Errors
    ///
    /// As [`Plot::svg`].
    pub fn chart(&self, chart: Chart, annotations: &Annotations) -> Result<String, Error> {
        paint(&chart.figure(&self.page_scene(annotations))?)
    }

    /// Returns the charts that have content, for a page. The page shows the remark itself.
    ///
    /// # Errors
    ///
    /// As [`Plot::svg`].
    pub fn charts(&self, annotations: &Annotations) -> Result<Vec<String>, Error> {
        let scene = self.page_scene(annotations);
        let informative = Chart::ALL.into_iter().filter(|chart| chart.adds_information(&scene));
        informative.map(|chart| paint(&chart.figure(&scene)?)).collect()
    }

    /// Returns the statistics of each run, in the order of the charts.
    pub fn runs(&self) -> impl Iterator<Item = Summary<'_>> {
        self.labelled().into_iter().map(|Labelled { label, run, .. }| {
            Summary::new(label, run.rate(), run.successes(), run.latencies())
        })
    }

    fn scene<'a>(&'a self, annotations: &'a Annotations) -> Scene<'a> {
        Scene::new(self.labelled(), self.threshold, annotations)
    }

    /// Returns the scene of a page, whose title names the run if there is only one.
    fn page_scene<'a>(&'a self, annotations: &'a Annotations) -> Scene<'a> {
        let mut runs = self.labelled();
        if let [only] = runs.as_mut_slice() {
            only.label.clear();
        }
        Scene::new(runs, self.threshold, annotations)
    }

    fn labelled(&self) -> Vec<Labelled<'_>> {
        let labelled =
            |(key, run)| Labelled { label: self.label(key), run, sockets: self.sockets.get(key) };
        let mut runs: Vec<Labelled<'_>> = self.runs.iter().map(labelled).collect();
        runs.sort_by(|a, b| natural_order(&a.label, &b.label));
        runs
    }

    /// Returns the label of a run: the name of its attack, and the label of its input if another
    /// input has an attack with the same name.
    fn label(&self, key: &(usize, String)) -> String {
        cut(&without_users(&self.full_label(key), HIDDEN_USER), MAX_LABEL_BYTES)
    }

    fn full_label(&self, (input, attack): &(usize, String)) -> String {
        let inputs: BTreeSet<usize> =
            self.runs.keys().filter(|(_, name)| name == attack).map(|(input, _)| *input).collect();
        let file = self.inputs.get(input).map_or("", String::as_str);
        match (inputs.len(), attack.is_empty()) {
            (1, false) => attack.clone(),
            (1, true) if self.runs.len() == 1 => String::new(),
            (_, true) => file.to_owned(),
            (_, false) => format!("{attack} ({file})"),
        }
    }
}
