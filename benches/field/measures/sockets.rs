//! Messages on WebSockets: whether all are sent, their cost and memory, and what a stall looks like.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Signal, kill_process};

use crate::results::samples::{Key, Samples};
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::sockets::{CONNECTING, Plan, p99};
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const NAME: &str = "sockets";

/// 100 000 messages per second.
const BUSY: Plan = Plan { sockets: 1_000, per_second: 100, seconds: 5 };

/// A rate that each tool can send, so that only the stall makes a difference.
const CALM: Plan = Plan { sockets: 100, per_second: 10, seconds: 5 };

/// Few messages: the memory is that of the sockets.
const IDLE: [Plan; 2] = [
    Plan { sockets: 10, per_second: 1, seconds: 1 },
    Plan { sockets: 1_000, per_second: 1, seconds: 1 },
];

/// Duration of the stall.
const STALL: Duration = Duration::from_secs(1);

/// Time from the start of a tool until its last message is due, beyond the plan: a tool in
/// JavaScript needs seconds to start.
const SPARE: Duration = Duration::from_secs(6);

/// Quantile whose truth is known.
const QUANTILE: f64 = 0.99;

/// Runs each tool with many messages, at a server that stalls, and with idle sockets.
pub fn measure(turn: &mut Turn) {
    turn.each(NAME, "busy", &Tool::ALL, talk);
    turn.each(NAME, "stall", &Tool::ALL, endure);
    turn.each(NAME, "idle", &Tool::ALL, rest);
}

/// Returns the true quantile, in ms: messages that are due in the stall are answered at its end,
/// and those after it at once.
///
/// ```text
/// p = stall - (1 - q) * length
/// ```
fn truth_ms(plan: &Plan) -> f64 {
    (STALL.as_secs_f64() - (1.0 - QUANTILE) * plan.seconds as f64) * 1e3
}

fn talk(stage: &Stage, tool: Tool) -> anyhow::Result<Option<Run>> {
    let server = stage.serve_noting()?;
    let Some(call) = tool.messages(&server.url, &BUSY) else { return Ok(None) };
    stage.aim_sockets(&server.url, &BUSY)?;
    let generator = stage.launch(&call, Core::Generator)?;
    // Tools that are late would go on for minutes.
    let cpu = stage.cpu_within(generator, BUSY.length() + CONNECTING + SPARE)?;
    server.stop()?;
    let times = times_of_messages(&stage.file("arrivals"))?;
    let first = times.iter().min().context("no message arrived")?;
    // Half a second more for the first and the last message of each socket.
    let end = first + (BUSY.length() + Duration::from_millis(500)).as_nanos() as i64;
    let in_time = times.iter().filter(|time| **time < end).count();
    Ok(Some(Run::new(
        call,
        [
            ("sent_of_planned", in_time as f64 / BUSY.n_messages() as f64),
            ("cpu_us_per_message", cpu.as_secs_f64() * 1e6 / times.len() as f64),
        ],
    )))
}

/// A row of the arrivals log.
#[derive(serde::Deserialize)]
struct Arrival {
    /// In ns since 1970 UTC.
    timestamp_ns: i64,
    /// `MESSAGE`, or that of a connect or a close.
    method: String,
}

/// Returns when messages arrived, in ns since 1970 UTC.
fn times_of_messages(log: &Path) -> anyhow::Result<Vec<i64>> {
    let mut rows = csv::Reader::from_path(log).context("read the arrivals")?;
    let mut times = Vec::new();
    for arrival in rows.deserialize() {
        let Arrival { timestamp_ns, method } = arrival.context("read the arrivals")?;
        if method == "MESSAGE" {
            times.push(timestamp_ns);
        }
    }
    Ok(times)
}

fn endure(stage: &Stage, tool: Tool) -> anyhow::Result<Option<Run>> {
    let server = stage.serve(&[])?;
    let Some(call) = tool.messages(&server.url, &CALM) else { return Ok(None) };
    if !tool.reports_replies() {
        return Ok(None);
    }
    stage.aim_sockets(&server.url, &CALM)?;
    let generator = stage.launch(&call, Core::Generator)?;
    stage.pause(CONNECTING + tool.start_time() + CALM.length() / 2);
    kill_process(server.pid(), Signal::STOP)?;
    stage.pause(STALL);
    kill_process(server.pid(), Signal::CONT)?;
    stage.await_end(&call, generator)?;
    let reported = p99(stage, tool)?;
    server.stop()?;
    Ok(Some(Run::new(call, [("p99_of_truth", reported / truth_ms(&CALM))])))
}

fn rest(stage: &Stage, tool: Tool) -> anyhow::Result<Option<Run>> {
    let mut peaks = Vec::new();
    let mut last = None;
    for plan in &IDLE {
        let server = stage.serve(&[])?;
        let Some(call) = tool.messages(&server.url, plan) else { return Ok(None) };
        stage.aim_sockets(&server.url, plan)?;
        peaks.push(stage.run(&call, Core::Generator)?.peak_bytes as f64);
        server.stop()?;
        last = Some(call);
    }
    let [few, many] = IDLE.map(|plan| plan.sockets as f64);
    let per_socket = (peaks[1] - peaks[0]) / (many - few);
    Ok(last.map(|call| Run::new(call, [("bytes_per_socket", per_socket)])))
}

/// Returns the rows of the table.
pub fn rows(samples: &Samples) -> Vec<Row> {
    let row = |what: String, setting, figure, unit, better| {
        let key = Key { measure: NAME, setting, figure };
        Row::new(what, unit, better).measured(samples, key, Tool::Drumfire)
    };
    let busy = format!("{} sockets x {} messages/s", BUSY.sockets, BUSY.per_second);
    let truth = truth_ms(&CALM);
    vec![
        row(
            format!("{busy}: share of planned messages that arrived in time"),
            "busy",
            "sent_of_planned",
            Unit::Share,
            Better::More,
        )
        .goals(&[Goal::Exactly(1.0)]),
        row(
            format!("{busy}: CPU time per message"),
            "busy",
            "cpu_us_per_message",
            Unit::Micros,
            Better::Less,
        )
        .goals(&[Goal::AtMost(9.0)]),
        row(
            format!(
                "p99 of messages if the server stalls for 1 s, relative to the true {truth:.0} ms"
            ),
            "stall",
            "p99_of_truth",
            Unit::Factor,
            Better::More,
        )
        .goals(&[Goal::AtLeast(0.99), Goal::AtMost(1.05)]),
        row("memory per WebSocket".to_owned(), "idle", "bytes_per_socket", Unit::Kib, Better::Less)
            .goals(&[Goal::AtMost(7.0 * 1024.0)]),
    ]
}
