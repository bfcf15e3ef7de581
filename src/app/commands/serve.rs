//! `drumfire serve`: a target on loopback.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use anyhow::Context;
use bytes::Bytes;
use drumfire::error::Error;
use drumfire::serve::{ArrivalLog, Config, Delay, ResponseSpec, Routes, body_of_size, serve};
use drumfire::units::parse_share;
use http::{HeaderMap, StatusCode};
use tokio::net::{TcpListener, TcpSocket};

use crate::app::input::files::{Input, Output};
use crate::app::os::signals::Interrupts;

/// Connections that may wait to be accepted: all that can be asked for, since the system cuts it to
/// the most that it allows (on Linux `net.core.somaxconn`), which a stall soon fills.
const BACKLOG: u32 = i32::MAX as u32;

/// The flags of serve.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Address to answer at; port 0: any free one, which is printed
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    #[arg(value_parser = parse_address)]
    listen: SocketAddr,
    /// How long answers take: 10ms, 5ms..20ms, exp:10ms, normal:20ms,5ms or lognormal:20ms,0.5
    #[arg(long, value_name = "DELAY", default_value = "0")]
    latency: Delay,
    /// Share of the answers that are 500 Internal Server Error: 1% or 0.01
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = parse_share)]
    errors: f64,
    /// Size of a response body
    #[arg(long, value_name = "SIZE", default_value = "12", value_parser = body_of_size)]
    body_size: Bytes,
    /// Answers by method and path, in TOML; the flags are for what a route leaves out
    #[arg(long, value_name = "FILE")]
    routes: Option<String>,
    /// Note when each request arrived and how long its answer took, as CSV: seq,timestamp_ns,delay_ns
    #[arg(long, value_name = "FILE")]
    arrivals: Option<String>,
    /// What makes latency, errors and statuses repeatable
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

fn parse_address(text: &str) -> Result<SocketAddr, Error> {
    text.parse().map_err(|_| Error::Value {
        what: "address",
        input: text.to_owned(),
        expected: "IP:PORT, as in 127.0.0.1:8080 or [::1]:0",
    })
}

/// Runs the command.
pub fn run(options: Options) -> anyhow::Result<()> {
    let response = ResponseSpec {
        latency: options.latency,
        errors: options.errors,
        statuses: StatusCode::OK.into(),
        headers: HeaderMap::new(),
        body: options.body_size,
    };
    let routes = match &options.routes {
        Some(file) => read_routes(file, &response)?,
        None => Routes::none(response),
    };
    let arrivals = options.arrivals.as_deref().map(open_arrivals).transpose()?;
    let config = Config { routes, seed: options.seed, arrivals };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupts = Interrupts::new()?;
        let listener =
            listen(options.listen).with_context(|| format!("listen at {}", options.listen))?;
        let mut stdout = io::stdout();
        writeln!(stdout, "listening at http://{}", listener.local_addr()?)?;
        stdout.flush()?;
        let file = options.arrivals.unwrap_or_default();
        let stopped = async {
            interrupts.next().await;
        };
        let served = serve(listener, config, stopped).await;
        served.with_context(|| format!("write {file}"))
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn read_routes(file: &str, defaults: &ResponseSpec) -> anyhow::Result<Routes> {
    let mut input = Input::open(file)?;
    let mut text = String::new();
    input.file.read_to_string(&mut text).with_context(|| format!("read {}", input.name))?;
    Routes::parse(&text, defaults).context(input.name)
}

fn open_arrivals(file: &str) -> anyhow::Result<ArrivalLog> {
    let log = Output::create(file)?;
    ArrivalLog::new(Box::new(log)).with_context(|| format!("write {file}"))
}
