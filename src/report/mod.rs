//! Reports for people, for programs and for CI.

mod parts;
mod text;
mod json;
mod hist;
mod hdrplot;
mod html;
mod junit;
mod markdown;
mod locust;
pub mod terminal;
mod report_type;

pub(crate) use html::{outcome, runs_table};
pub(crate) use json::escape_controls;
pub(crate) use parts::intervals::format_statistic;
pub(crate) use text::shorten_stages;

pub use crate::report::report_type::Kind;
pub use html::{Extras, write_html};

use std::io;

use crate::error::Error;
use crate::metrics::{Groups, Metrics};
use crate::threshold::ThresholdResults;

/// Title of an HTML report without its own title.
const TITLE: &str = "drumfire report";

/// The content of a report.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The statistics of all records.
    pub whole: &'a Metrics,
    /// The same records by group; None if they were not grouped.
    pub groups: Option<&'a Groups>,
    /// The same records by flow; None without flows, and if they were not grouped by flow.
    pub flows: Option<&'a Groups>,
    /// The outcomes of the thresholds; None if there are none.
    pub thresholds: Option<&'a ThresholdResults>,
}

impl<'a> From<&'a Metrics> for Contents<'a> {
    fn from(whole: &'a Metrics) -> Self {
        Self { whole, groups: None, flows: None, thresholds: None }
    }
}

/// Writes a report of one kind. The metrics must count the buckets of [`Kind::buckets`] for the
/// report to include them. Groups are included if [`Kind::shows_groups`] is true. An HTML report
/// has no charts; [`write_html`] accepts charts.
///
/// # Errors
///
/// [`Error::Io`] if the output cannot be written.
pub fn write<'a>(
    kind: &Kind,
    contents: impl Into<Contents<'a>>,
    out: &mut dyn io::Write,
) -> Result<(), Error> {
    let contents = contents.into();
    let report = match kind {
        Kind::Text => text::render(contents),
        Kind::Json(_) => json::render(contents)?,
        Kind::Hist(_) => hist::render(contents.whole),
        Kind::Hdrplot => hdrplot::render(contents.whole),
        Kind::Junit => junit::render(contents),
        Kind::Markdown => markdown::render(contents),
        Kind::Csv => locust::statistics(contents)?,
        Kind::FailuresCsv => locust::failures(contents)?,
        Kind::Html => {
            let extras = Extras { title: TITLE, ..Extras::default() };
            return write_html(contents, &extras, out);
        }
    };
    out.write_all(report.as_bytes())?;
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
