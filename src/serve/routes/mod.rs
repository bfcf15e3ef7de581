//! Routes: the response to each request, by method and path.

mod pattern;
mod file;

use http::Method;

use crate::serve::response::ResponseSpec;
use pattern::PathPattern;

/// A list of routes, and the response to requests that match none of them.
#[derive(Debug)]
pub struct Routes {
    /// In the order in which they are tried.
    routes: Vec<Route>,
    fallback: ResponseSpec,
}

/// The response to requests of a method and paths.
#[derive(Debug)]
struct Route {
    /// None for any method.
    method: Option<Method>,
    path: PathPattern,
    response: ResponseSpec,
}

impl Routes {
    /// Returns an empty list, so that all requests get the same response.
    pub fn none(response: ResponseSpec) -> Self {
        Self { routes: Vec::new(), fallback: response }
    }

    /// Returns the response of the first route that matches, or the fallback.
    pub(super) fn find(&self, method: &Method, path: &str) -> &ResponseSpec {
        let matches = |route: &&Route| {
            route.method.as_ref().is_none_or(|it| it == method) && route.path.matches(path)
        };
        self.routes.iter().find(matches).map_or(&self.fallback, |route| &route.response)
    }

    /// Returns all possible responses.
    pub(super) fn responses(&self) -> impl Iterator<Item = &ResponseSpec> {
        self.routes.iter().map(|route| &route.response).chain([&self.fallback])
    }
}
