//! A terminal: what a program writes to it, and what its user then sees.
//!
//! ```text
//! let mut terminal = Pty::new(80, 24);
//! let report = terminal.show(drumfire("report -every=20ms")).spawn();
//! terminal.await_screen("last 20ms");
//! ```

use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use vt100::Parser;

use crate::support::harness::Run;

/// A terminal, and the program's end of it.
pub struct Pty {
    outer: File,
    /// None once a program has it.
    inner: Option<File>,
    /// The path of the program's end.
    pub path: String,
    /// All that was written so far.
    written: Vec<u8>,
    parser: Parser,
}

impl Pty {
    /// Opens a terminal of a size in columns and lines.
    pub fn new(columns: u16, lines: u16) -> Self {
        let outer: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
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

    /// Shows what a run writes to standard output, with colours and blocks.
    pub fn show(&mut self, run: Run) -> Run {
        self.environment(run).stdout(self.inner())
    }

    /// Shows what a run writes to standard error, with colours and blocks.
    pub fn show_talk(&mut self, run: Run) -> Run {
        self.environment(run).stderr(self.inner())
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

    /// Waits until so many views were drawn in place since the beginning, and returns the screen.
    #[track_caller]
    pub fn await_view(&mut self, n_views: usize) -> String {
        while self.text().matches("\u{1b}[?2026l").count() < n_views {
            assert!(self.read_some(), "the screen ended as:\n{}", self.screen());
        }
        self.screen()
    }

    /// Reads until the program has let go of the terminal, and returns the screen.
    pub fn last_screen(&mut self) -> String {
        while self.read_some() {}
        self.screen()
    }

    /// Returns what the user sees now, without the spaces at the ends of lines.
    pub fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// Lines that have left the screen above.
    pub fn n_scrolled(&self) -> usize {
        self.parser.screen().scrollback_len()
    }

    /// Returns where the cursor stands, line and column from 0.
    pub fn cursor(&self) -> (u16, u16) {
        self.parser.screen().cursor_position()
    }

    /// Returns whether a view is being drawn of which no more has come yet.
    fn is_drawn(&self) -> bool {
        let text = self.text();
        text.rfind("\u{1b}[?2026h") > text.rfind("\u{1b}[?2026l")
    }

    /// Returns all that was written so far as a pipe would have it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.written).replace("\r\n", "\n")
    }

    /// Returns false where nobody is left to write: Linux tells that as an error.
    fn read_some(&mut self) -> bool {
        let mut piece = [0; 4096];
        let len = self.outer.read(&mut piece).unwrap_or(0);
        self.written.extend_from_slice(&piece[..len]);
        self.parser.process(&piece[..len]);
        len > 0
    }
}
