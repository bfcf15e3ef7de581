//! Finds the columns of a batch by name and checks their types.

use std::fmt::Display;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{Array, BinaryArray, BooleanArray, PrimitiveArray, RecordBatch};
use arrow_schema::DataType;

use crate::record::headers::StoredHeaders;
use crate::record::texts::Texts;

/// Reason to refuse the columns of a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnProblem {
    /// A required column is missing.
    #[error("column '{0}' is missing")]
    Missing(&'static str),
    /// A column that must be complete has nulls.
    #[error("column '{0}' has nulls")]
    Nulls(&'static str),
    /// A column has a wrong type.
    #[error("column '{name}' is of type {found}, expected {expected}")]
    Type {
        /// Name of the column.
        name: &'static str,
        /// Type in the batch.
        found: DataType,
        /// Types that the column may have.
        expected: String,
    },
}

/// Finds columns by name. A column that is not required is None if it is missing.
pub struct ColumnReader<'a>(pub &'a RecordBatch);

impl ColumnReader<'_> {
    /// Returns a required column of numbers without nulls.
    pub fn required<T: ArrowPrimitiveType>(
        &self,
        name: &'static str,
    ) -> Result<PrimitiveArray<T>, ColumnProblem> {
        self.complete(name)?.ok_or(ColumnProblem::Missing(name))
    }

    /// Returns a column of numbers without nulls.
    pub fn complete<T: ArrowPrimitiveType>(
        &self,
        name: &'static str,
    ) -> Result<Option<PrimitiveArray<T>>, ColumnProblem> {
        let column = self.numbers(name)?;
        if column.as_ref().is_some_and(|column: &PrimitiveArray<T>| column.null_count() > 0) {
            return Err(ColumnProblem::Nulls(name));
        }
        Ok(column)
    }

    /// Returns a column of numbers.
    pub fn numbers<T: ArrowPrimitiveType>(
        &self,
        name: &'static str,
    ) -> Result<Option<PrimitiveArray<T>>, ColumnProblem> {
        self.typed(name, &T::DATA_TYPE, |column| column.as_primitive_opt().cloned())
    }

    /// Returns a column of truth values.
    pub fn booleans(&self, name: &'static str) -> Result<Option<BooleanArray>, ColumnProblem> {
        self.typed(name, &"Boolean", |column| column.as_boolean_opt().cloned())
    }

    /// Returns a column of texts.
    pub fn texts(&self, name: &'static str) -> Result<Option<Texts>, ColumnProblem> {
        self.typed(name, &"Utf8 or Dictionary<Int32, Utf8>", Texts::of)
    }

    /// Returns a column of bodies.
    pub fn bodies(&self, name: &'static str) -> Result<Option<BinaryArray>, ColumnProblem> {
        self.typed(name, &"Binary", |column| column.as_binary_opt().cloned())
    }

    /// Returns a column of headers.
    pub fn headers(&self, name: &'static str) -> Result<Option<StoredHeaders>, ColumnProblem> {
        self.typed(name, &"Map of Utf8 or Dictionary<Int32, Utf8>", StoredHeaders::of)
    }

    fn typed<C>(
        &self,
        name: &'static str,
        expected: &dyn Display,
        cast: impl FnOnce(&dyn Array) -> Option<C>,
    ) -> Result<Option<C>, ColumnProblem> {
        let Some(column) = self.0.column_by_name(name) else { return Ok(None) };
        let typed = cast(column.as_ref()).ok_or_else(|| ColumnProblem::Type {
            name,
            found: column.data_type().clone(),
            expected: expected.to_string(),
        });
        typed.map(Some)
    }
}

/// Returns the value of a row. None if it is null, or if the column is not in the batch.
///
/// # Panics
///
/// If the column does not have the row.
pub fn value<T: ArrowPrimitiveType>(
    column: &Option<PrimitiveArray<T>>,
    row: usize,
) -> Option<T::Native> {
    column.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

/// Returns the nanoseconds of a duration; 0 for a negative one, which no record has.
pub fn nanos(nanos: i64) -> u64 {
    u64::try_from(nanos).unwrap_or(0)
}

/// Returns a duration of nanoseconds; zero for a negative one, which no record has.
pub fn duration(ns: i64) -> Duration {
    Duration::from_nanos(nanos(ns))
}
