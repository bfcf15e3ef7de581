//! SEEN: what is kept of a stream in bounded memory, and the charts that are drawn of it.

mod charts;
mod data;
mod render;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::markup::redact::cut;
use crate::metrics::Summary;
use crate::record::{Batch, Label, Rows};

use crate::plot::data::natural_order::natural_order;
use crate::plot::data::run::Run;
use crate::plot::render::figure::Figure;
use crate::plot::render::painter::paint;
use charts::Scene;

pub use charts::{Annotations, Chart};

/// Hits that did not fail, each drawn where a threshold of 0 asks for all, at most.
const MOST_HITS: usize = 200_000;

/// Bytes of what a run is called, at most: it stands in many places of a page.
const MOST_LABEL_BYTES: usize = 200;

/// Charts of one or several runs, folded from streams in bounded memory.
///
/// A run is what one input has of one attack, told by its name. Each counts time from its own
/// earliest hit, so that runs lie over one another. Neither gaps nor the order of the records
/// matter: shuffled, cut or without its first hit, a stream is drawn as far as it is there.
///
/// Memory: for each run at most 256 slices of time with two small histograms each, for 12 names 128
/// more, and 200 000 failed hits of 16 bytes: some 20 MB, however long the stream.
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
    /// Marks for each run's hits and for its failed ones, at most; 0 for no limit.
    threshold: usize,
    /// What inputs are called, by number; empty for one that has no name.
    inputs: BTreeMap<usize, String>,
    /// By input and by the attack's name.
    runs: BTreeMap<(usize, String), Run>,
}

impl Plot {
    /// Returns a plot of no results. The chart of latency has a mark for each hit of a run that has
    /// no more than `threshold`, and no more than so many for the failed ones of all runs; 0 stands
    /// for 200 000, and for all failed hits of a run up to about as many.
    pub fn new(threshold: usize) -> Self {
        Self { threshold, inputs: BTreeMap::new(), runs: BTreeMap::new() }
    }

    /// Sets what an input is called, by its number, where its attacks' names do not tell it from
    /// others.
    pub fn set_input(&mut self, input: usize, name: &str) {
        self.inputs.insert(input, name.to_owned());
    }

    /// Adds the records of a batch of the first input.
    pub fn add_batch(&mut self, batch: &Batch) {
        self.add_rows(0, &batch.rows(0..batch.len()));
    }

    /// Adds records of an input, told by its number, in whatever order. A hit failed where it has an
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

    /// Adds records of an input as those of one attack of such a name, whatever theirs is.
    pub fn add_run(&mut self, input: usize, attack: &str, rows: &Rows<'_>) {
        let few = if self.threshold == 0 { MOST_HITS } else { self.threshold };
        match self.runs.get_mut(&(input, attack.to_owned())) {
            Some(run) => run.add_rows(rows),
            None => {
                self.runs.insert((input, attack.to_owned()), Run::new(rows, few));
            }
        }
    }

    /// Draws a chart and returns it as an SVG document, with such a title instead of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the threshold is 1 or 2 and more hits of a run failed;
    /// [`Error::Draw`].
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

    /// Returns one chart for a page. What is remarked is the page's to say.
    ///
    /// # Errors
    ///
    /// As [`Plot::svg`].
    pub fn chart(&self, chart: Chart, annotations: &Annotations) -> Result<String, Error> {
        paint(&chart.figure(&self.scene(annotations))?)
    }

    /// Returns the charts for a page, those that have something to tell. What is remarked is the
    /// page's to say.
    ///
    /// # Errors
    ///
    /// As [`Plot::svg`].
    pub fn charts(&self, annotations: &Annotations) -> Result<Vec<String>, Error> {
        let scene = self.scene(annotations);
        let telling = Chart::ALL.into_iter().filter(|chart| chart.tells(&scene));
        telling.map(|chart| paint(&chart.figure(&scene)?)).collect()
    }

    /// Returns the figures of each run, in the order in which charts have them.
    pub fn runs(&self) -> impl Iterator<Item = Summary<'_>> {
        self.labelled().into_iter().map(|(label, run)| Summary {
            label,
            requests: run.n_hits(),
            rate: run.rate(),
            success: run.success(),
            latency: run.latency(),
        })
    }

    fn scene<'a>(&'a self, annotations: &'a Annotations) -> Scene<'a> {
        Scene::new(self.labelled(), self.threshold, annotations)
    }

    fn labelled(&self) -> Vec<(String, &Run)> {
        let mut runs: Vec<(String, &Run)> =
            self.runs.iter().map(|(key, run)| (self.label(key), run)).collect();
        runs.sort_by(|(a, _), (b, _)| natural_order(a, b));
        runs
    }

    /// Returns what a run is called: by its attack's name where no other input has an attack of that
    /// name, else by its input, too.
    fn label(&self, key: &(usize, String)) -> String {
        cut(&self.full_label(key), MOST_LABEL_BYTES)
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
