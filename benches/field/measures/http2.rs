//! Closed loop over HTTP/2, with TLS and without: one connection, at full speed.

use rustix::process::Pid;

use crate::results::samples::{Key, Samples};
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::process::cpu_so_far;
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const NAME: &str = "http2";

/// The setting without TLS, next to tools that support it.
const PLAIN: (&str, [Tool; 2]) = ("plain", [Tool::Drumfire, Tool::H2load]);

/// The setting with TLS.
const TLS: &str = "tls";

const IN_FLIGHT: u64 = 32;

const SECONDS: u64 = 2;

/// Runs each tool at full speed.
pub fn measure(turn: &mut Turn) {
    let (plain, tools) = PLAIN;
    turn.each(NAME, plain, &tools, |stage, tool| {
        let server = stage.serve(&[])?;
        let run = hurry(stage, tool, &server.url, server.pid())?;
        server.stop()?;
        Ok(run)
    });
    turn.each(NAME, TLS, &Tool::ALL, |stage, tool| {
        let server = stage.serve_tls()?;
        hurry(stage, tool, &server.url, server.pid())
    });
}

fn hurry(stage: &Stage, tool: Tool, url: &str, server: Pid) -> anyhow::Result<Option<Run>> {
    let Some(call) = tool.http2_in_closed_loop(url, IN_FLIGHT, SECONDS) else { return Ok(None) };
    let generator = stage.run(&call, Core::Generator)?;
    let outcome = stage.outcome(tool)?;
    Ok(Some(Run::new(
        call,
        [
            ("per_second", outcome.per_second),
            ("success", outcome.success()),
            ("cpu_us_per_request", generator.cpu.as_secs_f64() * 1e6 / outcome.answered),
            ("server_busy", cpu_so_far(server).as_secs_f64() / SECONDS as f64),
        ],
    )))
}

/// Returns the rows of the table.
pub fn rows(samples: &Samples) -> Vec<Row> {
    let tls_goals = [Goal::AtLeastOf(Tool::H2load, 1.0), Goal::AtLeastOf(Tool::Oha, 1.0)];
    let settings = [(PLAIN.0, "without TLS", &tls_goals[..1]), (TLS, "over TLS", &tls_goals[..])];
    let rows = settings.into_iter().flat_map(|(setting, how, goals)| {
        let row = |what: &str, figure, unit, better| {
            let key = Key { measure: NAME, setting, figure };
            let what = format!("HTTP/2 {how} in a closed loop, {IN_FLIGHT} in flight: {what}");
            Row::new(what, unit, better).measured(samples, key, Tool::Drumfire)
        };
        [
            row("requests", "per_second", Unit::PerSecond, Better::More).goals(goals),
            row("CPU time per request", "cpu_us_per_request", Unit::Micros, Better::Less),
        ]
    });
    rows.collect()
}
