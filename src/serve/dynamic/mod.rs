//! Responses that depend on the request, and on those before it.

mod requirement;
mod memory;

pub(super) use memory::Memory;
pub(super) use requirement::Requirement;

use bytes::Bytes;
use http::StatusCode;
use rand::rngs::SmallRng;

use crate::serve::dynamic::memory::Key;
use crate::serve::template::{Absent, Received, Template};

/// What a route does besides sending the same response to all requests.
#[derive(Debug)]
pub(super) struct Dynamic {
    /// Number of the route in its file, from 0.
    pub(super) route: usize,
    /// Headers without which the response is `401 Unauthorized`.
    pub(super) requires: Vec<Requirement>,
    /// Body of a 401. None for a text.
    pub(super) unauthorized: Option<Template>,
    /// The name that a request creates; a name that exists already gives `409 Conflict`. None if
    /// a request creates nothing.
    pub(super) unique: Option<Template>,
    /// Body of a 409. None for a text.
    pub(super) conflict: Option<Template>,
    /// Bodies of the first, second, ... response for each exact path; the last one stays. Empty
    /// for the body of the route.
    pub(super) bodies: Vec<Template>,
}

/// What changes from request to request.
pub(super) struct State {
    pub(super) random: SmallRng,
    /// The names and paths of all routes.
    pub(super) memory: Memory,
}

/// A response without the headers of its route.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// None for the body of the route.
    pub(super) body: Option<Bytes>,
    /// Whether it has the headers of the route.
    pub(super) has_headers: bool,
}

impl Answer {
    /// Returns a response with the headers of the route.
    fn own(status: StatusCode, body: Option<String>) -> Self {
        Self { status, body: body.map(Bytes::from), has_headers: true }
    }

    /// Returns a response with one line of text.
    pub(super) fn line(status: StatusCode, line: &str) -> Self {
        Self { status, body: Some(format!("{line}\n").into()), has_headers: false }
    }
}

impl Dynamic {
    /// Returns whether all requests get the response of the route.
    pub(super) fn is_plain(&self) -> bool {
        self.requires.is_empty() && self.unique.is_none() && self.bodies.is_empty()
    }

    /// Returns the response to a request, and remembers the request if the status is below 400.
    /// `status` is used if there is no reason for another one.
    pub(super) fn answer(
        &self,
        status: StatusCode,
        request: &Received,
        state: &mut State,
    ) -> Answer {
        let answer = self.try_answer(status, request, state);
        answer.unwrap_or_else(|Absent(pointer)| {
            let line = format!("the request body has no JSON value at {pointer}");
            Answer::line(StatusCode::BAD_REQUEST, &line)
        })
    }

    fn try_answer(
        &self,
        status: StatusCode,
        request: &Received,
        state: &mut State,
    ) -> Result<Answer, Absent<'_>> {
        if !self.requires.iter().all(|header| header.is_met(&request.head.headers)) {
            return refusal(StatusCode::UNAUTHORIZED, &self.unauthorized, request, state);
        }
        if status.as_u16() >= 400 {
            return Ok(Answer::own(status, self.body(request, state)?));
        }
        let name = self.unique.as_ref().map(|name| name.render(request, &mut state.random));
        let name = name.transpose()?.map(|name| Key::of_name(self.route, &name));
        if name.is_some_and(|name| state.memory.count_of(name) > 0) {
            return refusal(StatusCode::CONFLICT, &self.conflict, request, state);
        }
        // A body that cannot be rendered is an error, after which nothing is remembered.
        let body = self.body(request, state)?;
        name.into_iter().chain(self.turns(request)).for_each(|key| state.memory.count(key));
        Ok(Answer::own(status, body))
    }

    /// Returns the body for the number of requests of the path so far. None for that of the route.
    fn body(&self, request: &Received, state: &mut State) -> Result<Option<String>, Absent<'_>> {
        let Some((last, others)) = self.bodies.split_last() else { return Ok(None) };
        let n_before = self.turns(request).map_or(0, |path| state.memory.count_of(path));
        let body = others.get(n_before as usize).unwrap_or(last);
        body.render(request, &mut state.random).map(Some)
    }

    /// Returns the key under which the requests of a path are counted. None if all have one body.
    fn turns(&self, request: &Received) -> Option<Key> {
        (self.bodies.len() > 1).then(|| Key::of_path(self.route, request.path()))
    }
}

/// Returns a response with an own body, or with the name of its status as text.
fn refusal<'a>(
    status: StatusCode,
    body: &'a Option<Template>,
    request: &Received,
    state: &mut State,
) -> Result<Answer, Absent<'a>> {
    let Some(body) = body else {
        let reason = status.canonical_reason().unwrap_or_default().to_lowercase();
        return Ok(Answer::line(status, &reason));
    };
    Ok(Answer::own(status, Some(body.render(request, &mut state.random)?)))
}
