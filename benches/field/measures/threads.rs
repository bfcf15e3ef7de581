//! One engine thread and two: whether the second slows down the first.

use crate::results::figures::Spread;
use crate::results::samples::{Key, Samples};
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::process::cpu_so_far;
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const NAME: &str = "threads";

/// Enough in flight to keep two threads busy at the server's delay.
const IN_FLIGHT: u64 = 2_000;

/// Simulates a distant server.
const DELAY: &str = "-latency=10ms";

const SECONDS: u64 = 2;

/// Runs drumfire at full speed with one thread and with two. The server shares one of the two cores
/// with the threads.
pub fn measure(turn: &mut Turn) {
    for threads in [1, 2] {
        turn.each(NAME, &setting(threads), &[Tool::Drumfire], |stage, tool| {
            hurry(stage, tool, threads).map(Some)
        });
    }
}

fn setting(threads: u64) -> String {
    format!("{threads} threads")
}

fn hurry(stage: &Stage, tool: Tool, threads: u64) -> anyhow::Result<Run> {
    let server = stage.serve(&[DELAY])?;
    let call = format!(
        "drumfire attack -quiet -rate=0 -max-workers={IN_FLIGHT} -threads={threads} \
         -duration={SECONDS}s -targets=targets -output=stream"
    );
    let generator = stage.run(&call, Core::Any)?;
    let outcome = stage.outcome(tool)?;
    let server_cpu = cpu_so_far(server.pid());
    server.stop()?;
    Ok(Run::new(
        call,
        [
            ("per_second", outcome.per_second),
            ("per_cpu_second", outcome.answered / generator.cpu.as_secs_f64()),
            ("success", outcome.success()),
            ("server_cpu_s", server_cpu.as_secs_f64()),
        ],
    ))
}

/// Returns the rows of the table. The server shares the two cores, so the rate of two threads
/// reflects the server. The rate per CPU second reflects the threads.
pub fn rows(samples: &Samples) -> Vec<Row> {
    let what = "two engine threads against one: 2 x responses per CPU second";
    let row = Row::new(what, Unit::Factor, Better::More).goals(&[Goal::AtLeast(1.8)]);
    vec![row.ours(gain(samples, "per_cpu_second", 2.0)), wall(samples)]
}

fn wall(samples: &Samples) -> Row {
    let what = "two engine threads against one: responses per second, the server on the same cores";
    Row::new(what, Unit::Factor, Better::More).ours(gain(samples, "per_second", 1.0))
}

/// Returns the ratio of two threads to one, times a factor.
fn gain(samples: &Samples, figure: &str, factor: f64) -> Option<Spread> {
    let of = |threads| {
        let setting = setting(threads);
        samples.spread(Key { measure: NAME, setting: &setting, figure }, Tool::Drumfire)
    };
    Some(of(2)?.over(of(1)?.median / factor))
}
