//! Writes a comparison in one of its formats.

use std::io;
use std::str::FromStr;

use crate::compare::comparison::Comparison;
use crate::compare::html::Extras;
use crate::compare::regression::RegressionResult;
use crate::compare::{html, json, markdown, text};
use crate::error::Error;
use crate::units::parse_keyword;

/// The format of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A table for a terminal.
    Text,
    /// One line of JSON.
    Json,
    /// A table for a pull request.
    Markdown,
    /// A page with charts of both runs.
    Html,
}

impl Kind {
    /// Returns the name of the format, as users type it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Json => "json",
            Kind::Markdown => "markdown",
            Kind::Html => "html",
        }
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(kind: &str) -> Result<Self, Error> {
        let kinds = [Kind::Text, Kind::Json, Kind::Markdown, Kind::Html];
        let choices = kinds.map(|kind| (kind.word(), kind));
        parse_keyword("comparison type", kind, &choices)
    }
}

impl Comparison<'_> {
    /// Writes the comparison, and the results of regression limits if there are any. Only a page
    /// has extras.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the output cannot be written.
    pub fn write(
        &self,
        kind: Kind,
        results: &[RegressionResult<'_>],
        extras: &Extras<'_>,
        out: &mut dyn io::Write,
    ) -> Result<(), Error> {
        let document = match kind {
            Kind::Text => text::render(self, results),
            Kind::Json => json::render(self, results)?,
            Kind::Markdown => markdown::render(self, results),
            Kind::Html => return html::write(self, results, extras, out).map_err(Error::Io),
        };
        out.write_all(document.as_bytes())?;
        Ok(())
    }
}
