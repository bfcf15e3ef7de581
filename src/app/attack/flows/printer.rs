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
    /// Captures and checks of the current request, which are printed when it is known whether it
    /// is made again.
    details: Vec<Detail>,
    /// The first failure of the output. None if there is none.
    error: Option<io::Error>,
}

/// What there is to print about a line of the file.
struct Detail {
    line: usize,
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Captured,
    Held,
    Failed,
}

impl<W: Write> Printer<W> {
    /// Returns a printer of a flow, which prints these values as `***`.
    pub fn new(output: W, flow: &str, secrets: Vec<String>) -> Self {
        let mut printer = Self {
            output,
            secrets,
            flow: flow.to_owned(),
            n_requests: 0,
            n_checks: 0,
            n_failed: 0,
            details: Vec::new(),
            error: None,
        };
        printer.line(&format!("flow '{flow}'"));
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
        let (flow, requests, checks) =
            (&self.flow, counted(n_requests, "request"), counted(n_checks, "check"));
        self.line(&format!("flow '{flow}' {outcome}: {requests}, {checks}, {n_failed} failed\n"));
        self.error.map_or(Ok(()), Err)
    }

    fn line(&mut self, text: &str) {
        let text = without_users(text, HIDDEN_USER).into_owned();
        let text = self.secrets.iter().fold(text, |text, secret| text.replace(secret, HIDDEN));
        if let Err(error) = writeln!(self.output, "{text}") {
            self.error.get_or_insert(error);
        }
    }

    /// Prints the captures and checks of a request.
    fn print_details(&mut self, is_made_again: bool) {
        for Detail { line, kind, text } in std::mem::take(&mut self.details) {
            let what = match kind {
                Kind::Captured => "capture",
                Kind::Held => "ok",
                Kind::Failed if is_made_again => "not yet",
                Kind::Failed => "FAILED",
            };
            self.line(&format!("    line {line:<4} {what:<8} {}", visible(&text)));
        }
    }

    fn add(&mut self, line: usize, kind: Kind, text: String) {
        self.details.push(Detail { line, kind, text });
    }
}

impl<W: Write> Observer for Printer<W> {
    fn captured(&mut self, line: usize, name: &str, value: &Value, redact: bool) {
        if redact {
            self.secrets
                .extend(value.render().map(|text| text.into_owned()).filter(|it| !it.is_empty()));
        }
        self.add(line, Kind::Captured, format!("{name}: {}", shown(value)));
    }

    fn checked(&mut self, line: usize, text: &str, held: bool, found: Option<&Value>) {
        if held {
            return self.add(line, Kind::Held, text.to_owned());
        }
        let found = found.map_or("no value".to_owned(), shown);
        self.add(line, Kind::Failed, format!("{text}: found {found}"));
    }

    fn missed(&mut self, line: usize, text: &str) {
        self.add(line, Kind::Failed, format!("{text}: found no value"));
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
        // Checks of an attempt that is followed by another one are not counted.
        self.n_checks += u64::from(checks.made.unwrap_or(0));
        self.n_failed += u64::from(checks.failed);
        self.print_details(error.is_none());
        // A failed check has been printed with what was found.
        if let Some(error) = error.filter(|_| checks.error.is_none()) {
            self.line(&format!("    FAILED: {}", visible(error)));
        }
    }
}

/// Returns a number with its noun.
fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// Returns a value on one line.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Text(text) => format!("{text:?}"),
        value => value.to_string(),
    };
    cut(&text, MAX_VALUE)
}
