//! The values of a chart as JSON, for the page's script, which shows them at the pointer and
//! redraws them on other axes.

use serde::Serialize;

use crate::markup::escape::is_unruly;
use crate::markup::go_json;
use crate::plot::render::axis::{Axis, ClockFormat, Scale, Tick, TickFormat, Unit, ZoomTicks};
use crate::plot::render::canvas::px;
use crate::plot::render::figure::{Cells, Drawn, Figure, Guide, Panel, Place, Series, range_of};
use crate::plot::render::frame::{Size, guide_label};
use crate::plot::render::labels::{NUMBERS, NumberFormat, at_clock};
use crate::plot::render::palette::css;
use crate::plot::render::shape::Shape;

/// Returns the values of a chart whose panels begin `top` CSS pixels below its top. The JSON may be
/// placed between tags as it is: markup in texts is escaped as in JSON strings.
pub fn json(figure: &Figure, top: u32, size: Size) -> String {
    let panel = |(place, panel): (usize, &Panel)| {
        let (row, column) = (place / figure.columns, place % figure.columns);
        let down = px(f64::from(top) + row as f64 * f64::from(size.height));
        PanelData::new(
            panel,
            (px(column as f64 * size.width), down),
            size,
            positive_range(figure, panel.y.unit),
        )
    };
    let panels = figure.panels.iter().enumerate().map(panel).collect();
    let clock = figure.first_ns.filter(|_| !size.is_small()).map_or(String::new(), at_clock);
    let zoom =
        time_span(figure).map(|span| ZoomData::new(ZoomTicks::new(span, size.is_small()), &clock));
    let grid = GridData {
        columns: figure.columns,
        top: px(f64::from(top)),
        width: px(size.width),
        height: px(f64::from(size.height)),
    };
    // Milliseconds: as many as a browser's clock has.
    let begin = figure.first_ns.map(|ns| ns.div_euclid(1_000_000));
    let data = FigureData { chart: figure.name, numbers: NUMBERS, begin, grid, zoom, panels };
    let mut json = Vec::new();
    let written = go_json::write(&mut json, &data);
    written.expect("memory takes texts and numbers");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// Returns a text without characters that XML does not allow or that have no visible form.
fn clean(text: &str) -> String {
    text.chars().map(|letter| if is_unruly(letter) { '\u{fffd}' } else { letter }).collect()
}

/// Returns the length of the time axis in seconds; None if the chart has none.
fn time_span(figure: &Figure) -> Option<f64> {
    let axes = figure.panels.iter().map(|panel| &panel.x);
    let spans = axes.filter(|axis| axis.unit == Unit::Seconds).map(|axis| axis.to - axis.from);
    spans.reduce(f64::max)
}

/// Returns the smallest and the greatest positive value of all panels with two scales and the same
/// unit, which have their scales in common; None if there is none.
fn positive_range(figure: &Figure, unit: Unit) -> Option<(f64, f64)> {
    let panels = figure.panels.iter().filter(|panel| has_scales(panel) && panel.y.unit == unit);
    let of_panel = |panel: &Panel| {
        let guides = panel.guides.iter().filter_map(|guide| match guide.at {
            Place::Across(_) => None,
            Place::Up(y) => Some(y),
        });
        let values = panel.series.iter().flat_map(|series| series.drawn.values());
        values.chain(guides).collect::<Vec<_>>()
    };
    range_of(panels.flat_map(of_panel).filter(|value| *value > 0.0))
}

/// Returns whether the values of a panel can be drawn on two scales. Shares add up, which only a
/// linear scale shows.
fn has_scales(panel: &Panel) -> bool {
    panel.y.unit != Unit::Share
}

/// A chart.
#[derive(Serialize)]
struct FigureData {
    chart: &'static str,
    numbers: NumberFormat,
    /// When the first hit was released, in ms since 1970 UTC; absent if there are several runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    begin: Option<i64>,
    grid: GridData,
    /// Ticks of the time axis in any window of time; absent if there is no time axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    zoom: Option<ZoomData>,
    panels: Vec<PanelData>,
}

/// How panels are arranged, in units of the drawing.
#[derive(Serialize)]
struct GridData {
    /// Panels in a row.
    columns: usize,
    /// Height of the header.
    top: i32,
    /// Width of a panel, including its labels.
    width: i32,
    /// Height of a panel, including its labels.
    height: i32,
}

/// Ticks of the time axis in any window of time.
#[derive(Serialize)]
struct ZoomData {
    /// Maximum number of steps in a window.
    most: f64,
    /// Steps in seconds, rising, and the decimals of their labels.
    steps: Vec<(f64, usize)>,
    formats: Vec<TickFormatData>,
}

/// The format of the labels for steps below a length.
#[derive(Serialize)]
struct TickFormatData {
    /// In seconds; absent for all longer steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    below: Option<f64>,
    /// In seconds.
    unit: f64,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<ClockData>,
}

/// Labels as clock times.
#[derive(Serialize)]
struct ClockData {
    /// End of a window in seconds from which on the labels are clock times.
    from: f64,
    #[serde(rename = "hasSeconds")]
    has_seconds: bool,
    /// Name of the axis if the window ends within the first hour, and if it ends later.
    names: [String; 2],
}

/// A panel.
#[derive(Serialize)]
struct PanelData {
    name: String,
    /// Left, upper, right and lower edge of the data, in units of the drawing.
    inside: [i32; 4],
    x: AxisData,
    y: AxisData,
    /// For each run the starts of its bins and their ends, in seconds.
    slices: Vec<[Vec<f64>; 2]>,
    series: Vec<SeriesData>,
    guides: Vec<GuideData>,
}

/// An axis. Its values are in ns, seconds, hits per second, hits, or quantiles.
#[derive(Serialize)]
struct AxisData {
    name: String,
    from: f64,
    to: f64,
    scale: &'static str,
    unit: &'static str,
    /// Positions of ticks, and their labels.
    ticks: Vec<(f64, String)>,
    /// The same axis on the other scale; absent if it has one scale only.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<Box<AxisData>>,
}

/// A line across a panel: vertical at a value of the x axis, or horizontal at a value of the y
/// axis.
#[derive(Serialize)]
struct GuideData {
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<f64>,
    label: String,
}

/// Values with a name: one per bin, or points.
#[derive(Default, Serialize)]
struct SeriesData {
    name: String,
    /// How the values are drawn: as `steps`, a `band`, a `line`, `marks` or `cells`.
    drawn: &'static str,
    /// Legend entries, by index.
    entries: Vec<usize>,
    /// Index of the run's bins; None for points.
    #[serde(skip_serializing_if = "Option::is_none")]
    slices: Option<usize>,
    /// Positions of points on the x axis; empty for values by bin.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x: Vec<f64>,
    /// Values, one per bin or point; null for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    y: Vec<Option<f64>>,
    /// Lower edge of a band.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    low: Vec<Option<f64>>,
    /// Whether the value is the height of a band; otherwise it is its upper edge.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stacked: bool,
    /// The corners of a mark's shape relative to its center; empty for a circle.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corners: Vec<(i32, i32)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cells: Option<CellsData>,
}

/// Cells by bin and row.
#[derive(Serialize)]
struct CellsData {
    /// Edges of the rows, rising, one more than rows.
    edges: Vec<f64>,
    /// Hits by bin and row.
    counts: Vec<Vec<u64>>,
    /// The count from which on a cell has the last color.
    most: u64,
    /// Colors from few hits to many.
    colors: Vec<String>,
}

impl PanelData {
    fn new(panel: &Panel, (left, top): (i32, i32), size: Size, range: Option<(f64, f64)>) -> Self {
        let [from_x, from_y, to_x, to_y] = size.inside();
        let slices = panel.slices.iter().map(|slices| {
            let (from, to): (Vec<f64>, Vec<f64>) = slices.iter().copied().unzip();
            [from, to].map(|ends| ends.into_iter().map(rounded).collect())
        });
        Self {
            name: clean(&panel.name),
            inside: [left + from_x, top + from_y, left + to_x, top + to_y],
            x: AxisData::new(&panel.x),
            y: AxisData {
                other: range.filter(|_| has_scales(panel)).map(|(least, most)| {
                    let other = panel.y.on_other_scale(least, most);
                    Box::new(AxisData::new(&size.fitting(&other)))
                }),
                ..AxisData::new(&size.fitting(&panel.y))
            },
            slices: slices.collect(),
            series: panel.series.iter().map(SeriesData::new).collect(),
            guides: panel.guides.iter().map(GuideData::new).collect(),
        }
    }
}

impl AxisData {
    fn new(axis: &Axis) -> Self {
        let scale = match axis.scale {
            Scale::Linear => "linear",
            Scale::Logarithmic => "logarithmic",
            Scale::Nines => "nines",
        };
        let unit = match axis.unit {
            Unit::Seconds => "s",
            Unit::Nanoseconds => "ns",
            Unit::PerSecond => "/s",
            Unit::Hits => "hits",
            Unit::Share => "share",
            Unit::Quantile => "quantile",
        };
        let tick = |tick: &Tick| (rounded(tick.at), tick.label.clone());
        let ticks = axis.ticks.iter().map(tick).collect();
        let (from, to) = (axis.from, axis.to);
        Self { name: axis.name.clone(), from, to, scale, unit, ticks, other: None }
    }
}

impl ZoomData {
    /// Returns the ticks; `clock` is the end of the axis' name.
    fn new(ticks: ZoomTicks, clock: &str) -> Self {
        let steps = ticks.steps.into_iter().map(|(step, decimals)| (rounded(step), decimals));
        let formats = ticks.formats.into_iter().map(|format| TickFormatData::new(format, clock));
        Self { most: ticks.max_steps, steps: steps.collect(), formats: formats.collect() }
    }
}

impl TickFormatData {
    fn new(TickFormat { below, unit, name, clock }: TickFormat, at: &str) -> Self {
        let clock = clock.map(|ClockFormat { from, has_seconds, names }| ClockData {
            from,
            has_seconds,
            names: names.map(|name| name + at),
        });
        Self { below, unit, name: name + at, clock }
    }
}

impl GuideData {
    fn new(guide: &Guide) -> Self {
        let label = guide_label(&guide.label);
        match guide.at {
            Place::Across(x) => Self { x: Some(rounded(x)), y: None, label },
            Place::Up(y) => Self { x: None, y: Some(rounded(y)), label },
        }
    }
}

impl SeriesData {
    fn new(series: &Series) -> Self {
        let named =
            Self { name: clean(&series.name), entries: series.entries.clone(), ..Self::default() };
        match &series.drawn {
            Drawn::Steps { slices, values, .. } => {
                let slices = Some(*slices);
                Self { drawn: "steps", slices, y: all_rounded(values), ..named }
            }
            Drawn::Band { slices, low, high, is_stacked, .. } => Self {
                drawn: "band",
                slices: Some(*slices),
                y: all_rounded(high),
                low: all_rounded(low),
                stacked: *is_stacked,
                ..named
            },
            Drawn::Line { places, .. } => named.at(places, "line"),
            Drawn::Marks { places, mark } => {
                let corners = Shape::corners(mark.shape, mark.radius).unwrap_or_default();
                Self { corners, ..named.at(places, "marks") }
            }
            Drawn::Cells(Cells { slices, edges, counts, most, colors }) => {
                let cells = CellsData {
                    edges: edges.iter().copied().map(rounded).collect(),
                    counts: counts.clone(),
                    most: *most,
                    colors: colors.iter().copied().map(css).collect(),
                };
                Self { drawn: "cells", slices: Some(*slices), cells: Some(cells), ..named }
            }
        }
    }

    fn at(self, places: &[(f64, f64)], drawn: &'static str) -> Self {
        let x = places.iter().map(|(x, _)| rounded(*x)).collect();
        let y = places.iter().map(|(_, y)| Some(rounded(*y))).collect();
        Self { drawn, x, y, ..self }
    }
}

fn all_rounded(values: &[Option<f64>]) -> Vec<Option<f64>> {
    values.iter().map(|value| value.map(rounded)).collect()
}

/// Returns a value rounded to nine digits, or nine decimals: more precision is invisible and would
/// make the page large.
fn rounded(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let digits = (9.0 - value.abs().log10().ceil()).clamp(0.0, 9.0);
    let power = 10_f64.powi(digits as i32);
    (value * power).round() / power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_the_digits_that_can_be_seen() {
        let table = [
            (0.0, "0"),
            (1.0 / 3.0, "0.333333333"),
            (59.98, "59.98"),
            (123_456_789.4, "123456789"),
            (1.0 - 1e-9, "0.999999999"),
        ];
        for (value, text) in table {
            assert_eq!(go_json::float(rounded(value)), text);
        }
    }
}
