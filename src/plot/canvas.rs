//! The sheet that a chart is painted on, and its letters.

use std::io;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::error::Error;
use crate::page::is_unruly;
use crate::plot::svg;

/// Width of every chart in CSS pixels.
pub const WIDTH: u32 = 1000;

/// Units of the drawing in a CSS pixel. plotters draws in whole units, which are to be finer than
/// pixels, lest marks stand in columns.
const UNITS: u32 = 2;

/// Ink of titles and of what is to be read first.
pub const INK: RGBColor = RGBColor(0x1a, 0x1c, 0x1f);
/// Ink of labels. Its contrast on white is 7 to 1.
pub const MUTED: RGBColor = RGBColor(0x50, 0x57, 0x5e);
/// Lines through the marks of the axes.
pub const GRID: RGBColor = RGBColor(0xe7, 0xe9, 0xec);
/// The axes themselves.
pub const RULE: RGBColor = RGBColor(0x9a, 0xa1, 0xa8);

/// A part of the sheet.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// What drawing fails with.
pub type DrawError = DrawingAreaErrorKind<io::Error>;

/// Paints a sheet of a height in CSS pixels and returns it as one SVG element. The title is told
/// to those who cannot see the chart; it is not drawn.
///
/// # Errors
///
/// [`Error::Draw`] where plotters refuses.
pub fn paint(
    height: u32,
    title: &str,
    draw: impl FnOnce(&Area<'_>) -> Result<(), DrawError>,
) -> Result<String, Error> {
    let mut drawn = String::new();
    {
        let backend = SVGBackend::with_string(&mut drawn, (WIDTH * UNITS, height * UNITS));
        let sheet = backend.into_drawing_area();
        sheet
            .fill(&WHITE)
            .and_then(|()| draw(&sheet))
            .and_then(|()| sheet.present())
            .map_err(|error| Error::Draw(error.to_string()))?;
    }
    Ok(svg::document(&drawn, (WIDTH, height), title))
}

/// Returns CSS pixels in units of the drawing.
pub fn px(pixels: f64) -> i32 {
    (pixels * f64::from(UNITS)).round() as i32
}

/// How letters look.
#[derive(Clone, Copy, Debug)]
pub struct Letters {
    /// Size in CSS pixels.
    pub size: f64,
    /// Whether they are bold.
    pub bold: bool,
    /// Their colour.
    pub colour: RGBColor,
}

impl Letters {
    /// Letters of labels and legends.
    pub const LABEL: Letters = Letters { size: 12.0, bold: false, colour: MUTED };

    /// Returns them in plotters' form, set around a place by `across` and `down`.
    pub fn style(self, across: HPos, down: VPos) -> TextStyle<'static> {
        // plotters divides the size by this before it writes it.
        let size = self.size * f64::from(UNITS) * 1.24;
        let weight = if self.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::Name("system-ui, sans-serif"), size, weight);
        let style = TextStyle::from(font).pos(Pos::new(across, down));
        TextStyle { color: self.colour.to_backend_color(), ..style }
    }

    /// Estimates the width of a text in CSS pixels, rather too wide than too narrow.
    pub fn width(self, text: &str) -> f64 {
        text.chars().map(|c| self.width_of(c)).sum()
    }

    /// Returns a text as one line that fits into a width in CSS pixels: control characters become
    /// U+FFFD, and what is too long has an ellipsis in its midst, since names that are alike
    /// mostly differ at their end.
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
