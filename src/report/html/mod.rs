//! The HTML report: one self-contained page that opens without a network.

mod cells;
mod errors;
mod slowest;
mod flows;
mod calls;
mod sockets;
mod tables;
mod head;
pub mod provenance;

pub(crate) use head::outcome;
pub(crate) use tables::runs as runs_table;

use std::io;

use crate::error::Error;
use crate::markup::html::Page;
use crate::metrics::{FailingRequests, Slowest, Summary};
use crate::report::{Contents, text};

/// The content of a page in addition to the statistics of a report.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// Title of the page.
    pub title: &'a str,
    /// Charts; each is an SVG document rendered by [`plot`](crate::plot).
    pub charts: &'a [String],
    /// Summaries of the runs, if the records come from several; otherwise empty.
    pub runs: &'a [Summary<'a>],
    /// Whether several runs are shown separately only, without statistics of all of them together.
    pub is_by_run: bool,
    /// The slowest hits; None if they were not collected.
    pub slowest: Option<&'a Slowest>,
    /// The requests of each error; None if they were not collected.
    pub failing: Option<&'a FailingRequests>,
    /// The command that produced the page; empty to omit it.
    pub command: &'a str,
}

/// Writes a page: the top, the charts, tables of groups, errors and slow requests, the text report,
/// and the provenance of the data.
///
/// # Errors
///
/// [`Error::Io`] if the output cannot be written.
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
        page.section("All statistics");
        page.text(&text::figures_with(contents.whole, &errors::brief(contents.whole)));
    }
    provenance::add(&mut page, contents.whole, extras.command);
    page.write(out).map_err(Error::Io)
}
