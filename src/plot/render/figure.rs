//! A chart as data: what is drawn where, before it is painted.

use plotters::prelude::RGBColor;

use crate::plot::render::axis::Axis;
use crate::plot::render::shape::Shape;

/// A chart: a title, a legend and panels.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    /// What the chart is called on the command line.
    pub name: &'static str,
    /// What it shows.
    pub title: String,
    /// Said of the results below the title.
    pub remark: Option<String>,
    /// What lines, bands and marks mean.
    pub legend: Vec<Entry>,
    /// At least one, each as wide as the others.
    pub panels: Vec<Panel>,
    /// Panels beside one another, >= 1.
    pub columns: usize,
}

/// One entry of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What stands before the label.
    pub sign: Sign,
    /// What it means.
    pub label: String,
}

/// What stands before a label of the legend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sign {
    /// The mark of a hit.
    Mark(Shape, RGBColor),
    /// A filled band.
    Band(RGBColor),
    /// Bands side by side, which stand for less and for more.
    Range(&'static [RGBColor]),
    /// A line.
    Line(Stroke),
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub colour: RGBColor,
    /// Its width in CSS pixels.
    pub width: f64,
    /// Lengths of what is drawn and left out in turn, in CSS pixels; empty for a whole line.
    pub dashes: &'static [f64],
}

impl Stroke {
    /// Returns a whole line.
    pub fn whole(colour: RGBColor, width: f64) -> Self {
        Self { colour, width, dashes: &[] }
    }
}

/// Axes, and what is drawn between them.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Whose data they are; empty where that goes without saying.
    pub name: String,
    /// What else must be known to read the panel; empty for nothing.
    pub note: String,
    /// The axis from left to right.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// Lines right through the panel.
    pub guides: Vec<Guide>,
    /// Slices of the axis of time, each from and to, in seconds; for each run its own.
    pub slices: Vec<Vec<(f64, f64)>>,
    /// What is drawn, the last on top.
    pub series: Vec<Series>,
    /// Why there is nothing to be seen; None where there is.
    pub empty: Option<String>,
}

impl Panel {
    /// Returns a panel with nothing in it yet.
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

/// A line right through a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Guide {
    /// Where it is.
    pub at: Place,
    /// What it stands for.
    pub label: String,
}

/// Where a line through a panel is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// Upright, at a value of the x axis.
    Across(f64),
    /// Level, at a value of the y axis.
    Up(f64),
}

/// Values that have a name.
#[derive(Clone, Debug)]
pub struct Series {
    /// What they are called under the pointer.
    pub name: String,
    /// Which entries of the legend stand for them, by number: they are shown while all of these
    /// are; empty for values that are always shown.
    pub entries: Vec<usize>,
    /// How they are drawn.
    pub drawn: Drawn,
}

/// How values are drawn.
#[derive(Clone, Debug)]
pub enum Drawn {
    /// A value for each slice of a run, None where it has none, as stairs.
    Steps {
        /// Number of the run's slices in [`Panel::slices`].
        slices: usize,
        /// As many as slices.
        values: Vec<Option<f64>>,
        /// How the stairs look.
        stroke: Stroke,
    },
    /// For each slice of a run what lies between two values.
    Band {
        /// Number of the run's slices in [`Panel::slices`].
        slices: usize,
        /// Lower values, as many as slices.
        low: Vec<Option<f64>>,
        /// Upper values, as many as slices; None where the lower ones are.
        high: Vec<Option<f64>>,
        /// Colour of the band, and of its upper edge.
        colours: (RGBColor, RGBColor),
    },
    /// A line from place to place.
    Line {
        /// Places, by rising x.
        places: Vec<(f64, f64)>,
        /// How the line looks.
        stroke: Stroke,
    },
    /// Marks.
    Marks {
        /// Where they are.
        places: Vec<(f64, f64)>,
        /// Their shape.
        shape: Shape,
        /// Their colour.
        colour: RGBColor,
        /// How large they are in CSS pixels, and how opaque, in [0, 1].
        size: (f64, f64),
    },
    /// For each slice of a run a column of cells.
    Cells {
        /// Number of the run's slices in [`Panel::slices`].
        slices: usize,
        /// Edges of the rows, rising, one more than rows.
        edges: Vec<f64>,
        /// Hits by slice and row.
        counts: Vec<Vec<u64>>,
        /// The colour of each cell is that of its count, from 1 to this many, logarithmic.
        most: u64,
        /// From few hits to many.
        colours: &'static [RGBColor],
    },
}
