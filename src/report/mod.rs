//! READ: text, JSON, histogram, hdrplot and HTML reports.

mod kind;
mod table;
mod text;
mod json;
mod hist;
mod hdrplot;
mod html;

pub use html::write_html;
pub use kind::Kind;

use std::io;

use crate::error::Error;
use crate::metrics::Metrics;

/// Title of an HTML report that is given no other.
const TITLE: &str = "drumfire report";

/// Writes a report of one kind. The metrics must count in
/// [`Kind::buckets`] for the report to show them. An HTML report has no charts; [`write_html`]
/// takes some.
///
/// # Errors
///
/// [`Error::Io`] where the output does not take it.
pub fn write(kind: &Kind, metrics: &Metrics, out: &mut dyn io::Write) -> Result<(), Error> {
    let report = match kind {
        Kind::Text => text::render(metrics),
        Kind::Json(_) => json::render(metrics)?,
        Kind::Hist(_) => hist::render(metrics),
        Kind::Hdrplot => hdrplot::render(metrics),
        Kind::Html => return write_html(metrics, &[], TITLE, out),
    };
    out.write_all(report.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests;
