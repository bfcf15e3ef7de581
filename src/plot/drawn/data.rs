//! The values of a chart as JSON, for scripts that show them under the pointer.

use serde::Serialize;

use crate::go_json;
use crate::page::is_unruly;
use crate::plot::drawn::axis::{Axis, Scale, Unit};
use crate::plot::drawn::canvas::px;
use crate::plot::drawn::figure::{Drawn, Figure, Panel, Series};
use crate::plot::drawn::frame::Size;

/// Returns the values of a chart whose panels begin so many CSS pixels below its top. They can stand
/// between tags as they are: what is markup there is escaped as JSON does it.
pub fn json(figure: &Figure, top: u32, size: Size) -> String {
    let panel = |(place, panel): (usize, &Panel)| {
        let (row, column) = (place / figure.columns, place % figure.columns);
        let down = px(f64::from(top) + row as f64 * f64::from(size.height));
        PanelData::new(panel, (px(column as f64 * size.width), down), size)
    };
    let panels = figure.panels.iter().enumerate().map(panel).collect();
    let mut json = Vec::new();
    let written = go_json::write(&mut json, &FigureData { chart: figure.name, panels });
    written.expect("memory takes texts and numbers");
    String::from_utf8(json).expect("JSON is UTF-8")
}

/// Returns a text without what neither XML nor a reader can take.
fn clean(text: &str) -> String {
    text.chars().map(|letter| if is_unruly(letter) { '\u{fffd}' } else { letter }).collect()
}

/// A chart.
#[derive(Serialize)]
struct FigureData {
    chart: &'static str,
    panels: Vec<PanelData>,
}

/// A panel.
#[derive(Serialize)]
struct PanelData {
    name: String,
    /// Left, upper, right and lower edge of the data, in units of the drawing.
    inside: [i32; 4],
    x: AxisData,
    y: AxisData,
    /// For each run the begins of its slices and their ends, in seconds.
    slices: Vec<[Vec<f64>; 2]>,
    series: Vec<SeriesData>,
}

/// An axis. Its values are in ns, seconds, hits a second, hits, or quantiles.
#[derive(Serialize)]
struct AxisData {
    from: f64,
    to: f64,
    scale: &'static str,
    unit: &'static str,
}

/// Values that have a name: either one for each slice, or places.
#[derive(Serialize)]
struct SeriesData {
    name: String,
    /// Number of the run's slices; None for places.
    #[serde(skip_serializing_if = "Option::is_none")]
    slices: Option<usize>,
    /// Places along the x axis; none where there are slices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x: Vec<f64>,
    /// Values, one for each slice or place; null without one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    y: Vec<Option<f64>>,
    /// Edges of rows of cells, and the hits in each, by slice; none where there are no cells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edges: Vec<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    counts: Vec<Vec<u64>>,
}

impl PanelData {
    fn new(panel: &Panel, (left, top): (i32, i32), size: Size) -> Self {
        let [from_x, from_y, to_x, to_y] = size.inside();
        let slices = panel.slices.iter().map(|slices| {
            let (from, to): (Vec<f64>, Vec<f64>) = slices.iter().copied().unzip();
            [from, to].map(|ends| ends.into_iter().map(rounded).collect())
        });
        Self {
            name: clean(&panel.name),
            inside: [left + from_x, top + from_y, left + to_x, top + to_y],
            x: AxisData::new(&panel.x),
            y: AxisData::new(&panel.y),
            slices: slices.collect(),
            series: panel.series.iter().map(SeriesData::new).collect(),
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
            Unit::Quantile => "quantile",
        };
        Self { from: axis.from, to: axis.to, scale, unit }
    }
}

impl SeriesData {
    fn new(series: &Series) -> Self {
        let mut data = Self {
            name: clean(&series.name),
            slices: None,
            x: Vec::new(),
            y: Vec::new(),
            edges: Vec::new(),
            counts: Vec::new(),
        };
        match &series.drawn {
            Drawn::Steps { slices, values, .. } | Drawn::Band { slices, high: values, .. } => {
                data.slices = Some(*slices);
                data.y = values.iter().map(|value| value.map(rounded)).collect();
            }
            Drawn::Line { places, .. } | Drawn::Marks { places, .. } => {
                data.x = places.iter().map(|(x, _)| rounded(*x)).collect();
                data.y = places.iter().map(|(_, y)| Some(rounded(*y))).collect();
            }
            Drawn::Cells { slices, edges, counts, .. } => {
                data.slices = Some(*slices);
                data.edges = edges.iter().copied().map(rounded).collect();
                data.counts = counts.clone();
            }
        }
        data
    }
}

/// Returns a value with nine digits, or nine decimals: what nobody can see would make a page large.
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
