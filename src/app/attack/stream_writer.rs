//! Writes the stream of an attack: its plan, the records as they arrive, and its facts.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use drumfire::attack::{Monitor, PendingBatch};
use drumfire::codec::{Encoder, Format, Metadata, encoder};
use drumfire::error::Error;
use drumfire::export::prometheus::Feed;
use drumfire::facts::Facts;
use drumfire::metrics::{Metrics, Verdict};
use drumfire::plan::Plan;
use drumfire::record::Batch;
use drumfire::threshold::{Abort, AbortWatcher};
use tokio::sync::Notify;

use crate::app::attack::live_view::SharedView;
use crate::app::input::files::Output;
use crate::app::os::host_load::{HostLoad, Withheld};

/// What is known when a stream is complete.
#[derive(Debug)]
pub struct Written {
    /// Whether the generator kept up. None if nothing was scheduled.
    pub verdict: Option<Verdict>,
    /// The condition that ended the attack, with the measured value. None if no condition did.
    pub aborted: Option<String>,
}

/// Writes a stream.
pub struct StreamWriter {
    output: Output,
    stream: Box<dyn Encoder>,
    plan: Plan,
    /// Updates the served metrics. None if none are served.
    feed: Option<Feed>,
    /// The numbers of the live view. None if there is none.
    view: Option<SharedView>,
    /// The numbers of the verdict. None if nothing is scheduled, which has no verdict.
    metrics: Option<Metrics>,
    /// Evaluate the conditions that end the attack.
    abort_watchers: Vec<AbortWatcher>,
    /// Notified when a condition holds.
    stop: Arc<Notify>,
    /// The first condition that held. None if none has.
    aborted: Option<String>,
    /// Limit on open files. None if there is no limit.
    file_limit: Option<u64>,
    /// The load of the host before the attack.
    load_before: HostLoad,
}

impl StreamWriter {
    /// Writes the head of the stream and measures the load of the host. `file_limit` is the limit
    /// on open files; None if there is no limit.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn begin(output: Output, plan: Plan, file_limit: Option<u64>) -> Result<Self, Error> {
        let head = Metadata::Plan(plan.clone());
        Ok(Self {
            stream: encoder(Format::Arrow, output.clone(), Some(&head))?,
            output,
            metrics: plan.is_scheduled().then(Metrics::default),
            plan,
            feed: None,
            view: None,
            abort_watchers: Vec::new(),
            stop: Arc::default(),
            aborted: None,
            file_limit,
            load_before: HostLoad::measure(),
        })
    }

    /// Adds each batch to the served metrics too.
    pub fn with_metrics_feed(self, feed: Option<Feed>) -> Self {
        Self { feed, ..self }
    }

    /// Adds each batch to the numbers of a live view too.
    pub fn with_view(self, view: Option<SharedView>) -> Self {
        Self { view, ..self }
    }

    /// Evaluates conditions that end the attack, and notifies `stop` when the first of them holds.
    pub fn with_aborts(self, aborts: &[Abort], stop: Arc<Notify>) -> Self {
        Self {
            abort_watchers: aborts.iter().cloned().map(AbortWatcher::new).collect(),
            stop,
            ..self
        }
    }

    /// Writes all batches, the end mark and the facts of the attack. Each batch is added to the
    /// metrics before it is written.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn run(
        mut self,
        batches: Receiver<PendingBatch>,
        monitor: &Monitor,
    ) -> Result<Written, Error> {
        for mut pending in batches {
            pending.ensure_memory();
            let batch = pending.batch();
            self.feed.iter_mut().for_each(|feed| feed.add_batch(batch));
            self.view.iter().for_each(|view| view.add_batch(batch));
            self.metrics.iter_mut().for_each(|metrics| metrics.add_batch(batch));
            self.check_aborts(batch);
            self.stream.write(batch)?;
        }
        self.stream.finish()?;
        let facts = self.facts(monitor);
        let tail = Metadata::Facts(facts.clone());
        encoder(Format::Arrow, self.output, Some(&tail))?.finish()?;
        let verdict = self.metrics.and_then(|mut metrics| {
            metrics.add_plan(&self.plan);
            metrics.add_facts(&facts);
            metrics.verdict()
        });
        Ok(Written { verdict, aborted: self.aborted })
    }

    /// Stops the attack if a batch makes the first condition hold. Later records are still written,
    /// as after an interrupt.
    fn check_aborts(&mut self, batch: &Batch) {
        if self.aborted.is_some() {
            return;
        }
        self.aborted = self.abort_watchers.iter_mut().find_map(|watcher| watcher.add_batch(batch));
        if self.aborted.is_some() {
            self.stop.notify_one();
        }
    }

    fn facts(&self, monitor: &Monitor) -> Facts {
        let Withheld { stolen, throttled } = HostLoad::measure().since(&self.load_before);
        let (descriptors, aborted) = (self.file_limit, self.aborted.clone());
        Facts { stolen, throttled, descriptors, aborted, ..monitor.facts() }
    }
}
