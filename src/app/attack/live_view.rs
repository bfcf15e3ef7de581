//! The live view of an attack on standard error, drawn once per second.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use drumfire::attack::Snapshot;
use drumfire::clock;
use drumfire::metrics::Metrics;
use drumfire::plan::Plan;
use drumfire::record::Batch;
use drumfire::units::GoDuration;
use tokio::time::Instant;

use crate::app::attack::progress_line::{in_flight, stopping};
use crate::app::os::terminal::{DrawLock, Terminal};
use crate::app::output::redraw::Redraw;
use crate::app::output::run_view::RunView;

/// How often the view is drawn.
const EVERY: Duration = Duration::from_secs(1);

/// The numbers of the view, which the thread that writes the stream updates. Clones share them.
#[derive(Clone, Debug)]
pub struct SharedView(Arc<Mutex<Numbers>>);

#[derive(Debug)]
struct Numbers {
    metrics: Metrics,
    view: RunView,
}

/// The live view. Slow terminals do not delay the thread that writes the stream.
#[derive(Debug)]
pub struct LiveView {
    shared: SharedView,
    redraw: Redraw,
    /// Number of planned hits; 0 if the plan leaves it open.
    planned: u64,
    /// Length of the plan. None if it is open.
    duration: Option<Duration>,
    began: Instant,
    drawn: Instant,
    /// Whether the reader of the stream may write to the same terminal after an interrupt.
    is_piped: bool,
    /// Whether no more hits are released.
    is_stopping: bool,
    is_over: bool,
    _lock: DrawLock,
}

impl SharedView {
    /// Adds a batch.
    pub fn add_batch(&self, batch: &Batch) {
        self.with(|numbers| {
            numbers.metrics.add_batch(batch);
            numbers.view.add_rows(&batch.rows(0..batch.len()));
        });
    }

    fn with<T>(&self, f: impl FnOnce(&mut Numbers) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LiveView {
    /// Returns the view of an attack that is about to begin. `is_piped` says whether the reader of
    /// the stream may write to the same terminal.
    ///
    /// # Errors
    ///
    /// The reason on one line if standard error cannot show the view.
    pub fn new(plan: &Plan, is_piped: bool) -> Result<Self, &'static str> {
        let terminal = Terminal::of(&io::stderr());
        let terminal = terminal.ok_or("no live view: -live needs a terminal as standard error")?;
        if terminal.is_dumb {
            return Err(
                "no live view: -live needs a terminal that can redraw in place, and TERM is dumb",
            );
        }
        let lock = DrawLock::acquire(&io::stderr()).ok_or(
            "no live view: another command of the pipe draws on this terminal, such as report \
             -every; run them on separate terminals",
        )?;
        let numbers = Numbers { metrics: Metrics::default(), view: RunView::new(true) };
        let began = clock::now();
        Ok(Self {
            shared: SharedView(Arc::new(Mutex::new(numbers))),
            redraw: Redraw::default(),
            planned: plan.requests,
            duration: plan.length(),
            began,
            drawn: began,
            is_piped,
            is_stopping: false,
            is_over: false,
            _lock: lock,
        })
    }

    /// Returns the numbers of the view, for the thread that writes the stream.
    pub fn shared(&self) -> SharedView {
        self.shared.clone()
    }

    /// Draws the current state, at most once per second.
    pub fn show(&mut self, snapshot: Snapshot) {
        let now = clock::now();
        if self.is_over || now < self.drawn + EVERY {
            return;
        }
        self.drawn = now;
        self.shared.with(|numbers| numbers.view.end_interval());
        self.draw(&self.heading(snapshot, now), Some(EVERY));
    }

    /// Shows immediately that the attack is stopping, with the last interval that was shown. Ends
    /// the view instead if a report may now write to the same terminal.
    pub fn stop(&mut self, snapshot: Snapshot) {
        if self.is_piped {
            self.finish();
        }
        self.is_stopping = true;
        if !self.is_over {
            self.draw(&self.heading(snapshot, clock::now()), Some(EVERY));
        }
    }

    /// Draws the final state, which stays on the terminal.
    pub fn finish(&mut self) {
        if !mem::replace(&mut self.is_over, true) {
            let made = self.shared.with(|numbers| numbers.metrics.requests());
            let heading = self.hits(made);
            self.draw(&heading, None);
        }
    }

    fn draw(&mut self, heading: &str, every: Option<Duration>) {
        // The terminal may have been closed.
        let Some(terminal) = Terminal::of(&io::stderr()) else { return };
        let lines = self.shared.with(|numbers| {
            numbers.view.lines(heading, (&numbers.metrics).into(), every, &terminal)
        });
        let view = self.redraw.draw(&lines, &terminal);
        // The attack does not depend on its view.
        let _ = io::stderr().write_all(view.as_bytes());
    }

    fn heading(&self, snapshot: Snapshot, now: Instant) -> String {
        let hits = self.hits(snapshot.done);
        if self.is_stopping {
            return format!("{hits}, {}", stopping(snapshot));
        }
        let left = self.left(now).map(|left| format!(", {} left", GoDuration(left)));
        format!("{hits}{}, {}", left.unwrap_or_default(), in_flight(snapshot))
    }

    fn hits(&self, made: u64) -> String {
        match self.planned {
            0 => format!("{made} hits"),
            planned => {
                format!("{made:>width$} of {planned} hits", width = planned.to_string().len())
            }
        }
    }

    /// Returns the remaining time of the plan, in whole seconds. None if the plan is open.
    fn left(&self, now: Instant) -> Option<Duration> {
        let left = self.duration?.saturating_sub(now - self.began);
        Some(Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0)))
    }
}
