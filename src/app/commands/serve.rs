//! `drumfire serve`: a server to test with.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use bytes::Bytes;
use drumfire::error::Error;
use drumfire::protobuf::Schema;
use drumfire::serve::{ArrivalLog, Config, ResponseSpec, Routes, body_of_size, serve};
use drumfire::units::{Delay, parse_share};
use http::{HeaderMap, StatusCode};
use tokio::net::{TcpListener, TcpSocket};

use crate::app::input::files::{Input, Output};
use crate::app::os::signals::Interrupts;

/// Maximum number of connections that wait to be accepted. The system reduces it to its own limit
/// (on Linux `net.core.somaxconn`), which a stall fills quickly.
const BACKLOG: u32 = i32::MAX as u32;

/// The flags of serve.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Address to listen on; port 0: any free port
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    #[arg(value_parser = parse_address)]
    listen: SocketAddr,
    /// Response delay: 10ms, 5ms..20ms or lognormal:MEDIAN,SIGMA
    ///
    /// How long responses take.
    ///
    /// | DELAY | distribution |
    /// |---|---|
    /// | `10ms` | fixed |
    /// | `5ms..20ms` | uniform |
    /// | `exp:10ms` | exponential with this mean |
    /// | `normal:20ms,5ms` | normal with mean and standard deviation |
    /// | `lognormal:20ms,0.5` | log-normal with median and sigma |
    #[arg(long, value_name = "DELAY", default_value = "0", verbatim_doc_comment)]
    latency: Delay,
    /// Share of responses with status 500: 1% or 0.01
    ///
    /// Share of responses with status `500 Internal Server Error`, as in `1%` or `0.01`.
    #[arg(long, value_name = "SHARE", default_value = "0%", value_parser = parse_share)]
    errors: f64,
    /// Size of a response body in bytes, or with a unit as in 6kb
    ///
    /// Size of a response body, up to 1 GiB.
    #[arg(long, value_name = "SIZE", default_value = "12", value_parser = body_of_size)]
    body_size: Bytes,
    /// TOML file that defines responses by method and path
    ///
    /// TOML file of [responses by method and path](../../guide/serve.md#routes). The other flags
    /// apply to what a route leaves out.
    #[arg(long, value_name = "FILE")]
    routes: Option<String>,
    /// Schema of gRPC services: a .proto file (repeatable)
    ///
    /// Schema of gRPC services: a `.proto` file. Without routes, their methods return empty
    /// messages.
    #[arg(long, value_name = "FILE")]
    proto: Vec<PathBuf>,
    /// Directory that -proto and its imports are relative to (repeatable)
    ///
    /// Directory that `-proto` and the imports of its files are relative to.
    #[arg(long, value_name = "DIR")]
    import_path: Vec<PathBuf>,
    /// Schema of gRPC services: a protoset (repeatable)
    ///
    /// Schema of gRPC services: a file written by `protoc --descriptor_set_out` with
    /// `--include_imports`, or by `buf build`.
    #[arg(long, value_name = "FILE")]
    protoset: Vec<PathBuf>,
    /// Log when each request arrived, its delay and status, as CSV
    ///
    /// Writes [when each request arrived](../serve/arrivals-log.md), how long its response took, its
    /// route and its status, as CSV.
    #[arg(long, value_name = "FILE")]
    arrivals: Option<String>,
    /// Random seed for latencies, errors, status codes and UUIDs
    ///
    /// Seed of latencies, errors, status codes and UUIDs. The same seed gives the same sequence.
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

/// Runs the command until a signal.
///
/// # Errors
///
/// If the address cannot be bound, or a file cannot be read or written.
pub fn run(options: Options) -> anyhow::Result<()> {
    let response = ResponseSpec {
        latency: options.latency,
        errors: options.errors,
        statuses: StatusCode::OK.into(),
        headers: HeaderMap::new(),
        body: options.body_size.clone(),
    };
    let schema = read_schema(&options)?;
    let routes = match &options.routes {
        Some(file) => read_routes(file, &response, schema)?,
        None => Routes::none(response, schema),
    };
    let arrivals = options.arrivals.as_deref().map(open_arrivals).transpose()?;
    let config = Config { routes, seed: options.seed, arrivals };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupts = Interrupts::new()?;
        let listener =
            listen(options.listen).with_context(|| format!("listen on {}", options.listen))?;
        let mut stdout = io::stdout();
        writeln!(stdout, "listening at http://{}", listener.local_addr()?)?;
        stdout.flush()?;
        let stopped = async {
            interrupts.next().await;
        };
        let served = serve(listener, config, stopped).await;
        // Only the log of arrivals can end the server with an error.
        let log = options.arrivals.unwrap_or_default();
        served.with_context(|| format!("write {log}"))
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

fn read_schema(options: &Options) -> Result<Schema, Error> {
    let protos = Schema::from_protos(&options.proto, &options.import_path)?;
    protos.merged(Schema::from_protosets(&options.protoset)?)
}

fn read_routes(file: &str, defaults: &ResponseSpec, schema: Schema) -> anyhow::Result<Routes> {
    let mut input = Input::open(file)?;
    let mut text = String::new();
    input.file.read_to_string(&mut text).with_context(|| format!("read {}", input.name))?;
    Routes::parse(&text, defaults, schema).context(input.name)
}

fn open_arrivals(file: &str) -> anyhow::Result<ArrivalLog> {
    let log = Output::create(file)?;
    ArrivalLog::new(Box::new(log)).with_context(|| format!("write {file}"))
}
