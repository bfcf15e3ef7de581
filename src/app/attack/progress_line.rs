//! The progress of an attack on one line of a terminal.

use std::mem;
use std::time::Duration;

use drumfire::attack::Snapshot;
use drumfire::clock;
use drumfire::plan::Plan;
use drumfire::units::GoDuration;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

/// The line. Draws nothing if standard error is not a terminal, or if the attack is quiet.
pub struct ProgressLine {
    bar: ProgressBar,
    began: Instant,
    /// Length of the plan. None if it is open.
    duration: Option<Duration>,
    /// When the line was last drawn, and the number of hits released until then.
    last: (Instant, u64),
    /// Whether the reader of the stream may write to the same terminal after an interrupt.
    is_piped: bool,
    is_stopping: bool,
}

/// Returns the text for an attack that is stopping.
pub fn stopping(snapshot: Snapshot) -> String {
    let in_flight = snapshot.released - snapshot.done;
    let (number, one, several) = match (snapshot.flows, snapshot.streams.or(snapshot.sockets)) {
        (Some(flows), _) => (flows, "flow", "flows"),
        (None, Some(_)) => (in_flight, "reply", "replies"),
        (None, None) => (in_flight, "hit", "hits"),
    };
    format!("stopping, waiting for {number} {}", if number == 1 { one } else { several })
}

/// Returns how many hits are in flight, or how many messages have no reply yet.
pub fn in_flight(snapshot: Snapshot) -> String {
    let number = snapshot.released - snapshot.done;
    let words =
        if snapshot.streams.or(snapshot.sockets).is_some() { "unanswered" } else { "in flight" };
    format!("{number} {words}")
}

impl ProgressLine {
    /// Returns the line of an attack that is about to begin. `is_piped` says whether the reader of
    /// the stream may write to the same terminal.
    pub fn new(plan: &Plan, is_quiet: bool, is_piped: bool) -> Self {
        let target = match is_quiet {
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
        Self {
            bar: ProgressBar::with_draw_target(planned, target).with_style(style),
            began,
            duration: plan.length(),
            last: (began, 0),
            is_piped,
            is_stopping: false,
        }
    }

    /// Draws the current progress.
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
        let (then, released) = mem::replace(&mut self.last, (now, snapshot.released));
        let rate = (snapshot.released - released) as f64 / (now - then).as_secs_f64();
        let mut words = vec![
            format!("{rate:.0}/s"),
            in_flight(snapshot),
            format!("lag {}", GoDuration::rounded(snapshot.lag)),
            format!("{} failed", snapshot.failed),
        ];
        words.extend(snapshot.flows.map(|flows| format!("{flows} flows")));
        words.extend(snapshot.streams.map(|streams| format!("{streams} streams")));
        words.extend(snapshot.sockets.map(|sockets| format!("{sockets} sockets")));
        words.extend(self.left(now));
        self.bar.set_message(words.join("  "));
    }

    /// Shows that the attack is stopping. Removes the line if a report may now write to the same
    /// terminal.
    pub fn stop(&mut self, snapshot: Snapshot) {
        if self.is_piped {
            self.finish();
        }
        self.is_stopping = true;
        self.show(snapshot);
    }

    /// Removes the line.
    pub fn finish(&mut self) {
        self.bar.finish_and_clear();
    }

    /// Returns the remaining time of the plan. None if the plan is open or over.
    fn left(&self, now: Instant) -> Option<String> {
        let left = self.duration?.checked_sub(now - self.began)?;
        Some(format!("{} left", GoDuration(Duration::from_secs(left.as_secs() + 1))))
    }
}
