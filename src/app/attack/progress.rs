//! The view of an attack's progress: a line, or a live view.

use std::time::Duration;

use drumfire::attack::Snapshot;

use crate::app::attack::live_view::LiveView;
use crate::app::attack::progress_line::ProgressLine;

/// How often [`ProgressView::show`] must be called.
pub const INTERVAL: Duration = Duration::from_millis(200);

/// The view of an attack's progress.
pub enum ProgressView {
    /// A line.
    Line(ProgressLine),
    /// Numbers and charts.
    Live(Box<LiveView>),
}

impl ProgressView {
    /// Draws the current progress.
    pub fn show(&mut self, snapshot: Snapshot) {
        match self {
            ProgressView::Line(line) => line.show(snapshot),
            ProgressView::Live(live) => live.show(snapshot),
        }
    }

    /// Shows that the attack is stopping, or makes room for a report on the same terminal.
    pub fn stop(&mut self, snapshot: Snapshot) {
        match self {
            ProgressView::Line(line) => line.stop(snapshot),
            ProgressView::Live(live) => live.stop(snapshot),
        }
    }

    /// Ends the view with the attack: the line is removed, the live view stays.
    pub fn finish(&mut self) {
        match self {
            ProgressView::Line(line) => line.finish(),
            ProgressView::Live(live) => live.finish(),
        }
    }
}
