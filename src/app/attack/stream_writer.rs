//! The stream of an attack on its way out: records as they come, and behind them facts.

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
use drumfire::threshold::{Abort, Lookout};
use tokio::sync::Notify;

use crate::app::attack::live_view::Folded;
use crate::app::input::files::Output;
use crate::app::os::host_load::{Host, Withheld};

/// What a stream told when it was written whole.
#[derive(Debug)]
pub struct Written {
    /// Whether the generator kept up; None where nothing was scheduled.
    pub verdict: Option<Verdict>,
    /// The limit that ended the attack, and what was found; None where none did.
    pub aborted: Option<String>,
}

/// A stream under way.
pub struct Writing {
    output: Output,
    stream: Box<dyn Encoder>,
    plan: Plan,
    /// What tells metrics to others, where they are asked for.
    feed: Option<Feed>,
    /// Where what a terminal shows is folded, where that is asked for.
    folded: Option<Folded>,
    /// What the verdict is made of; None where nothing is scheduled and so there is none.
    metrics: Option<Metrics>,
    /// What looks out for a reason to end the attack.
    lookouts: Vec<Lookout>,
    /// Told once there is such a reason.
    stop: Arc<Notify>,
    /// The first such reason; None as long as there is none.
    aborted: Option<String>,
    /// Most open files; None where there is no limit.
    descriptors: Option<u64>,
    /// The host before the attack.
    before: Host,
}

impl Writing {
    /// Writes the head of the stream, and looks at the host before the attack. `descriptors` is the
    /// limit of open files, None for no limit.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn begin(
        output: Output,
        plan: Plan,
        feed: Option<Feed>,
        descriptors: Option<u64>,
    ) -> Result<Self, Error> {
        let head = Metadata::Plan(plan.clone());
        Ok(Self {
            stream: encoder(Format::Arrow, output.clone(), Some(&head))?,
            output,
            metrics: plan.is_scheduled().then(Metrics::default),
            plan,
            lookouts: Vec::new(),
            stop: Arc::default(),
            aborted: None,
            feed,
            folded: None,
            descriptors,
            before: Host::look(),
        })
    }

    /// Looks out for states that are to end the attack, and tells `stop` of the first of them.
    pub fn watch_for(self, aborts: &[Abort], stop: Arc<Notify>) -> Self {
        Self { lookouts: aborts.iter().cloned().map(Lookout::new).collect(), stop, ..self }
    }

    /// Folds each batch for a view of the attack, too.
    pub fn shown_by(self, folded: Option<Folded>) -> Self {
        Self { folded, ..self }
    }

    /// Writes batches until the last one, the end mark, and what the attack then knows. Each batch
    /// goes into the metrics first.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn run(
        mut self,
        batches: Receiver<PendingBatch>,
        monitor: &Monitor,
    ) -> Result<Written, Error> {
        for pending in batches {
            let batch = pending.batch();
            self.feed.iter_mut().for_each(|feed| feed.add_batch(batch));
            self.folded.iter().for_each(|folded| folded.add_batch(batch));
            self.metrics.iter_mut().for_each(|metrics| metrics.add_batch(batch));
            self.look_out(batch);
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

    /// Stops the attack where a batch gives the first reason for it. All that comes after is written
    /// as after an interrupt.
    fn look_out(&mut self, batch: &Batch) {
        if self.aborted.is_some() {
            return;
        }
        self.aborted = self.lookouts.iter_mut().find_map(|lookout| lookout.add_batch(batch));
        if self.aborted.is_some() {
            self.stop.notify_one();
        }
    }

    fn facts(&self, monitor: &Monitor) -> Facts {
        let Withheld { stolen, throttled } = Host::look().since(&self.before);
        let (descriptors, aborted) = (self.descriptors, self.aborted.clone());
        Facts { stolen, throttled, descriptors, aborted, ..monitor.facts() }
    }
}
