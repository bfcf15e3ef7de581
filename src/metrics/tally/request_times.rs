//! The times of requests: latencies, and response times measured from the schedule.

use crate::failure_names::is_unanswered;
use crate::metrics::histogram::times::Times;
use crate::record::Rows;

/// The times of requests, folded to constant size.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestTimes {
    /// From the release.
    pub latency: Times,
    /// From the slot; only of records with a known lag.
    pub response: Times,
}

impl RequestTimes {
    /// Adds the times of a run of records.
    pub fn add_rows(&mut self, rows: &Rows<'_>) {
        let is_without_answer = |failure: &(usize, &str)| {
            let (at, error) = *failure;
            is_unanswered(&rows.outcome(at, Some(error)))
        };
        let mut unanswered = rows.errors().filter(|it| is_without_answer(it)).peekable();
        if unanswered.peek().is_none() {
            self.latency.add_answered(rows.latencies_ns());
            return self.response.add_answered(rows.responses_ns());
        }
        let mut is_answered = vec![true; rows.len()];
        unanswered.for_each(|(at, _)| is_answered[at] = false);
        let answers = is_answered.iter().copied();
        self.latency.add_all(rows.latencies_ns().zip(answers.clone()));
        let times = rows.lags_ns().zip(rows.latencies_ns()).zip(answers);
        self.response.add_all(times.filter_map(|((lag_ns, ns), is_answered)| {
            Some((ns.saturating_add(lag_ns?), is_answered))
        }));
    }

    /// Adds the times of another part of the same run.
    pub fn merge(&mut self, other: &Self) {
        self.latency.merge(&other.latency);
        self.response.merge(&other.response);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure_names::TIMEOUT_AWAITING_HEAD;
    use crate::metrics::samples::{Sample, batch};

    /// Returns 100 requests of 1 to 100 ms, 1 ms late, of which the slowest `n_timeouts` got no answer.
    fn requests(n_timeouts: u64) -> RequestTimes {
        let sample = |ms: u64| {
            let is_answered = ms + n_timeouts <= 100;
            Sample {
                code: if is_answered { 200 } else { 0 },
                latency_ns: if is_answered { ms } else { 30_000 } * 1_000_000,
                lag_ns: (!ms.is_multiple_of(10)).then_some(1_000_000),
                error: if is_answered { "" } else { TIMEOUT_AWAITING_HEAD }.to_owned(),
                ..Sample::default()
            }
        };
        let (batch, mut times) =
            (batch(&(1..=100).map(sample).collect::<Vec<_>>()), RequestTimes::default());
        times.add_rows(&batch.rows(0..batch.len()));
        times
    }

    #[test]
    fn timeouts_are_lower_bounds_of_latency_and_response() {
        let found = |times: &RequestTimes, quantile| {
            [&times.latency, &times.response].map(|times| times.quantile(quantile).to_string())
        };
        let (none, few) = (requests(0), requests(3));
        assert_eq!(found(&none, 1.0), ["100ms", "100ms"]);
        assert_eq!(found(&few, 0.5), found(&none, 0.5));
        assert_eq!(found(&few, 1.0), ["≥30s", "≥30.001s"]);
        assert_eq!(none.latency.max().to_string(), "100ms");
        assert_eq!(few.response.count(), 90);
    }
}
