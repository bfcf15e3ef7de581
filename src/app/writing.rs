//! The stream of an attack on its way out: records as they come, and behind them facts.

use std::sync::mpsc::Receiver;

use drumfire::attack::{Pending, Watch};
use drumfire::codec::{Encoder, Format, Note, encoder};
use drumfire::error::Error;
use drumfire::export::Feed;
use drumfire::facts::Facts;
use drumfire::metrics::{Metrics, Verdict};
use drumfire::plan::Plan;

use super::files::Output;
use super::host::{Host, Withheld};

/// A stream under way.
pub struct Writing {
    output: Output,
    stream: Box<dyn Encoder>,
    plan: Plan,
    /// What tells metrics to others, where they are asked for.
    feed: Option<Feed>,
    /// What the verdict is made of; None where nothing is scheduled and so there is none.
    metrics: Option<Metrics>,
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
        let head = Note::Plan(plan.clone());
        Ok(Self {
            stream: encoder(Format::Arrow, output.clone(), Some(&head))?,
            output,
            metrics: plan.rate().map(|_| Metrics::default()),
            plan,
            feed,
            descriptors,
            before: Host::look(),
        })
    }

    /// Writes batches until the last one, the end mark, and what the attack then knows. Each batch
    /// goes into the metrics first. Returns the verdict.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn run(
        mut self,
        batches: Receiver<Pending>,
        watch: &Watch,
    ) -> Result<Option<Verdict>, Error> {
        for pending in batches {
            let batch = pending.batch();
            self.feed.iter_mut().for_each(|feed| feed.add_batch(batch));
            self.metrics.iter_mut().for_each(|metrics| metrics.add_batch(batch));
            self.stream.write(batch)?;
        }
        self.stream.finish()?;
        let facts = self.facts(watch);
        let tail = Note::Facts(facts.clone());
        encoder(Format::Arrow, self.output, Some(&tail))?.finish()?;
        Ok(self.metrics.and_then(|mut metrics| {
            metrics.add_plan(&self.plan);
            metrics.add_facts(&facts);
            metrics.verdict()
        }))
    }

    fn facts(&self, watch: &Watch) -> Facts {
        let Withheld { stolen, throttled } = Host::look().since(&self.before);
        Facts { stolen, throttled, descriptors: self.descriptors, ..watch.facts() }
    }
}
