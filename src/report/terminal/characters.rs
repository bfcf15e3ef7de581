//! The characters that bars and columns are drawn with.

/// The characters that bars, columns and related signs are drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// Unicode block elements, with a resolution of one eighth of a character.
    Unicode,
    /// ASCII characters, which every terminal has.
    Ascii,
}

impl Blocks {
    /// Returns the characters that fill a cell from below, from empty to full, in equal steps.
    pub fn columns(self) -> &'static [char] {
        match self {
            Blocks::Unicode => &[' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Blocks::Ascii => &[' ', '.', '#'],
        }
    }

    /// Returns the characters that fill a cell from the left, from empty to full, in equal steps.
    pub(super) fn bars(self) -> &'static [char] {
        match self {
            Blocks::Unicode => &[' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
            Blocks::Ascii => &[' ', '-', '#'],
        }
    }

    /// Returns the characters of a sparkline, from none to the greatest value. ASCII characters
    /// show by darkness what blocks show by height.
    pub(super) fn levels(self) -> &'static [char] {
        match self {
            Blocks::Unicode => self.columns(),
            Blocks::Ascii => &[' ', '.', ':', '-', '=', '+', '*', '#', '@'],
        }
    }

    /// Returns the sign for "at least".
    pub(super) fn at_least(self) -> &'static str {
        match self {
            Blocks::Unicode => "≥",
            Blocks::Ascii => ">=",
        }
    }

    /// Returns a text in this character set: in our texts, only micro and the sign of a
    /// lower bound are not ASCII.
    pub(super) fn spell(self, text: String) -> String {
        match self {
            Blocks::Unicode => text,
            Blocks::Ascii => text.replace('µ', "u").replace('≥', ">="),
        }
    }

    /// Draws a bar of a length in characters, >= 0. A length above 0 is always visible, however
    /// short.
    pub(super) fn bar(self, length: f64) -> String {
        let steps = self.bars();
        let full = steps.len() - 1;
        let n_parts = (length * full as f64).round() as usize;
        let n_parts = n_parts.max(usize::from(length > 0.0));
        let mut bar = steps[full].to_string().repeat(n_parts / full);
        if n_parts % full > 0 {
            bar.push(steps[n_parts % full]);
        }
        bar
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_the_given_length_and_the_shortest_is_visible() {
        let table = [(0.0, "", ""), (0.01, "▏", "-"), (0.5, "▌", "-"), (1.0, "█", "#")];
        for (length, unicode, ascii) in table {
            assert_eq!(Blocks::Unicode.bar(length), unicode);
            assert_eq!(Blocks::Ascii.bar(length), ascii);
        }
        assert_eq!(Blocks::Unicode.bar(3.375), "███▍");
        assert_eq!(Blocks::Ascii.bar(3.375), "###-");
    }
}
