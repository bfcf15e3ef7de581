//! Cells of tables: foreign texts and durations.

use std::time::Duration;

use crate::markup::escape::visible;
use crate::markup::html::Cell;
use crate::markup::redact::cut;
use crate::metrics::BoundedTime;
use crate::units::GoDuration;

/// Maximum length in bytes of a name, a URL or an error text on a page.
const MAX_TEXT_BYTES: usize = 500;

/// Returns a cell with foreign text.
pub(super) fn text(text: &str) -> Cell {
    Cell::text(shown_text(text))
}

/// Returns a foreign text as a page shows it, cut to a bounded length.
pub(super) fn shown_text(text: &str) -> String {
    visible(&cut(text, MAX_TEXT_BYTES))
}

/// Returns a cell with a time that may be a lower bound.
pub(super) fn bounded(time: BoundedTime) -> Cell {
    Cell::figure(time.to_string(), time.time.as_nanos())
}

/// Returns a cell with a duration.
pub(super) fn duration(duration: Duration) -> Cell {
    Cell::figure(GoDuration::rounded(duration).to_string(), duration.as_nanos())
}
