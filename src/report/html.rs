//! The HTML report: the text report and charts on one page.

use std::io;

use super::{Contents, groups, text, thresholds};
use crate::error::Error;
use crate::page::Page;

/// Writes a page with the text report, tables of the thresholds and the groups, and the given charts, each an SVG document that we drew
/// ourselves, in one file that opens without a network.
///
/// # Errors
///
/// [`Error::Io`] where the output does not take it.
pub fn write_html<'a>(
    contents: impl Into<Contents<'a>>,
    charts: &[String],
    title: &str,
    out: &mut dyn io::Write,
) -> Result<(), Error> {
    let mut page = Page::new(title);
    let Contents { whole, groups, judgement } = contents.into();
    page.text(&text::figures(whole));
    if let Some(judgement) = judgement {
        page.table(&thresholds::head(), &thresholds::rows(judgement));
    }
    if let Some(groups) = groups {
        page.table(&groups::head(groups), &groups::rows(groups, whole));
    }
    for chart in charts {
        page.svg(chart);
    }
    page.write(out)?;
    Ok(())
}
