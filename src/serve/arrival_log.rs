//! The arrival log: when each request arrived, its response, and how long that took.

use std::cell::RefCell;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use http::request::Parts;
use http::{Method, Uri};

/// The columns of the log.
const HEADER: &str = "seq,timestamp_ns,delay_ns,method,path,route,status,socket,replies";

/// A CSV log with one line per request: number, time of arrival, delay of the response, method,
/// path, route, and status of the response. A gRPC call has the method `GRPC` and a gRPC status.
///
/// The number is that of the header `X-Drumfire-Seq`, empty without it. The time is in ns since
/// 1970 UTC, and the delay is in ns. Delay and status are empty if there was no response, and the
/// route is empty if no route matched. Only what belongs to a WebSocket has the last two columns:
/// the number of the socket, and for messages the number of replies.
pub struct ArrivalLog {
    output: BufWriter<Box<dyn Write>>,
}

/// A line of the log.
#[derive(Default)]
pub(super) struct Line<'a> {
    /// Number of the hit. None if unknown.
    pub(super) seq: Option<u64>,
    /// Time of arrival in ns since 1970 UTC.
    pub(super) timestamp_ns: i64,
    /// Time from the arrival to the response. None without a response.
    pub(super) delay: Option<Duration>,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// The path of the route as written; empty if there is none.
    pub(super) route: &'a str,
    /// None if there is none.
    pub(super) status: Option<u16>,
    /// Number of the socket, from 1. None for anything else.
    pub(super) socket: Option<u64>,
    /// Number of replies to a message. None for anything else.
    pub(super) replies: Option<u32>,
}

impl ArrivalLog {
    /// Starts a log with its header line.
    ///
    /// # Errors
    ///
    /// The header cannot be written.
    pub fn new(output: Box<dyn Write>) -> io::Result<Self> {
        let mut output = BufWriter::new(output);
        writeln!(output, "{HEADER}")?;
        Ok(Self { output })
    }

    /// Writes buffered lines to the output.
    ///
    /// # Errors
    ///
    /// The lines cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    /// Adds a line. An error is reported by the next flush, which writes to the same output.
    pub(super) fn add(&mut self, line: &Line<'_>) {
        let _ = self.try_add(line);
    }

    fn try_add(&mut self, line: &Line<'_>) -> io::Result<()> {
        let output = &mut self.output;
        write_number(output, line.seq)?;
        write!(output, ",{},", line.timestamp_ns)?;
        write_number(output, line.delay.map(|delay| delay.as_nanos()))?;
        write!(output, ",{},", line.method)?;
        write_field(output, line.path)?;
        output.write_all(b",")?;
        write_field(output, line.route)?;
        output.write_all(b",")?;
        write_number(output, line.status)?;
        output.write_all(b",")?;
        write_number(output, line.socket)?;
        output.write_all(b",")?;
        write_number(output, line.replies)?;
        output.write_all(b"\n")
    }
}

/// Writes a number; nothing if there is none.
fn write_number(output: &mut impl Write, number: Option<impl std::fmt::Display>) -> io::Result<()> {
    number.map_or(Ok(()), |number| write!(output, "{number}"))
}

/// Writes a text as a field of a line, in quotation marks if they are needed.
fn write_field(output: &mut impl Write, text: &str) -> io::Result<()> {
    if text.contains([',', '"', '\n', '\r']) {
        return write!(output, "\"{}\"", text.replace('"', "\"\""));
    }
    output.write_all(text.as_bytes())
}

/// A request in progress. It is logged when it is dropped, after its response or without one.
pub struct Arrival<'a> {
    log: &'a RefCell<ArrivalLog>,
    seq: Option<u64>,
    timestamp_ns: i64,
    method: Method,
    uri: Uri,
    /// The path of its route as written; empty if there is none.
    route: &'a str,
    /// None before the response.
    response: Option<(u16, Duration)>,
    /// Number of the socket that it opens. None if it opens none.
    socket: Option<u64>,
}

impl<'a> Arrival<'a> {
    /// Returns a request that arrived at a time in ns since 1970 UTC, for a route.
    pub fn new(
        log: &'a RefCell<ArrivalLog>,
        head: &Parts,
        timestamp_ns: i64,
        route: &'a str,
    ) -> Self {
        let seq = head.headers.get("x-drumfire-seq");
        Self {
            log,
            seq: seq.and_then(|seq| seq.to_str().ok()?.parse().ok()),
            timestamp_ns,
            method: head.method.clone(),
            uri: head.uri.clone(),
            route,
            response: None,
            socket: None,
        }
    }

    /// Notes the number of the socket that the request opens.
    pub(super) fn opens(&mut self, socket: u64) {
        self.socket = Some(socket);
    }

    /// Logs the request with the status and the delay of its response.
    pub fn responded(mut self, status: u16, delay: Duration) {
        self.response = Some((status, delay));
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        self.log.borrow_mut().add(&Line {
            seq: self.seq,
            timestamp_ns: self.timestamp_ns,
            delay: self.response.map(|(_, delay)| delay),
            method: self.method.as_str(),
            path: self.uri.path(),
            route: self.route,
            status: self.response.map(|(status, _)| status),
            socket: self.socket,
            replies: None,
        });
    }
}
