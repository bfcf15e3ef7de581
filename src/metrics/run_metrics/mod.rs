//! Metrics of a run: everything that reports, thresholds and comparisons read.

mod by_kind;
mod of_sockets;
mod values;

use std::time::Duration;

use crate::facts::Facts;
use crate::markup::redact::{HIDDEN_USER, command_without_users, without_users};
use crate::metrics::histogram::Distribution;
use crate::metrics::histogram::user_buckets::{BucketCounts, Buckets};
use crate::metrics::over_time::slices::Slices;
use crate::metrics::run::facts::RunFacts;
use crate::metrics::run::plan::RunPlan;
use crate::metrics::run::provenance::Origins;
use crate::metrics::tally::calls::Calls;
use crate::metrics::tally::errors::ErrorCounts;
use crate::metrics::tally::exhaustion::Exhaustion;
use crate::metrics::tally::flows::Flows;
use crate::metrics::tally::kinds::Kinds;
use crate::metrics::tally::request_times::RequestTimes;
use crate::metrics::tally::sockets::SocketTally;
use crate::metrics::tally::sockets::deliveries::ExpectedDeliveries;
use crate::metrics::tally::status_codes::CodeCounts;
use crate::metrics::tally::time_span::Span;
use crate::plan::Plan;
use crate::record::{Batch, Extras, Outcome, Rows, is_good};

/// The metrics of a stream so far, readable at any time.
///
/// Without records every value is zero or absent, never NaN or infinite. All values are exact
/// except the quantiles; see [`Distribution::quantile`] for their error.
///
/// Source: Vegeta, lib/metrics.go, for every definition that Vegeta has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    span: Option<Span>,
    times: RequestTimes,
    /// Only of records with a known lag.
    lag: Distribution,
    bytes_in: u128,
    bytes_out: u128,
    successes: u64,
    retries: u64,
    codes: CodeCounts,
    errors: ErrorCounts,
    exhaustion: Exhaustion,
    buckets: Option<BucketCounts>,
    /// None unless confidence intervals are wanted.
    slices: Option<Slices>,
    /// None without flows.
    flows: Option<Box<Flows>>,
    /// The flows with the steps of all kinds, not only of the main ones. None without kinds.
    all_flows: Option<Box<Flows>>,
    /// None without calls and messages.
    calls: Option<Box<Calls>>,
    /// None without long-lived streams and WebSockets.
    sockets: Option<Box<SocketTally>>,
    deliveries: ExpectedDeliveries,
    /// The metrics of each kind of record.
    kinds: Kinds<Metrics>,
    plan: RunPlan,
    origins: Origins,
    facts: RunFacts,
}

/// Body bytes of all requests, in one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bytes {
    /// Sum over all requests.
    pub total: u128,
    /// Bytes per request, >= 0.
    pub mean: f64,
}

impl Metrics {
    /// Returns the metrics of an empty stream. Latencies are counted in `buckets` too; None for no
    /// buckets.
    pub fn new(buckets: Option<Buckets>) -> Self {
        Self { buckets: buckets.map(BucketCounts::new), ..Self::default() }
    }

    /// Keeps what confidence intervals need from later records: up to about 5 MB, or more if
    /// latencies are widely spread.
    pub fn sliced(self) -> Self {
        Self { slices: Some(Slices::default()), ..self }
    }

    /// Adds the records of a batch in their order.
    pub fn add_batch(&mut self, batch: &Batch) {
        self.add_rows(&batch.rows(0..batch.len()));
    }

    /// Adds a run of records in their order, column by column. Records that only open streams are
    /// counted apart; see [`Metrics::kind`].
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        if rows.extras().messaging || self.all_flows.is_some() {
            self.add_all_flows(rows);
        }
        match rows.extras().messaging {
            true => self.add_kinds(rows),
            false => self.add_uniform(None.into(), rows),
        }
    }

    /// Adds records to all values but those by kind.
    fn add_figures(&mut self, rows: &Rows<'_>) {
        self.span = joined(self.span, Span::of(rows));
        self.times.add_rows(rows);
        self.lag.add_all(rows.lags_ns().flatten());
        self.bytes_in += sum(rows.bytes_in());
        self.bytes_out += sum(rows.bytes_out());
        self.retries += rows.retries();
        self.add_outcomes(rows);
        if rows.extras() != Extras::default() {
            self.add_extras(rows);
        }
        if let Some(slices) = &mut self.slices {
            slices.add_rows(rows);
        }
        if let Some(buckets) = &mut self.buckets {
            rows.latencies_ns().for_each(|ns| buckets.add(Duration::from_nanos(ns)));
        }
    }

    /// Counts statuses, errors and successes; see
    /// [`is_success`](crate::record::Record::is_success).
    fn add_outcomes(&mut self, rows: &Rows<'_>) {
        let codes = rows.codes();
        // Equal statuses are mostly adjacent, so each run of them is counted at once.
        for run in codes.chunk_by(|left, right| left == right) {
            self.codes.add(run[0], run.len() as u64);
        }
        let n_good = codes.iter().filter(|code| is_good(**code)).count();
        let mut n_broken = 0;
        for (place, error) in rows.errors() {
            n_broken += usize::from(is_good(codes[place]));
            self.errors.add(error);
            self.exhaustion.add(codes[place], error);
        }
        // Only checks and calls, which other streams have not, make a success or a failure of a
        // status.
        let n_successes = match rows.extras() != Extras::default() {
            true => rows.outcomes().filter(Outcome::is_success).count(),
            false => n_good - n_broken,
        };
        self.successes += n_successes as u64;
    }

    /// Adds what only flows, calls and messages have. A merged stream has their columns also for
    /// other requests.
    fn add_extras(&mut self, rows: &Rows<'_>) {
        if self.flows.is_some() || rows.flow_steps().any(|step| step.is_some()) {
            self.flows.get_or_insert_default().add_rows(rows);
        }
        if self.calls.is_some() || rows.kinds().iter().any(Option::is_some) {
            self.calls.get_or_insert_default().add_rows(rows);
        }
    }

    /// Adds the plan of an attack. To be called once for each attack of the stream.
    pub fn add_plan(&mut self, plan: &Plan) {
        // Another program may have written the stream.
        let command = command_without_users(&plan.command, HIDDEN_USER);
        let plan = Plan { command, ..plan.clone() };
        self.plan.add(&plan);
        self.origins.add(&plan);
    }

    /// Adds the facts that an attack recorded at its end. To be called once for each attack of the
    /// stream.
    pub fn add_facts(&mut self, facts: &Facts) {
        let aborted = facts.aborted.as_deref();
        let aborted = aborted.map(|reason| without_users(reason, HIDDEN_USER).into_owned());
        self.facts.add(&Facts { aborted, ..facts.clone() });
    }

    /// Adds the metrics of another part of the same run, whose errors count as seen later.
    ///
    /// Buckets are kept only if both parts have the same ones, slices only if both parts have them.
    pub fn merge(&mut self, other: &Metrics) {
        self.merge_all_flows(other);
        self.merge_kinds(other);
        self.merge_sockets(other);
        self.merge_figures(other);
        self.plan.merge(&other.plan);
        self.origins.merge(&other.origins);
        self.facts.merge(&other.facts);
    }

    /// Adds all values of other metrics but those by kind and those about attacks.
    fn merge_figures(&mut self, other: &Metrics) {
        self.span = joined(self.span, other.span);
        self.times.merge(&other.times);
        self.lag.merge(&other.lag);
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.successes += other.successes;
        self.retries += other.retries;
        self.codes.merge(&other.codes);
        self.errors.merge(&other.errors);
        self.exhaustion.merge(other.exhaustion);
        self.buckets = match (self.buckets.take(), &other.buckets) {
            (Some(ours), Some(theirs)) => ours.merged(theirs),
            _ => None,
        };
        self.slices = match (self.slices.take(), &other.slices) {
            (Some(ours), Some(theirs)) => Some(ours.merged(theirs)),
            _ => None,
        };
        if let Some(flows) = &other.flows {
            self.flows.get_or_insert_default().merge(flows);
        }
        if let Some(calls) = &other.calls {
            self.calls.get_or_insert_default().merge(calls);
        }
    }
}

fn joined(one: Option<Span>, other: Option<Span>) -> Option<Span> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.joined(other)),
        (one, other) => one.or(other),
    }
}

fn sum(bytes: &[u64]) -> u128 {
    bytes.iter().map(|bytes| u128::from(*bytes)).sum()
}
