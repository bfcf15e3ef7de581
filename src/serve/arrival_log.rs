//! The arrival log: when each request arrived, and how long its response took.

use std::cell::RefCell;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

/// A CSV log with one line per request: number, time of arrival, and delay of the response.
///
/// The number is that of the header `X-Drumfire-Seq`, empty without it. The time is in ns since
/// 1970 UTC, and the delay is in ns, empty if there was no response.
pub struct ArrivalLog {
    output: BufWriter<Box<dyn Write>>,
}

impl ArrivalLog {
    /// Starts a log with the header line `seq,timestamp_ns,delay_ns`.
    ///
    /// # Errors
    ///
    /// The header cannot be written.
    pub fn new(output: Box<dyn Write>) -> io::Result<Self> {
        let mut output = BufWriter::new(output);
        writeln!(output, "seq,timestamp_ns,delay_ns")?;
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
        if let Some(delay) = arrival.delay {
            write!(self.output, "{}", delay.as_nanos())?;
        }
        writeln!(self.output)
    }
}

/// A request in progress. It is logged when it is dropped, after its response or without one.
pub struct Arrival<'a> {
    log: &'a RefCell<ArrivalLog>,
    seq: Option<u64>,
    timestamp_ns: i64,
    delay: Option<Duration>,
}

impl<'a> Arrival<'a> {
    /// Returns a request that has just arrived.
    pub fn new(log: &'a RefCell<ArrivalLog>, seq: Option<u64>, timestamp_ns: i64) -> Self {
        Self { log, seq, timestamp_ns, delay: None }
    }

    /// Logs the request with the delay of its response.
    pub fn responded(mut self, delay: Duration) {
        self.delay = Some(delay);
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        // An error is reported by the next flush, which writes to the same output.
        let _ = self.log.borrow_mut().add(self);
    }
}
