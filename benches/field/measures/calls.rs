//! Unary gRPC calls: whether all are made at a rate, their cost, and their memory in flight.

use crate::results::samples::{Key, Samples};
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::process::cpu_so_far;
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const NAME: &str = "calls";

/// Calls per second, and seconds. The slowest run longer, so that starting the program adds little
/// to the CPU time of a call.
const RATES: [(u64, u64); 3] = [(1_000, 4), (5_000, 3), (20_000, 3)];

/// The setting of the closed loop.
const CLOSED: &str = "closed";

/// Calls in flight in the closed loop.
const IN_FLIGHT: u64 = 32;

/// Duration of the closed loop.
const SECONDS: u64 = 3;

/// The setting of the calls at a slow server.
const SLOW: &str = "slow";

/// Calls in flight at the slow server.
const UNANSWERED: u64 = 10_000;

/// Most calls that `drumfire serve` allows on a connection.
const PER_CONNECTION: u64 = 1_000;

/// The flag of the slow server: much longer than it takes to send [`UNANSWERED`] calls.
const DELAY: &str = "-latency=6s";

/// Runs each tool at each rate, at full speed, and at a slow server.
pub fn measure(turn: &mut Turn) {
    for (rate, seconds) in RATES {
        turn.each(NAME, &setting(rate), &Tool::ALL, |stage, tool| hold(stage, tool, rate, seconds));
    }
    turn.each(NAME, CLOSED, &Tool::ALL, hurry);
    turn.each(NAME, SLOW, &Tool::ALL, fill);
}

fn setting(rate: u64) -> String {
    format!("{rate}/s")
}

fn hold(stage: &Stage, tool: Tool, rate: u64, seconds: u64) -> anyhow::Result<Option<Run>> {
    let server = stage.serve_noting()?;
    let Some(call) = tool.rated_calls(&server.url, rate, seconds) else { return Ok(None) };
    stage.aim_calls(&server.url)?;
    let generator = stage.run(&call, Core::Generator)?;
    let outcome = stage.outcome(tool)?;
    server.stop()?;
    let (planned, arrived) = ((rate * seconds) as f64, stage.arrivals()?.len() as f64);
    Ok(Some(Run::new(
        call,
        [
            ("arrived_of_planned", arrived / planned),
            ("success", outcome.success()),
            ("cpu_us_per_call", generator.cpu.as_secs_f64() * 1e6 / arrived),
        ],
    )))
}

fn hurry(stage: &Stage, tool: Tool) -> anyhow::Result<Option<Run>> {
    let server = stage.serve(&[])?;
    let Some(call) = tool.calls_in_closed_loop(&server.url, IN_FLIGHT, SECONDS) else {
        return Ok(None);
    };
    stage.aim_calls(&server.url)?;
    let generator = stage.run(&call, Core::Generator)?;
    let outcome = stage.outcome(tool)?;
    let server_cpu = cpu_so_far(server.pid());
    server.stop()?;
    Ok(Some(Run::new(
        call,
        [
            ("per_second", outcome.per_second),
            ("success", outcome.success()),
            ("cpu_us_per_call", generator.cpu.as_secs_f64() * 1e6 / outcome.answered),
            ("server_busy", server_cpu.as_secs_f64() / SECONDS as f64),
        ],
    )))
}

fn fill(stage: &Stage, tool: Tool) -> anyhow::Result<Option<Run>> {
    let Some((_, idle)) = peak_with(stage, tool, 1)? else { return Ok(None) };
    let Some((call, full)) = peak_with(stage, tool, UNANSWERED)? else { return Ok(None) };
    Ok(Some(Run::new(
        call,
        [
            ("bytes_per_call", (full - idle) / (UNANSWERED - 1) as f64),
            ("idle_bytes", idle),
            ("full_bytes", full),
        ],
    )))
}

/// Returns the command and the peak memory, in bytes, with `n` calls in flight.
fn peak_with(stage: &Stage, tool: Tool, n: u64) -> anyhow::Result<Option<(String, f64)>> {
    let server = stage.serve(&[DELAY])?;
    let Some(call) = tool.calls_at_once(&server.url, n, PER_CONNECTION) else { return Ok(None) };
    stage.aim_calls(&server.url)?;
    let generator = stage.run(&call, Core::Generator)?;
    let outcome = stage.outcome(tool)?;
    server.stop()?;
    anyhow::ensure!(outcome.answered == n as f64, "{call}: {} of {n} calls", outcome.answered);
    Ok(Some((call, generator.peak_bytes as f64)))
}

/// Returns the rows of the table.
pub fn rows(samples: &Samples) -> Vec<Row> {
    let row = |what: String, setting: &str, figure, unit, better| {
        let key = Key { measure: NAME, setting, figure };
        Row::new(what, unit, better).measured(samples, key, Tool::Drumfire)
    };
    let cpu =
        |what, setting: &str| row(what, setting, "cpu_us_per_call", Unit::Micros, Better::Less);
    let rated = RATES.iter().flat_map(|(rate, _)| {
        let setting = setting(*rate);
        let arrived = format!("gRPC: share of planned calls that arrived, {setting}");
        let share = row(arrived, &setting, "arrived_of_planned", Unit::Share, Better::More);
        let cost = cpu(format!("gRPC: CPU time per call, {setting}"), &setting);
        // At lower rates the wait for the slot costs more than the call.
        let goals: &[Goal] = match *rate {
            20_000 => &[Goal::AtMostOf(Tool::K6, 1.0 / 3.0)],
            _ => &[],
        };
        [share.goals(&[Goal::Exactly(1.0)]), cost.goals(goals)]
    });
    let what = |what: &str| format!("gRPC in a closed loop, {IN_FLIGHT} in flight: {what}");
    let speed = row(what("calls"), CLOSED, "per_second", Unit::PerSecond, Better::More);
    let cost = cpu(what("CPU time per call"), CLOSED);
    let memory = format!("gRPC: memory per call, {UNANSWERED} in flight");
    let memory = row(memory, SLOW, "bytes_per_call", Unit::Kib, Better::Less);
    rated
        .chain([
            speed.goals(&[Goal::AtLeastOf(Tool::H2load, 1.0)]),
            cost.goals(&[Goal::AtMostOf(Tool::K6, 1.0 / 10.0)]),
            memory.goals(&[Goal::AtMost(6.0 * 1024.0)]),
        ])
        .collect()
}
