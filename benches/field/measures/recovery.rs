//! Recovery from a server that stalls: time to the schedule, and unanswered requests.

use std::time::Duration;

use drumfire::clock;
use rustix::process::{Signal, kill_process};

use crate::results::samples::{Key, Samples};
use crate::results::schedule::last_late_ns;
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::machine::connections_opened;
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const NAME: &str = "recovery";

const RATE: u64 = 10_000;

const INTERVAL_NS: i64 = 1_000_000_000 / RATE as i64;

/// Duration of the stall, and of the whole attack in seconds.
const STALLS: [(Duration, u64); 2] = [(Duration::from_millis(200), 3), (Duration::from_secs(2), 6)];

/// Time before the stall.
const CALM: Duration = Duration::from_secs(1);

const TOOLS: [Tool; 4] = [Tool::Drumfire, Tool::Oha, Tool::Vegeta, Tool::Wrk2];

/// Stalls the server under each tool.
pub fn measure(turn: &mut Turn) {
    for (stall, seconds) in STALLS {
        turn.each(NAME, &setting(stall), &TOOLS, |stage, tool| endure(stage, tool, stall, seconds));
    }
}

fn setting(stall: Duration) -> String {
    format!("{} ms", stall.as_millis())
}

fn endure(stage: &Stage, tool: Tool, stall: Duration, seconds: u64) -> anyhow::Result<Option<Run>> {
    let server = stage.serve_noting()?;
    let Some(call) = tool.rated(&server.url, RATE, seconds) else { return Ok(None) };
    let before = connections_opened();
    let generator = stage.launch(&call, Core::Generator)?;
    stage.pause(CALM);
    kill_process(server.pid(), Signal::STOP)?;
    let stopped_ns = clock::wall_ns();
    stage.pause(stall);
    let woken_ns = clock::wall_ns();
    kill_process(server.pid(), Signal::CONT)?;
    stage.await_end(&call, generator)?;
    let connections = connections_opened() - before;
    let outcome = stage.outcome(tool)?;
    server.stop()?;
    let arrivals = stage.arrivals()?;
    let last_late_ns = last_late_ns(&arrivals, INTERVAL_NS, stopped_ns);
    let recovery_ns = last_late_ns.map_or(0, |late_ns| late_ns - woken_ns);
    Ok(Some(Run::new(
        call,
        [
            ("recovery_s", recovery_ns as f64 / 1e9),
            ("unanswered", (RATE * seconds) as f64 - outcome.answered),
            ("arrived", arrivals.len() as f64),
            ("connections", connections as f64),
        ],
    )))
}

/// Returns the rows of the table.
pub fn rows(samples: &Samples) -> Vec<Row> {
    STALLS.iter().flat_map(|(stall, _)| rows_after(samples, *stall)).collect()
}

fn rows_after(samples: &Samples, stall: Duration) -> [Row; 2] {
    let setting = setting(stall);
    let row =
        |what: &str, figure, unit| {
            let key = Key { measure: NAME, setting: &setting, figure };
            Row::new(format!("stall of {setting} at {RATE}/s: {what}"), unit, Better::Less)
                .measured(samples, key, Tool::Drumfire)
        };
    [
        row("until on schedule", "recovery_s", Unit::Seconds)
            .goals(&[Goal::AtMost(stall.as_secs_f64())]),
        row("requests unanswered", "unanswered", Unit::Count).goals(&[Goal::Exactly(0.0)]),
    ]
}
