//! Prints what a flow does.

use std::io::{self, Write};

use drumfire::attack::Watcher;
use drumfire::client::{Outcome, Prepared};
use drumfire::flow::{Checks, Observer, Value};
use drumfire::markup::escape::visible;
use drumfire::markup::redact::{HIDDEN, HIDDEN_USER, cut, without_users};
use drumfire::units::GoDuration;
use http::StatusCode;

/// Maximum length in bytes of a value on a line.
const MAX_VALUE: usize = 200;

/// Prints each request of a flow, its response, and its captures and checks.
pub struct Printer<W> {
    output: W,
    /// Values that are printed as `***`.
    secrets: Vec<String>,
    flow: String,
    n_requests: u64,
    n_checks: u64,
    n_failed: u64,
    /// The first failure of the output. None if there is none.
    error: Option<io::Error>,
}

impl<W: Write> Printer<W> {
    /// Returns a printer of a flow, which prints these values as `***`.
    pub fn new(output: W, flow: &str, secrets: Vec<String>) -> Self {
        let flow = flow.to_owned();
        let counts = (0, 0, 0);
        let (n_requests, n_checks, n_failed) = counts;
        let mut printer =
            Self { output, secrets, flow, n_requests, n_checks, n_failed, error: None };
        printer.line(&format!("flow '{}'", printer.flow.clone()));
        printer
    }

    /// Prints how the flow ended.
    ///
    /// # Errors
    ///
    /// The first failure of the output.
    pub fn end(mut self, has_failed: bool) -> io::Result<()> {
        let Self { n_requests, n_checks, n_failed, .. } = self;
        let outcome = if has_failed { "failed" } else { "passed" };
        let flow = &self.flow;
        let line = format!(
            "flow '{flow}' {outcome}: {n_requests} requests, {n_checks} checks, {n_failed} failed\n"
        );
        self.line(&line);
        self.error.map_or(Ok(()), Err)
    }

    fn line(&mut self, text: &str) {
        let text = without_users(text, HIDDEN_USER).into_owned();
        let text = self.secrets.iter().fold(text, |text, secret| text.replace(secret, HIDDEN));
        if let Err(error) = writeln!(self.output, "{text}") {
            self.error.get_or_insert(error);
        }
    }

    /// Prints a line about a line of the file.
    fn detail(&mut self, line: usize, what: &str, text: &str) {
        let text = visible(text);
        self.line(&format!("    line {line:<4} {what:<8} {text}"));
    }
}

impl<W: Write> Observer for Printer<W> {
    fn captured(&mut self, line: usize, name: &str, value: &Value, redact: bool) {
        if redact {
            self.secrets
                .extend(value.render().map(|text| text.into_owned()).filter(|it| !it.is_empty()));
        }
        self.detail(line, "capture", &format!("{name}: {}", shown(value)));
    }

    fn checked(&mut self, line: usize, text: &str, held: bool, found: Option<&Value>) {
        self.n_checks += 1;
        if held {
            return self.detail(line, "ok", text);
        }
        self.n_failed += 1;
        let found = found.map_or("no value".to_owned(), shown);
        self.detail(line, "FAILED", &format!("{text}: found {found}"));
    }

    fn missed(&mut self, line: usize, text: &str) {
        self.detail(line, "FAILED", &format!("{text}: found no value"));
    }
}

impl<W: Write> Watcher for Printer<W> {
    fn sending(&mut self, step: u16, name: &str, attempt: u16, prepared: Option<&Prepared>) {
        self.n_requests += 1;
        let attempt = if attempt == 0 { String::new() } else { format!(" (retry {attempt})") };
        let request = prepared.map(|prepared| &prepared.request);
        let request = request.map_or(String::new(), |it| format!(": {} {}", it.method, it.text));
        self.line(&format!("  {step} {name}{attempt}{}", visible(&request)));
    }

    fn answered(&mut self, outcome: &Outcome) {
        if outcome.failure().is_some() {
            return;
        }
        let reason =
            StatusCode::from_u16(outcome.code).ok().and_then(|code| code.canonical_reason());
        let (code, reason) = (outcome.code, reason.unwrap_or_default());
        let (bytes, latency) = (outcome.body.n_received, GoDuration(outcome.latency));
        self.line(&format!("    {code} {reason}, {bytes} bytes in {latency}"));
    }

    fn done(&mut self, checks: &Checks, error: Option<&str>) {
        // A failed check has been printed with what was found.
        if let Some(error) = error.filter(|_| checks.error.is_none()) {
            self.line(&format!("    FAILED: {}", visible(error)));
        }
    }
}

/// Returns a value on one line.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Text(text) => format!("{text:?}"),
        value => value.to_string(),
    };
    cut(&text, MAX_VALUE)
}
