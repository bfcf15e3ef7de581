//! Reasons to refuse the bytes of an Arrow stream, and their texts.

use crate::record::ColumnProblem;

/// Reason to refuse a message of an Arrow stream.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The bytes after a stream begin no other stream.
    #[error("what follows is not an Arrow stream")]
    Foreign,
    /// The head of a message is damaged.
    #[error("the head of its batch is damaged")]
    Head,
    /// A compressed column claims a length that its bytes cannot have.
    #[error("a column claims to be larger than its compressed bytes allow")]
    ColumnLength,
    /// The body of a message is damaged.
    #[error("the bytes of its batch are damaged")]
    Body,
    /// The columns are not those of results.
    #[error(transparent)]
    Column(#[from] ColumnProblem),
}
