//! What a terminal is shown of a run beside its figures.

use std::time::Duration;

use drumfire::clock;
use drumfire::metrics::{self, History, IntervalCollector, Metrics};
use drumfire::record::Rows;
use drumfire::report::Contents;
use drumfire::report::terminal::{Interval, Line, Live, live, pictures};
use drumfire::units::GoDuration;
use tokio::time::Instant;

use crate::app::os::terminal::Terminal;

/// A run that is watched on a terminal: over time, and what came last.
#[derive(Debug)]
pub struct Watched {
    /// The whole over time.
    history: History,
    collector: IntervalCollector,
    latest: metrics::Interval,
    /// When the last interval ended.
    looked: Instant,
    /// Whether what came last is asked for.
    has_intervals: bool,
}

impl Watched {
    /// Returns a run without records, which is looked at again and again or at its end alone.
    pub fn new(has_intervals: bool) -> Self {
        Self {
            history: History::default(),
            collector: IntervalCollector::default(),
            latest: metrics::Interval::default(),
            looked: clock::now(),
            has_intervals,
        }
    }

    /// Adds records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        self.history.add_rows(rows);
        if self.has_intervals {
            self.collector.add_rows(rows);
        }
    }

    /// Ends an interval, which the view then tells of, and begins the next.
    pub fn look(&mut self) {
        let now = clock::now();
        let elapsed = now - std::mem::replace(&mut self.looked, now);
        self.latest = self.collector.end(elapsed);
    }

    /// Returns pictures of a run as text, behind a blank line; empty where there are none.
    pub fn pictures(&self, metrics: &Metrics, terminal: &Terminal) -> String {
        let lines = pictures(metrics, &self.history, terminal.look);
        let lines = lines.iter().map(|line| format!("\n{}", line.text(terminal.has_color)));
        let text: String = lines.collect();
        if text.is_empty() { text } else { format!("{text}\n") }
    }

    /// Returns the view of a run, with the interval that was ended last and was meant to take so
    /// long; without one where nothing more will come.
    pub fn view(
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
