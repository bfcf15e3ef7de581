//! Commands for gRPC calls and for HTTP/2, and the files that they need.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::runner::tools::{CONNECTIONS, Tool, attack};

/// The text of each message.
const TEXT: &str = "hello-hello-hello-hello-hello-hello-hello-hello-hello-hello-hell";

/// The method that is called, as a path.
const METHOD: &str = "drumfire.v1.Echo/Unary";

/// The field of the text, and the type of texts.
const TEXT_TAG: u8 = 1 << 3 | 2;

/// Headers of a gRPC call.
const HEADERS: &str = "-H content-type:application/grpc -H te:trailers";

/// The file of a message with its prefix, which h2load sends.
const MESSAGE_FILE: &str = "message";

/// The file of the schema.
const PROTO: &str = "echo.proto";

/// The script of k6, and the schema.
const SCRIPTS: [(&str, &str); 2] = [
    ("grpc.js", include_str!("../scripts/grpc.js")),
    (PROTO, include_str!("../scripts/echo.proto")),
];

/// Writes the files for calls to the echo service at a URL: the target of drumfire, the bytes that
/// h2load sends, and the script of k6.
///
/// # Errors
///
/// A file cannot be written.
pub fn write_files(folder: &Path, url: &str) -> anyhow::Result<()> {
    let address = address(url);
    let target = format!("GRPC {address}/{METHOD}\n# @body\n{{\"text\": \"{TEXT}\"}}\n");
    fs::write(folder.join("targets"), target).context("write the target")?;
    fs::write(folder.join(MESSAGE_FILE), message()).context("write the message")?;
    for (name, script) in SCRIPTS {
        fs::write(folder.join(name), script).with_context(|| format!("write {name}"))?;
    }
    Ok(())
}

/// Returns a message with its prefix.
///
/// Source: gRPC over HTTP2, Length-Prefixed-Message; Protocol Buffers, Encoding.
fn message() -> Vec<u8> {
    let length = u8::try_from(TEXT.len()).expect("the text is short");
    [&[0, 0, 0, 0, length + 2, TEXT_TAG, length], TEXT.as_bytes()].concat()
}

fn address(url: &str) -> &str {
    url.trim_start_matches("http://")
}

impl Tool {
    /// Returns the command that keeps `in_flight` unary gRPC calls in flight for `seconds`; None if
    /// the tool is not measured in this way. Needs [`write_files`]. See [`Tool::closed_loop`].
    pub fn calls_in_closed_loop(self, url: &str, in_flight: u64, seconds: u64) -> Option<String> {
        let (n, s) = (in_flight, seconds);
        Some(match self {
            Tool::Drumfire => attack(&format!("-rate=0 -max-workers={n} -duration={s}s")),
            Tool::H2load => {
                format!("h2load -t 1 -c 1 -m {n} -D {s} -d {MESSAGE_FILE} {HEADERS} {url}/{METHOD}")
            }
            Tool::K6 => k6(url, 0, n, s),
            _ => return None,
        })
    }

    /// Returns the command that makes `rate` unary gRPC calls per second for `seconds`; None if the
    /// tool has no rate. See [`Tool::calls_in_closed_loop`].
    pub fn rated_calls(self, url: &str, rate: u64, seconds: u64) -> Option<String> {
        match self {
            Tool::Drumfire => Some(drumfire(&format!("-rate={rate} -duration={seconds}s"))),
            Tool::K6 => Some(k6(url, rate, CONNECTIONS, seconds)),
            _ => None,
        }
    }

    /// Returns the command that makes `in_flight` unary gRPC calls, all in flight at the same time
    /// if the server is slow; None if the tool is not measured in this way. `per_connection` is the
    /// number of calls that the server allows on a connection. See [`Tool::calls_in_closed_loop`].
    pub fn calls_at_once(self, url: &str, in_flight: u64, per_connection: u64) -> Option<String> {
        let (n, m) = (in_flight, per_connection);
        Some(match self {
            Tool::Drumfire => drumfire(&format!("-rate=5000 -requests={n} -timeout=60s")),
            Tool::H2load => {
                let c = n.div_ceil(m);
                format!(
                    "h2load -t 1 -c {c} -m {m} -n {n} -d {MESSAGE_FILE} {HEADERS} {url}/{METHOD}"
                )
            }
            _ => return None,
        })
    }

    /// Returns the command that keeps `in_flight` requests in flight on one HTTP/2 connection for
    /// `seconds`; None if the tool is not measured in this way. See [`Tool::closed_loop`].
    pub fn http2_in_closed_loop(self, url: &str, in_flight: u64, seconds: u64) -> Option<String> {
        let (n, s) = (in_flight, seconds);
        Some(match self {
            Tool::Drumfire => {
                attack(&format!("-h2c -insecure -rate=0 -max-workers={n} -duration={s}s"))
            }
            Tool::H2load => format!("h2load -t 1 -c 1 -m {n} -D {s} {url}/"),
            Tool::Oha => format!(
                "oha --no-tui --output-format json --insecure --http2 -c 1 -p {n} -z {s}s {url}/"
            ),
            _ => return None,
        })
    }
}

/// With a schema, as k6 has it: otherwise drumfire would ask the server, which is one more call.
fn drumfire(flags: &str) -> String {
    attack(&format!("-proto={PROTO} {flags}"))
}

fn k6(url: &str, rate: u64, users: u64, seconds: u64) -> String {
    let address = address(url);
    format!(
        "k6 run -q --no-usage-report -e ADDRESS={address} -e RATE={rate} -e USERS={users} \
         -e SECONDS={seconds} -e TEXT={TEXT} grpc.js"
    )
}
