//! Evaluates a response: first version and status, then the captures, then all other checks.

pub mod answer;
mod body;
mod cookie;
mod header;
mod patterns;
mod filter;
mod query;
mod predicate;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;

use rand::Rng;

use crate::flow::evaluate::answer::{Answer, Checks, Found, Observer};
use crate::flow::evaluate::body::Body;
use crate::flow::evaluate::predicate::Verdict;
use crate::flow::expand::Context;
use crate::flow::tree::assert::{
    Assert, BodyValue, Capture, Expected, ExpectedBody, ExpectedHeader, GRPC_STATUS,
};
use crate::flow::tree::filter::Filter;
use crate::flow::tree::query::Query;
use crate::flow::value::Value;

/// What the evaluation needs besides the response.
pub struct Inputs<'a> {
    /// Names of the variables, by slot.
    pub names: &'a [Box<str>],
    /// Random numbers for `newUuid`.
    pub random: &'a mut dyn Rng,
    /// Wall time for `newDate`, in ns since 1970 UTC.
    pub wall_ns: i64,
}

/// The check of the gRPC status in a call whose file has none: as if the file had this line.
const OK_STATUS: &str = "header \"grpc-status\" == \"0\"";

/// Evaluates a response, and sets the variables that it captures.
///
/// If version or status are not as expected, nothing else is evaluated. If a capture fails, the
/// checks after it are not made.
pub fn evaluate(
    expected: &Expected,
    answer: &Answer<'_>,
    inputs: Inputs<'_>,
    values: &mut [Value],
    observer: &mut impl Observer,
) -> Checks {
    let text = OnceCell::new();
    let body = Body::new(answer, &text, expected);
    let mut run = Run { answer, body, inputs, values, observer, checks: Checks::default() };
    run.checks.made = Some(0);
    run.check_version_and_status(expected);
    if run.checks.failed == 0 && run.capture_all(&expected.captures) {
        expected.headers.iter().for_each(|header| run.check_header(header));
        expected.body.iter().for_each(|body| run.check_body(body));
        expected.asserts.iter().for_each(|assert| run.check_assert(assert));
    }
    run.checks
}

/// One evaluation on its way.
struct Run<'a, 'i, O> {
    answer: &'a Answer<'a>,
    body: Body<'a>,
    inputs: Inputs<'i>,
    values: &'a mut [Value],
    observer: &'a mut O,
    checks: Checks,
}

impl<O: Observer> Run<'_, '_, O> {
    fn check_version_and_status(&mut self, expected: &Expected) {
        let Answer { code, version, .. } = *self.answer;
        if let Some(wanted) = expected.version {
            let held = wanted.number() == version;
            let text = format!("version {}", wanted.number());
            self.count(expected.line, &text, held, None, Some(&Value::text(version)));
        }
        if let Some(status) = expected.status {
            let text = format!("status {status}");
            let found = Value::Integer(code.into());
            self.count(expected.line, &text, code == status, None, Some(&found));
        }
        if expected.demands_ok {
            let found = header::values(self.answer.headers, GRPC_STATUS);
            let reason = found.is_none().then_some("no such header");
            self.count(expected.line, OK_STATUS, self.answer.is_good, reason, found.as_ref());
        }
    }

    /// Sets the variables of captures, up to the first that fails. Returns whether none did.
    fn capture_all(&mut self, captures: &[Capture]) -> bool {
        captures.iter().all(|capture| match self.captured(capture) {
            Ok(value) => {
                let slot = usize::from(capture.slot.0);
                let name = self.inputs.names.get(slot).map_or("", |name| name);
                self.observer.captured(capture.line, name, &value, capture.redact);
                if let Some(place) = self.values.get_mut(slot) {
                    *place = value;
                }
                true
            }
            Err(reason) => {
                let Capture { line, text, .. } = capture;
                self.observer.missed(*line, text, &reason);
                self.checks.error = Some(format!("capture: {text}: {reason}"));
                false
            }
        })
    }

    /// Returns the value of a capture, or why there is none.
    fn captured(&mut self, capture: &Capture) -> Result<Value, String> {
        match self.found(&capture.query, &capture.filters)? {
            None => Err("no value".to_owned()),
            Some(Value::Text(text)) => Ok(Value::Text(text)),
            Some(other) if capture.redact => {
                Err(format!("{} cannot be redacted, only a text can", other.kind()))
            }
            Some(value) => Ok(value),
        }
    }

    /// Returns what a query and its filters give. None if they give no value.
    fn found(&mut self, query: &Query, filters: &[Filter]) -> Result<Option<Value>, String> {
        let Self { answer, body, inputs, values, .. } = self;
        let mut context = context(inputs, values);
        let mut value = query::evaluate(query, answer, body, &mut context)?;
        for filter in filters {
            let input = value.ok_or("no value for a filter")?;
            value = filter::apply(filter, input, &mut context)?;
        }
        Ok(value)
    }

    fn check_header(&mut self, expected: &ExpectedHeader) {
        let Self { answer, inputs, values, .. } = self;
        let verdict = header::check(expected, answer, &mut context(inputs, values));
        self.conclude(expected.line, &expected.text, verdict);
    }

    fn check_body(&mut self, expected: &ExpectedBody) {
        let Self { body, inputs, values, .. } = self;
        let verdict = match &expected.body {
            BodyValue::Text(text) | BodyValue::Json(text) => {
                body.equals_text(text, &mut context(inputs, values))
            }
            BodyValue::Bytes(bytes) => body.equals_bytes(bytes),
        };
        self.conclude(expected.line, "body", verdict);
    }

    fn check_assert(&mut self, assert: &Assert) {
        let verdict = self.found(&assert.query, &assert.filters).and_then(|found| {
            let Self { inputs, values, .. } = self;
            let context = &mut context(inputs, values);
            predicate::check(&assert.predicate, assert.not, found, context)
        });
        self.conclude(assert.line, &assert.text, verdict);
    }

    /// Counts a check that has a verdict, or could not be made for a reason.
    fn conclude(&mut self, line: usize, text: &str, verdict: Result<Verdict, String>) {
        match verdict {
            Ok(Verdict { held, found, reason }) => {
                self.count(line, text, held, reason, found.as_ref())
            }
            Err(reason) => self.count(line, text, false, Some(&reason), None),
        }
    }

    fn count(
        &mut self,
        line: usize,
        text: &str,
        held: bool,
        reason: Option<&str>,
        found: Option<&Value>,
    ) {
        self.observer.checked(line, text, held, Found { value: found, reason });
        let checks = &mut self.checks;
        checks.made = checks.made.map(|made| made.saturating_add(1));
        if held {
            return;
        }
        checks.failed = checks.failed.saturating_add(1);
        checks.error.get_or_insert_with(|| match reason {
            None => format!("check: {text}"),
            Some(reason) => format!("check: {text}: {reason}"),
        });
    }
}

/// Returns the context of templates, with the variables as they are now.
fn context<'c>(inputs: &'c mut Inputs<'_>, values: &'c [Value]) -> Context<'c> {
    let Inputs { names, random, wall_ns } = inputs;
    Context { names, values, random: &mut **random, wall_ns: *wall_ns }
}
