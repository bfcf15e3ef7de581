//! Labels: the texts by which records are grouped.

use std::ops::Range;

use crate::record::Batch;
use crate::record::texts::Texts;

/// A column of texts by which records can be grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Name of the attack.
    Attack,
    /// Name of the target.
    Name,
    /// HTTP method.
    Method,
    /// URL of the target.
    Url,
    /// Name of the flow.
    Flow,
}

/// The texts of one column for a range of records.
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    /// None if the column is not in the batch.
    texts: Option<&'a Texts>,
    /// Within the column.
    range: Range<usize>,
}

impl<'a> Labels<'a> {
    pub(super) fn new(batch: &'a Batch, label: Label, range: Range<usize>) -> Self {
        let texts = match label {
            Label::Attack => batch.attack.as_ref(),
            Label::Name => batch.name.as_ref(),
            Label::Method => batch.method.as_ref(),
            Label::Url => batch.url.as_ref(),
            Label::Flow => batch.flow.as_ref().and_then(|columns| columns.flow.as_ref()),
        };
        Self { texts, range }
    }

    /// Returns the text at an index, from 0; empty if there is none.
    ///
    /// # Panics
    ///
    /// If the index is outside of the range.
    pub fn at(&self, index: usize) -> &'a str {
        self.texts.and_then(|texts| texts.at(self.range.start + index)).unwrap_or("")
    }

    /// Returns a number that is equal for two records of the range only if their texts are equal;
    /// None if the texts themselves must be compared.
    ///
    /// # Panics
    ///
    /// If the index is outside of the range.
    pub fn number(&self, index: usize) -> Option<i64> {
        self.texts.map_or(Some(Texts::NO_WORD), |texts| texts.number(self.range.start + index))
    }
}
