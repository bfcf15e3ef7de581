//! Routes: the response to each request, by method and path, to each gRPC call, and on each WebSocket.

mod pattern;
mod values;
mod table;
mod call_table;
mod socket_table;
mod file;

use std::rc::Rc;

use http::Method;

use crate::protobuf::Schema;
use crate::serve::dynamic::Dynamic;
use crate::serve::grpc::{CallSpec, Calls};
use crate::serve::response::ResponseSpec;
use crate::serve::websocket::{ServedSocket, SocketSpec};
use pattern::PathPattern;

/// A list of routes, and the response to requests that match none of them.
pub struct Routes {
    /// In the order in which they are tried.
    routes: Vec<Route>,
    fallback: ResponseSpec,
    calls: Calls,
    /// In the order in which they are tried.
    sockets: Vec<SocketRoute>,
}

/// The response to requests of a method and paths.
#[derive(Debug)]
struct Route {
    /// None for any method.
    method: Option<Method>,
    path: PathPattern,
    response: ResponseSpec,
    /// None if all requests get the same response.
    dynamic: Option<Dynamic>,
}

/// The WebSockets of paths.
struct SocketRoute {
    path: PathPattern,
    served: Rc<ServedSocket>,
}

/// The response to a request, as a route defines it.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    /// The path of the route as written. Empty if no route matches.
    pub(super) path: &'a str,
    pub(super) response: &'a ResponseSpec,
    /// None if all requests get the same response.
    pub(super) dynamic: Option<&'a Dynamic>,
}

impl Routes {
    /// Returns an empty list, so that all requests get the same response. The methods of a schema
    /// return empty messages.
    pub fn none(response: ResponseSpec, schema: Schema) -> Self {
        let mut calls = Calls::new(schema);
        calls.add_rest(true, &CallSpec::like(&response));
        let sockets = socket_table::builtin(&SocketSpec::like(&response)).collect();
        Self { routes: Vec::new(), fallback: response, calls, sockets }
    }

    /// Returns the methods of gRPC.
    pub(super) fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Returns the sockets of a path, by the first route that matches. None if there are none.
    pub(super) fn socket(&self, path: &str) -> Option<Rc<ServedSocket>> {
        let route = self.sockets.iter().find(|route| route.path.matches(path))?;
        Some(route.served.clone())
    }

    /// Returns the response of the first route that matches, or the fallback.
    pub(super) fn find(&self, method: &Method, path: &str) -> Found<'_> {
        let matches = |route: &&Route| {
            route.method.as_ref().is_none_or(|it| it == method) && route.path.matches(path)
        };
        match self.routes.iter().find(matches) {
            Some(route) => Found {
                path: route.path.as_str(),
                response: &route.response,
                dynamic: route.dynamic.as_ref(),
            },
            None => Found { path: "", response: &self.fallback, dynamic: None },
        }
    }
}
