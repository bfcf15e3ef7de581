//! Memory per request in flight.

use std::time::Duration;

use anyhow::Context;
use drumfire::clock;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::results::samples::{Key, Samples};
use crate::results::table::{Better, Goal, Row, Unit};
use crate::runner::stage::{Core, Stage};
use crate::runner::tools::Tool;
use crate::runner::turn::{Run, Turn};

const IN_FLIGHT: u64 = 10_000;

/// Longest time until all connections are open.
const PATIENCE: Duration = Duration::from_secs(20);

/// Time from the last connection until its request has surely been sent.
const SETTLING: Duration = Duration::from_millis(300);

const KEY: Key = Key { measure: "memory", setting: "", figure: "bytes_per_request" };

/// Runs each tool with many requests in flight.
pub fn measure(turn: &mut Turn) {
    turn.each(KEY.measure, KEY.setting, &Tool::ALL, fill);
}

fn fill(stage: &Stage, tool: Tool) -> anyhow::Result<Option<Run>> {
    let Some((_, idle)) = resident_with(stage, tool, 1)? else { return Ok(None) };
    let Some((call, full)) = resident_with(stage, tool, IN_FLIGHT)? else { return Ok(None) };
    Ok(Some(Run::new(
        call,
        [
            (KEY.figure, (full - idle) / (IN_FLIGHT - 1) as f64),
            ("idle_bytes", idle),
            ("full_bytes", full),
        ],
    )))
}

/// Returns the command and the resident memory, in bytes, with `n` requests in flight.
fn resident_with(stage: &Stage, tool: Tool, n: u64) -> anyhow::Result<Option<(String, f64)>> {
    stage.block_on(async {
        let listener = listen().context("listen")?;
        let url = format!("http://{}", listener.local_addr()?);
        stage.aim(&url)?;
        let Some(call) = tool.unanswered(&url, n) else { return Ok(None) };
        let generator = stage.launch(&call, Core::Generator)?;
        let deadline = Some(clock::now() + PATIENCE);
        let held = clock::limit(deadline, hold(&listener, n)).await;
        let held = held.with_context(|| format!("{call}: not {n} connections"))??;
        clock::pause(SETTLING).await;
        let resident = generator.resident_bytes() as f64;
        // Stop the generator first: it would take closed connections for responses.
        drop(generator);
        drop(held);
        Ok(Some((call, resident)))
    })
}

/// Listens here and not in `serve`, whose delays need a second descriptor per connection.
fn listen() -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    socket.listen(4096)
}

/// Accepts `n` connections and never responds.
async fn hold(listener: &TcpListener, n: u64) -> anyhow::Result<Vec<TcpStream>> {
    let mut held = Vec::new();
    while (held.len() as u64) < n {
        held.push(listener.accept().await.context("accept a connection")?.0);
    }
    Ok(held)
}

/// Returns the rows of the table.
pub fn rows(samples: &Samples) -> Vec<Row> {
    let what = format!("memory per request, {IN_FLIGHT} in flight");
    let row = Row::new(what, Unit::Kib, Better::Less).measured(samples, KEY, Tool::Drumfire);
    vec![row.goals(&[Goal::AtMost(12.0 * 1024.0)])]
}
