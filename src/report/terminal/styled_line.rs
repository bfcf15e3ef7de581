//! Lines of a terminal: texts with their styles, measured and cut before escape sequences are
//! added.

use unicode_width::UnicodeWidthChar;

/// The role of a text, which determines its color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// A value, in the default color.
    Plain,
    /// The name of a value, or a unit.
    Faint,
    /// A bar or a column.
    Bar,
    /// A failure. It must also be recognizable without color.
    Alarm,
}

impl Ink {
    /// Returns the SGR parameter; empty for the default color.
    ///
    /// Source: ECMA-48, 8.3.117 (SGR).
    fn parameter(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Faint => "2",
            Ink::Bar => "36",
            Ink::Alarm => "31",
        }
    }
}

/// A line without its newline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(Ink, String)>);

impl Line {
    /// Returns a line of one text, which has no control characters.
    pub fn of(ink: Ink, text: impl Into<String>) -> Self {
        Self::default().with(ink, text)
    }

    /// Returns the line followed by a text, which has no control characters.
    pub fn with(mut self, ink: Ink, text: impl Into<String>) -> Self {
        self.0.push((ink, text.into()));
        self
    }

    /// Returns the line followed by another.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
    }

    /// Width of the line in columns, without trailing spaces.
    pub fn width(&self) -> usize {
        self.text(false).chars().map(columns_of).sum()
    }

    /// Returns the part of the line that fits into the given number of columns.
    pub fn cut(&self, width: usize) -> Self {
        let mut left = width;
        let mut is_whole = true;
        let mut cut = |text: &str| {
            let fits = |c: &char| {
                is_whole &= columns_of(*c) <= left;
                left -= if is_whole { columns_of(*c) } else { 0 };
                is_whole
            };
            text.chars().take_while(fits).collect::<String>()
        };
        Self(self.0.iter().map(|(ink, text)| (*ink, cut(text))).collect())
    }

    /// Writes the line, with escape sequences for its styles if colors are on. Trailing spaces are
    /// left out.
    pub fn text(&self, has_color: bool) -> String {
        let mut line = String::new();
        for (ink, text) in &self.0 {
            // A colored blank would not be recognized as a trailing space.
            let seen = text.trim();
            let parameter = if seen.is_empty() || !has_color { "" } else { ink.parameter() };
            match text.split_once(seen) {
                Some((before, after)) if !parameter.is_empty() => {
                    line += &format!("{before}\u{1b}[{parameter}m{seen}\u{1b}[0m{after}");
                }
                _ => line += text,
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

fn columns_of(c: char) -> usize {
    c.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line::of(Ink::Faint, "p99  ").with(Ink::Alarm, "▁█ ").with(Ink::Plain, "日本")
    }

    #[test]
    fn inks_are_escapes_around_what_is_seen() {
        assert_eq!(line().text(false), "p99  ▁█ 日本");
        assert_eq!(line().text(true), "\u{1b}[2mp99\u{1b}[0m  \u{1b}[31m▁█\u{1b}[0m 日本");
        assert_eq!(
            Line::of(Ink::Bar, " █").with(Ink::Faint, "  ").text(true),
            " \u{1b}[36m█\u{1b}[0m"
        );
        assert_eq!(Line::of(Ink::Faint, "   ").text(true), "");
    }

    #[test]
    fn a_line_is_cut_before_the_letter_that_does_not_fit() {
        let table = [
            (0, ""),
            (3, "p99"),
            (7, "p99  ▁█"),
            (9, "p99  ▁█"),
            (10, "p99  ▁█ 日"),
            (11, "p99  ▁█ 日"),
            (99, "p99  ▁█ 日本"),
        ];
        for (width, expected) in table {
            assert_eq!(line().cut(width).text(false), expected, "{width}");
            assert!(line().cut(width).width() <= width);
        }
        assert_eq!(line().width(), 12);
        assert_eq!(line().with(Ink::Plain, "   ").width(), 12);
    }
}
