//! READ: text, JSON, histogram and hdrplot reports.

mod kind;
mod table;
mod text;
mod json;
mod hist;
mod hdrplot;

pub use kind::Kind;

use std::io;

use crate::error::Error;
use crate::metrics::Metrics;

/// Writes a report of one kind. The metrics must count in
/// [`Kind::buckets`] for the report to show them.
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
    };
    out.write_all(report.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests;
