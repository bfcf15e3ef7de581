//! The head of a chart: its title, a remark, and the legend, which never covers data.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use crate::plot::axis::grouped;
use crate::plot::canvas::{Area, DrawError, INK, Letters, WIDTH, px};
use crate::plot::look::Shape;

/// Distance of the head's content from the edges of the sheet, in CSS pixels.
const MARGIN: f64 = 20.0;
/// Height of the title with the space around it, in CSS pixels.
const TITLE_HEIGHT: f64 = 40.0;
/// Height of a row of the legend, in CSS pixels.
const ROW_HEIGHT: f64 = 20.0;
/// Rows of the legend, at most; what does not fit is counted in the last of them.
const MOST_ROWS: usize = 8;
/// Width of an entry's sign and of the space behind the entry, in CSS pixels.
const SIGN_WIDTH: f64 = 18.0;
const GAP: f64 = 20.0;
/// Width of an entry's label, at most, in CSS pixels.
const MOST_LABEL: f64 = 300.0;

const TITLE: Letters = Letters { size: 16.0, bold: true, colour: INK };
/// Letters of the legend.
pub const LEGEND: Letters = Letters { size: 12.5, bold: false, colour: INK };

/// What stands before a label of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The mark of a hit.
    Mark(Shape),
    /// A filled band.
    Band,
    /// A line.
    Line,
}

/// One entry of the legend.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What stands before the label.
    pub sign: Sign,
    /// Its colour.
    pub colour: RGBColor,
    /// What it means.
    pub label: String,
}

/// The head of a chart.
pub struct Header {
    title: String,
    /// Below the title.
    remark: Option<String>,
    rows: Vec<Vec<Placed>>,
}

/// An entry with its distance from the left edge, in CSS pixels.
struct Placed {
    left: f64,
    /// None for the words that count what has no room.
    sign: Option<(Sign, RGBColor)>,
    label: String,
}

impl Header {
    /// Sets a title and the entries of a legend, as many as fit.
    pub fn new(title: &str, entries: Vec<Entry>) -> Self {
        let room = f64::from(WIDTH) - 2.0 * MARGIN;
        Self { title: TITLE.fit(title, room), remark: None, rows: rows(entries) }
    }

    /// Puts a remark below the title, cut where it has no room.
    pub fn remarking(self, remark: Option<&str>) -> Self {
        let room = f64::from(WIDTH) - 2.0 * MARGIN;
        Self { remark: remark.map(|remark| LEGEND.fit(remark, room)), ..self }
    }

    /// Height in CSS pixels.
    pub fn height(&self) -> u32 {
        (self.legend_top() + self.rows.len() as f64 * ROW_HEIGHT + 4.0) as u32
    }

    /// Distance of the legend from the top, in CSS pixels.
    fn legend_top(&self) -> f64 {
        TITLE_HEIGHT + if self.remark.is_some() { ROW_HEIGHT } else { 0.0 }
    }

    /// Draws it from the top of an area.
    pub fn draw(&self, area: &Area<'_>) -> Result<(), DrawError> {
        let at = (px(MARGIN), px(TITLE_HEIGHT / 2.0 + 2.0));
        area.draw_text(&self.title, &TITLE.style(HPos::Left, VPos::Center), at)?;
        if let Some(remark) = &self.remark {
            let at = (px(MARGIN), px(TITLE_HEIGHT + 0.5 * ROW_HEIGHT));
            area.draw_text(remark, &LEGEND.style(HPos::Left, VPos::Center), at)?;
        }
        for (idx, row) in self.rows.iter().enumerate() {
            let middle = self.legend_top() + (idx as f64 + 0.5) * ROW_HEIGHT;
            for placed in row {
                draw_entry(area, placed, middle)?;
            }
        }
        Ok(())
    }
}

/// Lays the entries out in rows.
fn rows(entries: Vec<Entry>) -> Vec<Vec<Placed>> {
    let edge = f64::from(WIDTH) - MARGIN;
    let mut rows: Vec<Vec<Placed>> = Vec::new();
    let mut left = edge;
    let n_entries = entries.len();
    for (idx, entry) in entries.into_iter().enumerate() {
        let label = LEGEND.fit(&entry.label, MOST_LABEL);
        let width = SIGN_WIDTH + LEGEND.width(&label) + GAP;
        // The last row keeps room for the words that count the rest.
        let counts = rows.len() == MOST_ROWS && idx + 1 < n_entries;
        let reserve = if counts { 120.0 } else { 0.0 };
        if left + width - GAP > edge - reserve {
            if rows.len() == MOST_ROWS {
                let label = format!("and {} more", grouped((n_entries - idx) as u64));
                rows[MOST_ROWS - 1].push(Placed { left, sign: None, label });
                break;
            }
            rows.push(Vec::new());
            left = MARGIN;
        }
        let placed = Placed { left, sign: Some((entry.sign, entry.colour)), label };
        rows.last_mut().expect("the first entry began a row").push(placed);
        left += width;
    }
    rows
}

fn draw_entry(area: &Area<'_>, placed: &Placed, middle: f64) -> Result<(), DrawError> {
    let mut text_left = placed.left;
    if let Some((sign, colour)) = placed.sign {
        draw_sign(area, sign, colour, (placed.left + 6.0, middle))?;
        text_left += SIGN_WIDTH;
    }
    let style = LEGEND.style(HPos::Left, VPos::Center);
    area.draw_text(&placed.label, &style, (px(text_left), px(middle)))
}

/// Draws a sign around a place in CSS pixels.
fn draw_sign(
    area: &Area<'_>,
    sign: Sign,
    colour: RGBColor,
    (x, y): (f64, f64),
) -> Result<(), DrawError> {
    let centre = (px(x), px(y));
    let ends = |height: f64| [(px(x - 6.0), px(y - height)), (px(x + 6.0), px(y + height))];
    match sign {
        Sign::Mark(shape) => match shape.corners(4.5) {
            None => area.draw(&Circle::new(centre, px(4.5), colour.filled())),
            Some(corners) => {
                area.draw(&(EmptyElement::at(centre) + Polygon::new(corners, colour.filled())))
            }
        },
        Sign::Band => area.draw(&Rectangle::new(ends(5.0), colour.filled())),
        Sign::Line => area.draw(&Rectangle::new(ends(1.0), colour.filled())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legend(labels: impl IntoIterator<Item = String>) -> Vec<Vec<String>> {
        let entry = |label| Entry { sign: Sign::Line, colour: INK, label };
        let header = Header::new("t", labels.into_iter().map(entry).collect());
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
    fn a_remark_takes_a_row_of_its_own_and_no_more() {
        let header = || Header::new("t", Vec::new());
        let height = header().height() + ROW_HEIGHT as u32;
        let long = "generator-limited ".repeat(100);
        let remarking = header().remarking(Some(&long));
        assert_eq!(remarking.height(), height);
        let shown = remarking.remark.unwrap();
        assert!(LEGEND.width(&shown) <= f64::from(WIDTH) - 2.0 * MARGIN, "{shown}");
        assert_eq!(header().remarking(None).height(), header().height());
    }

    #[test]
    fn entries_without_room_are_counted() {
        let rows = legend((0..90).map(|idx| format!("attack number {idx}: OK")));
        let shown: usize = rows.iter().map(Vec::len).sum::<usize>() - 1;
        assert_eq!(rows.len(), MOST_ROWS);
        let last = rows[MOST_ROWS - 1].last().unwrap();
        assert_eq!(*last, format!("and {} more", 90 - shown));
    }

    #[test]
    fn no_row_is_wider_than_the_sheet() {
        let entries =
            (0..40).map(|idx| Entry { sign: Sign::Line, colour: INK, label: "W".repeat(idx * 3) });
        for placed in rows(entries.collect()).iter().flatten() {
            let right = placed.left + SIGN_WIDTH + LEGEND.width(&placed.label);
            assert!(right <= f64::from(WIDTH) - MARGIN, "{}", placed.label);
        }
    }
}
