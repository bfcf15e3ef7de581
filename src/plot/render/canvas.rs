//! The sheet that a chart is painted on, and its fonts.

use std::convert::Infallible;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::markup::escape::is_unruly;
use crate::plot::render::palette::MUTED;
use crate::plot::render::svg::Pen;

/// Width of every chart in CSS pixels.
pub const WIDTH: u32 = 1000;

/// Units of the drawing per CSS pixel. plotters draws in whole units, which must be finer than
/// pixels so that marks are not aligned in columns.
const UNITS: u32 = 2;

/// A part of the sheet.
pub type Area = DrawingArea<Pen, Shift>;

/// A part of the sheet, and the pen that draws on the sheet.
#[derive(Clone, Copy)]
pub struct Canvas<'a> {
    /// The part to draw on.
    pub area: &'a Area,
    /// Groups what is drawn.
    pub pen: &'a Pen,
}

/// The error of a drawing operation.
pub type DrawError = DrawingAreaErrorKind<Infallible>;

/// Returns an empty sheet of a height in CSS pixels, and the pen that draws on it.
pub fn sheet(height: u32) -> (Area, Pen) {
    let pen = Pen::new((WIDTH * UNITS, height * UNITS));
    (pen.clone().into_drawing_area(), pen)
}

/// Converts CSS pixels to units of the drawing.
pub fn px(pixels: f64) -> i32 {
    (pixels * f64::from(UNITS)).round() as i32
}

/// The style of a text.
#[derive(Clone, Copy, Debug)]
pub struct Letters {
    /// Font size in CSS pixels.
    pub size: f64,
    /// Whether the text is bold.
    pub bold: bool,
    /// Color of the text.
    pub color: RGBColor,
}

impl Letters {
    /// The style of labels and legends.
    pub const LABEL: Letters = Letters { size: 12.0, bold: false, color: MUTED };

    /// Returns the style in plotters' form, aligned to a point by `across` and `down`.
    pub fn style(self, across: HPos, down: VPos) -> TextStyle<'static> {
        let size = self.size * f64::from(UNITS);
        let weight = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::Name("system-ui, sans-serif"), size, weight);
        let style = TextStyle::from(font).pos(Pos::new(across, down));
        TextStyle { color: self.color.to_backend_color(), ..style }
    }

    /// Estimates the width of a text in CSS pixels; the estimate is rather too wide than too
    /// narrow.
    pub fn width(self, text: &str) -> f64 {
        text.chars().map(|c| self.width_of(c)).sum()
    }

    /// Returns a text as one line that fits into a width in CSS pixels. Control characters become
    /// U+FFFD. A text that is too long gets an ellipsis in the middle, because similar names mostly
    /// differ at their end.
    pub fn fit(self, text: &str, width: f64) -> String {
        let line: Vec<char> =
            text.chars().map(|c| if is_unruly(c) { '\u{fffd}' } else { c }).collect();
        let width_of = |chars: &[char]| chars.iter().map(|c| self.width_of(*c)).sum::<f64>();
        if width_of(&line) <= width {
            return line.into_iter().collect();
        }
        let mut room = width - self.width_of('…');
        let (mut head, mut tail) = (0, line.len());
        while head < tail {
            let from_head = head <= line.len() - tail;
            room -= self.width_of(line[if from_head { head } else { tail - 1 }]);
            if room < 0.0 {
                break;
            }
            if from_head { head += 1 } else { tail -= 1 }
        }
        line[..head].iter().chain(&['…']).chain(&line[tail..]).collect()
    }

    /// Returns a text as lines that fit into a width in CSS pixels, broken at spaces; the rest, in
    /// the last of `most` lines, is cut by [`Letters::fit`].
    pub fn wrap(self, text: &str, width: f64, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let is_last = lines.len() == most;
            match lines.last_mut() {
                Some(line) if is_last || self.width(&format!("{line} {word}")) <= width => {
                    line.extend([" ", word]);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines.iter().map(|line| self.fit(line, width)).collect()
    }

    fn width_of(self, c: char) -> f64 {
        let ems = if c.is_ascii() { 0.58 } else { 1.0 };
        let stretch = if self.bold { 1.12 } else { 1.0 };
        ems * stretch * self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_go_on_in_the_next_line() {
        let letters = Letters { size: 10.0, ..Letters::LABEL };
        let table: [(&str, &[&str]); 5] = [
            ("", &[]),
            ("one", &["one"]),
            ("one two three", &["one two", "three"]),
            ("abcdefghijkl two", &["abc…jkl", "two"]),
            ("one two three four five six", &["one two", "three", "fou…six"]),
        ];
        for (text, lines) in table {
            assert_eq!(letters.wrap(text, 48.0, 3), lines, "{text}");
        }
    }

    #[test]
    fn texts_are_cut_to_the_width_and_cleared_of_controls() {
        let letters = Letters { size: 10.0, ..Letters::LABEL };
        let table = [
            ("login: OK", 60.0, "login: OK"),
            ("a\nb\u{1b}[1m", 60.0, "a\u{fffd}b\u{fffd}[1m"),
            ("abcdefghij", 58.1, "abcdefghij"),
            ("abcdefghijk", 59.0, "abcd…hijk"),
            ("abcdefghijk", 53.0, "abcd…ijk"),
            ("測試測試", 30.0, "測…試"),
            ("\u{202e}live\u{2066}", 60.0, "\u{fffd}live\u{fffd}"),
            ("x", 0.0, "…"),
        ];
        for (text, width, line) in table {
            assert_eq!(letters.fit(text, width), line);
        }
    }
}
