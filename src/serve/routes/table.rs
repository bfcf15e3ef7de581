//! A route of HTTP requests as written, and how a route is made of its table.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::Deserialize;
use toml::Spanned;

use crate::serve::dynamic::{Dynamic, Requirement};
use crate::serve::response::ResponseSpec;
use crate::serve::routes::Route;
use crate::serve::routes::pattern::PathPattern;
use crate::serve::routes::values;
use crate::serve::status_mix::StatusMix;
use crate::serve::template::Template;
use crate::units::Delay;

/// A route as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RouteTable {
    #[serde(deserialize_with = "values::parsed")]
    path: PathPattern,
    #[serde(default, deserialize_with = "values::method")]
    method: Option<Method>,
    #[serde(default, deserialize_with = "values::latency")]
    latency: Option<Delay>,
    #[serde(default, deserialize_with = "values::errors")]
    errors: Option<f64>,
    status: Option<StatusMix>,
    #[serde(default, deserialize_with = "values::headers")]
    headers: HeaderMap,
    body: Option<Spanned<Template>>,
    #[serde(default, deserialize_with = "values::body_size")]
    body_size: Option<Bytes>,
    #[serde(default, deserialize_with = "values::body_base64")]
    body_base64: Option<Bytes>,
    /// Texts of templates: an error in an array would have the line of the array.
    sequence: Option<Vec<Spanned<String>>>,
    #[serde(default, deserialize_with = "values::requires")]
    requires: Vec<Requirement>,
    unauthorized_body: Option<Spanned<Template>>,
    unique: Option<Spanned<Template>>,
    conflict_body: Option<Spanned<Template>>,
}

/// Values of a route that do not fit each other.
pub(super) struct Mistake {
    /// Where the value begins in the file, in bytes. None for the whole route.
    pub(super) offset: Option<usize>,
    /// What is wrong and what was expected.
    pub(super) problem: String,
}

impl Mistake {
    pub(super) fn of_route(problem: impl Into<String>) -> Self {
        Self { offset: None, problem: problem.into() }
    }
}

impl RouteTable {
    /// Returns the route with a number, from 0, and with defaults for missing values.
    pub(super) fn complete(self, number: usize, defaults: &ResponseSpec) -> Result<Route, Mistake> {
        self.check_keys()?;
        let sequence = self.sequence()?;
        self.check_segments(&sequence)?;
        let fixed = self.body.as_ref().and_then(|body| body.as_ref().fixed());
        let fixed = fixed.map(|text| Bytes::copy_from_slice(text.as_bytes()));
        let mut bodies = sequence;
        // A body without variables needs no rendering.
        bodies.extend(self.body.filter(|_| fixed.is_none()));
        let body = fixed.or(self.body_size).or(self.body_base64);
        let response = ResponseSpec {
            latency: self.latency.unwrap_or(defaults.latency),
            errors: self.errors.unwrap_or(defaults.errors),
            statuses: self.status.unwrap_or_else(|| defaults.statuses.clone()),
            headers: self.headers,
            body: body.unwrap_or_else(|| defaults.body.clone()),
        };
        let dynamic = Dynamic {
            route: number,
            requires: self.requires,
            unauthorized: self.unauthorized_body.map(Spanned::into_inner),
            unique: self.unique.map(Spanned::into_inner),
            conflict: self.conflict_body.map(Spanned::into_inner),
            bodies: bodies.into_iter().map(Spanned::into_inner).collect(),
        };
        let dynamic = (!dynamic.is_plain()).then_some(dynamic);
        Ok(Route { method: self.method, path: self.path, response, dynamic })
    }

    /// Checks which keys are there.
    fn check_keys(&self) -> Result<(), Mistake> {
        let bodies = [
            ("a body", self.body.is_some()),
            ("a body-size", self.body_size.is_some()),
            ("a body-base64", self.body_base64.is_some()),
            ("a sequence", self.sequence.is_some()),
        ];
        let mut given = bodies.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name);
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            let both =
                format!("a route has both {first} and {second}: expected at most one of them");
            return Err(Mistake::of_route(both));
        }
        if self.sequence.as_ref().is_some_and(Vec::is_empty) {
            return Err(Mistake::of_route("an empty sequence: expected at least one body"));
        }
        if self.unauthorized_body.is_some() && self.requires.is_empty() {
            return Err(Mistake::of_route("unauthorized-body without requires: expected both"));
        }
        if self.conflict_body.is_some() && self.unique.is_none() {
            return Err(Mistake::of_route("conflict-body without unique: expected both"));
        }
        Ok(())
    }

    /// Returns the bodies of the sequence; empty without one.
    fn sequence(&self) -> Result<Vec<Spanned<Template>>, Mistake> {
        let read = |text: &Spanned<String>| {
            let template = text
                .as_ref()
                .parse()
                .map_err(|problem| Mistake { offset: Some(text.span().start), problem })?;
            Ok(Spanned::new(text.span(), template))
        };
        self.sequence.iter().flatten().map(read).collect()
    }

    /// Checks that matching paths have the segments that templates use.
    fn check_segments(&self, sequence: &[Spanned<Template>]) -> Result<(), Mistake> {
        let single = [&self.body, &self.unauthorized_body, &self.unique, &self.conflict_body];
        let mut templates = single.into_iter().flatten().chain(sequence);
        templates.try_for_each(|template| check_segments(&self.path, template))
    }
}

/// Checks that matching paths have the segments that a template uses.
pub(super) fn check_segments(
    path: &PathPattern,
    template: &Spanned<Template>,
) -> Result<(), Mistake> {
    let used = template.as_ref().last_segment();
    match (used, path.n_segments()) {
        (Some(number), Some(most)) if number > most => {
            let path = path.as_str();
            let problem = format!(
                "bad variable '$path.{number}': expected at most $path.{most} with path '{path}'"
            );
            Err(Mistake { offset: Some(template.span().start), problem })
        }
        _ => Ok(()),
    }
}
