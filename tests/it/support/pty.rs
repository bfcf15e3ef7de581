//! A terminal: what a program writes to it, and what its user then sees.
//!
//! ```text
//! let mut terminal = Pty::new(80, 24);
//! let report = terminal.show(drumfire("report -every=20ms")).spawn();
//! terminal.await_screen("last 20ms");
//! ```

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Action, Winsize, tcflow, tcsetwinsize};
use vt100::Parser;

use crate::support::harness::Run;

/// A terminal, and the end of it that a program uses.
pub struct Pty {
    outer: File,
    /// None after a program has taken it.
    inner: Option<File>,
    /// The path of the end that a program uses.
    pub path: String,
    /// All bytes written so far.
    written: Vec<u8>,
    parser: Parser,
}

impl Pty {
    /// Opens a terminal with a size in columns and lines.
    pub fn new(columns: u16, lines: u16) -> Self {
        let outer: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        // The terminal is closed when this end is, so that no program may inherit it.
        fcntl_setfd(&outer, FdFlags::CLOEXEC).unwrap();
        grantpt(&outer).unwrap();
        unlockpt(&outer).unwrap();
        let path = ptsname(&outer, Vec::new()).unwrap().into_string().unwrap();
        let inner = File::options().read(true).write(true).open(&path).unwrap();
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&inner, size).unwrap();
        let [rows, columns] = [lines, columns].map(|size| NonZero::new(size).unwrap());
        let parser = Parser::new(rows, columns, 1000);
        Self { outer: outer.into(), inner: Some(inner), path, written: Vec::new(), parser }
    }

    /// Shows the standard output of a run, with colors and block characters.
    pub fn show(&mut self, run: Run) -> Run {
        self.environment(run).stdout(self.inner())
    }

    /// Shows the standard error of a run, with colors and block characters.
    pub fn show_talk(&mut self, run: Run) -> Run {
        self.environment(run).stderr(self.inner())
    }

    /// Returns the terminal as the standard input of a program.
    pub fn input(&self) -> File {
        File::open(&self.path).unwrap()
    }

    /// Types a text.
    pub fn type_text(&mut self, text: &str) {
        self.outer.write_all(text.as_bytes()).unwrap();
    }

    /// Stops all output, as Ctrl-S does: a program that writes waits until it is resumed.
    pub fn stop_output(&self) {
        tcflow(self.input(), Action::OOff).unwrap();
    }

    /// Resumes the output, as Ctrl-Q does.
    pub fn resume_output(&self) {
        tcflow(self.input(), Action::OOn).unwrap();
    }

    fn environment(&self, run: Run) -> Run {
        run.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env("NO_COLOR", "")
    }

    fn inner(&mut self) -> Stdio {
        self.inner.take().expect("one program is shown").into()
    }

    /// Waits until the screen shows a text, and returns the screen.
    #[track_caller]
    pub fn await_screen(&mut self, text: &str) -> String {
        while self.is_drawn() || !self.screen().contains(text) {
            assert!(self.read_some(), "the screen ended as:\n{}", self.screen());
        }
        self.screen()
    }

    /// Waits until `n` views were drawn in place since the start, and returns the screen.
    #[track_caller]
    pub fn await_view(&mut self, n_views: usize) -> String {
        while self.is_drawn() || self.text().matches("\u{1b}[?2026l").count() < n_views {
            assert!(self.read_some(), "the screen ended as:\n{}", self.screen());
        }
        self.screen()
    }

    /// Reads until the program has closed the terminal, and returns the screen.
    pub fn last_screen(&mut self) -> String {
        while self.read_some() {}
        self.screen()
    }

    /// Returns the screen as the user sees it now, without spaces at the ends of lines.
    pub fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// Returns the number of lines of the screen up to the last one with text. A long line of text
    /// takes several.
    pub fn n_lines(&self) -> u16 {
        let screen = self.parser.screen();
        let lines = screen.rows(0, screen.size().1.get());
        lines.zip(1..).filter(|(text, _)| !text.is_empty()).map(|(_, n)| n).last().unwrap_or(0)
    }

    /// Returns the number of lines that have scrolled off the screen.
    pub fn n_scrolled(&self) -> usize {
        self.parser.screen().scrollback_len()
    }

    /// Returns the position of the cursor: line and column, from 0.
    pub fn cursor(&self) -> (u16, u16) {
        self.parser.screen().cursor_position()
    }

    /// Returns whether the current view is drawn in full and nothing follows it yet.
    fn is_drawn(&self) -> bool {
        let text = self.text();
        text.rfind("\u{1b}[?2026h") > text.rfind("\u{1b}[?2026l")
    }

    /// Returns all output so far as a pipe would have received it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.written).replace("\r\n", "\n")
    }

    /// Returns false if no writer is left, which Linux reports as an error.
    fn read_some(&mut self) -> bool {
        let mut piece = [0; 4096];
        let len = self.outer.read(&mut piece).unwrap_or(0);
        self.written.extend_from_slice(&piece[..len]);
        self.parser.process(&piece[..len]);
        len > 0
    }
}
