//! Commands for messages on WebSockets, and the files that they need.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use crate::runner::stage::{Core, Stage};
use crate::runner::tools::{Tool, attack};

/// The text of each message.
const TEXT: &str = "hello-hello-hello-hello-hello-hello-hello-hello-hello-hello-hell";

/// The path at which `drumfire serve` sends each message back.
const PATH: &str = "/echo";

/// Time in which all sockets are opened and rest, before the first message.
pub const CONNECTING: Duration = Duration::from_secs(2);

/// Sockets that share an event loop of k6.
const PER_USER: u64 = 10;

/// The report of Artillery, which it writes into a file.
const REPORT: &str = "report.json";

/// The scripts, whose `$NAME`s are values of the plan.
const SCRIPTS: [(&str, &str); 3] = [
    ("sockets.js", include_str!("../scripts/sockets.js")),
    ("sockets.yml", include_str!("../scripts/sockets.yml")),
    ("sockets.xml", include_str!("../scripts/sockets.xml")),
];

/// What each tool is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Number of WebSockets.
    pub sockets: u64,
    /// Messages per second on each.
    pub per_second: u64,
    /// Seconds in which messages are due.
    pub seconds: u64,
}

impl Plan {
    /// Returns the number of messages.
    pub fn n_messages(&self) -> u64 {
        self.sockets * self.per_second * self.seconds
    }

    /// Returns the time in which messages are due.
    pub fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Replaces the names in a script by values.
    fn fill(&self, script: &str, url: &str) -> String {
        let port = url.rsplit(':').next().unwrap_or_default();
        let values = [
            ("$SOCKETS", self.sockets.to_string()),
            ("$MESSAGES", (self.per_second * self.seconds).to_string()),
            ("$INTERVAL", (1.0 / self.per_second as f64).to_string()),
            ("$PORT", port.to_owned()),
            ("$PATH", PATH.to_owned()),
            ("$TEXT", TEXT.to_owned()),
            ("$LENGTH", (self.length() + 2 * CONNECTING).as_secs().to_string()),
            ("$URL", socket_url(url)),
        ];
        let filled = |script: String, (name, value): (&str, String)| script.replace(name, &value);
        values.into_iter().fold(script.to_owned(), filled)
    }
}

/// Writes the files for messages to an echo at a URL.
///
/// # Errors
///
/// A file cannot be written.
pub fn write_files(folder: &Path, url: &str, plan: &Plan) -> anyhow::Result<()> {
    let target = format!("WS {}\n# @body\n{TEXT}\n", socket_url(url));
    fs::write(folder.join("targets"), target).context("write the target")?;
    for (name, script) in SCRIPTS {
        let script = plan.fill(script, url);
        fs::write(folder.join(name), script).with_context(|| format!("write {name}"))?;
    }
    Ok(())
}

fn socket_url(url: &str) -> String {
    format!("{}{PATH}", url.replacen("http", "ws", 1))
}

impl Tool {
    /// Returns the command that sends the messages of a plan; None if the tool is not measured in
    /// this way. Needs [`write_files`]. See [`Tool::closed_loop`].
    pub fn messages(self, url: &str, plan: &Plan) -> Option<String> {
        let Plan { sockets, per_second, seconds } = plan;
        Some(match self {
            Tool::Drumfire => {
                let rate = sockets * per_second;
                attack(&format!("-sockets={sockets} -rate={rate} -duration={seconds}s"))
            }
            Tool::K6 => {
                let url = socket_url(url);
                let per_user = PER_USER.min(*sockets);
                format!(
                    "k6 run -q --no-usage-report -e URL={url} -e SOCKETS={sockets} \
                     -e PER_USER={per_user} -e RATE={per_second} -e SECONDS={seconds} \
                     -e TEXT={TEXT} sockets.js"
                )
            }
            Tool::Artillery => format!("artillery run -q -o {REPORT} sockets.yml"),
            Tool::Tsung => "tsung -f sockets.xml -l tsung -n start".to_owned(),
            _ => return None,
        })
    }

    /// Returns whether the tool reports quantiles of the time until the reply to a message.
    pub fn reports_replies(self) -> bool {
        matches!(self, Tool::Drumfire | Tool::K6)
    }

    /// Returns about how long the tool takes from its start until its sockets are opened.
    pub fn start_time(self) -> Duration {
        Duration::from_millis(if self == Tool::Drumfire { 50 } else { 500 })
    }
}

/// Returns the 99th percentile of the time until the reply that a tool reports, in ms.
///
/// # Errors
///
/// The tool reports none.
pub fn p99(stage: &Stage, tool: Tool) -> anyhow::Result<f64> {
    if tool.is_drumfire() {
        stage.run("drumfire report -type=json stream", Core::Any)?;
    }
    let report: Value = serde_json::from_str(&stage.said()?).context("read the report")?;
    let p99 = match tool.is_drumfire() {
        true => report["response"]["99th"].as_f64().map(|ns| ns / 1e6),
        false => report["p99_ms"].as_f64(),
    };
    p99.with_context(|| format!("no 99th percentile in {report}"))
}
