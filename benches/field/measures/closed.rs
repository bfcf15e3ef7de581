//! Closed loop: a constant number of requests in flight, at full speed.

use crate::results::figures::Spread;
use crate::results::samples::{Key, Samples};
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::process::cpu_so_far;
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const IN_FLIGHT: u64 = 32;

const SECONDS: u64 = 2;

/// Share of the time in which the server's core was busy, in `[0, 1]`.
const SERVER_BUSY: &str = "server_busy";

/// From this share on, a faster server might have allowed the tool a higher rate.
const SATURATED: f64 = 0.95;

const KEY: Key = Key { measure: "closed", setting: "", figure: "per_second" };

/// Runs each tool at full speed.
pub fn measure(turn: &mut Turn) {
    turn.each(KEY.measure, KEY.setting, &Tool::ALL, hurry);
}

fn hurry(stage: &Stage, tool: Tool) -> anyhow::Result<Option<Run>> {
    let server = stage.serve(&[])?;
    let Some(call) = tool.closed_loop(&server.url, IN_FLIGHT, SECONDS) else { return Ok(None) };
    let generator = stage.run(&call, Core::Generator)?;
    let outcome = stage.outcome(tool)?;
    let server_cpu = cpu_so_far(server.pid());
    server.stop()?;
    Ok(Some(Run::new(
        call,
        [
            (KEY.figure, outcome.per_second),
            ("success", outcome.success()),
            ("cpu_s", generator.cpu.as_secs_f64()),
            (SERVER_BUSY, server_cpu.as_secs_f64() / SECONDS as f64),
        ],
    )))
}

/// Returns the highest rate of drumfire, in requests per second.
pub fn best(samples: &Samples) -> Option<Spread> {
    samples.spread(KEY, Tool::Drumfire)
}

/// Returns remarks on tools that the server may have limited, since its core was always busy.
pub fn remarks(samples: &Samples) -> Vec<String> {
    let key = Key { figure: SERVER_BUSY, ..KEY };
    let busy =
        Tool::ALL.into_iter().filter_map(|tool| Some((tool, samples.spread(key, tool)?.median)));
    let held_back = busy.filter(|(_, busy)| *busy >= SATURATED);
    held_back.map(|(tool, busy)| {
        let percent = busy * 100.0;
        format!("In the closed loop the server was busy for {percent:.0} % of the time with {tool}, which may be faster than the server.")
    }).collect()
}

/// Returns the rows of the table.
pub fn rows(samples: &Samples) -> Vec<Row> {
    let what = format!("closed loop, {IN_FLIGHT} in flight");
    let goals = [Goal::AtLeastOf(Tool::Wrk, 0.9), Goal::AtLeastOf(Tool::Oha, 1.1)];
    let row = Row::new(what, Unit::PerSecond, Better::More);
    vec![row.measured(samples, KEY, Tool::Drumfire).goals(&goals)]
}
