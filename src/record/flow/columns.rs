//! Reads the columns of flows.

use arrow_array::types::{DurationNanosecondType, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, BooleanArray, PrimitiveArray};

use crate::record::column_reader::{ColumnProblem, ColumnReader, duration, value};
use crate::record::flow::{FlowEnd, FlowStep};
use crate::record::schema;
use crate::record::texts::Texts;

/// The columns of flows of a batch.
#[derive(Clone, Debug)]
pub struct FlowColumns {
    /// Null for a request that is in no flow, and then no other column counts.
    pub flow_hit: PrimitiveArray<UInt32Type>,
    /// None if the column is not in the batch, as for all columns below.
    pub flow: Option<Texts>,
    flow_seq: Option<PrimitiveArray<UInt64Type>>,
    step: Option<PrimitiveArray<UInt16Type>>,
    attempt: Option<PrimitiveArray<UInt16Type>>,
    pub checks: Option<PrimitiveArray<UInt16Type>>,
    checks_failed: Option<PrimitiveArray<UInt16Type>>,
    flow_time: Option<PrimitiveArray<DurationNanosecondType>>,
    flow_thought: Option<PrimitiveArray<DurationNanosecondType>>,
    flow_failed: Option<BooleanArray>,
}

impl FlowColumns {
    /// Finds the columns of flows; None if the batch does not number the requests of flows.
    pub fn find(reader: &ColumnReader<'_>) -> Result<Option<Self>, ColumnProblem> {
        let Some(flow_hit) = reader.numbers(schema::FLOW_HIT)? else { return Ok(None) };
        Ok(Some(Self {
            flow_hit,
            flow: reader.texts(schema::FLOW)?,
            flow_seq: reader.numbers(schema::FLOW_SEQ)?,
            step: reader.numbers(schema::STEP)?,
            attempt: reader.numbers(schema::ATTEMPT)?,
            checks: reader.numbers(schema::CHECKS)?,
            checks_failed: reader.numbers(schema::CHECKS_FAILED)?,
            flow_time: reader.numbers(schema::FLOW_TIME)?,
            flow_thought: reader.numbers(schema::FLOW_THOUGHT)?,
            flow_failed: reader.booleans(schema::FLOW_FAILED)?,
        }))
    }

    /// Returns the place of a request in its flow; None if it is in no flow.
    ///
    /// # Panics
    ///
    /// If the columns do not have the row.
    pub fn step(&self, row: usize) -> Option<FlowStep<'_>> {
        self.flow_hit.is_valid(row).then(|| FlowStep {
            flow: self.flow.as_ref().and_then(|flow| flow.at(row)).unwrap_or(""),
            flow_seq: value(&self.flow_seq, row).unwrap_or(0),
            flow_hit: self.flow_hit.value(row),
            step: value(&self.step, row).unwrap_or(0),
            attempt: value(&self.attempt, row).unwrap_or(0),
            checks: value(&self.checks, row),
            checks_failed: value(&self.checks_failed, row),
            ended: self.end(row),
        })
    }

    /// Returns whether the step has checks.
    ///
    /// # Panics
    ///
    /// If the columns do not have the row.
    pub fn is_checked(&self, row: usize) -> bool {
        let is_valid = |checks: &PrimitiveArray<UInt16Type>| checks.is_valid(row);
        self.flow_hit.is_valid(row) && self.checks.as_ref().is_some_and(is_valid)
    }

    /// Returns how the flow ended; None unless the record is the last one of a flow.
    fn end(&self, row: usize) -> Option<FlowEnd> {
        let failed = self.flow_failed.as_ref().filter(|failed| failed.is_valid(row));
        Some(FlowEnd {
            time: duration(value(&self.flow_time, row)?),
            thought: value(&self.flow_thought, row).map(duration).unwrap_or_default(),
            failed: failed.is_some_and(|failed| failed.value(row)),
        })
    }
}
