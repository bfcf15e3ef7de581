//! An attack as a view on stderr, drawn once a second while its stream goes elsewhere.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use drumfire::attack::Snapshot;
use drumfire::clock;
use drumfire::metrics::Metrics;
use drumfire::plan::Plan;
use drumfire::record::Batch;
use drumfire::units::GoDuration;
use tokio::time::Instant;

use crate::app::os::terminal::{Claim, Terminal};
use crate::app::output::redraw::Redraw;
use crate::app::output::run_view::Watched;

/// How often the view is drawn.
const EVERY: Duration = Duration::from_secs(1);

/// What the writer of the stream folds for the view. Its copies are one.
#[derive(Clone, Debug)]
pub struct Folded(Arc<Mutex<Fold>>);

#[derive(Debug)]
struct Fold {
    whole: Metrics,
    watched: Watched,
}

/// The view. The thread that writes the stream folds what it shows; neither waits for the terminal
/// on the other's behalf.
#[derive(Debug)]
pub struct Live {
    folded: Folded,
    redraw: Redraw,
    /// Hits planned; 0 where the plan leaves them open.
    planned: u64,
    duration: Option<Duration>,
    began: Instant,
    drawn: Instant,
    /// Whether another process may write to the terminal once it is interrupted, too.
    shares: bool,
    /// Whether the attack was told to stop, and no more hits are released.
    is_stopping: bool,
    is_over: bool,
    _claim: Claim,
}

/// Returns what an attack does that was told to stop.
pub fn stopping(snapshot: Snapshot) -> String {
    let in_flight = snapshot.released - snapshot.done;
    format!("stopping, waiting for {in_flight} hit{}", if in_flight == 1 { "" } else { "s" })
}

impl Folded {
    /// Adds a batch.
    pub fn add_batch(&self, batch: &Batch) {
        self.with(|fold| {
            fold.whole.add_batch(batch);
            fold.watched.add_rows(&batch.rows(0..batch.len()));
        });
    }

    fn with<T>(&self, f: impl FnOnce(&mut Fold) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Live {
    /// Returns the view of an attack that is about to begin. `shares` tells whether its stream goes to
    /// a process that may write to the same terminal.
    ///
    /// # Errors
    ///
    /// Where stderr cannot show it: why, on one line.
    pub fn new(plan: &Plan, shares: bool) -> Result<Self, &'static str> {
        let terminal = Terminal::of(&io::stderr());
        let terminal =
            terminal.ok_or("no live view: -live needs standard error to be a terminal")?;
        if terminal.is_dumb {
            return Err(
                "no live view: -live needs a terminal that draws in place, and TERM is dumb",
            );
        }
        let claim = Claim::lay(&io::stderr()).ok_or(
            "no live view: another command of the pipe draws on this terminal, such as report -every",
        )?;
        let fold = Fold { whole: Metrics::default(), watched: Watched::new(true) };
        let began = clock::now();
        Ok(Self {
            folded: Folded(Arc::new(Mutex::new(fold))),
            redraw: Redraw::default(),
            planned: plan.requests,
            duration: plan.duration(),
            began,
            drawn: began,
            shares,
            is_stopping: false,
            is_over: false,
            _claim: claim,
        })
    }

    /// Returns where the writer of the stream folds what is shown.
    pub fn folded(&self) -> Folded {
        self.folded.clone()
    }

    /// Draws how the attack is going, once a second, however often it is called.
    pub fn show(&mut self, snapshot: Snapshot) {
        let now = clock::now();
        if self.is_over || now < self.drawn + EVERY {
            return;
        }
        self.drawn = now;
        self.folded.with(|fold| fold.watched.look());
        self.draw(&self.heading(snapshot, now), Some(EVERY));
    }

    /// Shows at once that the attack was told to stop, with the interval that was shown last. Makes
    /// room instead where an interrupt was meant for other processes, too.
    pub fn stop(&mut self, snapshot: Snapshot) {
        if self.shares {
            self.finish();
        }
        self.is_stopping = true;
        if !self.is_over {
            self.draw(&self.heading(snapshot, clock::now()), Some(EVERY));
        }
    }

    /// Draws the last state, which stays.
    pub fn finish(&mut self) {
        if !std::mem::replace(&mut self.is_over, true) {
            let made = self.folded.with(|fold| fold.whole.requests());
            let heading = self.hits(made);
            self.draw(&heading, None);
        }
    }

    fn draw(&mut self, heading: &str, every: Option<Duration>) {
        // A terminal that is gone shows nothing.
        let Some(terminal) = Terminal::of(&io::stderr()) else { return };
        let lines = self
            .folded
            .with(|fold| fold.watched.view(heading, (&fold.whole).into(), every, &terminal));
        let view = self.redraw.draw(&lines, &terminal);
        // The attack does not depend on who looks on.
        let _ = io::stderr().write_all(view.as_bytes());
    }

    fn heading(&self, snapshot: Snapshot, now: Instant) -> String {
        let hits = self.hits(snapshot.done);
        if self.is_stopping {
            return format!("{hits}, {}", stopping(snapshot));
        }
        let left = self.left(now).map(|left| format!(", {} left", GoDuration(left)));
        let in_flight = snapshot.released - snapshot.done;
        format!("{hits}{}, {in_flight} in flight", left.unwrap_or_default())
    }

    fn hits(&self, made: u64) -> String {
        match self.planned {
            0 => format!("{made} hits"),
            planned => {
                format!("{made:>width$} of {planned} hits", width = planned.to_string().len())
            }
        }
    }

    /// Returns what is left of the plan, in whole seconds.
    fn left(&self, now: Instant) -> Option<Duration> {
        let left = self.duration?.saturating_sub(now - self.began);
        Some(Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0)))
    }
}
