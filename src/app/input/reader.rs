//! Reads all inputs and folds their records until they end, or until a signal.
//!
//! One thread per input reads, and one more folds what they have read, since reading from a silent
//! pipe cannot be canceled. The main thread meanwhile refreshes the view. On a signal, it continues
//! with what has been folded so far.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{mem, panic};

use anyhow::Context;
use drumfire::codec::Metadata;
use drumfire::metrics::Metrics;
use drumfire::record::Columns;

use crate::app::input::drain_deadline::DrainDeadline;
use crate::app::input::errors::InputErrors;
use crate::app::input::events::{EndNotice, Event, Refresher};
use crate::app::input::files::Input;
use crate::app::input::merge::{Merge, Round};
use crate::app::os::signals;

/// Receives the content of all inputs for a command.
pub trait Sink: Send + 'static {
    /// Receives a plan, before the first records of a stream, or facts, after the last ones.
    ///
    /// # Errors
    ///
    /// If the command cannot continue.
    fn take_metadata(&mut self, metadata: &Metadata) -> anyhow::Result<()>;

    /// Receives the next records.
    ///
    /// # Errors
    ///
    /// If the command cannot continue.
    fn take_round(&mut self, round: &Round) -> anyhow::Result<()>;
}

/// Adds a plan or facts to metrics.
pub fn add_metadata(metrics: &mut Metrics, metadata: &Metadata) {
    match metadata {
        Metadata::Plan(plan) => metrics.add_plan(plan),
        Metadata::Facts(facts) => metrics.add_facts(facts),
    }
}

/// What was read until the inputs ended, or until a signal.
pub struct Outcome<S> {
    /// The sink that received everything.
    pub sink: S,
    /// Why some of the inputs could not be read completely.
    pub errors: InputErrors,
    /// The line to print if a signal ended the reading. None if the inputs ended.
    pub remark: Option<String>,
    /// Number of records read.
    records: u64,
}

impl<S> Outcome<S> {
    /// Returns whether the inputs failed without providing any record.
    pub fn is_nothing(&self) -> bool {
        self.records == 0 && !self.errors.0.is_empty()
    }
}

/// Reads all inputs.
pub struct Reader<S> {
    state: Arc<Mutex<State<S>>>,
    events: Receiver<Event>,
    thread: JoinHandle<anyhow::Result<()>>,
    /// Whether an input may still grow, because it is not a file on disk.
    is_live: bool,
}

impl<S: Sink> Reader<S> {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// If signals cannot be received.
    pub fn start(inputs: Vec<Input>, columns: Columns, sink: S) -> anyhow::Result<Self> {
        let (sender, events) = mpsc::channel();
        let stops = sender.clone();
        // Without a receiver, the command is about to end anyway.
        let on_signal = move |signal| drop(stops.send(Event::Stop(signal)));
        signals::on_stop(on_signal).context("listen for signals")?;
        let is_live = !inputs.iter().all(Input::is_on_disk);
        let state = Arc::new(Mutex::new(State::new(sink)));
        let shared = Arc::clone(&state);
        let notice = EndNotice(sender);
        let thread = thread::spawn(move || {
            let _notice = notice;
            read_all(inputs, columns, &shared)
        });
        Ok(Self { state, events, thread, is_live })
    }

    /// Waits for the end of all inputs, or for a signal.
    ///
    /// Ctrl-C and the end of a terminal reach every command of a pipe, so an attack before this
    /// command now sends its last responses. After such a signal, inputs are read until
    /// [`DrainDeadline`]; files on disk provide nothing more. A second signal, or SIGTERM, ends the
    /// reading immediately.
    ///
    /// # Errors
    ///
    /// If the sink failed. Inputs that cannot be read completely are in [`Outcome::errors`].
    pub fn finish(self) -> anyhow::Result<Outcome<S>> {
        self.finish_live(Duration::ZERO, |_| Ok(()))
    }

    /// Waits as [`Reader::finish`] does, and calls `refresh` at each interval `every`, even if no
    /// records arrived; never if the interval is zero.
    ///
    /// # Errors
    ///
    /// As [`Reader::finish`], and if `refresh` fails.
    pub fn finish_live(
        self,
        every: Duration,
        mut refresh: impl FnMut(&mut S) -> anyhow::Result<()>,
    ) -> anyhow::Result<Outcome<S>> {
        let mut refresher = Refresher::new(every);
        let mut deadline: Option<DrainDeadline> = None;
        loop {
            let until = deadline.as_ref().map(DrainDeadline::next);
            match refresher.wait(&self.events, until) {
                Event::Refresh => self.state().sink.as_mut().map_or(Ok(()), &mut refresh)?,
                Event::Deadline => {}
                Event::Stop(signal)
                    if signal.reaches_pipe() && self.is_live && deadline.is_none() =>
                {
                    deadline = Some(DrainDeadline::new());
                }
                Event::Stop(_) => break,
                Event::End => return self.complete(),
            }
            let has_passed = |d: &mut DrainDeadline| d.has_passed(self.state().records);
            if deadline.as_mut().is_some_and(has_passed) {
                break;
            }
        }
        let outcome = self.state().take();
        let remark =
            format!("interrupted after {} records, before the end of the input", outcome.records);
        Ok(Outcome { remark: Some(remark), ..outcome })
    }

    /// Returns the outcome after the end of all inputs.
    fn complete(self) -> anyhow::Result<Outcome<S>> {
        self.thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic))?;
        Ok(lock(&self.state).take())
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        lock(&self.state)
    }
}

/// What the main thread and the reading thread share.
struct State<S> {
    /// None after the command has continued without the reading thread.
    sink: Option<S>,
    /// Failures by the input's position on the command line.
    errors: BTreeMap<usize, anyhow::Error>,
    records: u64,
}

impl<S> State<S> {
    fn new(sink: S) -> Self {
        Self { sink: Some(sink), errors: BTreeMap::new(), records: 0 }
    }

    fn take(&mut self) -> Outcome<S> {
        Outcome {
            sink: self.sink.take().expect("the outcome is taken once, at the end"),
            errors: InputErrors(mem::take(&mut self.errors).into_values().collect()),
            remark: None,
            records: self.records,
        }
    }
}

/// Locks the state. A panic of the reading thread is passed on by [`Reader::complete`], so a
/// poisoned lock is ignored.
fn lock<S>(state: &Mutex<State<S>>) -> MutexGuard<'_, State<S>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads all inputs until they end or the main thread continues without them. Returns the failure
/// of the sink.
fn read_all<S: Sink>(
    inputs: Vec<Input>,
    columns: Columns,
    state: &Mutex<State<S>>,
) -> anyhow::Result<()> {
    let on_error = |position, error| drop(lock(state).errors.insert(position, error));
    let mut merge = Merge::open(inputs, columns, on_error);
    loop {
        let has_records = merge.fill(on_error);
        let mut state = lock(state);
        let Some(sink) = &mut state.sink else {
            return Ok(());
        };
        merge.take_metadata().try_for_each(|metadata| sink.take_metadata(&metadata))?;
        if !has_records {
            return Ok(());
        }
        let round = merge.round();
        sink.take_round(&round)?;
        state.records += round.len() as u64;
    }
}
