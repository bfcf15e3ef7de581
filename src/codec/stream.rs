//! What readers and writers of all stream formats have in common.

use std::io::Write;

use crate::codec::metadata::Metadata;
use crate::error::Error;
use crate::record::Batch;

/// Reads a stream, batch by batch.
pub trait Decoder: Send {
    /// Returns the next batch as soon as there is at least one record. A batch is never empty;
    /// None at the end of the stream.
    ///
    /// # Errors
    ///
    /// [`Error::Cut`] or [`Error::Record`] if the stream is incomplete or damaged, after all
    /// complete records before that point were returned; [`Error::Io`].
    fn next_batch(&mut self) -> Result<Option<Batch>, Error>;

    /// Returns the metadata of the streams that have begun so far, in order; empty if the format
    /// has no metadata.
    fn metadata(&self) -> &[Metadata] {
        &[]
    }
}

/// Writes a stream, batch by batch.
pub trait Encoder: Send {
    /// Writes one batch and flushes the output.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the output cannot be written.
    fn write(&mut self, batch: &Batch) -> Result<(), Error>;

    /// Writes the end mark, if the format has one.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the output cannot be written.
    fn finish(&mut self) -> Result<(), Error>;
}

/// Writes a buffer to an output, flushes the output, and clears the buffer.
///
/// # Errors
///
/// [`Error::Io`] if the output cannot be written.
pub fn write_and_clear(output: &mut impl Write, buffer: &mut Vec<u8>) -> Result<(), Error> {
    output.write_all(buffer)?;
    buffer.clear();
    output.flush().map_err(Error::Io)
}
