//! Labels: the texts by which records are told apart, looked at as numbers.

use std::ops::Range;

use super::Batch;
use super::texts::Texts;

/// A column of texts by which records can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Name of the attack.
    Attack,
    /// The target's own name.
    Name,
    /// HTTP method.
    Method,
    /// URL as the target has it.
    Url,
}

/// The texts of a run of records in one column.
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    /// None where the column is not there.
    texts: Option<&'a Texts>,
    /// Ends at the end of the column at most.
    range: Range<usize>,
}

impl<'a> Labels<'a> {
    pub(super) fn new(batch: &'a Batch, label: Label, range: Range<usize>) -> Self {
        let column = match label {
            Label::Attack => &batch.attack,
            Label::Name => &batch.name,
            Label::Method => &batch.method,
            Label::Url => &batch.url,
        };
        Self { texts: column.as_ref(), range }
    }

    /// Returns the text of a place in the run, from 0; empty where there is none.
    ///
    /// # Panics
    ///
    /// Where the run has no such place.
    pub fn at(&self, place: usize) -> &'a str {
        self.texts.and_then(|texts| texts.at(self.range.start + place)).unwrap_or("")
    }

    /// Returns a number that two places of the run share only where their texts are the same; None
    /// where only the texts themselves tell.
    ///
    /// # Panics
    ///
    /// Where the run has no such place.
    pub fn number(&self, place: usize) -> Option<i64> {
        self.texts.map_or(Some(Texts::NO_WORD), |texts| texts.number(self.range.start + place))
    }
}
