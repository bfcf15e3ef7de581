//! The arrival log: when each request arrived, its response, and how long that took.

use std::cell::RefCell;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use http::request::Parts;
use http::{Method, Uri};

/// The columns of the log.
const HEADER: &str = "seq,timestamp_ns,delay_ns,method,path,route,status";

/// A CSV log with one line per request: number, time of arrival, delay of the response, method,
/// path, route, and status of the response. A gRPC call has the method `GRPC` and a gRPC status.
///
/// The number is that of the header `X-Drumfire-Seq`, empty without it. The time is in ns since
/// 1970 UTC, and the delay is in ns. Delay and status are empty if there was no response, and the
/// route is empty if no route matched.
pub struct ArrivalLog {
    output: BufWriter<Box<dyn Write>>,
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

    fn add(&mut self, arrival: &Arrival) -> io::Result<()> {
        if let Some(seq) = arrival.seq {
            write!(self.output, "{seq}")?;
        }
        write!(self.output, ",{},", arrival.timestamp_ns)?;
        if let Some((_, delay)) = arrival.response {
            write!(self.output, "{}", delay.as_nanos())?;
        }
        write!(self.output, ",{},", arrival.method)?;
        write_field(&mut self.output, arrival.uri.path())?;
        self.output.write_all(b",")?;
        write_field(&mut self.output, arrival.route)?;
        match arrival.response {
            Some((status, _)) => writeln!(self.output, ",{status}"),
            None => writeln!(self.output, ","),
        }
    }
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
        }
    }

    /// Logs the request with the status and the delay of its response.
    pub fn responded(mut self, status: u16, delay: Duration) {
        self.response = Some((status, delay));
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        // An error is reported by the next flush, which writes to the same output.
        let _ = self.log.borrow_mut().add(self);
    }
}
