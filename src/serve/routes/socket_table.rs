//! A route of WebSockets as written, and the paths that are built in.

use std::rc::Rc;

use http::StatusCode;
use serde::Deserialize;
use toml::Spanned;

use crate::serve::routes::SocketRoute;
use crate::serve::routes::pattern::PathPattern;
use crate::serve::routes::table::{Mistake, check_segments};
use crate::serve::routes::values;
use crate::serve::template::Template;
use crate::serve::websocket::{Answer, Closes, ServedSocket, SocketSpec};
use crate::units::Delay;

/// Paths that have sockets without a route, with the names of their answers.
const BUILTIN: [(&str, &str); 5] = [
    ("/echo", "echo"),
    ("/broadcast", "broadcast"),
    ("/broadcast/*", "broadcast"),
    ("/agent", "agent"),
    ("/silent", "silent"),
];

/// A table `[[ws]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SocketTable {
    #[serde(deserialize_with = "values::parsed")]
    path: PathPattern,
    answer: Option<Spanned<String>>,
    body: Option<Spanned<Template>>,
    #[serde(default, deserialize_with = "values::latency")]
    latency: Option<Delay>,
    #[serde(default, deserialize_with = "values::latency")]
    connect_latency: Option<Delay>,
    #[serde(default)]
    overtake: bool,
    #[serde(default, deserialize_with = "values::errors")]
    refuse: Option<f64>,
    #[serde(default, deserialize_with = "values::refusal")]
    status: Option<StatusCode>,
    #[serde(default)]
    close: Closes,
    #[serde(default, deserialize_with = "values::errors")]
    lose: Option<f64>,
    messages: Option<u32>,
    #[serde(default, deserialize_with = "values::latency")]
    interval: Option<Delay>,
}

impl SocketTable {
    /// Returns the route with defaults for missing values.
    pub(super) fn complete(self, defaults: &SocketSpec) -> Result<SocketRoute, Mistake> {
        let answer = self.answer()?;
        let has_tokens = self.messages.is_some() || self.interval.is_some();
        if has_tokens && !matches!(answer, Answer::Agent) {
            let problem = "messages and interval without answer = \"agent\": expected both";
            return Err(Mistake::of_route(problem));
        }
        if self.close.share() > 1.0 {
            let problem = "bad shares of close: expected at most 100% together";
            return Err(Mistake::of_route(problem));
        }
        // Refusals of the route are no errors of the server.
        let refusal = match self.refuse {
            Some(_) => StatusCode::SERVICE_UNAVAILABLE,
            None => defaults.refusal,
        };
        let spec = SocketSpec {
            connect_latency: self.connect_latency.unwrap_or(defaults.connect_latency),
            latency: self.latency.unwrap_or(defaults.latency),
            is_overtaking: self.overtake,
            refuse: self.refuse.unwrap_or(defaults.refuse),
            refusal: self.status.unwrap_or(refusal),
            closes: self.close,
            lose: self.lose.unwrap_or(defaults.lose),
            n_tokens: self.messages.unwrap_or(defaults.n_tokens),
            interval: self.interval,
        };
        let route = self.path.as_str().to_owned();
        Ok(SocketRoute { path: self.path, served: Rc::new(ServedSocket { route, spec, answer }) })
    }

    /// Returns what the sockets answer.
    fn answer(&self) -> Result<Answer, Mistake> {
        match (&self.answer, &self.body) {
            (Some(_), Some(_)) => Err(Mistake::of_route(
                "a route has both an answer and a body: expected at most one of them",
            )),
            (Some(name), None) => Answer::named(name.as_ref()).ok_or_else(|| Mistake {
                offset: Some(name.span().start),
                problem: format!("bad answer '{}': expected {}", name.as_ref(), Answer::NAMES),
            }),
            (None, Some(body)) => {
                check_segments(&self.path, body)?;
                Ok(Answer::of_body(body.as_ref().clone()))
            }
            (None, None) => {
                Err(Mistake::of_route("a route without an answer: expected an answer or a body"))
            }
        }
    }
}

/// Returns the routes of the paths that are built in.
pub(super) fn builtin(defaults: &SocketSpec) -> impl Iterator<Item = SocketRoute> {
    BUILTIN.iter().map(|(path, answer)| SocketRoute {
        path: path.parse().expect("the paths are valid"),
        served: Rc::new(ServedSocket {
            route: String::new(),
            spec: defaults.clone(),
            answer: Answer::named(answer).expect("the answers exist"),
        }),
    })
}
