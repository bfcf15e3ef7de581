//! Reading: streams folded as they come, beside the clock and the signals.
//!
//! Threads of their own read, one for each input, and one folds what they have read, since a read
//! from a silent pipe cannot be called off. The main thread meanwhile refreshes what is shown, and on
//! a signal goes on with what was folded so far.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{mem, panic};

use anyhow::Context;
use drumfire::clock;
use drumfire::codec::Metadata;
use drumfire::metrics::Metrics;
use drumfire::record::Columns;
use tokio::time::Instant;

use crate::app::input::files::Input;
use crate::app::input::merge::{Merge, Round};
use crate::app::os::signals::{self, Asked};

/// How long an input may be silent after an interrupt before the reading ends.
const SILENCE: Duration = Duration::from_secs(1);

/// How long an input is read after an interrupt at most: whatever writes it may not have heard.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a command makes of the streams that it reads.
pub trait Sink: Send + 'static {
    /// Takes what a stream says of its attack: the plan before the first records, the facts behind
    /// the last.
    ///
    /// # Errors
    ///
    /// Where the command cannot go on.
    fn take_note(&mut self, note: &Metadata) -> anyhow::Result<()>;

    /// Takes the next records.
    ///
    /// # Errors
    ///
    /// Where the command cannot go on.
    fn take_round(&mut self, round: &Round<'_>) -> anyhow::Result<()>;
}

/// Adds to the metrics what a stream says of its attack.
pub fn add_note(metrics: &mut Metrics, note: &Metadata) {
    match note {
        Metadata::Plan(plan) => metrics.add_plan(plan),
        Metadata::Facts(facts) => metrics.add_facts(facts),
    }
}

/// What was read, up to the end of the inputs or to a signal.
pub struct Outcome<S> {
    /// What the command made of it.
    pub sink: S,
    /// Why some of the inputs were not read whole.
    pub losses: Losses,
    /// What is to be said where a signal ended the reading; None where the inputs ended.
    pub remark: Option<String>,
    /// Records read.
    records: u64,
}

impl<S> Outcome<S> {
    /// Returns whether all that the inputs gave are reasons why they gave nothing.
    pub fn is_nothing(&self) -> bool {
        self.records == 0 && !self.losses.0.is_empty()
    }
}

/// Why some of the inputs were not read whole, in their order; each is told on a line of its own.
#[derive(Debug, Default, thiserror::Error)]
#[error("{} inputs cannot be read whole", .0.len())]
pub struct Losses(pub Vec<anyhow::Error>);

impl Losses {
    /// Tells the losses as the failure that they are.
    ///
    /// # Errors
    ///
    /// Where there is any.
    pub fn tell(mut self) -> anyhow::Result<()> {
        match self.0.len() {
            0 => Ok(()),
            1 => Err(self.0.remove(0)),
            _ => Err(self.into()),
        }
    }
}

/// The reading of all inputs under way.
pub struct Reading<S> {
    state: Arc<Mutex<State<S>>>,
    events: Receiver<Event>,
    reader: JoinHandle<anyhow::Result<()>>,
    /// Whether an input may grow: one that is no file on disk.
    is_live: bool,
}

impl<S: Sink> Reading<S> {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// Where signals cannot be listened for.
    pub fn start(inputs: Vec<Input>, columns: Columns, sink: S) -> anyhow::Result<Self> {
        let (sender, events) = mpsc::channel();
        let stop = sender.clone();
        // Once nobody listens any more, the command is about to end anyway.
        let tell = move |asked| drop(stop.send(Event::Asked(asked)));
        signals::on_stop(tell).context("listen for signals")?;
        let is_live = !inputs.iter().all(Input::is_on_disk);
        let state = Arc::new(Mutex::new(State::new(sink)));
        let shared = Arc::clone(&state);
        let bell = Bell(sender);
        let reader = thread::spawn(move || {
            let _bell = bell;
            read_all(inputs, columns, &shared)
        });
        Ok(Self { state, events, reader, is_live })
    }

    /// Waits for the ends of the inputs, or for a signal.
    ///
    /// Ctrl-C goes to every command of a pipe, so that the attack before this one now sends its
    /// last answers: after an interrupt they are still read, until none has come for [`SILENCE`],
    /// for [`PATIENCE`] at most; files on disk send nothing more. A second signal, or SIGTERM, ends
    /// the reading at once.
    ///
    /// # Errors
    ///
    /// Where the sink could not go on; an input that is not whole is among the losses instead.
    pub fn finish(self) -> anyhow::Result<Outcome<S>> {
        self.finish_live(Duration::ZERO, |_| Ok(()))
    }

    /// Waits as [`Reading::finish`] does, and calls `refresh` at each `every` on the way, though
    /// nothing came in; never where that is zero.
    ///
    /// # Errors
    ///
    /// As [`Reading::finish`], and where `refresh` fails.
    pub fn finish_live(
        self,
        every: Duration,
        mut refresh: impl FnMut(&mut S) -> anyhow::Result<()>,
    ) -> anyhow::Result<Outcome<S>> {
        let mut ticker = Ticker::new(every);
        let mut patience: Option<Patience> = None;
        loop {
            let records = || lock(&self.state).records;
            if patience.as_mut().is_some_and(|patience| patience.is_over(records())) {
                break;
            }
            match ticker.wait(&self.events, patience.as_ref().map(|patience| patience.until)) {
                Event::Tick => lock(&self.state).sink.as_mut().map_or(Ok(()), &mut refresh)?,
                Event::Look => {}
                Event::Asked(Asked::Interrupt) if self.is_live && patience.is_none() => {
                    patience = Some(Patience::new());
                }
                Event::Asked(_) => break,
                Event::End => {
                    self.reader.join().unwrap_or_else(|panic| panic::resume_unwind(panic))?;
                    return Ok(lock(&self.state).take());
                }
            }
        }
        let outcome = lock(&self.state).take();
        let remark =
            format!("interrupted after {} records, before the end of the input", outcome.records);
        Ok(Outcome { remark: Some(remark), ..outcome })
    }
}

/// What ends the main thread's waiting.
enum Event {
    /// It is time to refresh.
    Tick,
    /// It is time to look whether anything came.
    Look,
    /// A signal came.
    Asked(Asked),
    /// The reading is at its end.
    End,
}

/// Tells the end of the reading, even if by a panic.
struct Bell(Sender<Event>);

impl Drop for Bell {
    fn drop(&mut self) {
        // The command may have gone on without the reading.
        let _ = self.0.send(Event::End);
    }
}

/// When the next refresh is due.
struct Ticker {
    every: Duration,
    due: Instant,
}

impl Ticker {
    /// Returns a ticker that is due after each `every`; never where that is zero.
    fn new(every: Duration) -> Self {
        Self { every, due: clock::now() + every }
    }

    /// Waits for an event, for the next refresh, or until it is time to look.
    fn wait(&mut self, events: &Receiver<Event>, look: Option<Instant>) -> Event {
        let due = Some(self.due).filter(|_| !self.every.is_zero());
        let Some(until) = due.into_iter().chain(look).min() else {
            return events.recv().unwrap_or(Event::End);
        };
        match events.recv_timeout(until.saturating_duration_since(clock::now())) {
            Ok(event) => event,
            Err(RecvTimeoutError::Disconnected) => Event::End,
            Err(RecvTimeoutError::Timeout) if due == Some(until) => {
                self.due = clock::now().max(self.due + self.every);
                Event::Tick
            }
            Err(RecvTimeoutError::Timeout) => Event::Look,
        }
    }
}

/// How long the input is still read after an interrupt.
struct Patience {
    /// Records read at the last look.
    records: u64,
    /// When none may have come any more.
    until: Instant,
    /// When it is over, whatever comes.
    end: Instant,
}

impl Patience {
    fn new() -> Self {
        let now = clock::now();
        Self { records: 0, until: now + SILENCE, end: now + PATIENCE }
    }

    /// Returns whether nothing has come for long enough, or things have come for too long.
    fn is_over(&mut self, records: u64) -> bool {
        let now = clock::now();
        if records > self.records {
            self.records = records;
            self.until = self.end.min(now + SILENCE);
        }
        now >= self.until
    }
}

/// What both threads see.
struct State<S> {
    /// None once the command goes on without the reading.
    sink: Option<S>,
    /// By the input's place on the command line.
    losses: BTreeMap<usize, anyhow::Error>,
    records: u64,
}

impl<S> State<S> {
    fn new(sink: S) -> Self {
        Self { sink: Some(sink), losses: BTreeMap::new(), records: 0 }
    }

    fn take(&mut self) -> Outcome<S> {
        Outcome {
            sink: self.sink.take().expect("only the end of the reading takes it"),
            losses: Losses(mem::take(&mut self.losses).into_values().collect()),
            remark: None,
            records: self.records,
        }
    }
}

/// A panic of the reading is handed on to the main thread, which then looks at nothing.
fn lock<S>(state: &Mutex<State<S>>) -> MutexGuard<'_, State<S>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads all inputs; returns what keeps the sink from going on.
fn read_all<S: Sink>(
    inputs: Vec<Input>,
    columns: Columns,
    state: &Mutex<State<S>>,
) -> anyhow::Result<()> {
    let lose = |place, error| drop(lock(state).losses.insert(place, error));
    let mut merge = Merge::open(inputs, columns, lose);
    loop {
        let is_more = merge.fill(lose);
        let mut state = lock(state);
        let Some(sink) = &mut state.sink else {
            return Ok(());
        };
        merge.take_notes().try_for_each(|note| sink.take_note(&note))?;
        if !is_more {
            return Ok(());
        }
        let round = merge.round();
        sink.take_round(&round)?;
        state.records += round.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks each 50 ms at an input that gives a record before each look, up to a time after the
    /// interrupt, and returns when the reading ends, in ms after it.
    async fn end_ms(gives_until_ms: u64) -> u64 {
        let mut patience = Patience::new();
        let looks = (50..).step_by(50);
        for (records, ms) in (10..).zip(looks) {
            clock::pause(Duration::from_millis(50)).await;
            if patience.is_over(records.min(10 + gives_until_ms / 50)) {
                return ms;
            }
        }
        unreachable!("the looks do not end");
    }

    #[tokio::test(start_paused = true)]
    async fn an_input_is_read_on_until_it_is_silent_and_never_for_ever() {
        assert_eq!(end_ms(0).await, 1050);
        assert_eq!(end_ms(3000).await, 4050);
        assert_eq!(end_ms(u64::MAX).await, 10_000);
    }
}
