//! Decides which texts of a list are templates; that is known only at the end of the list.
//!
//! Without a feed and without any `{{$…}}`, a list is sent as written, braces included. Lists
//! from before there were variables therefore keep their meaning.

use crate::error::Error;
use crate::targets::ReadMode;
use crate::targets::lines::error_at;
use crate::targets::problem::Problem;
use crate::targets::template::text::{RequestPart, Text};
use crate::targets::template::variable::Scope;
use crate::targets::variable_problem::VariableProblem;

/// Returns whether a text has a `{{$…}}`, which no other use of braces has.
fn has_generator(text: &str) -> bool {
    text.split("{{").skip(1).any(|inner| inner.trim_start().starts_with('$'))
}

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextSource<'a> {
    /// From the list, as written.
    List,
    /// From the list, where it is base64 on one line.
    Base64,
    /// From a body file or a flag, by its name. Such a text has variables if the list has some,
    /// but does not turn variables on by itself.
    Elsewhere(&'a str),
}

impl TextSource<'_> {
    /// Returns an error in a text that begins at a line; `before` is the text up to the problem.
    fn error(self, line: usize, before: &str, problem: VariableProblem) -> Error {
        let line_breaks = before.matches('\n').count();
        match self {
            Self::List => error_at(line + line_breaks, Problem::Variable(problem)),
            Self::Base64 => error_at(line, Problem::Variable(problem)),
            Self::Elsewhere(name) => {
                let source_name = name.to_owned();
                error_at(line, Problem::VariableElsewhere { source_name, problem })
            }
        }
    }
}

/// Parses the texts of a list that may have variables.
#[derive(Debug)]
pub struct TemplateParser {
    scope: Scope,
    mode: ReadMode,
    /// Whether the list is known to have variables.
    is_enabled: bool,
    /// The first bad variable so far, an error if the list turns out to have variables.
    pending: Option<Error>,
}

impl TemplateParser {
    /// Returns a parser for one list.
    pub fn new(scope: Scope, mode: ReadMode) -> Self {
        let is_enabled = scope.columns.is_some();
        Self { scope, mode, is_enabled, pending: None }
    }

    /// Returns a text with its variables; None if the text is sent as written.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a bad variable, or for any variable in a list that is not read whole
    /// before the attack.
    pub fn parse(
        &mut self,
        text: &str,
        line: usize,
        part: RequestPart,
        source: TextSource<'_>,
    ) -> Result<Option<Text>, Error> {
        if !text.contains("{{") {
            return Ok(None);
        }
        let enables = !matches!(source, TextSource::Elsewhere(_)) && has_generator(text);
        if self.mode == ReadMode::Streamed {
            // Whether earlier texts are templates would depend on lines that are not read yet.
            let refused = enables.then(|| error_at(line, Problem::StreamedVariable));
            return refused.map_or(Ok(None), Err);
        }
        self.is_enabled |= enables;
        let error = match Text::parse(text, line, part, &self.scope) {
            // A later line may still show whether a text from elsewhere is a template.
            Ok(text) => return Ok(Some(text)),
            Err(refused) => source.error(line, refused.before, refused.problem),
        };
        if self.is_enabled {
            return Err(error);
        }
        self.pending.get_or_insert(error);
        Ok(None)
    }

    /// Ends a list and returns whether it has variables.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a bad variable before the line that turned variables on.
    pub fn finish(self) -> Result<bool, Error> {
        match self.pending {
            Some(error) if self.is_enabled => Err(error),
            _ => Ok(self.is_enabled),
        }
    }
}
