//! Metrics of a run: everything that reports, thresholds and comparisons read.

use std::time::Duration;

use crate::facts::Facts;
use crate::markup::redact::{HIDDEN_USER, command_without_users, without_users};
use crate::metrics::histogram::Distribution;
use crate::metrics::histogram::user_buckets::{BucketCounts, Buckets};
use crate::metrics::over_time::slices::Slices;
use crate::metrics::run::closed_loop::{ClosedLoop, Found};
use crate::metrics::run::facts::RunFacts;
use crate::metrics::run::plan::RunPlan;
use crate::metrics::run::provenance::{Origin, Origins};
use crate::metrics::tally::errors::ErrorCounts;
use crate::metrics::tally::exhaustion::Exhaustion;
use crate::metrics::tally::flows::{Checks, Flows};
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
    latency: Distribution,
    /// Only of records with a known lag, as is `response`.
    lag: Distribution,
    response: Distribution,
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

    /// Adds a run of records in their order, column by column.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        self.span = joined(self.span, Span::of(rows));
        self.latency.add_all(rows.latencies_ns());
        self.lag.add_all(rows.lags_ns().flatten());
        self.response.add_all(rows.responses_ns());
        self.bytes_in += sum(rows.bytes_in());
        self.bytes_out += sum(rows.bytes_out());
        self.retries += rows.retries();
        self.add_outcomes(rows);
        if rows.extras().flows {
            self.add_flows(rows);
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

    fn add_flows(&mut self, rows: &Rows<'_>) {
        // A merged stream has the columns of flows also for requests that are in none.
        if self.flows.is_some() || rows.flow_steps().any(|step| step.is_some()) {
            self.flows.get_or_insert_default().add_rows(rows);
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
        self.span = joined(self.span, other.span);
        self.latency.merge(&other.latency);
        self.lag.merge(&other.lag);
        self.response.merge(&other.response);
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
        self.plan.merge(&other.plan);
        self.origins.merge(&other.origins);
        self.facts.merge(&other.facts);
    }

    /// Number of requests, failed ones included.
    pub fn requests(&self) -> u64 {
        self.latency.count()
    }

    /// Number of requests that succeeded; see
    /// [`is_success`](crate::record::Record::is_success).
    pub fn successes(&self) -> u64 {
        self.successes
    }

    /// Share of the requests that succeeded, in `[0, 1]`.
    pub fn success(&self) -> f64 {
        ratio(self.successes() as f64, self.requests())
    }

    /// The first and last instants of the records; None without records.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// Time from the first release to the last.
    pub fn duration(&self) -> Duration {
        self.span.map_or(Duration::ZERO, Span::duration)
    }

    /// Time from the last release to the last end of a response.
    pub fn wait(&self) -> Duration {
        self.span.map_or(Duration::ZERO, Span::wait)
    }

    /// Requests released per second of [`Metrics::duration`]; the number of requests if all were
    /// released at one instant.
    pub fn rate(&self) -> f64 {
        self.per_second(self.requests(), self.duration())
    }

    /// Successes per second of duration and wait together; the number of successes if all requests
    /// were released at one instant.
    pub fn throughput(&self) -> f64 {
        self.per_second(self.successes(), self.duration().saturating_add(self.wait()))
    }

    /// Divides unless all requests were released at one instant: a single request has no rate.
    fn per_second(&self, count: u64, time: Duration) -> f64 {
        let seconds = if self.duration().is_zero() { 1.0 } else { time.as_secs_f64() };
        count as f64 / seconds
    }

    /// Latencies of all requests, failed ones included.
    pub fn latency(&self) -> &Distribution {
        &self.latency
    }

    /// How late the generator released the requests; None if no record has its lag.
    pub fn lag(&self) -> Option<&Distribution> {
        (self.lag.count() > 0).then_some(&self.lag)
    }

    /// Latencies counted from the schedule; None if no record has its lag.
    pub fn response(&self) -> Option<&Distribution> {
        (self.response.count() > 0).then_some(&self.response)
    }

    /// Body bytes received and kept.
    pub fn bytes_in(&self) -> Bytes {
        self.bytes(self.bytes_in)
    }

    /// Body bytes sent.
    pub fn bytes_out(&self) -> Bytes {
        self.bytes(self.bytes_out)
    }

    fn bytes(&self, total: u128) -> Bytes {
        Bytes { total, mean: ratio(total as f64, self.requests()) }
    }

    /// Number of times that requests were sent again because a kept connection had just been
    /// closed.
    pub fn retries(&self) -> u64 {
        self.retries
    }

    /// Each status that occurred with the number of its requests, by rising status; 0 for requests
    /// without a status.
    pub fn codes(&self) -> impl Iterator<Item = (u16, u64)> {
        self.codes.iter()
    }

    /// Each error text that occurred with the number of its requests, the first seen first.
    ///
    /// Texts are [normalized](crate::failure_names::normalized), so failures of one cause count
    /// together. After 1000 texts, requests with any other text are counted as `other errors`.
    pub fn errors(&self) -> impl Iterator<Item = (&str, u64)> {
        self.errors.iter()
    }

    /// The flows; None if no request is in a flow.
    pub fn flows(&self) -> Option<&Flows> {
        self.flows.as_deref()
    }

    /// The checks of the steps of flows; None if none was made.
    pub fn checks(&self) -> Option<Checks> {
        self.flows().map(Flows::checks).filter(|checks| checks.total > 0)
    }

    /// Returns whether all attacks of the stream have ended, as far as is known: each one recorded
    /// its facts.
    pub fn is_over(&self) -> bool {
        self.facts.attacks() > 0 && self.facts.attacks() >= self.plan.attacks()
    }

    /// Number of hits that failed because a resource was exhausted.
    pub(super) fn exhaustion(&self) -> Exhaustion {
        self.exhaustion
    }

    /// Latencies counted in buckets; None unless buckets were given.
    pub fn buckets(&self) -> Option<&BucketCounts> {
        self.buckets.as_ref()
    }

    /// Returns whether it keeps what confidence intervals need.
    pub fn is_sliced(&self) -> bool {
        self.slices.is_some()
    }

    /// What confidence intervals are computed from; None unless [sliced](Metrics::sliced).
    pub(super) fn slices(&self) -> Option<&Slices> {
        self.slices.as_ref()
    }

    /// The plan of the run; None without a plan, and if plans differ.
    ///
    /// Of several attacks with the same rate and duration, it has the sum of their requests, and
    /// the command, version and host that they share.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.agreed()
    }

    /// The plans of all attacks.
    pub(super) fn plans(&self) -> &RunPlan {
        &self.plan
    }

    /// Returns why the attacks are not parts of one attack; None if they may be.
    pub fn unrelated(&self) -> Option<&'static str> {
        if self.plan.is_mixed() {
            return Some("the attacks have different plans");
        }
        let planned = self.plan().filter(|_| self.plan.attacks() > 1).and_then(Plan::duration)?;
        // Parts of one attack take its time; attacks that follow each other take twice as long.
        (self.duration() > planned.mul_f64(1.5)).then_some("the attacks ran at different times")
    }

    /// The closed loop of the attacks; None if their load was an open loop, or is unknown.
    pub fn closed_loop(&self) -> Option<ClosedLoop<'_>> {
        ClosedLoop::of(&Found {
            plan: &self.plan,
            facts: &self.facts,
            flows: self.flows().map(Flows::started),
            requests: self.requests(),
            measured: self.duration(),
            is_whole: self.is_over() && self.unrelated().is_none(),
        })
    }

    /// Time in which users began flows or sent requests; None for an open loop.
    pub fn users_time(&self) -> Option<Duration> {
        self.closed_loop().map(|closed| closed.time)
    }

    /// The distinct commands and machines of the attacks, the first seen first; at most eight.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.origins.iter()
    }

    /// The facts of the attacks, each with its worst value, and only the greatest CPU time of the
    /// engines. None if no attack recorded facts.
    pub fn facts(&self) -> Option<&Facts> {
        (self.facts.attacks() > 0).then(|| self.facts.worst())
    }

    /// The facts of all attacks.
    pub(super) fn all_facts(&self) -> &RunFacts {
        &self.facts
    }

    /// Number of response bodies that an attack truncated because its memory for them was used up.
    pub fn truncated_bodies(&self) -> u64 {
        self.facts.worst().truncated_bodies
    }

    /// The threshold that ended an attack early, and the value found; None if no attack was
    /// aborted.
    pub fn aborted(&self) -> Option<&str> {
        self.facts.worst().aborted.as_deref()
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

/// Divides by a number of requests; 0 without requests.
fn ratio(sum: f64, requests: u64) -> f64 {
    if requests == 0 { 0.0 } else { sum / requests as f64 }
}
