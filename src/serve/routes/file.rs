//! The reader of a routes file in TOML.

use bytes::Bytes;
use http::StatusCode;

use crate::error::{Error, TextFile};
use crate::serve::response::ResponseSpec;
use crate::serve::routes::Routes;
use crate::serve::routes::table::RoutesFile;

impl Routes {
    /// Reads routes, each in a TOML table `[[route]]`. The first matching route applies. Missing
    /// values are those of `defaults`. Requests that match no route get `defaults` with the status
    /// `404 Not Found`.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] at the first violation of the format, and if there is no route.
    pub fn parse(text: &str, defaults: &ResponseSpec) -> Result<Self, Error> {
        let error =
            |offset, problem| Error::at_line(TextFile::Routes, line_at(text, offset), problem);
        let file: RoutesFile = toml::from_str(text).map_err(|problem| {
            let offset = problem.span().map_or(0, |span| span.start);
            error(offset, in_one_line(problem.message()))
        })?;
        if file.route.is_empty() {
            return Err(error(0, "no routes: expected a table [[route]] with a path".to_owned()));
        }
        let routes = file.route.into_iter().enumerate().map(|(number, written)| {
            let offset = written.span().start;
            let route = written.into_inner().complete(number, defaults);
            route.map_err(|mistake| error(mistake.offset.unwrap_or(offset), mistake.problem))
        });
        let fallback = ResponseSpec {
            statuses: StatusCode::NOT_FOUND.into(),
            body: Bytes::from_static(b"not found\n"),
            ..defaults.clone()
        };
        Ok(Self { routes: routes.collect::<Result<_, _>>()?, fallback })
    }
}

/// Returns the number of the line, from 1, that contains the byte at an offset.
fn line_at(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// Returns an error message of the TOML crate on one line, with our quotation marks.
fn in_one_line(message: &str) -> String {
    let lines: Vec<_> = message.lines().map(str::trim).collect();
    lines.join(", ").replace('`', "'")
}
