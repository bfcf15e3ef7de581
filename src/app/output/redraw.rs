//! A view that is drawn in place of itself, again and again, on a terminal that may change its size.

use drumfire::report::terminal::Line;

use crate::app::os::terminal::Terminal;

/// Begin and end of what a terminal is to show at once, so that nobody sees half a view. Terminals
/// that do not know them pass them over.
///
/// Source: Christian Parpart, Synchronized Output, <https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036>.
const TOGETHER: [&str; 2] = ["\u{1b}[?2026h", "\u{1b}[?2026l"];

/// Erases to the end of the line, and to the end of the screen.
///
/// Source: ECMA-48, 8.3.41 (EL) and 8.3.39 (ED).
const ERASE_LINE: &str = "\u{1b}[K";
const ERASE_BELOW: &str = "\u{1b}[J";

/// A view on a terminal. The cursor stands below it, is never hidden, and what was on the screen
/// before is never touched: a process that ends at any time leaves nothing to be put right.
#[derive(Clone, Debug, Default)]
pub struct Redraw {
    /// Columns of each line that is there.
    widths: Vec<usize>,
}

impl Redraw {
    /// Returns what draws lines in place of those that are there: as many as the terminal has room
    /// for, from the first on, each cut where the terminal ends.
    pub fn draw(&mut self, lines: &[Line], terminal: &Terminal) -> String {
        let width = terminal.look.width;
        let room = terminal.height.saturating_sub(1);
        let lines: Vec<Line> = lines.iter().take(room).map(|line| line.cut(width)).collect();
        let mut view = self.home(terminal);
        for line in &lines {
            view += &line.text(terminal.has_color);
            // Behind a full line the cursor stands on its last letter, which would be erased.
            view += if line.width() < width { ERASE_LINE } else { "" };
            view += "\r\n";
        }
        self.widths = lines.iter().map(Line::width).collect();
        together(&(view + ERASE_BELOW))
    }

    /// Returns what puts a text in place of the lines that are there, whole, whatever its size; the
    /// text itself where there are none.
    pub fn replace(&mut self, text: &str, terminal: &Terminal) -> String {
        if self.widths.is_empty() {
            return text.to_owned();
        }
        let home = self.home(terminal);
        self.widths.clear();
        together(&format!("{home}{ERASE_BELOW}{text}"))
    }

    /// Returns what moves the cursor to the first line that is there.
    ///
    /// Lines that no longer fit into a terminal made narrower take several lines there: that is how
    /// nearly all terminals keep them. What has left the screen above is out of reach.
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

fn together(view: &str) -> String {
    let [begin, end] = TOGETHER;
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

    /// Draws texts, and returns what was written with the escapes as readable words.
    fn draw(redraw: &mut Redraw, lines: &[&str], width: usize, height: usize) -> String {
        let lines: Vec<Line> = lines.iter().map(|line| Line::of(Ink::Plain, *line)).collect();
        words(&redraw.draw(&lines, &terminal(width, height)))
    }

    fn words(written: &str) -> String {
        let inner =
            written.strip_prefix(TOGETHER[0]).and_then(|rest| rest.strip_suffix(TOGETHER[1]));
        inner.unwrap_or(written).replace('\u{1b}', "^").replace("\r\n", "|").replace('\r', "<")
    }

    #[test]
    fn a_view_is_drawn_over_itself_and_what_is_left_of_a_longer_one_erased() {
        let mut redraw = Redraw::default();
        assert_eq!(
            draw(&mut redraw, &["one", "two", "three"], 40, 10),
            "<one^[K|two^[K|three^[K|^[J"
        );
        assert_eq!(draw(&mut redraw, &["1", "2"], 40, 10), "<^[3A1^[K|2^[K|^[J");
        assert_eq!(draw(&mut redraw, &["1"], 40, 10), "<^[2A1^[K|^[J");
    }

    #[test]
    fn what_does_not_fit_is_left_out_so_that_nothing_scrolls() {
        let mut redraw = Redraw::default();
        assert_eq!(draw(&mut redraw, &["12345", "1234", "3"], 5, 3), "<12345|1234^[K|^[J");
        assert_eq!(draw(&mut redraw, &["123456", "2"], 5, 3), "<^[2A12345|2^[K|^[J");
        assert_eq!(draw(&mut redraw, &["1"], 5, 1), "<^[J");
    }

    #[test]
    fn a_line_that_ends_in_blanks_erases_what_was_behind_it() {
        let mut redraw = Redraw::default();
        draw(&mut redraw, &["1234567"], 10, 10);
        assert_eq!(draw(&mut redraw, &["12   67"], 5, 10), "<^[2A12^[K|^[J");
        assert_eq!(draw(&mut redraw, &["12345"], 5, 10), "<^[1A12345|^[J");
    }

    #[test]
    fn lines_that_a_narrower_terminal_wrapped_are_drawn_over_too() {
        let mut redraw = Redraw::default();
        draw(&mut redraw, &["123456789", "", "12345"], 20, 10);
        assert_eq!(draw(&mut redraw, &["1"], 5, 10), "<^[4A1^[K|^[J");
        draw(&mut redraw, &["123456789", "123456789"], 20, 10);
        assert_eq!(draw(&mut redraw, &["1"], 5, 3), "<^[2A1^[K|^[J");
    }

    #[test]
    fn the_last_text_takes_the_place_of_the_view() {
        let mut redraw = Redraw::default();
        assert_eq!(redraw.replace("a report\n", &terminal(40, 10)), "a report\n");
        draw(&mut redraw, &["one", "two"], 40, 10);
        assert_eq!(words(&redraw.replace("a report\n", &terminal(40, 10))), "<^[2A^[Ja report\n");
        assert_eq!(redraw.replace("another\n", &terminal(40, 10)), "another\n");
    }
}
