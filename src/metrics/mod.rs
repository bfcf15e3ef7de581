//! Metrics: a stream of records folded to constant size.
//!
//! Regardless of the number of records, [`Metrics`] keeps three histograms, a count for each status
//! and bucket, and a bounded set of error texts; of flows two more histograms and some counts, and of
//! calls three. If requests have no answer, it keeps two more for those with one. Of WebSockets, it
//! keeps up to 500,000 instants at which they were opened or ended. If a stream has several kinds of
//! records, it keeps the same for each kind.

mod quantile;
mod histogram;
mod over_time;
mod tally;
mod run;
mod run_metrics;
mod statistic;
mod summary;
mod verdict;
mod bootstrap;
mod groups;
mod last_interval;

pub use bootstrap::{Confidence, ConfidenceInterval, Resampled};
pub use groups::{By, GroupName, Groups, MAX_GROUPS};
pub use histogram::coarse::{Bucket, CoarseHistogram};
pub use histogram::times::{BoundedTime, TimeQuantiles, Times};
pub use histogram::user_buckets::{BucketCounts, Buckets};
pub use histogram::{Distribution, Quantiles};
pub use last_interval::{Interval, IntervalCollector};
pub(crate) use over_time::bins::{Bin, Bins};
pub use over_time::history::{History, Moment};
pub(crate) use over_time::timeline::{Bounds, Resolution};
pub use over_time::timeline::{Slice, Timeline};
pub use run::closed_loop::{ClosedLoop, OpenLoop};
pub use run::provenance::Origin;
pub use run_metrics::{Bytes, Metrics};
pub use statistic::Statistic;
pub use summary::Summary;
pub use tally::calls::Calls;
pub use tally::failing_requests::FailingRequests;
pub use tally::flows::{Checks, Flows};
pub use tally::kinds::RecordKind;
pub(crate) use tally::request_times::RequestTimes;
pub use tally::slowest::{MAX_SLOW_HITS, SlowHit, Slowest};
pub use tally::sockets::Sockets;
pub use tally::sockets::deliveries::Deliveries;
pub use tally::sockets::recovery::Recovery;
pub use tally::time_span::Span;
pub use verdict::{Reason, Verdict};

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
