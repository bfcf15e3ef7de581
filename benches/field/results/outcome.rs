//! Parses what the tools print about their runs.

use anyhow::Context;
use serde_json::Value;

use super::tools::Tool;

/// The outcome of a run, as the tool reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Requests with a successful response.
    pub answered: f64,
    /// Requests that failed or had another response.
    pub failed: f64,
    /// Responses per second.
    pub per_second: f64,
}

impl Outcome {
    /// Returns the share of successes, in `[0, 1]`.
    pub fn success(&self) -> f64 {
        self.answered / (self.answered + self.failed).max(1.0)
    }
}

/// Parses the output of a tool: `drumfire report -type=json` for drumfire and Vegeta.
///
/// # Errors
///
/// The output does not have the expected form.
pub fn read(tool: Tool, said: &str) -> anyhow::Result<Outcome> {
    let outcome = match tool {
        Tool::Drumfire | Tool::Polling | Tool::Vegeta => report(said),
        Tool::Wrk | Tool::Wrk2 => wrk(said),
        Tool::Oha => oha(said),
        Tool::Hey => hey(said),
        Tool::Ab => ab(said),
        Tool::H2load => h2load(said),
        Tool::K6 => k6(said),
        // What they print has no requests per second.
        Tool::Artillery | Tool::Tsung => None,
    };
    outcome.with_context(|| format!("no figures in what {tool} said: {said}"))
}

fn report(said: &str) -> Option<Outcome> {
    let report: Value = serde_json::from_str(said).ok()?;
    let requests = report["requests"].as_f64()?;
    let answered = (requests * report["success"].as_f64()?).round();
    let per_second = report["throughput"].as_f64()?;
    Some(Outcome { answered, failed: requests - answered, per_second })
}

fn wrk(said: &str) -> Option<Outcome> {
    let requests = before(said, " requests in ")?;
    // These lines are printed only if their counts are not 0.
    let refused = after(said, "Non-2xx or 3xx responses:").unwrap_or(0.0);
    let broken = ["connect ", ", read ", ", write ", ", timeout "];
    let line = said.lines().find(|line| line.contains("Socket errors:")).unwrap_or_default();
    let broken: f64 = broken.iter().filter_map(|what| after(line, what)).sum();
    let per_second = after(said, "Requests/sec:")?;
    Some(Outcome { answered: requests - refused, failed: refused + broken, per_second })
}

fn oha(said: &str) -> Option<Outcome> {
    let report: Value = serde_json::from_str(said).ok()?;
    let sum = |name: &str, counts: fn(&str) -> bool| -> Option<f64> {
        let entries = report[name].as_object()?.iter();
        entries.filter(|(key, _)| counts(key)).map(|(_, count)| count.as_f64()).sum()
    };
    let answered = sum("statusCodeDistribution", |code| code == "200")?;
    let refused = sum("statusCodeDistribution", |code| code != "200")?;
    // Requests aborted at the end of the run are no fault of the server.
    let broken = sum("errorDistribution", |text| text != "aborted due to deadline")?;
    let per_second = report["summary"]["requestsPerSec"].as_f64()?;
    Some(Outcome { answered, failed: refused + broken, per_second })
}

fn hey(said: &str) -> Option<Outcome> {
    let (statuses, errors) = said.split_once("Error distribution:").unwrap_or((said, ""));
    let statuses = statuses.split_once("Status code distribution:")?.1;
    let answered = after(statuses, "[200]").unwrap_or(0.0);
    let all: f64 = statuses.lines().filter_map(|line| after(line, "]")).sum();
    let broken: f64 = errors.lines().filter_map(|line| after(line, "[")).sum();
    let per_second = after(said, "Requests/sec:")?;
    Some(Outcome { answered, failed: all - answered + broken, per_second })
}

fn ab(said: &str) -> Option<Outcome> {
    // The second line is printed only if its count is not 0.
    let refused = after(said, "Non-2xx responses:").unwrap_or(0.0);
    let failed = after(said, "Failed requests:")?.max(refused);
    let answered = after(said, "Complete requests:")? - failed;
    let per_second = after(said, "Requests per second:")?;
    Some(Outcome { answered, failed, per_second })
}

fn h2load(said: &str) -> Option<Outcome> {
    let answered = before(said, " succeeded")?;
    let failed = before(said, " failed")?;
    let per_second = before(said, " req/s")?;
    Some(Outcome { answered, failed, per_second })
}

/// Parses what the scripts in `benches/field/scripts` print at their end.
fn k6(said: &str) -> Option<Outcome> {
    let summary: Value = serde_json::from_str(said).ok()?;
    let number = |name: &str| summary[name].as_f64();
    let answered = number("answered")?;
    Some(Outcome { answered, failed: number("failed")?, per_second: number("per_second")? })
}

/// Returns the number after the first occurrence of a label.
fn after(text: &str, label: &str) -> Option<f64> {
    let rest = text.split_once(label)?.1.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// Returns the number before the first occurrence of a label.
fn before(text: &str, label: &str) -> Option<f64> {
    let rest = text.split_once(label)?.0;
    let start = rest.rfind(|c: char| !c.is_ascii_digit() && c != '.').map_or(0, |at| at + 1);
    rest[start..].parse().ok()
}
