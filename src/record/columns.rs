//! The columns that a reader wants of a stream.

use arrow_schema::Schema;

use crate::record::column_reader::ColumnProblem;
use crate::record::schema;

/// The columns that a reader wants. Values of other columns may be missing in the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// All columns.
    All,
    /// All but headers and body, for charts.
    Figures,
    /// The columns that are counted and summed: those that [`Rows`](crate::record::Rows) has,
    /// without its labels.
    Numbers,
    /// Those of [`Columns::Numbers`], and the labels.
    Labelled,
    /// Those of [`Columns::Labelled`], and the number of the hit, which identifies a record.
    Identified,
}

impl Columns {
    /// Returns the indices of the wanted columns in the schema of a stream.
    ///
    /// # Errors
    ///
    /// If the schema is not that of a stream of results.
    pub(crate) fn select(self, schema: &Schema) -> Result<Vec<usize>, ColumnProblem> {
        if let Some(name) = schema::REQUIRED.iter().find(|name| schema.index_of(name).is_err()) {
            return Err(ColumnProblem::Missing(name));
        }
        let fields = schema.fields().iter().enumerate();
        Ok(fields.filter(|(_, field)| self.includes(field.name())).map(|(idx, _)| idx).collect())
    }

    fn includes(self, name: &str) -> bool {
        match self {
            Columns::All => true,
            Columns::Figures => ![schema::HEADERS, schema::BODY].contains(&name),
            Columns::Numbers => schema::NUMBERS.contains(&name),
            Columns::Labelled => schema::NUMBERS.contains(&name) || schema::LABELS.contains(&name),
            Columns::Identified => name == schema::SEQ || Columns::Labelled.includes(name),
        }
    }
}
