//! The flags of attack.

mod setup;
mod reflection;
mod calls;
mod attack;
mod conditions;
mod streams;
mod sockets;

use clap::ArgAction;
use drumfire::client::Redirects;
use drumfire::clock::Wait;
use drumfire::error::Error;
use drumfire::threshold::Abort;
use drumfire::units::{Rate, parse_duration, parse_rate, parse_size};
use http::HeaderValue;
use jiff::SignedDuration;

pub use setup::Setup;

use crate::app::attack::metrics_server::{Address, parse_address};
use crate::app::flags::load::{self, Limit};
use crate::app::flags::{flows, grpc, network, targets, websocket};

/// The value of `-body-memory`, which has a default that depends on the machine.
#[derive(Clone, Copy, Debug)]
struct BodyMemory(Limit<u64>);

fn parse_body_memory(text: &str) -> Result<BodyMemory, Error> {
    parse_size(text).map(BodyMemory)
}

/// The flags of attack.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The redacted command line, as the stream records it.
    #[arg(skip)]
    pub command: String,
    #[command(flatten)]
    load: load::Options,
    /// Maximum number of hits in flight; 0: no limit
    ///
    /// Maximum number of hits in flight. A hit over the limit waits, the hits after it wait too,
    /// and the wait is recorded as their lag.
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 0)]
    max_workers: u64,
    /// Ignored; accepted for compatibility with Vegeta
    ///
    /// Accepted for compatibility with Vegeta and ignored: a hit needs no worker.
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 10)]
    workers: u64,
    /// How to wait for the next send time: timer, busy polling, or both
    ///
    /// How an engine thread waits for the next slot.
    ///
    /// - `sleep` uses a timer. Each hit is late by the time the system needs to wake the thread.
    /// - `poll` checks the clock and the sockets continuously. It uses one full core per engine
    ///   thread.
    /// - `auto` sets the timer early by the recent wake-up delay, then polls for the remaining
    ///   time.
    ///
    /// Unless `poll` is used, slots less than 100 µs apart are released together.
    #[arg(long, help_heading = "Load", value_name = "sleep|poll|auto", default_value = "auto")]
    #[arg(verbatim_doc_comment)]
    wait: Wait,
    /// Threads that send requests; 0: as many as the rate needs
    ///
    /// Number of engine threads, up to 256. With `0`, there is one for every 20,000 hits per
    /// second, but at most one fewer than the number of cores.
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Maximum number of threads that send requests; 0: no limit
    ///
    /// Upper bound on the number of engine threads; it overrides `-threads`. It may also be written
    /// before the command, as in `drumfire -cpus=2 attack`. Other commands accept it and ignore it.
    #[arg(long, help_heading = "Load", value_name = "N", default_value_t = 0)]
    cpus: i64,

    #[command(flatten)]
    pub lists: targets::Options,
    #[command(flatten)]
    pub flows: flows::Options,
    #[command(flatten)]
    grpc: grpc::Options,
    #[command(flatten)]
    websocket: websocket::Options,

    /// Timeout of a hit with its redirects and body; 0: no limit
    ///
    /// Maximum duration of a hit, including redirects and the response body.
    #[arg(long, help_heading = "Hits", value_name = "TIME", value_parser = parse_duration)]
    #[arg(default_value = "30s")]
    timeout: SignedDuration,
    /// Redirects to follow; one more is a failure; -1: do not follow
    ///
    /// Maximum number of redirects to follow. One more is a failure. With `-1`, redirects are not
    /// followed and count as success.
    #[arg(long, help_heading = "Hits", value_name = "N", default_value = "10")]
    #[arg(value_parser = parse_redirects)]
    redirects: Redirects,
    /// Send request bodies with chunked transfer encoding
    ///
    /// Sends request bodies with `Transfer-Encoding: chunked` and without a length. Over HTTP/2
    /// only the length is left out. A request without a body is unchanged.
    #[arg(long, help_heading = "Hits")]
    chunked: bool,
    /// Response body bytes to keep per result; -1: all
    ///
    /// Number of bytes of each response body to keep in the stream. The rest is read and discarded.
    /// With `-1`, the whole body is kept, up to 1 GiB per response; large bodies then make a large
    /// stream.
    #[arg(long, help_heading = "Hits", value_name = "SIZE", value_parser = parse_size)]
    #[arg(default_value = "-1")]
    max_body: Limit<u64>,
    /// Memory for response bodies of all hits; -1: no limit
    ///
    /// Limit on the memory that the response bodies of all hits take up together until they are
    /// written. Beyond it, bodies are truncated: the part that was kept stays. The rest is read,
    /// counted in `Bytes In` and discarded. The report contains the number of truncated bodies, and
    /// the verdict is not affected. A quarter of SIZE is reserved for the first 64 KiB of each
    /// body, so that a few large bodies do not take it all.
    ///
    /// By default, SIZE is a quarter of the machine's memory, or of the memory limit of the control
    /// group if that is smaller. It is at most an eighth of the limit on address space
    /// (`ulimit -v`). With `-1`, there is no limit; with `0`, no body is kept.
    #[arg(long, help_heading = "Hits", value_name = "SIZE", value_parser = parse_body_memory)]
    body_memory: Option<BodyMemory>,

    /// Reuse connections (HTTP keep-alive)
    ///
    /// Sends several requests over the same connection. `-keepalive=false` opens a connection for
    /// each request.
    #[arg(long, help_heading = "Connections", action = ArgAction::Set, default_value_t = true)]
    keepalive: bool,
    /// Idle connections to keep per origin; 0: none
    ///
    /// Maximum number of idle connections kept open for each origin.
    #[arg(long, help_heading = "Connections", value_name = "N", default_value_t = 10_000)]
    connections: usize,
    /// Maximum number of open connections per origin; 0: no limit
    ///
    /// Maximum number of connections for each origin. Waiting for a free one is part of the
    /// latency.
    #[arg(long, help_heading = "Connections", value_name = "N", default_value_t = 0)]
    max_connections: usize,
    /// New connections per unit of time, per origin; 0: no limit
    ///
    /// Maximum number of connections dialed per unit of time, for each origin. The dials of 50 ms
    /// may start together. Waiting for a dial is part of the latency.
    ///
    /// With `-streams` or `-sockets`, it is how many of them are opened per unit of time, 1000/s by
    /// default.
    #[arg(long, help_heading = "Connections", value_name = "N[/UNIT]", value_parser = parse_rate)]
    #[arg(default_value = "0")]
    connect_rate: Limit<Rate>,
    /// Use HTTP/2 over TLS if the server supports it
    ///
    /// Uses HTTP/2 over TLS if ALPN negotiates it. Requests share a connection up to the server's
    /// limit on concurrent streams; then another connection is opened.
    #[arg(long, help_heading = "Connections", action = ArgAction::Set, default_value_t = true)]
    http2: bool,
    /// Use HTTP/2 without TLS (prior knowledge)
    ///
    /// Uses HTTP/2 for `http` URLs too, with prior knowledge. Targets with `https` URLs still use
    /// TLS.
    #[arg(long, help_heading = "Connections")]
    h2c: bool,
    #[command(flatten)]
    network: network::Options,

    /// Name of the attack, in the results and in a request header
    ///
    /// Name of the attack. It is stored in every record and sent in the `X-Drumfire-Attack` header.
    /// A plot of several runs labels each run with its name.
    #[arg(long, help_heading = "Output", value_name = "TEXT", default_value = "")]
    #[arg(value_parser = parse_name)]
    name: String,
    /// File to write the stream to, or stdout
    ///
    /// File that receives the stream of results. It is always an Arrow stream, even if the name of
    /// the file ends in `.json`, for example.
    #[arg(long, help_heading = "Output", value_name = "FILE", default_value = "stdout")]
    pub output: String,
    /// Stop and exit with 99 if a condition holds, as in 'p99>2s for 10s'
    ///
    /// Stops the attack, as Ctrl-C does, when a condition holds, and exits with 99. A condition is
    /// a [threshold](../../guide/thresholds-and-ci.md) followed by `for TIME`, with a TIME of at
    /// least 1 s: `-abort='p99>2s for 10s'`, `-abort='success<50% for 30s'`.
    ///
    /// The metric is computed over a sliding window of that length. It is evaluated after the first
    /// full window, and only if at least 20 requests ended in the window. The stream and every
    /// report record why the attack ended. In a pipe, `set -o pipefail` makes this the exit code of
    /// the pipe.
    ///
    /// A condition on flows or on checks is refused if the attack has none.
    #[arg(long, help_heading = "Output", value_name = "CONDITION")]
    pub abort: Vec<Abort>,
    /// Serve Prometheus metrics at this address during the attack
    ///
    /// Serves [metrics](../../guide/prometheus.md) at this address during the attack. `:PORT`
    /// listens on every interface. Port 0 selects a free port and prints it.
    #[arg(long, help_heading = "Output", value_name = "IP:PORT", default_value = "")]
    #[arg(value_parser = parse_address)]
    pub prometheus_addr: Limit<Address>,
    /// Print what would be sent, without sending anything
    ///
    /// Prints the plan and sends nothing: hits, duration, rates, targets, the stages with their
    /// hits, and a chart of the rate. The chart uses ASCII characters if the locale is not UTF-8.
    ///
    /// ```console
    /// $ drumfire attack -targets=targets/api.txt -stages=10s@0..8,5s@8,5s@0 -dry-run
    /// Hits      80
    /// Duration  20s
    /// Last hit  at 14.875s
    /// Rate      4/s mean, 8/s peak
    /// Targets   5
    ///
    /// Stage     from  length  rate  hits
    /// 1         0s    10s     0..8    40
    /// 2         10s   5s      8       40
    /// 3         15s   5s      0        0
    ///
    ///       8/s │                         ▁▂▄▆▇███████████████
    ///           │                    ▁▂▄▆▇████████████████████
    ///           │               ▁▂▄▆▇█████████████████████████
    ///           │          ▁▂▄▆▇██████████████████████████████
    ///           │     ▁▂▄▆▇███████████████████████████████████
    ///           │▁▂▄▆▇████████████████████████████████████████
    ///         0 └────────────────────────────────────────────────────────────
    ///            0                                                        20s
    /// ```
    #[arg(long, help_heading = "Output", verbatim_doc_comment)]
    pub dry_run: bool,
    /// Show live numbers and charts in the terminal (standard error)
    ///
    /// Draws on standard error, once per second, the numbers of the last second next to those of
    /// the whole run, and the [charts](../../guide/results.md#on-a-terminal) that `report` shows.
    /// It replaces the progress line. The last view stays on the screen. After an interrupt it
    /// shows the number of hits it is waiting for, as the progress line does.
    ///
    /// If standard error is not a terminal that can redraw in place, a line says so and the attack
    /// continues without the view. The stream is the same either way. `-live` cannot be combined
    /// with `-quiet`.
    #[arg(long, help_heading = "Output")]
    pub live: bool,
    /// Show no progress and no summary line at the end
    ///
    /// Shows no progress, no warnings and no closing line about how the attack went.
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,
}

fn parse_redirects(text: &str) -> Result<Redirects, Error> {
    let bad = || Error::Value {
        what: "number of redirects",
        input: text.to_owned(),
        expected: "-1 or more",
    };
    match text.parse() {
        Ok(-1_i64) => Ok(Redirects::Ignore),
        Ok(limit) => u32::try_from(limit).map(Redirects::Follow).map_err(|_| bad()),
        Err(_) => Err(bad()),
    }
}

/// Parses the name of an attack, which is sent in a header.
fn parse_name(text: &str) -> Result<String, Error> {
    HeaderValue::from_str(text).map(|_| text.to_owned()).map_err(|_| Error::Value {
        what: "name",
        input: text.to_owned(),
        expected: "a text on one line",
    })
}
