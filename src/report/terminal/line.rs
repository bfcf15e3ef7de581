//! Lines of a terminal: texts with their inks, measured and cut before an escape is written.

use unicode_width::UnicodeWidthChar;

/// What a text is, which a terminal with colours shows by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// A figure, in the colour of the terminal.
    Plain,
    /// The name of a figure, or a unit.
    Faint,
    /// A bar or a column.
    Bar,
    /// Something that failed. It must be told in words or signs, too.
    Alarm,
}

impl Ink {
    /// Returns the parameter of SGR; empty for the colour of the terminal.
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

/// A line without its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(Ink, String)>);

impl Line {
    /// Returns a line of one text, which has no control characters.
    pub fn of(ink: Ink, text: impl Into<String>) -> Self {
        Self::default().with(ink, text)
    }

    /// Returns the line with a text behind it, which has no control characters.
    pub fn with(mut self, ink: Ink, text: impl Into<String>) -> Self {
        self.0.push((ink, text.into()));
        self
    }

    /// Returns the line with another behind it.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
    }

    /// Columns that the line takes where it is written, without the spaces at its end.
    pub fn width(&self) -> usize {
        self.text(false).chars().map(columns_of).sum()
    }

    /// Returns as much of the line as so many columns hold.
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

    /// Writes the line, with escapes for its inks where it shall have colours. Spaces at its end are
    /// left out.
    pub fn text(&self, has_colour: bool) -> String {
        let mut line = String::new();
        for (ink, text) in &self.0 {
            // Colours of blanks would keep those at the end from being left out.
            let seen = text.trim();
            let parameter = if seen.is_empty() || !has_colour { "" } else { ink.parameter() };
            match text.split_once(seen) {
                Some((before, behind)) if !parameter.is_empty() => {
                    line += &format!("{before}\u{1b}[{parameter}m{seen}\u{1b}[0m{behind}");
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
