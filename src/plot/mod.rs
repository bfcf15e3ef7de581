//! SEEN over time: series, downsampling, SVG, HTML.

mod series;
mod slots;
mod extent;
mod lttb;
mod marks;
mod names;

mod axis;
mod svg;
mod canvas;
mod look;
mod header;
mod frame;
mod scatter;
mod bands;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use crate::error::Error;
use crate::page::Page;
use crate::record::{Batch, Record};

use axis::{Axis, height};
use bands::{Panel, Stretch};
use extent::Extent;
use lttb::Place;
use names::natural_order;
use scatter::Trace;
use series::{Point, Series};
use slots::{Slots, Step};

/// Seconds that the axis of time shows where all hits were released at one instant.
const NO_SPAN: f64 = 1.0;

/// Charts of latency over time, folded from a stream in bounded memory.
///
/// Every attack, told by its name, counts time from its own earliest hit, so that attacks lie
/// over one another. Neither gaps nor the order of the records matter: shuffled, cut or without
/// its first hit, a stream is drawn as far as it is there.
///
/// Memory: for each attack at most 2 times 200 000 points of 16 bytes, and 256 small histograms,
/// some 15 MB in all, however long the stream. Beyond 200 000 hits with one outcome, the chart
/// of latency is made of the quickest and the slowest of short stretches of time, and of the
/// 1 000 slowest hits.
///
/// # Example
///
/// ```
/// let plot = drumfire::plot::Plot::new(4000);
/// let svg = plot.svg("nothing yet")?;
/// assert!(svg.contains("no results"));
/// # Ok::<(), drumfire::error::Error>(())
/// ```
pub struct Plot {
    /// Marks for each series, at most; 0 for no downsampling.
    threshold: usize,
    /// Said of the results beside the title.
    remark: Option<String>,
    /// By name.
    attacks: BTreeMap<String, Attack>,
}

impl Plot {
    /// Returns a plot of no results. The chart of latency has at most `threshold` marks for each
    /// series, the slowest and the quickest hit and those that stand out most among them; with 0
    /// it has one for every hit up to 200 000 in a series, and beyond that at most 101 002.
    pub fn new(threshold: usize) -> Self {
        Self { threshold, remark: None, attacks: BTreeMap::new() }
    }

    /// Sets what is said of the results below the title of [`Plot::svg`] and of [`Plot::html`].
    pub fn set_remark(&mut self, remark: &str) {
        self.remark = Some(remark.to_owned());
    }

    /// Adds the records of a batch.
    pub fn add_batch(&mut self, batch: &Batch) {
        batch.records().for_each(|record| self.add(&record));
    }

    /// Adds one record. It failed where it has an error, as in Vegeta's plot.
    pub fn add(&mut self, record: &Record<'_>) {
        let latency_ns = u64::try_from(record.latency.as_nanos()).unwrap_or(u64::MAX);
        let hit = Point { at_ns: record.timestamp_ns, latency_ns };
        let failed = record.error.is_some();
        match self.attacks.get_mut(record.attack) {
            Some(attack) => attack.add(hit, failed),
            None => {
                self.attacks.insert(record.attack.to_owned(), Attack::new(hit, failed));
            }
        }
    }

    /// Draws latency over time and returns it as an SVG document: a mark for each hit, a series
    /// for each attack and outcome, `OK` or `ERROR` behind the attack's name.
    ///
    /// # Errors
    ///
    /// [`Error::Value`] where the threshold is 1 or 2 and a series has more hits;
    /// [`Error::Draw`].
    pub fn svg(&self, title: &str) -> Result<String, Error> {
        self.scatter(title, self.remark.as_deref())
    }

    fn scatter(&self, title: &str, remark: Option<&str>) -> Result<String, Error> {
        let mut traces = Vec::new();
        for (idx, (name, attack)) in self.by_name().into_iter().enumerate() {
            for (failed, series) in [(false, &attack.answered), (true, &attack.failed)] {
                if series.n_hits() > 0 {
                    traces.push(Trace {
                        attack: idx,
                        name: name.to_owned(),
                        failed,
                        places: attack.places(series, self.threshold)?,
                        n_hits: series.n_hits(),
                    });
                }
            }
        }
        scatter::draw(title, remark, &traces, self.axes().as_ref())
    }

    /// Draws the median, p90, p99 and maximum over time as bands, and returns an SVG document for
    /// each attack, in the order of their names, of all its hits whatever their outcome; one that
    /// says so where there are no results.
    ///
    /// # Errors
    ///
    /// [`Error::Draw`].
    pub fn bands_svgs(&self, title: &str) -> Result<Vec<String>, Error> {
        let Some((x, y)) = self.axes() else {
            return Ok(vec![bands::draw_empty(title)?]);
        };
        let draw = |(name, attack): (&str, &Attack)| {
            let (stretches, length) = attack.stretches(x.to);
            bands::draw(title, &Panel { name: name.to_owned(), stretches, length }, (&x, &y))
        };
        self.by_name().into_iter().map(draw).collect()
    }

    /// Returns all charts for a page that has its own title, each with one that says what it is:
    /// the latency of every hit first, then the quantiles of each attack.
    ///
    /// # Errors
    ///
    /// As [`Plot::svg`].
    pub fn charts(&self) -> Result<Vec<String>, Error> {
        let mut charts = vec![self.scatter("Latency of each hit over time", None)?];
        charts.extend(self.bands_svgs("Latency quantiles over time")?);
        Ok(charts)
    }

    /// Writes a page of HTML with all charts, which opens without a network.
    ///
    /// # Errors
    ///
    /// As [`Plot::svg`]; [`Error::Io`] where the output does not take it.
    pub fn html(&self, title: &str, out: &mut dyn io::Write) -> Result<(), Error> {
        let mut page = Page::new(title);
        self.remark.iter().for_each(|remark| page.text(&format!("{remark}\n")));
        self.charts()?.iter().for_each(|chart| page.svg(chart));
        page.write(out).map_err(Error::Io)
    }

    /// Returns the attacks in the order of their names.
    fn by_name(&self) -> Vec<(&str, &Attack)> {
        let mut attacks: Vec<_> =
            self.attacks.iter().map(|(name, attack)| (name.as_str(), attack)).collect();
        attacks.sort_by(|(a, _), (b, _)| natural_order(a, b));
        attacks
    }

    /// Returns the axes of time and of latency, the same for all charts so that they can be
    /// compared; None where there are no results.
    fn axes(&self) -> Option<(Axis, Axis)> {
        let extents = || self.attacks.values().map(|attack| attack.extent);
        let least_ns = extents().map(|extent| extent.least_ns).min()?;
        let most_ns = extents().map(|extent| extent.most_ns).max()?;
        let span = extents().map(|extent| extent.span()).fold(0.0, f64::max);
        let span = if span > 0.0 { span } else { NO_SPAN };
        Some((Axis::of_time(span), Axis::of_latency(least_ns, most_ns)))
    }
}

/// The hits of one attack.
struct Attack {
    answered: Series,
    failed: Series,
    slots: Slots,
    extent: Extent,
}

impl Attack {
    fn new(hit: Point, failed: bool) -> Self {
        let mut attack = Self {
            answered: Series::default(),
            failed: Series::default(),
            slots: Slots::default(),
            extent: Extent::of(hit),
        };
        attack.add(hit, failed);
        attack
    }

    fn add(&mut self, hit: Point, failed: bool) {
        let series = if failed { &mut self.failed } else { &mut self.answered };
        series.add(hit);
        self.slots.add(hit.at_ns, hit.latency_ns);
        self.extent.add(hit);
    }

    /// Returns the marks of one of the two series.
    fn places(&self, series: &Series, threshold: usize) -> Result<Vec<Place>, Error> {
        let place =
            |hit: &Point| (self.extent.seconds_to(i128::from(hit.at_ns)), height(hit.latency_ns));
        // The axis is logarithmic, and so are the heights: the triangles are those one sees.
        marks::choose(series.points().iter().map(place).collect(), threshold)
    }

    /// Returns the quantiles over time for an axis of `span` seconds, and the length of a step.
    fn stretches(&self, span: f64) -> (Vec<Stretch>, Duration) {
        let (steps, length) = self.slots.steps(Duration::from_secs_f64(span));
        (steps.iter().map(|step| self.stretch(step)).collect(), length)
    }

    /// Returns a step in places of the axes.
    fn stretch(&self, step: &Step) -> Stretch {
        // A histogram gives the upper end of what it cannot tell apart.
        let exact = |ns: u64| height(ns.clamp(self.extent.least_ns, self.extent.most_ns));
        Stretch {
            from: self.extent.seconds_to(step.from_ns),
            to: self.extent.seconds_to(step.to_ns),
            heights: step.latencies_ns.map(exact),
        }
    }
}
