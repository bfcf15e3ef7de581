//! Shows reports, one after another, on a terminal, in a file or in a pipe.

use std::time::Duration;

use drumfire::error::Error;
use drumfire::report::{self, Kind};

use crate::app::commands::report::Options;
use crate::app::commands::report::fold::Fold;
use crate::app::input::files::Output;
use crate::app::os::terminal::{DrawLock, Terminal};
use crate::app::output::html_page::PageOptions;
use crate::app::output::redraw::Redraw;

/// The title of a page.
const TITLE: &str = "drumfire report";

/// Clears a terminal and moves the cursor to its first line.
///
/// Source: ECMA-48, 8.3.39 (ED) and 8.3.21 (CUP).
const CLEAR: &[u8] = b"\x1b[2J\x1b[H";

/// Where reports are shown.
pub struct Screen {
    kind: Kind,
    /// The redacted command line, as a page shows it.
    command: String,
    output: Output,
    /// The interval of reports; zero for a single report at the end.
    every: Duration,
    mode: Mode,
    /// The right to draw on the terminal. None before the first view, or if another process has it.
    lock: Option<DrawLock>,
}

/// How a report follows the previous one.
enum Mode {
    /// After the previous one.
    Append,
    /// On a terminal that is cleared before each report.
    Clear,
    /// A view that is redrawn in place on a terminal; the report and its charts replace the view.
    Redraw(Redraw),
}

impl Screen {
    /// Returns the screen of an output.
    pub fn new(kind: Kind, output: Output, options: &Options) -> Self {
        let every = options.every;
        let mode = match output.terminal().filter(|_| !options.plain) {
            Some(_) if matches!(kind, Kind::Text) => Mode::Redraw(Redraw::default()),
            Some(terminal) if !every.is_zero() && !terminal.is_dumb => Mode::Clear,
            _ => Mode::Append,
        };
        Self { kind, command: options.command.clone(), output, every, mode, lock: None }
    }

    /// Returns whether a terminal shows more than the report.
    pub fn shows_view(&self) -> bool {
        matches!(self.mode, Mode::Redraw(_))
    }

    /// Returns whether a view is redrawn before the report.
    pub fn redraws(&self) -> bool {
        self.shows_view() && !self.every.is_zero()
    }

    /// Shows what has been read so far, as a view or as a report.
    pub fn refresh(&mut self, fold: &mut Fold) -> anyhow::Result<()> {
        let terminal = self.output.terminal().filter(|terminal| !terminal.is_dumb);
        match terminal {
            Some(terminal) if self.shows_view() => self.redraw(fold, &terminal),
            _ => {
                let mut document = self.prefix();
                self.render(fold, &mut document)?;
                self.output.put(&document)
            }
        }
    }

    /// Redraws the view.
    fn redraw(&mut self, fold: &mut Fold, terminal: &Terminal) -> anyhow::Result<()> {
        fold.view.iter_mut().for_each(|view| view.end_interval());
        self.lock = self.lock.take().or_else(|| self.output.draw_lock());
        let (Mode::Redraw(redraw), Some(_), Some(view)) = (&mut self.mode, &self.lock, &fold.view)
        else {
            // The attack before this command draws here. The report follows its last view.
            return Ok(());
        };
        let results = fold.threshold_results();
        let contents = fold.contents(results.as_ref());
        let lines = view.lines("", contents, Some(self.every), terminal);
        self.output.put(redraw.draw(&lines, terminal).as_bytes())
    }

    /// Shows the report at the end.
    pub fn show(&mut self, fold: &Fold) -> anyhow::Result<()> {
        let mut document = self.prefix();
        self.render(fold, &mut document)?;
        if let (Mode::Redraw(redraw), Some(terminal), Some(view)) =
            (&mut self.mode, self.output.terminal(), &fold.view)
        {
            let report = String::from_utf8_lossy(&document);
            let charts = view.charts(&fold.metrics, &terminal);
            document = redraw.replace(&format!("{report}{charts}"), &terminal).into_bytes();
        }
        self.output.put(&document)
    }

    /// Returns what precedes a report.
    fn prefix(&self) -> Vec<u8> {
        if matches!(self.mode, Mode::Clear) { CLEAR.to_vec() } else { Vec::new() }
    }

    fn render(&self, fold: &Fold, document: &mut Vec<u8>) -> Result<(), Error> {
        let results = fold.threshold_results();
        let contents = fold.contents(results.as_ref());
        let Some(page) = &fold.page else {
            return report::write(&self.kind, contents, document);
        };
        let options = PageOptions {
            title: None,
            kind: TITLE,
            command: &self.command,
            chart: None,
            is_by_run: false,
        };
        page.write(contents, &options, &fold.annotations(), document)
    }
}
