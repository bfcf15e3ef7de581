//! A route of gRPC calls as written, and the methods that it has.

use http::HeaderMap;
use serde::Deserialize;
use toml::Spanned;

use crate::serve::grpc::{Answer, CallSpec, Calls, Code, ServedMethod};
use crate::serve::routes::pattern::PathPattern;
use crate::serve::routes::table::Mistake;
use crate::serve::routes::values;
use crate::serve::status_mix::StatusMix;
use crate::serve::template::Template;
use crate::units::Delay;

/// A table `[[grpc]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CallTable {
    method: Spanned<String>,
    #[serde(default, deserialize_with = "values::latency")]
    latency: Option<Delay>,
    status: Option<StatusMix<Code>>,
    body: Option<Spanned<Template>>,
    messages: Option<u32>,
    #[serde(default, deserialize_with = "values::latency")]
    interval: Option<Delay>,
    #[serde(default, deserialize_with = "values::headers")]
    headers: HeaderMap,
    #[serde(default, deserialize_with = "values::headers")]
    trailers: HeaderMap,
}

impl CallTable {
    /// Adds the methods that match the route, with defaults for missing values.
    pub(super) fn add_to(self, calls: &mut Calls, defaults: &CallSpec) -> Result<(), Mistake> {
        let spec = CallSpec {
            latency: self.latency.unwrap_or(defaults.latency),
            statuses: self.status.unwrap_or_else(|| defaults.statuses.clone()),
            messages: self.messages.unwrap_or(defaults.messages),
            interval: self.interval.unwrap_or(defaults.interval),
            metadata: self.headers,
            trailers: self.trailers,
        };
        let offset = self.method.span().start;
        let route = self.method.into_inner();
        let mistake = |problem| Mistake { offset: Some(offset), problem };
        let pattern = pattern(&route).ok_or_else(|| {
            mistake(format!(
                "bad method '{route}': expected package.Service/Method, with '*' for any service \
                 or any method"
            ))
        })?;
        let known = calls.known().into_iter();
        let matching: Vec<_> = known.filter(|method| pattern.matches(method.path())).collect();
        if matching.is_empty() {
            return Err(mistake(calls.without(&route)));
        }
        for method in matching {
            let answer = match &self.body {
                Some(body) => {
                    Answer::of_body(&method, body.as_ref()).map_err(|problem| Mistake {
                        offset: Some(body.span().start),
                        problem: format!(
                            "bad body for {}: {}",
                            &method.path()[1..],
                            problem.text()
                        ),
                    })?
                }
                None => Answer::of(&method),
            };
            calls.add(ServedMethod { route: route.clone(), method, spec: spec.clone(), answer });
        }
        Ok(())
    }
}

/// Returns the pattern of paths. None if the text has another form than `package.Service/Method`.
fn pattern(route: &str) -> Option<PathPattern> {
    let path = route.strip_prefix('/').unwrap_or(route);
    let pattern: PathPattern = format!("/{path}").parse().ok()?;
    (pattern.n_segments() == Some(2)).then_some(pattern)
}
