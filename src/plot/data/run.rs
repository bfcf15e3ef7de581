//! One run: the chart data of one attack's hits, in bounded memory.

use std::iter;
use std::time::Duration;

use crate::metrics::{Bins, Bounds, CoarseHistogram, Distribution, RequestTimes, Timeline, Times};
use crate::plot::data::bin::Tally;
use crate::plot::data::by_name::Names;
use crate::plot::data::calls::{CallBins, CallTally};
use crate::plot::data::extent::Extent;
use crate::plot::data::flows::{FlowBins, FlowTally};
use crate::plot::data::outcomes::Outcomes;
use crate::plot::data::sampled_hits::{Point, Series};
use crate::plot::data::slicing::{MAX_SLICES, slice};
use crate::record::{Outcome, Rows};

/// The chart data of one attack's hits. Memory is bounded, however long the run: about 10 MB, and
/// the same again if the hits have names.
pub struct Run {
    extent: Extent,
    /// Latest end of a hit, in ns since 1970 UTC.
    last_end_ns: i64,
    /// Latencies, and response times measured from the schedule if the hits know their lag.
    times: RequestTimes,
    tallies: Bins<Tally>,
    outcomes: Outcomes,
    /// All successful hits, up to the number in `few`; empty if there are more.
    answered: Vec<Point>,
    n_answered: usize,
    few: usize,
    failed: Series,
    names: Names,
    /// None without flows.
    flows: Option<Box<FlowBins>>,
    /// None without calls and messages.
    calls: Option<Box<CallBins>>,
}

/// One hit, as counted in a run.
struct Hit<'a> {
    at: Point,
    lag_ns: Option<u64>,
    outcome: Outcome<'a>,
}

impl Run {
    /// Returns the run of its first rows, at least one. Successful hits are kept one by one as long
    /// as there are at most `few`.
    pub fn new(rows: &Rows<'_>, few: usize) -> Self {
        let first = Point { at_ns: rows.timestamps_ns()[0], latency_ns: 0 };
        let latency_ns = rows.latencies_ns().next().unwrap_or_default();
        let mut run = Self {
            extent: Extent::of(Point { latency_ns, ..first }),
            last_end_ns: first.at_ns,
            times: RequestTimes::default(),
            tallies: Bins::for_chart(MAX_SLICES),
            outcomes: Outcomes::default(),
            answered: Vec::new(),
            n_answered: 0,
            few,
            failed: Series::default(),
            names: Names::default(),
            flows: None,
            calls: None,
        };
        run.add_rows(rows);
        run
    }

    /// Adds hits, in any order.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        self.times.add_rows(rows);
        hits(rows).for_each(|hit| self.add(&hit));
        self.names.add_rows(rows);
        if rows.flow_steps().any(|step| step.is_some()) {
            self.flows.get_or_insert_default().add_rows(rows);
        }
        if rows.kinds().iter().any(Option::is_some) {
            self.calls.get_or_insert_default().add_rows(rows);
        }
    }

    fn add(&mut self, hit: &Hit<'_>) {
        let Point { at_ns, latency_ns } = hit.at;
        self.extent.add(hit.at);
        let end_ns = at_ns.saturating_add_unsigned(latency_ns);
        self.last_end_ns = self.last_end_ns.max(end_ns);
        let outcome = self.outcomes.place(&hit.outcome);
        let is_success = hit.outcome.is_success();
        let (tally, offset_ns) = self.tallies.at(at_ns);
        tally.latency.add(latency_ns);
        tally.releases.add(offset_ns);
        tally.count_outcome(outcome);
        tally.failed += u64::from(!is_success);
        if let Some(lag_ns) = hit.lag_ns {
            tally.lag.add(lag_ns);
            self.tallies.at(at_ns.saturating_sub_unsigned(lag_ns)).0.due += 1;
        }
        let (tally, offset_ns) = self.tallies.at(end_ns);
        tally.ends.add(offset_ns);
        tally.succeeded += u64::from(is_success);
        if hit.outcome.error.is_some() {
            self.failed.add(hit.at);
        } else {
            self.keep_answered(hit.at);
        }
    }

    fn keep_answered(&mut self, hit: Point) {
        self.n_answered += 1;
        if self.n_answered <= self.few {
            self.answered.push(hit);
        } else {
            self.answered = Vec::new();
        }
    }

    /// Returns the ranges of the hits.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Returns the end of the last hit, in seconds from the first release.
    pub fn end(&self) -> f64 {
        self.extent.seconds_to(i128::from(self.last_end_ns))
    }

    /// Number of hits.
    pub fn n_hits(&self) -> u64 {
        self.times.latency.count()
    }

    /// Hits released per second from the first release to the last; their number if all were
    /// released at one instant.
    pub fn rate(&self) -> f64 {
        let seconds = self.extent.span();
        self.n_hits() as f64 / if seconds > 0.0 { seconds } else { 1.0 }
    }

    /// Number of successful hits.
    pub fn successes(&self) -> u64 {
        self.tallies.iter().map(|(_, tally)| tally.succeeded).sum()
    }

    /// Latencies of all hits, measured from their release.
    pub fn latency(&self) -> &Distribution {
        self.times.latency.all()
    }

    /// The same latencies, in which those without an answer are lower bounds.
    pub fn latencies(&self) -> &Times {
        &self.times.latency
    }

    /// Response times, measured from the schedule; empty if no hit knows its lag.
    pub fn response(&self) -> &Distribution {
        self.times.response.all()
    }

    /// The outcomes, by the indices in [`Tally::outcomes`].
    pub fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// Returns the successful hits, sorted by time; empty if there are many.
    pub fn answered(&self) -> Vec<Point> {
        let mut answered = self.answered.clone();
        answered.sort_unstable();
        answered
    }

    /// Returns the failed hits.
    pub fn failed(&self) -> &Series {
        &self.failed
    }

    /// Returns the run in bins of time, from the first release to the last end.
    pub fn timeline(&self, span: Duration) -> Timeline<Tally> {
        slice(&self.tallies, self.n_hits(), self.bounds(), span)
    }

    /// Returns the latencies of each name in bins of time, with its number of hits, sorted by that
    /// number, greatest first.
    pub fn names(&self, span: Duration) -> Vec<(&str, u64, Timeline<CoarseHistogram>)> {
        let to_ns = self.release_end_ns();
        let named = self.names.iter().map(|(name, n_hits, bins)| {
            (name, n_hits, slice(bins, n_hits, Bounds { to_ns, ..self.bounds() }, span))
        });
        named.collect()
    }

    /// Returns whether any hit has a name.
    pub fn is_named(&self) -> bool {
        self.names.iter().any(|(name, ..)| !name.is_empty())
    }

    /// Returns the number of hits whose name has no separate entry.
    pub fn n_unlisted(&self) -> u64 {
        self.names.n_unlisted()
    }

    /// Returns the flows; None without flows.
    pub fn flows(&self) -> Option<&FlowBins> {
        self.flows.as_deref()
    }

    /// Returns the flows in bins of time, from the first release to the last end; None without
    /// flows.
    pub fn flow_timeline(&self, span: Duration) -> Option<Timeline<FlowTally>> {
        self.flows().map(|flows| flows.timeline(self.bounds(), span))
    }

    /// Returns the calls; None without calls and messages.
    pub fn calls(&self) -> Option<&CallBins> {
        self.calls.as_deref()
    }

    /// Returns the calls in bins of time, from the first release to the last end; None without calls
    /// and messages.
    pub fn call_timeline(&self, span: Duration) -> Option<Timeline<CallTally>> {
        self.calls().map(|calls| calls.timeline(self.bounds(), span))
    }

    /// Returns the time from the first release to the last end, or to when a hit after the last one
    /// would have been due.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            from_ns: i128::from(self.extent.first_ns),
            to_ns: i128::from(self.last_end_ns).max(self.release_end_ns()),
        }
    }

    /// Returns when a hit after the last one would have been due.
    fn release_end_ns(&self) -> i128 {
        let (first, last) = (i128::from(self.extent.first_ns), i128::from(self.extent.last_ns));
        last + (last - first) / i128::from(self.n_hits().max(2) - 1)
    }

    /// Returns the duration of the load: when a hit after the last one would have been due, in
    /// seconds from the first release.
    pub fn load_end(&self) -> f64 {
        self.extent.seconds_to(self.release_end_ns())
    }
}

/// Returns the rows as hits.
fn hits<'a>(rows: &'a Rows<'_>) -> impl Iterator<Item = Hit<'a>> {
    let points = rows.timestamps_ns().iter().zip(rows.latencies_ns());
    let lags = rows.lags_ns().chain(iter::repeat(None));
    points.zip(lags).zip(rows.outcomes()).map(|(((at_ns, latency_ns), lag_ns), outcome)| Hit {
        at: Point { at_ns: *at_ns, latency_ns },
        lag_ns,
        outcome,
    })
}
