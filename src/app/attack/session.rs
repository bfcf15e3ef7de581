//! A running attack with everything that it writes to.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::Context;
use drumfire::attack::{Attack, PendingBatch, Running};
use drumfire::export::prometheus::Feed;
use drumfire::plan::Plan;
use drumfire::threshold::Abort;
use tokio::sync::Notify;

use crate::app::attack::closing_line::ClosingLine;
use crate::app::attack::live_view::{LiveView, SharedView};
use crate::app::attack::metrics_server::MetricsServer;
use crate::app::attack::options::Options;
use crate::app::attack::progress::ProgressView;
use crate::app::attack::progress_line::ProgressLine;
use crate::app::attack::stream_writer::{StreamWriter, Written};
use crate::app::attack::supervisor::Supervisor;
use crate::app::console::Console;
use crate::app::input::files::Output;
use crate::app::os::file_limit;

/// Everything that an attack writes to, opened before its first hit.
pub struct Outputs {
    stream: Output,
    progress: ProgressView,
    /// Numbers that the live view shows. None if there is no live view.
    shared_view: Option<SharedView>,
    metrics: Option<MetricsServer>,
    /// Updates the served metrics. None if none are served.
    feed: Option<Feed>,
}

impl Outputs {
    /// Opens the outputs that the flags name.
    ///
    /// # Errors
    ///
    /// If the metrics cannot be served, or if the stream cannot be opened or would go to a
    /// terminal.
    pub fn open(options: &Options, plan: &Plan, console: &Console) -> anyhow::Result<Self> {
        let served = options.prometheus_addr.as_ref().map(MetricsServer::listen).transpose()?;
        let (feed, metrics) = served.unzip();
        let stream = Output::create(&options.output)?;
        stream.refuse_terminal()?;
        let (progress, shared_view) = progress(options, plan, stream.is_pipe(), console);
        Ok(Self { stream, progress, shared_view, metrics, feed })
    }
}

/// Returns the view of the attack's progress, and the numbers that a live view shows. `is_piped`
/// says whether the reader of the stream may write to the same terminal.
fn progress(
    options: &Options,
    plan: &Plan,
    is_piped: bool,
    console: &Console,
) -> (ProgressView, Option<SharedView>) {
    if options.live {
        match LiveView::new(plan, is_piped) {
            Ok(live) => {
                let shared = live.shared();
                return (ProgressView::Live(Box::new(live)), Some(shared));
            }
            // The attack matters more than its view, so it continues without one.
            Err(reason) => console.print(reason),
        }
    }
    (ProgressView::Line(ProgressLine::new(plan, options.quiet, is_piped)), None)
}

/// A running attack.
pub struct Session {
    running: Running,
    batches: Receiver<PendingBatch>,
    writer: StreamWriter,
    /// Notified when a condition ends the attack.
    stop: Arc<Notify>,
    progress: ProgressView,
    metrics: Option<MetricsServer>,
    /// Number of planned hits or flows; 0 if the plan leaves it open.
    planned: u64,
    /// How long users are planned to make hits or flows. None without users or without an end.
    length: Option<Duration>,
    /// What failed if the stream cannot be written.
    context: String,
}

impl Session {
    /// Begins the stream and the attack, which `aborts` may end.
    ///
    /// # Errors
    ///
    /// If the stream cannot be written or the attack cannot start.
    pub fn start(
        attack: Attack,
        plan: Plan,
        outputs: Outputs,
        aborts: &[Abort],
    ) -> anyhow::Result<Self> {
        let Outputs { stream, progress, shared_view, metrics, feed } = outputs;
        let context = format!("write {}", stream.name());
        let planned = plan.flow_count.unwrap_or(plan.requests);
        let length = plan.users.as_ref().and(plan.duration());
        let stop = Arc::new(Notify::new());
        let writer = StreamWriter::begin(stream, plan, file_limit::limit())
            .with_context(|| context.clone())?
            .with_metrics_feed(feed)
            .with_view(shared_view)
            .with_aborts(aborts, stop.clone());
        let (running, batches) = attack.start()?;
        Ok(Self { running, batches, writer, stop, progress, metrics, planned, length, context })
    }

    /// Waits until the attack has ended and its stream is complete.
    ///
    /// # Errors
    ///
    /// If the stream cannot be written or the attack failed.
    pub fn finish(self) -> anyhow::Result<ClosingLine> {
        let Self { running, batches, writer, stop, progress, metrics, planned, length, context } =
            self;
        let monitor = running.monitor();
        let write = {
            let monitor = monitor.clone();
            move || writer.run(batches, &monitor)
        };
        let supervisor = Supervisor::new(&running, &stop, progress, metrics)?;
        let (written, stopped_after) = supervisor.supervise(write)?;
        if written.is_err() {
            // No one reads the remaining records, so the hits need not be waited for.
            running.abort();
        }
        running.join()?;
        let Written { verdict, aborted } = written.context(context)?;
        let facts = monitor.facts();
        let (flows, interrupted) = (facts.flows, facts.interrupted);
        let made = flows.map_or_else(|| monitor.snapshot().released, |flows| flows.started);
        let unit = if flows.is_some() { "flows" } else { "hits" };
        Ok(ClosingLine {
            unit,
            planned,
            made,
            length,
            stopped_after,
            flows,
            interrupted,
            aborted,
            verdict,
        })
    }
}
