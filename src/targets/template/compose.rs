//! Which texts of a list are templates: that is known only at its end.
//!
//! Without a feed and without any `{{$…}}` a list is sent as it is, braces and all, as it was
//! before there were variables.

use crate::error::{Error, TextFile};
use crate::targets::Reading;
use crate::targets::template::text::{Site, Text};
use crate::targets::template::variable::Scope;

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// From the list, as it is.
    List,
    /// From the list, where it stands on one line in base64.
    Base64,
    /// From a file or a flag, which is named: interpreted where the list is, no reason to do so.
    Elsewhere(&'a str),
}

impl Origin<'_> {
    /// Returns an error in a text that begins at a line, behind a part of it.
    fn error(self, line: usize, before: &str, problem: String) -> Error {
        let line_breaks = before.matches('\n').count();
        match self {
            Self::List => Error::at_line(TextFile::Targets, line + line_breaks, problem),
            Self::Base64 => Error::at_line(TextFile::Targets, line, problem),
            Self::Elsewhere(name) => {
                Error::at_line(TextFile::Targets, line, format!("{name}: {problem}"))
            }
        }
    }
}

/// Parses the texts of a list that may be templates.
#[derive(Debug)]
pub struct Composer {
    scope: Scope,
    reading: Reading,
    /// Whether it is known that variables are meant.
    is_on: bool,
    /// What would be wrong if they were, and where; the first of it.
    refused: Option<Error>,
}

impl Composer {
    /// Begins a list.
    pub fn new(scope: Scope, reading: Reading) -> Self {
        let is_on = scope.columns.is_some();
        Self { scope, reading, is_on, refused: None }
    }

    /// Returns a text with its variables; None where it is sent as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] with what is wrong at the line and what was expected.
    pub fn text(
        &mut self,
        text: &str,
        line: usize,
        site: Site,
        origin: Origin<'_>,
    ) -> Result<Option<Text>, Error> {
        if !text.contains("{{") {
            return Ok(None);
        }
        let tells = !matches!(origin, Origin::Elsewhere(_)) && text.contains("{{$");
        if self.reading == Reading::AsNeeded {
            let problem = "variables need the whole list before the attack: leave out -lazy";
            let bad = || Error::at_line(TextFile::Targets, line, problem);
            return if tells { Err(bad()) } else { Ok(None) };
        }
        self.is_on |= tells;
        let refused = match Text::parse(text, line, site, &self.scope) {
            // Whether one from elsewhere is meant may follow from a later line.
            Ok(text) => return Ok(Some(text)),
            Err((before, problem)) => origin.error(line, before, problem),
        };
        if self.is_on {
            return Err(refused);
        }
        self.refused.get_or_insert(refused);
        Ok(None)
    }

    /// Ends a list: returns whether variables are meant in it.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a variable that is none, at a line before the first that told.
    pub fn finish(self) -> Result<bool, Error> {
        match self.refused {
            Some(error) if self.is_on => Err(error),
            _ => Ok(self.is_on),
        }
    }
}
