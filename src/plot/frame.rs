//! The frame that a panel's data are drawn in: axes, marks, grid and words around them.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use crate::plot::axis::Axis;
use crate::plot::canvas::{Area, DrawError, GRID, INK, Letters, MUTED, RULE, WIDTH, px};

/// Height of a panel in CSS pixels.
pub const HEIGHT: u32 = 366;

/// Space around the data, in CSS pixels.
const ABOVE: f64 = 26.0;
const BELOW: f64 = 42.0;
const FOOT: f64 = 12.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 28.0;

/// A panel ready for data, whose places are those of the axes.
pub type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// The words around a panel.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Whose data they are; empty where that goes without saying.
    pub name: String,
    /// What else must be known to read the panel; empty for nothing.
    pub note: String,
}

/// Draws a frame into an area of [`HEIGHT`] and returns it for the data.
pub fn frame<'a, 'b>(
    area: &'a Area<'b>,
    x: &Axis,
    y: &Axis,
    words: &Words,
) -> Result<Chart<'a, 'b>, DrawError> {
    draw_words(area, y, words)?;
    let mut chart = ChartBuilder::on(area)
        .margin_top(px(ABOVE))
        .margin_right(px(RIGHT))
        .margin_bottom(px(FOOT))
        .x_label_area_size(px(BELOW))
        .y_label_area_size(px(LEFT))
        .build_cartesian_2d(x.clone(), y.clone())?;
    let label = Letters::LABEL.style(HPos::Center, VPos::Top);
    chart
        .configure_mesh()
        .bold_line_style(GRID.stroke_width(2))
        .light_line_style(TRANSPARENT)
        .axis_style(RULE.stroke_width(2))
        .set_all_tick_mark_size(px(4.0))
        .label_style(label.clone())
        .axis_desc_style(label)
        .x_desc(x.name.as_str())
        .draw()?;
    Ok(chart)
}

/// Draws an empty frame with words in the midst that say why it is empty.
pub fn empty_frame(area: &Area<'_>, why: &str) -> Result<(), DrawError> {
    let axis = Axis { from: 0.0, to: 1.0, ticks: Vec::new(), name: String::new() };
    frame(area, &axis, &axis, &Words::default())?;
    let style = Letters { size: 16.0, ..Letters::LABEL }.style(HPos::Center, VPos::Center);
    let middle = |before: f64, all: u32, after: f64| px((before + f64::from(all) - after) / 2.0);
    area.draw_text(why, &style, (middle(LEFT, WIDTH, RIGHT), middle(ABOVE, HEIGHT, BELOW + FOOT)))
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(self.range()).map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|tick| tick.at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, at: &f64) -> String {
        self.label(*at)
    }
}

/// Draws above the data, from the left, what the upright axis measures and whose data they are,
/// and to the right the note.
fn draw_words(area: &Area<'_>, y: &Axis, words: &Words) -> Result<(), DrawError> {
    const NAME: Letters = Letters { bold: true, colour: INK, ..Letters::LABEL };
    const MEASURE: Letters = Letters { colour: MUTED, ..Letters::LABEL };
    let down = px(ABOVE / 2.0 - 2.0);
    let name = NAME.fit(&words.name, 400.0);
    let mut left = LEFT;
    if !name.is_empty() {
        area.draw_text(&name, &NAME.style(HPos::Left, VPos::Center), (px(left), down))?;
        left += NAME.width(&name) + 16.0;
    }
    area.draw_text(&y.name, &MEASURE.style(HPos::Left, VPos::Center), (px(left), down))?;
    let right = px(f64::from(WIDTH) - RIGHT);
    area.draw_text(&words.note, &MEASURE.style(HPos::Right, VPos::Center), (right, down))
}
