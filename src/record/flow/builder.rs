//! Builds the columns of flows.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::builder::{
    BooleanBuilder, DurationNanosecondBuilder, UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::{Array, ArrayRef};

use crate::record::flow::FlowStep;
use crate::record::texts::WordsBuilder;

/// Collects the places of requests in their flows.
pub struct FlowBuilder {
    flow: WordsBuilder,
    flow_seq: UInt64Builder,
    flow_hit: UInt32Builder,
    step: UInt16Builder,
    attempt: UInt16Builder,
    checks: UInt16Builder,
    checks_failed: UInt16Builder,
    flow_time: DurationNanosecondBuilder,
    flow_thought: DurationNanosecondBuilder,
    flow_failed: BooleanBuilder,
}

impl FlowBuilder {
    /// Approximate bytes of a record.
    pub const FIXED_BYTES: usize = 48;

    /// Returns an empty builder.
    pub fn new() -> Self {
        Self {
            flow: WordsBuilder::new(),
            flow_seq: UInt64Builder::new(),
            flow_hit: UInt32Builder::new(),
            step: UInt16Builder::new(),
            attempt: UInt16Builder::new(),
            checks: UInt16Builder::new(),
            checks_failed: UInt16Builder::new(),
            flow_time: DurationNanosecondBuilder::new(),
            flow_thought: DurationNanosecondBuilder::new(),
            flow_failed: BooleanBuilder::new(),
        }
    }

    /// Adds the values of one record; nulls for a request without a flow.
    pub fn push(&mut self, step: Option<&FlowStep<'_>>) {
        match step {
            Some(step) => self.flow.push(step.flow),
            // Any key will do: it is masked by a null.
            None => self.flow.push_key(0),
        }
        self.flow_seq.append_option(step.map(|step| step.flow_seq));
        self.flow_hit.append_option(step.map(|step| step.flow_hit));
        self.step.append_option(step.map(|step| step.step));
        self.attempt.append_option(step.map(|step| step.attempt));
        self.checks.append_option(step.and_then(|step| step.checks));
        self.checks_failed.append_option(step.and_then(|step| step.checks_failed));
        let ended = step.and_then(|step| step.ended);
        self.flow_time.append_option(ended.map(|end| nanos(end.time)));
        self.flow_thought.append_option(ended.map(|end| nanos(end.thought)));
        self.flow_failed.append_option(ended.map(|end| end.failed));
    }

    /// Returns the columns since the last finish, in the order of the schema.
    pub fn finish(&mut self) -> Vec<ArrayRef> {
        let flow_seq = self.flow_seq.finish();
        vec![
            Arc::new(self.flow.finish_masked(flow_seq.nulls().cloned())),
            Arc::new(flow_seq),
            Arc::new(self.flow_hit.finish()),
            Arc::new(self.step.finish()),
            Arc::new(self.attempt.finish()),
            Arc::new(self.checks.finish()),
            Arc::new(self.checks_failed.finish()),
            Arc::new(self.flow_time.finish()),
            Arc::new(self.flow_thought.finish()),
            Arc::new(self.flow_failed.finish()),
        ]
    }
}

/// Returns whole nanoseconds, at most 292 years.
pub fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
