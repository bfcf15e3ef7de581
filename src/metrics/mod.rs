//! THE NUMBERS: a stream folded to constant size.
//!
//! Whatever the number of records, [`Metrics`] keeps three histograms, a count for each status
//! and bucket, and a bounded set of error texts.

mod run;
mod tally;
mod over_time;
mod bootstrap;
mod groups;
mod summary;
mod verdict;
mod statistic;
mod histogram;

pub(crate) use crate::metrics::over_time::bins::{Slot, Slots};

pub use bootstrap::{Confidence, Interval, Resampled};
pub use groups::{By, GroupName, Groups, MOST_GROUPS};
pub use histogram::coarse::{Bucket, Sketch};
pub use histogram::user_buckets::{BucketCounts, Buckets};
pub use histogram::{Distribution, Quantiles};
pub use over_time::last_interval::{Latest, Recent};
pub use over_time::timeline::{Course, Stretch, Trace};
pub use run::origins::Origin;
pub use statistic::Figure;
pub use summary::Summary;
pub use tally::slowest::{MOST_SLOW_HITS, SlowHit, Slowest};
pub use tally::span::Span;
pub use verdict::{Reason, Verdict};

use std::time::Duration;

use crate::facts::Facts;
use crate::plan::Plan;
use crate::record::{Batch, Rows, is_good};
use crate::schedule::seed::Seed;

use crate::metrics::bootstrap::slices::Slices;
use crate::metrics::run::facts::Circumstances;
use crate::metrics::run::origins::Origins;
use crate::metrics::run::plan::Planned;
use crate::metrics::tally::errors::ErrorCounts;
use crate::metrics::tally::exhaustion::Shortages;
use crate::metrics::tally::status_codes::CodeCounts;

/// The figures of a stream so far, readable at any time.
///
/// Without records every figure is zero or absent, never NaN or infinite. All figures are exact
/// but the quantiles, which [`Distribution::quantile`] bounds.
///
/// Source: Vegeta, lib/metrics.go, for every definition that it has too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    span: Option<Span>,
    latency: Distribution,
    /// Fed only by records that know their lag, as is the response time.
    lag: Distribution,
    response: Distribution,
    bytes_in: u128,
    bytes_out: u128,
    successes: u64,
    retries: u64,
    codes: CodeCounts,
    errors: ErrorCounts,
    shortages: Shortages,
    buckets: Option<BucketCounts>,
    /// Where figures shall have intervals.
    slices: Option<Slices>,
    planned: Planned,
    origins: Origins,
    circumstances: Circumstances,
}

/// Body bytes of all requests, one way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bytes {
    /// Sum over all requests.
    pub total: u128,
    /// Bytes a request, >= 0.
    pub mean: f64,
}

impl Metrics {
    /// Returns the metrics of an empty stream. Latencies are counted in `buckets` too, where there
    /// are any.
    pub fn new(buckets: Option<Buckets>) -> Self {
        Self { buckets: buckets.map(BucketCounts::new), ..Self::default() }
    }

    /// Keeps of the records to come what intervals are made of: up to some 5 MB, more only where
    /// latencies lie far apart.
    pub fn sliced(self) -> Self {
        Self { slices: Some(Slices::default()), ..self }
    }

    /// Adds the records of a batch in their order.
    pub fn add_batch(&mut self, batch: &Batch) {
        self.add_rows(&batch.rows(0..batch.len()));
    }

    /// Adds a run of records in their order, column by column.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        self.span = match (self.span, Span::of(rows)) {
            (Some(so_far), Some(span)) => Some(so_far.joined(span)),
            (so_far, span) => so_far.or(span),
        };
        self.latency.add_all(rows.latencies_ns());
        self.lag.add_all(rows.lags_ns().flatten());
        self.response.add_all(rows.responses_ns());
        self.bytes_in += sum(rows.bytes_in());
        self.bytes_out += sum(rows.bytes_out());
        self.retries += rows.retries();
        self.add_codes(rows);
        if let Some(slices) = &mut self.slices {
            slices.add_rows(rows);
        }
        if let Some(buckets) = &mut self.buckets {
            rows.latencies_ns().for_each(|ns| buckets.add(Duration::from_nanos(ns)));
        }
    }

    /// Counts statuses, errors, and the successes, as
    /// [`is_success`](crate::record::Record::is_success) has them.
    fn add_codes(&mut self, rows: &Rows<'_>) {
        let codes = rows.codes();
        for run in codes.chunk_by(|left, right| left == right) {
            self.codes.add(run[0], run.len() as u64);
        }
        let n_good = codes.iter().filter(|code| is_good(**code)).count();
        let mut n_broken = 0;
        for (place, error) in rows.errors() {
            n_broken += usize::from(is_good(codes[place]));
            self.errors.add(error, 1);
            self.shortages.add(codes[place], error);
        }
        self.successes += (n_good - n_broken) as u64;
    }

    /// Adds what an attack set out to do. To be called once for each attack of the stream.
    pub fn add_plan(&mut self, plan: &Plan) {
        self.planned.add(plan);
        self.origins.add(plan);
    }

    /// Adds what an attack knew at its end. To be called once for each attack of the stream.
    pub fn add_facts(&mut self, facts: &Facts) {
        self.circumstances.add(facts);
    }

    /// Adds the figures of another part of the same run; its errors count as seen later.
    ///
    /// Buckets are kept only where both parts count in the same ones, slices only where both have
    /// them.
    pub fn merge(&mut self, other: &Metrics) {
        self.span = match (self.span, other.span) {
            (Some(ours), Some(theirs)) => Some(ours.joined(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.latency.merge(&other.latency);
        self.lag.merge(&other.lag);
        self.response.merge(&other.response);
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.successes += other.successes;
        self.retries += other.retries;
        self.codes.merge(&other.codes);
        self.errors.merge(&other.errors);
        self.shortages.merge(other.shortages);
        self.buckets = match (self.buckets.take(), &other.buckets) {
            (Some(ours), Some(theirs)) => ours.merged(theirs),
            _ => None,
        };
        self.slices = match (self.slices.take(), &other.slices) {
            (Some(ours), Some(theirs)) => Some(ours.merged(theirs)),
            _ => None,
        };
        self.planned.merge(&other.planned);
        self.origins.merge(&other.origins);
        self.circumstances.merge(&other.circumstances);
    }

    /// Number of requests, failed ones included.
    pub fn requests(&self) -> u64 {
        self.latency.count()
    }

    /// Number of requests whose status is a success, as
    /// [`is_success`](crate::record::Record::is_success) has it.
    pub fn successes(&self) -> u64 {
        self.successes
    }

    /// Share of the requests that succeeded, in [0, 1].
    pub fn success(&self) -> f64 {
        ratio(self.successes() as f64, self.requests())
    }

    /// The instants that the records cover; None without records.
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// From the first release to the last.
    pub fn duration(&self) -> Duration {
        self.span.map_or(Duration::ZERO, Span::duration)
    }

    /// From the last release to the last end of a response.
    pub fn wait(&self) -> Duration {
        self.span.map_or(Duration::ZERO, Span::wait)
    }

    /// Requests released in a second of [`Metrics::duration`]; their mere number where all were
    /// released in one instant.
    pub fn rate(&self) -> f64 {
        self.per_second(self.requests(), self.duration())
    }

    /// Successes in a second of duration and wait together; their mere number where all requests
    /// were released in one instant.
    pub fn throughput(&self) -> f64 {
        self.per_second(self.successes(), self.duration().saturating_add(self.wait()))
    }

    /// Divides unless all requests were released in one instant: a single request has no rate.
    fn per_second(&self, count: u64, time: Duration) -> f64 {
        let seconds = if self.duration().is_zero() { 1.0 } else { time.as_secs_f64() };
        count as f64 / seconds
    }

    /// Latencies of all requests, failed ones included.
    pub fn latency(&self) -> &Distribution {
        &self.latency
    }

    /// How late the generator itself released the requests; None where no record tells.
    pub fn lag(&self) -> Option<&Distribution> {
        (self.lag.count() > 0).then_some(&self.lag)
    }

    /// Latencies counted from the schedule; None where no record knows its lag.
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

    /// Times that requests were sent again because a kept connection had just been closed.
    pub fn retries(&self) -> u64 {
        self.retries
    }

    /// Each status that occurred with the number of its requests, by rising status; status 0
    /// stands for none.
    pub fn codes(&self) -> impl Iterator<Item = (u16, u64)> {
        self.codes.iter()
    }

    /// Each error text that occurred with the number of its requests, the first seen first. Texts
    /// that differ only in a port of our own end count as one, which leaves that end out.
    ///
    /// After 1000 texts the requests with any other are counted together under a last one,
    /// `other errors`.
    pub fn errors(&self) -> impl Iterator<Item = (&str, u64)> {
        self.errors.iter()
    }

    /// Latencies counted in buckets; None where none were asked for.
    pub fn buckets(&self) -> Option<&BucketCounts> {
        self.buckets.as_ref()
    }

    /// Returns whether it keeps what intervals are made of.
    pub fn is_sliced(&self) -> bool {
        self.slices.is_some()
    }

    /// Returns what the figures might have been, of which intervals are made; the same for the same
    /// seed. None without records and unless they were [sliced](Metrics::sliced).
    pub fn resampled(&self, seed: Seed) -> Option<Resampled> {
        Resampled::of(self, self.slices.as_ref()?, seed)
    }

    /// What was planned: of several attacks with the same rate and duration, the sum of their
    /// requests, and the command, version and host that they have in common. None without a plan and
    /// where the plans differ.
    pub fn plan(&self) -> Option<&Plan> {
        self.planned.agreed()
    }

    /// What the attacks were begun by and where, each once, the first seen first; those of the first
    /// eight that differ.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.origins.iter()
    }

    /// What the attacks knew at their ends, each fact as it was at its worst; of the engines' CPU times
    /// the greatest. None where none told.
    pub fn facts(&self) -> Option<&Facts> {
        (self.circumstances.attacks() > 0).then(|| self.circumstances.worst())
    }

    /// The limit that ended an attack before its plan did, and what was found; None where none did.
    pub fn aborted(&self) -> Option<&str> {
        self.circumstances.worst().aborted.as_deref()
    }

    /// Whether the generator kept up with the schedule; None where nothing was scheduled, as far as
    /// the records tell.
    pub fn verdict(&self) -> Option<Verdict> {
        verdict::of(self)
    }

    /// The percentile of lag by which the verdict judges, and the most that it lets pass; None where
    /// nothing was scheduled.
    pub fn lag_limit(&self) -> Option<(u32, Duration)> {
        verdict::lag_limit(self)
    }
}

fn sum(bytes: &[u64]) -> u128 {
    bytes.iter().map(|bytes| u128::from(*bytes)).sum()
}

/// Divides by a number of requests, of which no requests give nothing.
fn ratio(sum: f64, requests: u64) -> f64 {
    if requests == 0 { 0.0 } else { sum / requests as f64 }
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
