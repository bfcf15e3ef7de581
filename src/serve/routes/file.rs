//! The reader of a routes file in TOML.

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use toml::Spanned;

use crate::error::{Error, TextFile};
use crate::protobuf::Schema;
use crate::serve::grpc::{CallSpec, Calls};
use crate::serve::response::ResponseSpec;
use crate::serve::routes::Routes;
use crate::serve::routes::call_table::CallTable;
use crate::serve::routes::socket_table::{self, SocketTable};
use crate::serve::routes::table::RouteTable;
use crate::serve::websocket::SocketSpec;

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoutesFile {
    #[serde(default)]
    route: Vec<Spanned<RouteTable>>,
    #[serde(default)]
    grpc: Vec<Spanned<CallTable>>,
    #[serde(default)]
    ws: Vec<Spanned<SocketTable>>,
}

impl Routes {
    /// Reads routes, each in a TOML table `[[route]]`, `[[grpc]]` for the methods of a schema,
    /// or `[[ws]]` for WebSockets. The first matching route applies. Missing values are those of `defaults`. Requests that
    /// match no route get `defaults` with the status `404 Not Found`, if there is any route for
    /// requests; the same is true of calls.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] at the first violation of the format, and if there is no route.
    pub fn parse(text: &str, defaults: &ResponseSpec, schema: Schema) -> Result<Self, Error> {
        let error =
            |offset, problem| Error::at_line(TextFile::Routes, line_at(text, offset), problem);
        let file: RoutesFile = toml::from_str(text).map_err(|problem| {
            let offset = problem.span().map_or(0, |span| span.start);
            error(offset, in_one_line(problem.message()))
        })?;
        if file.route.is_empty() && file.grpc.is_empty() && file.ws.is_empty() {
            let problem = "no routes: expected a table [[route]] or [[ws]] with a path, or a table \
                           [[grpc]] with a method";
            return Err(error(0, problem.to_owned()));
        }
        let mut calls = Calls::new(schema);
        let call_defaults = CallSpec::like(defaults);
        let has_calls = !file.grpc.is_empty();
        for written in file.grpc {
            let offset = written.span().start;
            let added = written.into_inner().add_to(&mut calls, &call_defaults);
            added.map_err(|mistake| error(mistake.offset.unwrap_or(offset), mistake.problem))?;
        }
        calls.add_rest(!has_calls, &call_defaults);
        let socket_defaults = SocketSpec::like(defaults);
        let sockets = file.ws.into_iter().map(|written| {
            let offset = written.span().start;
            let route = written.into_inner().complete(&socket_defaults);
            route.map_err(|mistake| error(mistake.offset.unwrap_or(offset), mistake.problem))
        });
        let mut sockets: Vec<_> = sockets.collect::<Result<_, _>>()?;
        sockets.extend(socket_table::builtin(&socket_defaults));
        let routes = file.route.into_iter().enumerate().map(|(number, written)| {
            let offset = written.span().start;
            let route = written.into_inner().complete(number, defaults);
            route.map_err(|mistake| error(mistake.offset.unwrap_or(offset), mistake.problem))
        });
        let routes: Vec<_> = routes.collect::<Result<_, _>>()?;
        let mut fallback = defaults.clone();
        if !routes.is_empty() {
            fallback.statuses = StatusCode::NOT_FOUND.into();
            fallback.body = Bytes::from_static(b"not found\n");
        }
        Ok(Self { routes, fallback, calls, sockets })
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
