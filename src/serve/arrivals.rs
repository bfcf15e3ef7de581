//! A log of the instant at which each request reached the server.

use std::io::{self, BufWriter, Write};

/// Writes one line of CSV for each request: its number and when it arrived.
///
/// The number is that of the `X-Drumfire-Seq` header, empty without one; the instant is in ns
/// since 1970 UTC.
pub struct Arrivals {
    output: BufWriter<Box<dyn Write>>,
}

impl Arrivals {
    /// Begins a log with its header line, `seq,timestamp_ns`.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn new(output: Box<dyn Write>) -> io::Result<Self> {
        let mut output = BufWriter::new(output);
        writeln!(output, "seq,timestamp_ns")?;
        Ok(Self { output })
    }

    /// Notes one request.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn note(&mut self, seq: Option<u64>, timestamp_ns: i64) -> io::Result<()> {
        match seq {
            Some(seq) => writeln!(self.output, "{seq},{timestamp_ns}"),
            None => writeln!(self.output, ",{timestamp_ns}"),
        }
    }

    /// Hands on what is noted.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}
