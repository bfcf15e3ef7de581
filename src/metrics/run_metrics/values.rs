//! The values of metrics.

use std::time::Duration;

use crate::facts::Facts;
use crate::metrics::histogram::Distribution;
use crate::metrics::histogram::times::Times;
use crate::metrics::histogram::user_buckets::BucketCounts;
use crate::metrics::over_time::slices::Slices;
use crate::metrics::run::closed_loop::{ClosedLoop, Found};
use crate::metrics::run::facts::RunFacts;
use crate::metrics::run::plan::RunPlan;
use crate::metrics::run::provenance::Origin;
use crate::metrics::run_metrics::{Bytes, Metrics};
use crate::metrics::tally::calls::Calls;
use crate::metrics::tally::exhaustion::Exhaustion;
use crate::metrics::tally::flows::{Checks, Flows};
use crate::metrics::tally::kinds::RecordKind;
use crate::metrics::tally::time_span::Span;
use crate::plan::Plan;

impl Metrics {
    /// Number of requests, failed ones included.
    pub fn requests(&self) -> u64 {
        self.times.latency.count()
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

    /// Latencies of all requests, failed ones included, as Vegeta has them: that of a request
    /// without an answer is how long it was waited for.
    pub fn latency(&self) -> &Distribution {
        self.times.latency.all()
    }

    /// Latencies of all requests, in which those without an answer are lower bounds.
    pub fn latencies(&self) -> &Times {
        &self.times.latency
    }

    /// How late the generator released the requests; None if no record has its lag.
    pub fn lag(&self) -> Option<&Distribution> {
        (self.lag.count() > 0).then_some(&self.lag)
    }

    /// Latencies counted from the schedule, in which those without an answer are lower bounds; None if
    /// no record has its lag.
    pub fn response(&self) -> Option<&Times> {
        Some(&self.times.response).filter(|response| response.count() > 0)
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
        self.all_flows.as_deref().or(self.flows.as_deref())
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

    /// Number of hits that failed because a resource was exhausted, also of those that only opened
    /// a stream.
    pub(in crate::metrics) fn exhaustion(&self) -> Exhaustion {
        let mut sum = self.exhaustion;
        let aside = self.kinds.parts().filter(|(kind, _)| !kind.is_main());
        aside.for_each(|(_, part)| sum.merge(part.exhaustion));
        sum
    }

    /// The calls and messages; None if all requests are plain HTTP requests.
    pub fn calls(&self) -> Option<&Calls> {
        self.calls.as_deref()
    }

    /// The metrics of the records of one kind. None if there are none.
    pub fn kind(&self, kind: RecordKind) -> Option<&Metrics> {
        self.kinds.part(kind).or_else(|| self.kinds.is_only(kind).then_some(self))
    }

    /// Each kind of record with its metrics; none if all requests are plain HTTP requests.
    pub fn kinds(&self) -> impl Iterator<Item = (RecordKind, &Metrics)> {
        let is_plain = self.kinds.is_plain();
        let of_kind = move |kind| Some((kind, self.kind(kind).filter(|_| !is_plain)?));
        RecordKind::ALL.into_iter().filter_map(of_kind)
    }

    /// Returns these metrics, or those of the only kind if all records only open streams.
    pub(in crate::metrics) fn of_any_kind(&self) -> &Metrics {
        self.kinds.only_aside().unwrap_or(self)
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
    pub(in crate::metrics) fn slices(&self) -> Option<&Slices> {
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
    pub(in crate::metrics) fn plans(&self) -> &RunPlan {
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
    pub(in crate::metrics) fn all_facts(&self) -> &RunFacts {
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

/// Divides by a number of requests; 0 without requests.
fn ratio(sum: f64, requests: u64) -> f64 {
    if requests == 0 { 0.0 } else { sum / requests as f64 }
}
