//! The flows of a run in bins of time.

use std::time::Duration;

use crate::metrics::{Bin, Bins, Bounds, CoarseHistogram, Timeline};
use crate::plot::data::bin::Instants;
use crate::plot::data::slicing::{MAX_SLICES, slice};
use crate::record::Rows;

/// The flows of one slot of time.
#[derive(Clone, Debug, Default)]
pub struct FlowTally {
    /// Starts, measured from the start of the slot.
    pub starts: Instants,
    /// Ends, measured from the start of the slot.
    pub ends: Instants,
    /// Flows that ended in the slot with a failed step.
    pub failed: u64,
    /// Times without think time of the flows that ended in the slot.
    pub time: CoarseHistogram,
}

/// The flows of a run, in bounded memory.
pub struct FlowBins {
    bins: Bins<FlowTally>,
    n_started: u64,
    n_ended: u64,
}

impl Default for FlowBins {
    fn default() -> Self {
        Self { bins: Bins::for_chart(MAX_SLICES), n_started: 0, n_ended: 0 }
    }
}

impl FlowBins {
    /// Adds the steps in a run of records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let instants = rows.timestamps_ns().iter().zip(rows.latencies_ns());
        for (step, (release_ns, latency_ns)) in rows.flow_steps().zip(instants) {
            let Some(step) = step else { continue };
            if step.flow_hit == 0 {
                let (tally, offset_ns) = self.bins.at(*release_ns);
                tally.starts.add(offset_ns);
                self.n_started += 1;
            }
            if let Some(end) = step.ended {
                let end_ns = release_ns.saturating_add_unsigned(latency_ns);
                let (tally, offset_ns) = self.bins.at(end_ns);
                tally.ends.add(offset_ns);
                tally.failed += u64::from(end.failed);
                tally.time.add(nanos(end.time.saturating_sub(end.thought)));
                self.n_ended += 1;
            }
        }
    }

    /// Number of flows that started.
    pub fn n_started(&self) -> u64 {
        self.n_started
    }

    /// Number of flows that have not ended.
    pub fn n_unfinished(&self) -> u64 {
        self.n_started.saturating_sub(self.n_ended)
    }

    /// Returns the flows in bins of time within bounds, for an axis of `span`.
    pub fn timeline(&self, bounds: Bounds, span: Duration) -> Timeline<FlowTally> {
        slice(&self.bins, self.n_started.max(self.n_ended), bounds, span)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Bin for FlowTally {
    fn absorb(&mut self, next: Self, later_ns: u64) {
        self.starts.absorb(next.starts, later_ns);
        self.ends.absorb(next.ends, later_ns);
        self.failed += next.failed;
        self.time.merge(&next.time);
    }
}
