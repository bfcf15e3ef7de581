//! Overload: a higher rate than one core can send.

use crate::measures::closed;
use crate::results::samples::{Key, Samples};
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::machine::connections_opened;
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const NAME: &str = "overload";

const OFFERED: [u64; 2] = [80_000, 320_000];

const SECONDS: u64 = 2;

const TOOLS: [Tool; 3] = [Tool::Drumfire, Tool::Oha, Tool::Vegeta];

/// Offers each tool more than it can send.
pub fn measure(turn: &mut Turn) {
    for rate in OFFERED {
        turn.each(NAME, &setting(rate), &TOOLS, |stage, tool| overload(stage, tool, rate));
    }
}

fn setting(rate: u64) -> String {
    format!("{rate}/s")
}

fn overload(stage: &Stage, tool: Tool, rate: u64) -> anyhow::Result<Option<Run>> {
    let server = stage.serve(&[])?;
    let Some(call) = tool.rated(&server.url, rate, SECONDS) else { return Ok(None) };
    let before = connections_opened();
    let generator = stage.run(&call, Core::Generator)?;
    let connections = connections_opened() - before;
    let outcome = stage.outcome(tool)?;
    server.stop()?;
    Ok(Some(Run::new(
        call,
        [
            ("per_second", outcome.per_second),
            ("success", outcome.success()),
            ("connections", connections as f64),
            ("peak_bytes", generator.peak_bytes as f64),
        ],
    )))
}

/// Returns the rows of the table.
pub fn rows(samples: &Samples) -> Vec<Row> {
    OFFERED.iter().flat_map(|rate| rows_at(samples, *rate)).collect()
}

fn rows_at(samples: &Samples, rate: u64) -> [Row; 3] {
    let setting = setting(rate);
    let row = |what: &str, figure, unit, better| {
        let key = Key { measure: NAME, setting: &setting, figure };
        Row::new(format!("{rate}/s offered: {what}"), unit, better).measured(
            samples,
            key,
            Tool::Drumfire,
        )
    };
    let possible = closed::best(samples).map(|best| best.median.min(rate as f64));
    let achieved = possible.map(|possible| Goal::AtLeast(0.95 * possible));
    [
        row("achieved", "per_second", Unit::PerSecond, Better::More).goals(achieved.as_slice()),
        row("success", "success", Unit::Share, Better::More).goals(&[Goal::Exactly(1.0)]),
        row("connections opened", "connections", Unit::Count, Better::Less)
            .goals(&[Goal::AtMost(999.0)]),
    ]
}
