//! A chart as data: what is drawn where, before it is painted.

use plotters::prelude::RGBColor;

use crate::plot::render::axis::Axis;
use crate::plot::render::shape::Shape;

/// A chart: a title, a legend and panels.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    /// Name of the chart on the command line.
    pub name: &'static str,
    /// Title of the chart.
    pub title: String,
    /// A remark below the title.
    pub remark: Option<String>,
    /// The legend: the meaning of lines, bands and marks.
    pub legend: Vec<Entry>,
    /// At least one, all of equal width.
    pub panels: Vec<Panel>,
    /// Number of panels in a row, >= 1.
    pub columns: usize,
    /// When the first hit was released, in ns since 1970 UTC; None if there are several runs.
    pub first_ns: Option<i64>,
}

/// One entry of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The sign before the label.
    pub sign: Sign,
    /// The label.
    pub label: String,
}

/// The sign before a label of the legend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sign {
    /// The mark of a hit.
    Mark(Shape, RGBColor),
    /// A filled band.
    Band(RGBColor),
    /// Bands side by side, from less to more.
    Range(&'static [RGBColor]),
    /// A line.
    Line(Stroke),
}

/// The style of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Color of the line.
    pub color: RGBColor,
    /// Width of the line in CSS pixels.
    pub width: f64,
    /// Lengths of dashes and gaps in turn, in CSS pixels; empty for a solid line.
    pub dashes: &'static [f64],
}

impl Stroke {
    /// Returns a solid line.
    pub fn whole(color: RGBColor, width: f64) -> Self {
        Self { color, width, dashes: &[] }
    }
}

/// Axes, and the data drawn between them.
#[derive(Clone, Debug)]
pub struct Panel {
    /// The label of the data; empty if there is only one panel.
    pub name: String,
    /// A note that is needed to read the panel; empty for none.
    pub note: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Lines across the whole panel.
    pub guides: Vec<Guide>,
    /// Bins of the time axis, each from and to, in seconds; one list per run.
    pub slices: Vec<Vec<(f64, f64)>>,
    /// The data, the last series on top.
    pub series: Vec<Series>,
    /// Why the panel is empty; None if it has data.
    pub empty: Option<String>,
}

impl Panel {
    /// Returns a panel without data.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self {
            name: String::new(),
            note: String::new(),
            x,
            y,
            guides: Vec::new(),
            slices: Vec::new(),
            series: Vec::new(),
            empty: None,
        }
    }
}

/// A line across the whole panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Guide {
    /// Position of the line.
    pub at: Place,
    /// Meaning of the line.
    pub label: String,
}

/// Position of a line across a panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// Vertical, at a value of the x axis.
    Across(f64),
    /// Horizontal, at a value of the y axis.
    Up(f64),
}

/// Values with a common name.
#[derive(Clone, Debug)]
pub struct Series {
    /// The name shown at the pointer.
    pub name: String,
    /// The legend entries of the series, by index: the series is visible while all of them are on;
    /// empty for a series that is always visible.
    pub entries: Vec<usize>,
    /// How the values are drawn.
    pub drawn: Drawn,
}

/// How values are drawn.
#[derive(Clone, Debug)]
pub enum Drawn {
    /// One value per bin of a run, drawn as steps; None if the bin has no value.
    Steps {
        /// Index of the run's bins in [`Panel::slices`].
        slices: usize,
        /// One value per bin.
        values: Vec<Option<f64>>,
        /// Style of the steps.
        stroke: Stroke,
    },
    /// The area between two values in each bin of a run.
    Band {
        /// Index of the run's bins in [`Panel::slices`].
        slices: usize,
        /// Lower values, one per bin.
        low: Vec<Option<f64>>,
        /// Upper values, one per bin; None in the same bins as the lower ones.
        high: Vec<Option<f64>>,
        /// Color of the band, and of its upper edge.
        colors: (RGBColor, RGBColor),
        /// Whether the value is the height of the band; otherwise it is its upper edge.
        is_stacked: bool,
    },
    /// A line from point to point.
    Line {
        /// Points, sorted by x.
        places: Vec<(f64, f64)>,
        /// Style of the line.
        stroke: Stroke,
    },
    /// Marks.
    Marks {
        /// Positions of the marks.
        places: Vec<(f64, f64)>,
        /// Style of the marks.
        mark: Mark,
    },
    /// A column of cells for each bin of a run.
    Cells(Cells),
}

/// The style of marks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Shape of the marks.
    pub shape: Shape,
    /// Color of the marks.
    pub color: RGBColor,
    /// Radius in CSS pixels, > 0.
    pub radius: f64,
    /// Opacity in `[0, 1]`.
    pub opacity: f64,
}

/// Cells by bin and row, colored by their count.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Index of the run's bins in [`Panel::slices`].
    pub slices: usize,
    /// Edges of the rows, rising, one more than rows.
    pub edges: Vec<f64>,
    /// Hits by bin and row.
    pub counts: Vec<Vec<u64>>,
    /// The count that has the last color, >= 1; counts from 1 to this value are mapped to colors
    /// logarithmically.
    pub most: u64,
    /// Colors from few hits to many.
    pub colors: &'static [RGBColor],
}

impl Drawn {
    /// Returns all values on the y axis; of cells, the edges of the rows that contain hits.
    pub fn values(&self) -> Vec<f64> {
        match self {
            Self::Steps { values, .. } => values.iter().flatten().copied().collect(),
            Self::Band { low, high, .. } => low.iter().chain(high).flatten().copied().collect(),
            Self::Line { places, .. } | Self::Marks { places, .. } => {
                places.iter().map(|(_, y)| *y).collect()
            }
            Self::Cells(Cells { edges, counts, .. }) => {
                let is_used = |row: usize| counts.iter().any(|column| column[row] > 0);
                let used = (0..edges.len().saturating_sub(1)).filter(|row| is_used(*row));
                used.flat_map(|row| [edges[row], edges[row + 1]]).collect()
            }
        }
    }
}

/// Returns the minimum and the maximum of values; None if there are none.
pub fn range_of(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |range, value| {
        let (least, most) = range.unwrap_or((value, value));
        Some((value.min(least), value.max(most)))
    })
}
