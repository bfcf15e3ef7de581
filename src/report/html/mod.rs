//! The HTML report: a page that opens without a network, to be sent to others.

mod head;
mod tables;
mod origin;

pub(crate) use tables::runs as runs_table;

use std::io;

use crate::error::Error;
use crate::markup::html::Page;
use crate::metrics::{Slowest, Summary};
use crate::report::{Contents, text};

/// What a page holds beside the figures of a report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// Its title.
    pub title: &'a str,
    /// Charts, each an SVG document that we drew ourselves.
    pub charts: &'a [String],
    /// The runs that the records are of, where they are several; else empty.
    pub runs: &'a [Summary<'a>],
    /// Whether the runs are to be told apart, without figures of them all together.
    pub is_by_run: bool,
    /// The slowest hits; None where they were not kept.
    pub slowest: Option<&'a Slowest>,
    /// The command that makes the page; empty where it is not to be told.
    pub command: &'a str,
}

/// Writes a page: a head line, the charts, tables of groups, errors and slow requests, the text
/// report, and where it all comes from.
///
/// # Errors
///
/// [`Error::Io`] where the output does not take it.
pub fn write_html<'a>(
    contents: impl Into<Contents<'a>>,
    extras: &Extras<'_>,
    out: &mut dyn io::Write,
) -> Result<(), Error> {
    let contents = contents.into();
    let mut page = Page::new(extras.title);
    head::add(&mut page, contents, extras);
    if !extras.charts.is_empty() {
        page.section("Charts");
        extras.charts.iter().for_each(|chart| page.svg(chart));
    }
    tables::add(&mut page, contents, extras);
    if !extras.is_by_run {
        page.section("All figures");
        page.text(&text::figures_with(contents.whole, &tables::brief_errors(contents.whole)));
    }
    origin::add(&mut page, contents.whole, extras.command);
    page.write(out).map_err(Error::Io)
}
