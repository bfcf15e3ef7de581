//! The header of a chart: its title, a remark, and the legend, which never covers data.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use crate::plot::render::canvas::{Canvas, DrawError, Letters, WIDTH, px};
use crate::plot::render::figure::{Entry, Figure, Sign};
use crate::plot::render::labels::grouped;
use crate::plot::render::palette::INK;

/// Margin of the header's content in CSS pixels.
const MARGIN: f64 = 20.0;
/// Height of the title including its margins, in CSS pixels.
const TITLE_HEIGHT: f64 = 40.0;
/// Height of a row of the legend in CSS pixels.
const ROW_HEIGHT: f64 = 20.0;
/// Maximum number of rows of the legend; entries that do not fit are counted in the last row.
const MAX_ROWS: usize = 8;
/// Maximum number of lines of a remark.
const MAX_LINES: usize = 3;
/// Width of an entry's sign, and of the space after the entry, in CSS pixels.
const SIGN_WIDTH: f64 = 26.0;
/// Width of a sign with several colors, in CSS pixels.
const RANGE_WIDTH: f64 = 100.0;
const GAP: f64 = 20.0;
/// Maximum width of an entry's label in CSS pixels.
const MAX_LABEL: f64 = 720.0;

const TITLE: Letters = Letters { size: 16.0, bold: true, color: INK };
/// Text style of the legend.
pub const LEGEND: Letters = Letters { size: 12.5, bold: false, color: INK };

/// The header of a chart.
pub struct Header {
    title: String,
    /// Lines below the title.
    remark: Vec<String>,
    rows: Vec<Vec<Placed>>,
}

/// An entry with its distance from the left edge in CSS pixels.
struct Placed {
    left: f64,
    /// None for the text that counts the entries that do not fit.
    sign: Option<Sign>,
    label: String,
}

impl Header {
    /// Returns the header of a chart, with as many legend entries as fit, and its remark cut to the
    /// available space.
    pub fn new(figure: &Figure) -> Self {
        let room = f64::from(WIDTH) - 2.0 * MARGIN;
        Self {
            title: TITLE.fit(&figure.title, room),
            remark: figure.remark.iter().flat_map(|r| LEGEND.wrap(r, room, MAX_LINES)).collect(),
            rows: rows(&figure.legend),
        }
    }

    /// Height in CSS pixels.
    pub fn height(&self) -> u32 {
        (self.legend_top() + self.rows.len() as f64 * ROW_HEIGHT + 4.0) as u32
    }

    /// Distance of the legend from the top in CSS pixels.
    fn legend_top(&self) -> f64 {
        TITLE_HEIGHT + self.remark.len() as f64 * ROW_HEIGHT
    }

    /// Draws the header at the top of an area.
    pub fn draw(&self, canvas: Canvas<'_>) -> Result<(), DrawError> {
        let area = canvas.area;
        let at = (px(MARGIN), px(TITLE_HEIGHT / 2.0 + 2.0));
        area.draw_text(&self.title, &TITLE.style(HPos::Left, VPos::Center), at)?;
        for (idx, line) in self.remark.iter().enumerate() {
            let at = (px(MARGIN), px(TITLE_HEIGHT + (idx as f64 + 0.5) * ROW_HEIGHT));
            area.draw_text(line, &LEGEND.style(HPos::Left, VPos::Center), at)?;
        }
        for (idx, row) in self.rows.iter().enumerate() {
            let middle = self.legend_top() + (idx as f64 + 0.5) * ROW_HEIGHT;
            for placed in row {
                draw_entry(canvas, placed, middle)?;
            }
        }
        Ok(())
    }
}

/// Arranges the entries in rows.
fn rows(entries: &[Entry]) -> Vec<Vec<Placed>> {
    let edge = f64::from(WIDTH) - MARGIN;
    let mut rows: Vec<Vec<Placed>> = Vec::new();
    let mut left = edge;
    let n_entries = entries.len();
    for (idx, entry) in entries.iter().enumerate() {
        let label = LEGEND.fit(&entry.label, MAX_LABEL);
        let width = width_of(entry.sign) + LEGEND.width(&label) + GAP;
        // The last row keeps space for the text that counts the rest.
        let counts = rows.len() == MAX_ROWS && idx + 1 < n_entries;
        let reserve = if counts { 120.0 } else { 0.0 };
        if left + width - GAP > edge - reserve {
            if rows.len() == MAX_ROWS {
                let label = format!("and {} more", grouped((n_entries - idx) as u64));
                rows[MAX_ROWS - 1].push(Placed { left, sign: None, label });
                break;
            }
            rows.push(Vec::new());
            left = MARGIN;
        }
        let placed = Placed { left, sign: Some(entry.sign), label };
        rows.last_mut().expect("the first entry began a row").push(placed);
        left += width;
    }
    rows
}

/// Returns the distance of a label from the left edge of its sign in CSS pixels.
fn width_of(sign: Sign) -> f64 {
    if matches!(sign, Sign::Range(_)) { RANGE_WIDTH } else { SIGN_WIDTH }
}

fn draw_entry(canvas: Canvas<'_>, placed: &Placed, middle: f64) -> Result<(), DrawError> {
    let Canvas { area, pen } = canvas;
    let mut text_left = placed.left;
    // The order is that of the legend, as the page's script expects.
    pen.begin_group("class=\"entry\"");
    if let Some(sign) = placed.sign {
        draw_sign(canvas, sign, placed.left, middle)?;
        text_left += width_of(sign);
    }
    let style = LEGEND.style(HPos::Left, VPos::Center);
    area.draw_text(&placed.label, &style, (px(text_left), px(middle)))?;
    pen.end_group();
    Ok(())
}

/// Draws a sign to the right of a position in CSS pixels.
fn draw_sign(canvas: Canvas<'_>, sign: Sign, left: f64, middle: f64) -> Result<(), DrawError> {
    let Canvas { area, pen } = canvas;
    let (right, centre) = (left + SIGN_WIDTH - 6.0, (px(left + 10.0), px(middle)));
    let filled = |from: f64, to: f64, color: RGBColor| {
        let ends = [(px(from), px(middle - 5.0)), (px(to), px(middle + 5.0))];
        area.draw(&Rectangle::new(ends, color.filled()))
    };
    match sign {
        Sign::Mark(shape, color) => match shape.corners(4.5) {
            None => area.draw(&Circle::new(centre, px(4.5), color.filled())),
            Some(corners) => {
                area.draw(&(EmptyElement::at(centre) + Polygon::new(corners, color.filled())))
            }
        },
        Sign::Band(color) => filled(left, right, color),
        Sign::Range(colors) => {
            let width = (RANGE_WIDTH - 8.0) / colors.len() as f64;
            let mut places = colors.iter().enumerate();
            places.try_for_each(|(idx, color)| {
                filled(left + idx as f64 * width, left + (idx + 1) as f64 * width, *color)
            })
        }
        Sign::Line(stroke) => {
            pen.begin_group(&stroke.attributes());
            let style = stroke.color.stroke_width(px(stroke.width).unsigned_abs());
            area.draw(&PathElement::new([(px(left), px(middle)), (px(right), px(middle))], style))?;
            pen.end_group();
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legend(labels: impl IntoIterator<Item = String>) -> Vec<Vec<String>> {
        let entry = |label| Entry { sign: Sign::Band(INK), label };
        let legend = labels.into_iter().map(entry).collect();
        let header = Header::new(&Figure { legend, ..Figure::default() });
        let labels = |row: &Vec<Placed>| row.iter().map(|placed| placed.label.clone()).collect();
        header.rows.iter().map(labels).collect()
    }

    #[test]
    fn entries_that_fit_share_a_row() {
        let labels = ["a: OK", "a: ERROR"].map(str::to_owned);
        assert_eq!(legend(labels.clone()), [labels]);
        assert!(legend([]).is_empty());
    }

    #[test]
    fn a_remark_takes_as_many_rows_as_it_needs_up_to_three() {
        let header = |remark| Header::new(&Figure { remark, ..Figure::default() });
        let rows = |remark| (header(remark).height() - header(None).height()) / ROW_HEIGHT as u32;
        assert_eq!(rows(Some("Verdict: valid".to_owned())), 1);
        assert_eq!(rows(Some("generator-limited ".repeat(10))), 2);
        assert_eq!(rows(Some("generator-limited ".repeat(100))), 3);
    }

    #[test]
    fn entries_without_room_are_counted() {
        let rows = legend((0..90).map(|idx| format!("attack number {idx}: OK")));
        let shown: usize = rows.iter().map(Vec::len).sum::<usize>() - 1;
        assert_eq!(rows.len(), MAX_ROWS);
        let last = rows[MAX_ROWS - 1].last().unwrap();
        assert_eq!(*last, format!("and {} more", 90 - shown));
    }

    #[test]
    fn no_row_is_wider_than_the_sheet() {
        let entry = |n: usize| Entry { sign: Sign::Band(INK), label: "W".repeat(n * 3) };
        let entries: Vec<Entry> = (0..40).map(entry).collect();
        for placed in rows(&entries).iter().flatten() {
            let right = placed.left + SIGN_WIDTH + LEGEND.width(&placed.label);
            assert!(right <= f64::from(WIDTH) - MARGIN, "{}", placed.label);
        }
    }
}
