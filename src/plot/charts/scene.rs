//! The input of charts, and the parts that several charts have in common.

use std::time::Duration;

use crate::metrics::{CoarseHistogram, Slice, Timeline};
use crate::plot::data::bin::Tally;
use crate::plot::data::run::Run;
use crate::plot::data::sockets::{SocketBins, SocketTimeline};
use crate::plot::render::axis::Axis;
use crate::plot::render::figure::{
    Drawn, Entry, Figure, Guide, Panel, Place, Series, Sign, Stroke, range_of,
};
use crate::plot::render::header::LEGEND;
use crate::plot::render::labels::{at_clock, hits_label, length_label};
use crate::plot::render::palette::{BANDS, EDGES, MEDIAN, MUTED, SERIES};

/// Maximum number of runs shown; each needs its own color.
const MAX_RUNS: usize = SERIES.len();

/// Length in seconds of the time axis if all hits were released and ended at one instant.
const NO_SPAN: f64 = 1.0;

/// Part of the time axis by which hits may end after the last release before the axis is extended
/// to their end.
const LATE_END: f64 = 0.01;

/// Maximum width of a run's label in a note, in CSS pixels.
const MAX_RUN_LABEL: f64 = 160.0;

/// Dashes of the lines of several runs, assigned in turn, so that the runs are distinguishable in
/// grey.
const DASHES: [&[f64]; 4] = [&[], &[7.0, 3.0], &[2.0, 2.5], &[10.0, 3.0, 2.0, 3.0]];

/// Width of a thin line in CSS pixels; the line next to it is thicker.
const THIN: f64 = 1.0;

/// Quantiles that limit the bands, in `[0, 1]`; the last one is the maximum.
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 1.0];

/// Labels of the bands, from the median outwards.
const BAND_NAMES: [&str; 3] = ["p50 to p90", "p90 to p99", "p99 to max"];

/// Labels of the upper edges of the bands.
const EDGE_NAMES: [&str; 3] = ["p90", "p99", "max"];

/// The runs on the charts, and their annotations.
pub struct Scene<'a> {
    /// Sorted by label, at most [`MAX_RUNS`].
    pub runs: Vec<Shown<'a>>,
    /// Number of runs that are not shown.
    pub n_hidden: usize,
    /// Maximum number of failed hits of all runs with a mark; 0 for all.
    threshold: usize,
    /// Annotations of the runs.
    pub annotations: &'a Annotations,
}

/// A run with its label; empty if there is only one.
pub struct Labelled<'a> {
    /// The label.
    pub label: String,
    /// The chart data of the run.
    pub run: &'a Run,
    /// Its WebSockets. None without streams and WebSockets.
    pub sockets: Option<&'a SocketBins>,
}

/// A run on the charts.
pub struct Shown<'a> {
    /// Label of the run; empty if there is only one.
    pub label: String,
    /// The chart data of the run.
    pub run: &'a Run,
    /// The WebSockets of the run. None without streams and WebSockets.
    pub sockets: Option<&'a SocketBins>,
    /// The run in bins of time.
    pub timeline: Timeline<Tally>,
    /// Whether other runs are shown too.
    has_others: bool,
}

/// Information drawn on charts in addition to the results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    /// A line below the title; None for none.
    pub remark: Option<String>,
    /// The start of each stage of the plan except the first, and its label.
    pub stages: Vec<(Duration, String)>,
    /// Latency thresholds: the duration, and its label.
    pub latencies: Vec<(Duration, String)>,
    /// The percentile of lag that the verdict checks, and its limit.
    pub lag: Option<(u32, Duration)>,
}

impl<'a> Scene<'a> {
    /// Returns the scene of labeled runs, in the given order.
    pub fn new(runs: Vec<Labelled<'a>>, threshold: usize, annotations: &'a Annotations) -> Self {
        let n_hidden = runs.len().saturating_sub(MAX_RUNS);
        let span = |labelled: &Labelled<'_>| labelled.run.end().max(labelled.run.load_end());
        let longest = runs.iter().map(span).fold(0.0, f64::max);
        let span = Duration::try_from_secs_f64(longest).unwrap_or(Duration::MAX);
        let has_others = runs.len() > 1;
        let shown = |Labelled { label, run, sockets }: Labelled<'a>| {
            let timeline = run.timeline(span);
            Shown { label, run, sockets, timeline, has_others }
        };
        let runs = runs.into_iter().take(MAX_RUNS).map(shown).collect();
        Self { runs, n_hidden, threshold, annotations }
    }

    /// Maximum number of failed hits of one run with a mark, at least 3 if limited; 0 for all. The
    /// runs share the limit, because their marks cover each other.
    pub fn most_marks(&self) -> usize {
        match (self.threshold, self.runs.len()) {
            (threshold @ 0..=3, _) | (threshold, 0) => threshold,
            (threshold, runs) => (threshold / runs).max(3),
        }
    }

    /// Returns whether the hits of a run were released at more than one instant.
    pub fn has_span(&self) -> bool {
        self.runs.iter().any(|shown| shown.run.extent().span() > 0.0)
    }

    /// Returns the run if there is only one.
    pub fn only(&self) -> Option<&Shown<'a>> {
        match self.runs.as_slice() {
            [shown] => Some(shown),
            _ => None,
        }
    }

    /// Returns the time axis up to the last release.
    pub fn release_axis(&self, is_small: bool) -> Axis {
        self.time_axis(|run| run.extent().span(), is_small)
    }

    /// Returns the time axis up to the end of the last hit. If that is only slightly later than the
    /// last release, the axis ends at the last release, so that charts below each other have the
    /// same axis.
    pub fn end_axis(&self) -> Axis {
        let releases = self.release_axis(false);
        let ends = self.time_axis(|run| run.end().max(run.extent().span()), false);
        if ends.to > releases.to * (1.0 + LATE_END) { ends } else { releases }
    }

    fn time_axis(&self, span: impl Fn(&Run) -> f64, is_small: bool) -> Axis {
        let longest = |span: &dyn Fn(&Run) -> f64| {
            self.runs.iter().map(|shown| span(shown.run)).fold(0.0, f64::max)
        };
        // The axis covers the duration of hits that were released at one instant.
        let spans = [longest(&span), longest(&Run::end)];
        let span = spans.into_iter().find(|span| *span > 0.0).unwrap_or(NO_SPAN);
        let axis = Axis::of_time(span, is_small);
        // A small axis has no space for it, and several runs begin at different times.
        match self.only().filter(|_| !is_small) {
            Some(shown) => {
                Axis { name: axis.name + &at_clock(shown.run.extent().first_ns), ..axis }
            }
            None => axis,
        }
    }

    /// Returns guides where stages begin.
    pub fn stage_guides(&self) -> impl Iterator<Item = Guide> {
        self.annotations
            .stages
            .iter()
            .map(|(at, label)| Guide { at: Place::Across(at.as_secs_f64()), label: label.clone() })
    }

    /// Returns guides at latency thresholds.
    pub fn latency_guides(&self) -> impl Iterator<Item = Guide> {
        self.annotations.latencies.iter().map(|(latency, label)| Guide {
            at: Place::Up(latency.as_nanos() as f64),
            label: label.clone(),
        })
    }

    /// Returns a chart of panels below each other, or an empty panel if there is no run.
    pub fn figure(&self, title: &str, legend: Vec<Entry>, panels: Vec<Panel>) -> Figure {
        let mut figure =
            Figure { title: title.to_owned(), legend, panels, columns: 1, ..Figure::default() };
        figure.first_ns = self.only().map(|shown| shown.run.extent().first_ns);
        if self.runs.is_empty() {
            figure.legend = Vec::new();
            figure.panels = vec![empty("no results")];
        }
        if self.n_hidden > 0 {
            let (shown, all) = (self.runs.len(), self.runs.len() + self.n_hidden);
            figure.title += &format!(", {shown} of {all} runs");
        }
        figure
    }

    /// Returns the strokes of the runs' lines with the given width in CSS pixels.
    pub fn strokes(&self, width: f64) -> Vec<Stroke> {
        let stroke = |idx: usize| Stroke { color: SERIES[idx], width, dashes: DASHES[idx % 4] };
        (0..self.runs.len()).map(stroke).collect()
    }
}

impl<'a> Shown<'a> {
    /// Returns the bins of the run in the form of a panel.
    pub fn slices(&self) -> Vec<(f64, f64)> {
        ends(&self.timeline.slices)
    }

    /// Returns the value of `of` for each bin.
    pub fn each(&self, of: impl Fn(&Slice<Tally>) -> Option<f64>) -> Vec<Option<f64>> {
        self.timeline.slices.iter().map(of).collect()
    }

    /// Returns for how many seconds of a bin hits were released, > 0; for the last bin, up to the
    /// end of the load. None if that is zero, or less than half of a bin that is not the first: a
    /// rate over a short time says little.
    pub fn loaded_seconds<T>(&self, slice: &Slice<T>) -> Option<f64> {
        let loaded = slice.to.min(self.run.load_end()) - slice.from;
        let least = if slice.from == 0.0 { 0.0 } else { slice.seconds() / 2.0 };
        (loaded > 0.0 && loaded >= least).then_some(loaded)
    }

    /// Returns sockets in bins of time, on the axis of the run.
    pub fn socket_timeline(&self, sockets: &SocketBins) -> SocketTimeline {
        sockets.timeline(self.run.n_hits(), self.run.bounds(), self.timeline.span)
    }

    /// Returns a note with the number of hits and the length of the bins.
    pub fn note(&self) -> String {
        let length = length_label(self.timeline.length);
        format!("{}, in steps of {length}", hits_label(self.run.n_hits()))
    }

    /// Returns the name of a series, with the run's label if there are several runs.
    pub fn named(&self, what: &str) -> String {
        if !self.has_others {
            return what.to_owned();
        }
        format!("{}: {what}", LEGEND.fit(&self.label, MAX_RUN_LABEL))
    }
}

/// Returns the start and the end of each bin.
pub fn ends<T>(slices: &[Slice<T>]) -> Vec<(f64, f64)> {
    slices.iter().map(|slice| (slice.from, slice.to)).collect()
}

/// Returns a panel that says why it is empty.
pub fn empty(why: &str) -> Panel {
    let axis = Axis::of_time(NO_SPAN, false);
    let blank = Axis { ticks: Vec::new(), name: String::new(), ..axis };
    Panel { empty: Some(why.to_owned()), ..Panel::new(blank.clone(), blank) }
}

/// Returns a quantile in ns; None without durations.
pub fn quantile(sketch: &CoarseHistogram, quantile: f64) -> Option<f64> {
    (sketch.count() > 0).then(|| sketch.quantile_ns(quantile) as f64)
}

/// How the lines of one run look, and their legend entries, by index.
#[derive(Clone, Copy, Debug)]
pub struct RunLines {
    /// Style of the median.
    pub stroke: Stroke,
    /// The entry of the run.
    pub entry: usize,
    /// The entry of all p99 lines.
    pub thin_entry: usize,
}

/// The legend and the series of a panel, while they are collected.
#[derive(Default)]
pub struct Plotted {
    /// Entries of the legend.
    pub legend: Vec<Entry>,
    /// Series of the panel.
    pub series: Vec<Series>,
}

impl Plotted {
    /// Adds a series with its own legend entry.
    pub fn add(&mut self, entry: Entry, name: String, drawn: Drawn) {
        let entries = vec![self.legend.len()];
        self.legend.push(entry);
        self.series.push(Series { name, entries, drawn });
    }
}

/// Returns the p99 of a run as a thin line and its median as a thicker one, for the bins with the
/// given index.
pub fn quantile_lines(
    shown: &Shown<'_>,
    lines: RunLines,
    slices: usize,
    values: impl Fn(f64) -> Vec<Option<f64>>,
) -> [Series; 2] {
    let RunLines { stroke, entry: of_run, thin_entry: thin } = lines;
    let lines = [
        ("p99", 0.99, vec![of_run, thin], Stroke { width: THIN, ..stroke }),
        ("p50", 0.5, vec![of_run], stroke),
    ];
    lines.map(|(what, q, entries, stroke)| Series {
        name: shown.named(what),
        entries,
        drawn: Drawn::Steps { slices, values: values(q), stroke },
    })
}

/// Returns the legend entry of the thin lines of [`quantile_lines`].
pub fn thin_entry() -> Entry {
    let label = "thin: p99".to_owned();
    Entry { sign: Sign::Line(Stroke::whole(MUTED, THIN)), label }
}

/// Returns the quantiles of a run as bands with a line at the median, for the first bins of a
/// panel, in the order of [`bands_legend`], whose entries come first in the legend.
pub fn bands(shown: &Shown<'_>, sketch: impl Fn(&Tally) -> &CoarseHistogram) -> Vec<Series> {
    let values = QUANTILES.map(|q| shown.each(|slice| quantile(sketch(&slice.kept), q)));
    let band = |idx: usize| Series {
        name: EDGE_NAMES[idx].to_owned(),
        entries: vec![BANDS.len() - 1 - idx],
        drawn: Drawn::Band {
            slices: 0,
            low: values[idx].clone(),
            high: values[idx + 1].clone(),
            colors: (BANDS[idx], EDGES[idx]),
            is_stacked: false,
        },
    };
    let median = Series {
        name: "p50".to_owned(),
        entries: vec![BANDS.len()],
        drawn: Drawn::Steps {
            slices: 0,
            values: values[0].clone(),
            stroke: Stroke::whole(MEDIAN, 2.0),
        },
    };
    (0..BANDS.len()).rev().map(band).chain([median]).collect()
}

/// Returns the legend entries of the bands, from top to bottom.
pub fn bands_legend() -> Vec<Entry> {
    let band =
        |(name, color): (&&str, _)| Entry { sign: Sign::Band(color), label: (*name).to_owned() };
    let median =
        Entry { sign: Sign::Line(Stroke::whole(MEDIAN, 2.0)), label: "p50, the median".to_owned() };
    BAND_NAMES.iter().zip(BANDS).rev().map(band).chain([median]).collect()
}

/// Returns the minimum and the maximum of the values of the series; None if there are none.
pub fn reach(series: &[Series]) -> Option<(f64, f64)> {
    range_of(series.iter().flat_map(|series| series.drawn.values()))
}

/// Returns a logarithmic axis of durations for series and for the thresholds they are compared
/// with.
pub fn duration_axis(series: &[Series], guides: &[Guide], name: &str) -> Axis {
    let held = guides.iter().filter_map(|guide| match guide.at {
        Place::Up(ns) => Some(ns),
        Place::Across(_) => None,
    });
    let (least, most) = reach(series).unwrap_or((1e6, 1e6));
    let (least, most) = held.fold((least, most), |(l, m), ns| (l.min(ns), m.max(ns)));
    Axis::of_durations(least as u64, most as u64, name)
}
