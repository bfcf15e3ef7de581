//! The live view of a run: everything drawn on a terminal besides its numbers.

use std::mem;
use std::time::Duration;

use drumfire::clock;
use drumfire::metrics::{self, History, IntervalCollector, Metrics};
use drumfire::record::Rows;
use drumfire::report::Contents;
use drumfire::report::terminal::{Interval, Line, Live, live, pictures};
use drumfire::units::GoDuration;
use tokio::time::Instant;

use crate::app::os::terminal::Terminal;

/// A run as a terminal shows it: over time, and in the last interval.
#[derive(Debug)]
pub struct RunView {
    /// The whole run over time.
    history: History,
    collector: IntervalCollector,
    latest: metrics::Interval,
    /// When the last interval ended.
    interval_end: Instant,
    /// Whether intervals are shown.
    has_intervals: bool,
}

impl RunView {
    /// Returns the view of a run without records. `has_intervals` says whether the view is drawn
    /// repeatedly, with the last interval, or only at the end of the run.
    pub fn new(has_intervals: bool) -> Self {
        Self {
            history: History::default(),
            collector: IntervalCollector::default(),
            latest: metrics::Interval::default(),
            interval_end: clock::now(),
            has_intervals,
        }
    }

    /// Adds records. Those that only open streams are not shown.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        for rows in rows.main_runs() {
            self.history.add_rows(&rows);
            if self.has_intervals {
                self.collector.add_rows(&rows);
            }
        }
    }

    /// Ends an interval, which the view then shows, and begins the next one.
    pub fn end_interval(&mut self) {
        let now = clock::now();
        let elapsed = now - mem::replace(&mut self.interval_end, now);
        self.latest = self.collector.end(elapsed);
    }

    /// Returns the charts of a run as text, after a blank line; empty if there are none.
    pub fn charts(&self, metrics: &Metrics, terminal: &Terminal) -> String {
        let lines = pictures(metrics, &self.history, terminal.look);
        let lines = lines.iter().map(|line| format!("\n{}", line.text(terminal.has_color)));
        let text: String = lines.collect();
        if text.is_empty() { text } else { format!("{text}\n") }
    }

    /// Returns the lines of the view, with the last interval and its nominal length `every`.
    /// Without a length, the view is final and shows no interval.
    pub fn lines(
        &self,
        heading: &str,
        contents: Contents<'_>,
        every: Option<Duration>,
        terminal: &Terminal,
    ) -> Vec<Line> {
        let name = format!("last {}", GoDuration(every.unwrap_or_default()));
        let interval = every.map(|_| Interval { latest: &self.latest, name: &name });
        let view = Live { heading, interval, contents, history: &self.history };
        live(view, terminal.height, terminal.look)
    }
}
