//! The HTML report: the text report and charts on one page.

use std::io;

use super::text;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::page::Page;

/// Writes a page with the text report and the given charts, each an SVG document that we drew
/// ourselves, in one file that opens without a network.
///
/// # Errors
///
/// [`Error::Io`] where the output does not take it.
pub fn write_html(
    metrics: &Metrics,
    charts: &[String],
    title: &str,
    out: &mut dyn io::Write,
) -> Result<(), Error> {
    let mut page = Page::new(title);
    page.text(&text::render(metrics));
    for chart in charts {
        page.svg(chart);
    }
    page.write(out)?;
    Ok(())
}
