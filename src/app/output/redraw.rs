//! Redraws a view in place on a terminal, whose size may change.

use drumfire::report::terminal::Line;

use crate::app::os::terminal::Terminal;

/// Begin and end of synchronized output, which the terminal shows at the same moment, so that half
/// a view is never visible. Other terminals ignore the sequences.
///
/// Source: Christian Parpart, Synchronized Output,
/// <https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036>.
const SYNCHRONIZED: [&str; 2] = ["\u{1b}[?2026h", "\u{1b}[?2026l"];

/// Erase to the end of the line, and to the end of the screen.
///
/// Source: ECMA-48, 8.3.41 (EL) and 8.3.39 (ED).
const ERASE_LINE: &str = "\u{1b}[K";
const ERASE_BELOW: &str = "\u{1b}[J";

/// A view on a terminal.
///
/// The cursor is below the view and never hidden, and the earlier content of the screen is not
/// changed. A process may therefore end at any time without restoring the terminal.
#[derive(Clone, Debug, Default)]
pub struct Redraw {
    /// Width in columns of each line that is drawn.
    widths: Vec<usize>,
}

impl Redraw {
    /// Returns the output that replaces the drawn lines by `lines`: as many of the first ones as
    /// the terminal has room for, each cut to its width.
    pub fn draw(&mut self, lines: &[Line], terminal: &Terminal) -> String {
        let width = terminal.look.width;
        let room = terminal.height.saturating_sub(1);
        let lines: Vec<Line> = lines.iter().take(room).map(|line| line.cut(width)).collect();
        let mut view = self.home(terminal);
        for line in &lines {
            view += &line.text(terminal.has_color);
            // After a full line, the cursor is on the last character, which would be erased.
            view += if line.width() < width { ERASE_LINE } else { "" };
            view += "\r\n";
        }
        self.widths = lines.iter().map(Line::width).collect();
        synchronized(&(view + ERASE_BELOW))
    }

    /// Returns the output that replaces the drawn lines by a text, which is not cut; only the text
    /// if no lines are drawn.
    pub fn replace(&mut self, text: &str, terminal: &Terminal) -> String {
        if self.widths.is_empty() {
            return text.to_owned();
        }
        let home = self.home(terminal);
        self.widths.clear();
        synchronized(&format!("{home}{ERASE_BELOW}{text}"))
    }

    /// Returns the output that moves the cursor to the first drawn line.
    ///
    /// If the terminal became narrower, nearly all terminals wrap lines that no longer fit. Lines
    /// that have left the screen cannot be reached.
    ///
    /// Source: ECMA-48, 8.3.22 (CUU).
    fn home(&self, terminal: &Terminal) -> String {
        let width = terminal.look.width.max(1);
        let n_lines: usize = self.widths.iter().map(|columns| columns.div_ceil(width).max(1)).sum();
        match n_lines.min(terminal.height.saturating_sub(1)) {
            0 => "\r".to_owned(),
            n_lines => format!("\r\u{1b}[{n_lines}A"),
        }
    }
}

fn synchronized(view: &str) -> String {
    let [begin, end] = SYNCHRONIZED;
    format!("{begin}{view}{end}")
}

#[cfg(test)]
mod tests {
    use drumfire::report::terminal::{Blocks, Ink, Look};

    use super::*;

    fn terminal(width: usize, height: usize) -> Terminal {
        let look = Look { width, blocks: Blocks::Unicode };
        Terminal { look, height, has_color: true, is_dumb: false }
    }

    /// Draws texts, and returns the output with readable escape sequences.
    fn draw(redraw: &mut Redraw, lines: &[&str], width: usize, height: usize) -> String {
        let lines: Vec<Line> = lines.iter().map(|line| Line::of(Ink::Plain, *line)).collect();
        words(&redraw.draw(&lines, &terminal(width, height)))
    }

    fn words(written: &str) -> String {
        let inner = written
            .strip_prefix(SYNCHRONIZED[0])
            .and_then(|rest| rest.strip_suffix(SYNCHRONIZED[1]));
        inner.unwrap_or(written).replace('\u{1b}', "^").replace("\r\n", "|").replace('\r', "<")
    }

    #[test]
    fn a_view_is_redrawn_in_place_and_the_rest_of_a_longer_one_is_erased() {
        let mut redraw = Redraw::default();
        assert_eq!(
            draw(&mut redraw, &["one", "two", "three"], 40, 10),
            "<one^[K|two^[K|three^[K|^[J"
        );
        assert_eq!(draw(&mut redraw, &["1", "2"], 40, 10), "<^[3A1^[K|2^[K|^[J");
        assert_eq!(draw(&mut redraw, &["1"], 40, 10), "<^[2A1^[K|^[J");
    }

    #[test]
    fn lines_that_do_not_fit_are_omitted_so_that_nothing_scrolls() {
        let mut redraw = Redraw::default();
        assert_eq!(draw(&mut redraw, &["12345", "1234", "3"], 5, 3), "<12345|1234^[K|^[J");
        assert_eq!(draw(&mut redraw, &["123456", "2"], 5, 3), "<^[2A12345|2^[K|^[J");
        assert_eq!(draw(&mut redraw, &["1"], 5, 1), "<^[J");
    }

    #[test]
    fn a_line_that_ends_with_blanks_erases_the_rest() {
        let mut redraw = Redraw::default();
        draw(&mut redraw, &["1234567"], 10, 10);
        assert_eq!(draw(&mut redraw, &["12   67"], 5, 10), "<^[2A12^[K|^[J");
        assert_eq!(draw(&mut redraw, &["12345"], 5, 10), "<^[1A12345|^[J");
    }

    #[test]
    fn lines_that_a_narrower_terminal_wrapped_are_replaced_too() {
        let mut redraw = Redraw::default();
        draw(&mut redraw, &["123456789", "", "12345"], 20, 10);
        assert_eq!(draw(&mut redraw, &["1"], 5, 10), "<^[4A1^[K|^[J");
        draw(&mut redraw, &["123456789", "123456789"], 20, 10);
        assert_eq!(draw(&mut redraw, &["1"], 5, 3), "<^[2A1^[K|^[J");
    }

    #[test]
    fn the_last_text_replaces_the_view() {
        let mut redraw = Redraw::default();
        assert_eq!(redraw.replace("a report\n", &terminal(40, 10)), "a report\n");
        draw(&mut redraw, &["one", "two"], 40, 10);
        assert_eq!(words(&redraw.replace("a report\n", &terminal(40, 10))), "<^[2A^[Ja report\n");
        assert_eq!(redraw.replace("another\n", &terminal(40, 10)), "another\n");
    }
}
