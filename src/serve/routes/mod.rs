//! Which requests get which answer, by method and path.

mod file;
mod pattern;

use http::Method;

use crate::serve::response::Answer;
use pattern::Pattern;

/// Routes, and the answer to requests that none of them matches.
#[derive(Debug)]
pub struct Routes {
    /// In the order in which they are tried.
    routes: Vec<Route>,
    otherwise: Answer,
}

/// What some requests get.
#[derive(Debug)]
struct Route {
    /// None for any.
    method: Option<Method>,
    path: Pattern,
    answer: Answer,
}

impl Routes {
    /// Returns no routes: all requests get the same answer.
    pub fn none(answer: Answer) -> Self {
        Self { routes: Vec::new(), otherwise: answer }
    }

    /// Returns the answer of the first route that matches.
    pub(super) fn find(&self, method: &Method, path: &str) -> &Answer {
        let matches = |route: &&Route| {
            route.method.as_ref().is_none_or(|it| it == method) && route.path.matches(path)
        };
        self.routes.iter().find(matches).map_or(&self.otherwise, |route| &route.answer)
    }

    /// Returns every answer that there may be.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.routes.iter().map(|route| &route.answer).chain([&self.otherwise])
    }
}
