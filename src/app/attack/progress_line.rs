//! How an attack is going, on one line of stderr while it is a terminal, or in a view.

use std::time::Duration;

use drumfire::attack::Snapshot;
use drumfire::clock;
use drumfire::plan::Plan;
use drumfire::units::GoDuration;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use crate::app::attack::live_view::{Live, stopping};

/// How often the line is drawn anew.
pub const INTERVAL: Duration = Duration::from_millis(200);

/// What shows how an attack is going.
pub enum Progress {
    /// A line.
    Bar(Bar),
    /// A view of its figures.
    Live(Box<Live>),
}

impl Progress {
    /// Draws how the attack is going; to be called at each [`INTERVAL`].
    pub fn show(&mut self, snapshot: Snapshot) {
        match self {
            Progress::Bar(bar) => bar.show(snapshot),
            Progress::Live(live) => live.show(snapshot),
        }
    }

    /// Shows that the attack was told to stop, or makes room for a report that may come to the same
    /// terminal now.
    pub fn stop(&mut self, snapshot: Snapshot) {
        match self {
            Progress::Bar(bar) => bar.stop(snapshot),
            Progress::Live(live) => live.stop(snapshot),
        }
    }

    /// Ends at the end of the attack: the line is taken away, the view stays.
    pub fn finish(&mut self) {
        match self {
            Progress::Bar(bar) => bar.finish(),
            Progress::Live(live) => live.finish(),
        }
    }
}

/// The line. Where stderr is no terminal, or must be quiet, nothing is drawn.
pub struct Bar {
    bar: ProgressBar,
    began: Instant,
    duration: Option<Duration>,
    last: (Instant, u64),
    /// Whether another process may write to the terminal once it is interrupted, too.
    shares: bool,
    is_stopping: bool,
}

impl Bar {
    /// Returns the line of an attack that is about to begin. `shares` tells whether its stream goes to a
    /// process that may write to the same terminal.
    pub fn new(plan: &Plan, quiet: bool, shares: bool) -> Self {
        let target = match quiet {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let planned = Some(plan.requests).filter(|planned| *planned > 0);
        let template = match planned {
            Some(_) => "{bar:12} {human_pos}/{human_len}  {msg}",
            None => "{human_pos}  {msg}",
        };
        let style = ProgressStyle::with_template(template);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─");
        let began = clock::now();
        let bar = ProgressBar::with_draw_target(planned, target).with_style(style);
        let (duration, last) = (plan.duration(), (began, 0));
        Self { bar, began, duration, last, shares, is_stopping: false }
    }

    /// Draws how the attack is going.
    pub fn show(&mut self, snapshot: Snapshot) {
        if self.bar.is_hidden() || self.bar.is_finished() {
            return;
        }
        self.bar.set_position(snapshot.done);
        if self.is_stopping {
            self.bar.set_message(stopping(snapshot));
            return;
        }
        let now = clock::now();
        let (then, released) = std::mem::replace(&mut self.last, (now, snapshot.released));
        let rate = (snapshot.released - released) as f64 / (now - then).as_secs_f64();
        let mut words = vec![
            format!("{rate:.0}/s"),
            format!("{} in flight", snapshot.released - snapshot.done),
            format!("lag {}", GoDuration::rounded(snapshot.lag)),
            format!("{} failed", snapshot.failed),
        ];
        words.extend(self.left(now));
        self.bar.set_message(words.join("  "));
    }

    /// Shows that the attack was told to stop; takes the line away where a report may come to the same
    /// terminal now.
    pub fn stop(&mut self, snapshot: Snapshot) {
        if self.shares {
            self.finish();
        }
        self.is_stopping = true;
        self.show(snapshot);
    }

    /// Takes the line away.
    pub fn finish(&mut self) {
        self.bar.finish_and_clear();
    }

    fn left(&self, now: Instant) -> Option<String> {
        let left = self.duration?.checked_sub(now - self.began)?;
        Some(format!("{} left", GoDuration(Duration::from_secs(left.as_secs() + 1))))
    }
}
