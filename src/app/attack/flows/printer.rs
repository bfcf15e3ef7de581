//! Prints what a flow does.

use std::io::{self, Write};
use std::mem;
use std::path::Path;
use std::time::Duration;

use drumfire::attack::{Asked, Watcher};
use drumfire::client::Outcome;
use drumfire::flow::{Checks, Flow, Found, MAX_BODY, Observer, Value};
use drumfire::markup::escape::visible;
use drumfire::markup::redact::{HIDDEN_USER, cut, without_users};
use drumfire::markup::secrets::Secrets;
use drumfire::record::{self, grpc_status_name};
use drumfire::units::GoDuration;
use http::StatusCode;

/// Maximum length in bytes of a captured value on a line: a token fits.
const MAX_CAPTURED: usize = 4096;

/// Maximum length in bytes of a value on a line that a check has found.
const MAX_FOUND: usize = 200;

/// Prints each request of a flow, its response, and its captures and checks.
pub struct Printer<'f, W> {
    output: W,
    flow: &'f Flow,
    /// Texts that are printed as `***`.
    secrets: Secrets,
    /// File of the last request. None if the flow has only one file, and before the first request.
    file: Option<&'f Path>,
    /// Line of the last request; 0 before the first.
    line: usize,
    n_requests: u64,
    n_checks: u64,
    n_failed: u64,
    /// Captures and checks of the last request, which are printed when it is known whether it is
    /// made again.
    details: Vec<Detail>,
    /// Whether the last request has no response.
    is_unanswered: bool,
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
    Noted,
}

impl<'f, W: Write> Printer<'f, W> {
    /// Returns a printer of a flow, which prints these values as `***`.
    pub fn new(output: W, flow: &'f Flow, secrets: &Secrets) -> Self {
        let mut printer = Self {
            output,
            flow,
            secrets: secrets.clone(),
            file: None,
            line: 0,
            n_requests: 0,
            n_checks: 0,
            n_failed: 0,
            details: Vec::new(),
            is_unanswered: true,
            error: None,
        };
        printer.print(&format!("flow '{}'", flow.name()));
        printer
    }

    /// Prints how the flow ended.
    ///
    /// # Errors
    ///
    /// The first failure of the output.
    pub fn end(mut self, has_failed: bool) -> io::Result<()> {
        let outcome = if has_failed { "failed" } else { "passed" };
        let requests = counted(self.n_requests, "request");
        let checks = counted(self.n_checks, "check");
        let Self { flow, n_failed, .. } = self;
        let name = flow.name();
        self.print(&format!("flow '{name}' {outcome}: {requests}, {checks}, {n_failed} failed\n"));
        self.error.map_or(Ok(()), Err)
    }

    fn print(&mut self, text: &str) {
        // A secret may have characters that end a URL.
        let text = self.secrets.hide(text);
        let text = without_users(&text, HIDDEN_USER);
        if let Err(error) = writeln!(self.output, "{text}") {
            self.error.get_or_insert(error);
        }
    }

    /// Prints what there is to say about the last request.
    fn print_details(&mut self, is_made_again: bool) {
        for Detail { line, kind, text } in mem::take(&mut self.details) {
            let what = match kind {
                Kind::Captured => "capture",
                Kind::Held => "ok",
                Kind::Failed if is_made_again => "not yet",
                Kind::Failed => "FAILED",
                Kind::Noted => "note",
            };
            self.print(&format!("    line {line:<4} {what:<8} {}", visible(&text)));
        }
    }

    fn add(&mut self, line: usize, kind: Kind, text: String) {
        self.details.push(Detail { line, kind, text });
    }

    /// Notes where a step is, and prints its file where the next file of several begins.
    fn go_to(&mut self, step: u16) {
        let Some((file, line)) = self.flow.step_place(step) else { return };
        self.line = line;
        if self.flow.files().count() > 1 && self.file != Some(file) {
            self.file = Some(file);
            self.print(&format!("  {}", visible(&file.display().to_string())));
        }
    }
}

impl<W: Write> Observer for Printer<'_, W> {
    fn captured(&mut self, line: usize, name: &str, value: &Value, redact: bool) {
        if redact {
            value.render().into_iter().for_each(|text| self.secrets.add(text.into()));
        }
        self.add(line, Kind::Captured, format!("{name}: {}", shown(value, MAX_CAPTURED)));
    }

    fn checked(&mut self, line: usize, text: &str, held: bool, found: Found<'_>) {
        if held {
            return self.add(line, Kind::Held, text.to_owned());
        }
        let value = found.value.map(|value| format!("found {}", shown(value, MAX_FOUND)));
        let parts: Vec<_> = value.as_deref().into_iter().chain(found.reason).collect();
        let outcome =
            if parts.is_empty() { "not as expected".to_owned() } else { parts.join(": ") };
        self.add(line, Kind::Failed, format!("{text}: {outcome}"));
    }

    fn missed(&mut self, line: usize, text: &str, reason: &str) {
        self.add(line, Kind::Failed, format!("{text}: {reason}"));
    }
}

impl<W: Write> Watcher for Printer<'_, W> {
    fn sending(&mut self, step: u16, name: &str, attempt: u16, request: Option<Asked<'_>>) {
        self.n_requests += 1;
        self.is_unanswered = true;
        self.go_to(step);
        let request = request.map(|Asked { method, url }| format!("{method} {url}"));
        let name = Some(name).filter(|name| !request.as_ref().is_some_and(|it| says(it, name)));
        let retry = (attempt > 0).then(|| format!("(retry {attempt})"));
        let head: Vec<_> = name.into_iter().chain(retry.as_deref()).collect();
        let head = Some(head.join(" ")).filter(|head| !head.is_empty());
        let parts: Vec<_> = head.into_iter().chain(request).collect();
        self.print(&format!("  {step} {}", visible(&parts.join(": "))));
    }

    fn refused(&mut self, line: usize, _: &str) {
        self.line = line;
    }

    fn answered(&mut self, outcome: &Outcome) {
        if outcome.failure().is_some() {
            return;
        }
        self.is_unanswered = false;
        let of_call = outcome.messaging.as_ref().filter(|it| it.kind == record::Kind::Call);
        let messages = match of_call.map_or(0, |messaging| messaging.messages_in) {
            0 | 1 => String::new(),
            more => format!("{more} messages, "),
        };
        let bytes = size(outcome.body.n_received);
        let latency = rounded(outcome.latency);
        self.print(&format!("    {}, {messages}{bytes} in {latency}", status(outcome)));
    }

    fn done(&mut self, checks: &Checks, error: Option<&str>) {
        // Checks of an attempt that is followed by another one are not counted.
        self.n_checks += u64::from(checks.made.unwrap_or_default());
        self.n_failed += u64::from(checks.failed);
        // A failed check has been printed with what was found.
        if let Some(error) = error.filter(|_| checks.error.is_none()) {
            let (kind, more) = match self.is_unanswered {
                true => (Kind::Failed, ""),
                // Reports count it as an error, and yet it fails no flow.
                false => (Kind::Noted, ", and no HTTP line to check it: the flow goes on"),
            };
            self.add(self.line, kind, format!("{error}{more}"));
        }
        self.print_details(error.is_none());
    }
}

/// Returns the status of a response with its name. For a call with a status of gRPC, only its name.
/// For a message of a WebSocket, what came of it.
fn status(outcome: &Outcome) -> String {
    if let Some(messaging) = &outcome.messaging {
        match (messaging.kind, messaging.messages_in, messaging.close_code) {
            (record::Kind::Message, 0, _) => return "sent".to_owned(),
            (record::Kind::Message, 1, _) => return "reply".to_owned(),
            (record::Kind::Message, 2, _) => return "reply after 1 other message".to_owned(),
            (record::Kind::Message, n_messages, _) => {
                return format!("reply after {} other messages", n_messages - 1);
            }
            (record::Kind::Close, _, Some(code)) => return format!("closed with {code}"),
            (record::Kind::Close, _, None) => return "closed".to_owned(),
            _ => {}
        }
    }
    let of_call = outcome.messaging.as_ref().and_then(|messaging| messaging.grpc_status);
    if let Some(status) = of_call {
        return grpc_status_name(status).into_owned();
    }
    let known = StatusCode::from_u16(outcome.code).ok();
    let reason = known.and_then(|code| code.canonical_reason()).unwrap_or_default();
    format!("{} {reason}", outcome.code).trim_end().to_owned()
}

/// Returns whether a request, method and URL, says what a name says: the name is its method and the
/// end of its URL.
fn says(request: &str, name: &str) -> bool {
    let method = request.split(' ').next().unwrap_or_default();
    let path = name.strip_prefix(method).and_then(|rest| rest.strip_prefix(' '));
    path.is_some_and(|path| request.ends_with(path))
}

/// Returns a duration with three digits.
fn rounded(duration: Duration) -> GoDuration {
    let nanos = duration.as_nanos().max(1);
    let unit = 10_u128.pow(nanos.ilog10().saturating_sub(2));
    let nanos = (nanos + unit / 2) / unit * unit;
    GoDuration(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}

/// Returns a number and what it counts.
fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Returns the size of a body. The rest of a large one is not counted.
fn size(n_bytes: u64) -> String {
    match n_bytes > MAX_BODY as u64 {
        true => format!("more than {} MiB", MAX_BODY >> 20),
        false => counted(n_bytes, "byte"),
    }
}

/// Returns a value as JSON on one line.
fn shown(value: &Value, most_bytes: usize) -> String {
    let text = match value {
        Value::Unset => "no value".to_owned(),
        // JSON numbers of any length are shown in full.
        Value::BigInteger(digits) => digits.to_string(),
        value => value.to_json().to_string(),
    };
    cut(&text, most_bytes)
}
