//! What bars and columns are made of.

/// What bars and columns are made of, and other signs beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// Blocks of an eighth of a letter and more.
    Unicode,
    /// Letters that any terminal has.
    Ascii,
}

impl Blocks {
    /// Returns what shows a part of a letter from below, from nothing to all of it, in equal steps.
    pub fn columns(self) -> &'static [char] {
        match self {
            Blocks::Unicode => &[' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Blocks::Ascii => &[' ', '.', '#'],
        }
    }

    /// Returns what shows a part of a letter from the left, from nothing to all of it, in equal steps.
    pub(super) fn bars(self) -> &'static [char] {
        match self {
            Blocks::Unicode => &[' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
            Blocks::Ascii => &[' ', '-', '#'],
        }
    }

    /// Returns what shows figures in one line, from none to the greatest. Letters show by how dark
    /// they are what blocks show by their height.
    pub(super) fn levels(self) -> &'static [char] {
        match self {
            Blocks::Unicode => self.columns(),
            Blocks::Ascii => &[' ', '.', ':', '-', '=', '+', '*', '#', '@'],
        }
    }

    /// Returns what stands for "at least".
    pub(super) fn at_least(self) -> &'static str {
        match self {
            Blocks::Unicode => "≥",
            Blocks::Ascii => ">=",
        }
    }

    /// Returns a text that holds no other letters: of ours, only micro is none of ASCII's.
    pub(super) fn spell(self, text: String) -> String {
        match self {
            Blocks::Unicode => text,
            Blocks::Ascii => text.replace('µ', "u"),
        }
    }

    /// Draws a bar of a length in letters, >= 0. One above 0 shows, however short.
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
    fn bars_are_as_long_as_told_and_the_shortest_shows() {
        let table = [(0.0, "", ""), (0.01, "▏", "-"), (0.5, "▌", "-"), (1.0, "█", "#")];
        for (length, unicode, ascii) in table {
            assert_eq!(Blocks::Unicode.bar(length), unicode);
            assert_eq!(Blocks::Ascii.bar(length), ascii);
        }
        assert_eq!(Blocks::Unicode.bar(3.375), "███▍");
        assert_eq!(Blocks::Ascii.bar(3.375), "###-");
    }
}
