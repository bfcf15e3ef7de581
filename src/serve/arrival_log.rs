//! A log of the instant at which each request reached the server, and of how long its answer took.

use std::cell::RefCell;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

/// Writes one line of CSV for each request: its number, when it arrived, how long its answer took.
///
/// The number is that of the `X-Drumfire-Seq` header, empty without one; the instant is in ns
/// since 1970 UTC, the length in ns, empty where the request was never answered.
pub struct Arrivals {
    output: BufWriter<Box<dyn Write>>,
}

impl Arrivals {
    /// Begins a log with its header line, `seq,timestamp_ns,delay_ns`.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn new(output: Box<dyn Write>) -> io::Result<Self> {
        let mut output = BufWriter::new(output);
        writeln!(output, "seq,timestamp_ns,delay_ns")?;
        Ok(Self { output })
    }

    /// Hands on what is noted.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    fn note(&mut self, arrival: &Arrival) -> io::Result<()> {
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

/// A request under way, which is noted when it is dropped: answered, or given up by either side.
pub struct Arrival<'a> {
    log: &'a RefCell<Arrivals>,
    seq: Option<u64>,
    timestamp_ns: i64,
    delay: Option<Duration>,
}

impl<'a> Arrival<'a> {
    /// Returns the request of a number, which has arrived.
    pub fn new(log: &'a RefCell<Arrivals>, seq: Option<u64>, timestamp_ns: i64) -> Self {
        Self { log, seq, timestamp_ns, delay: None }
    }

    /// Takes the request as answered, so long after it arrived.
    pub fn answered(mut self, delay: Duration) {
        self.delay = Some(delay);
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        // Told at the next flush, which meets the same output.
        let _ = self.log.borrow_mut().note(self);
    }
}
