//! What a pool needs of connections and of the code that opens them.

use std::future::Future;
use std::time::Duration;

use crate::units::Rate;

/// Opens connections to one origin.
pub trait Connect: 'static {
    /// The type of connection.
    type Connection: Connection;

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// Why the connection could not be opened, as a text for the record of a waiting hit.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, String>>;

    /// Returns how many concurrent requests a connection will carry; None if that is unknown
    /// before the first connection.
    fn will_carry(&self) -> Option<usize>;
}

/// A handle on a connection, which carries one request at a time.
pub trait Connection: Sized + 'static {
    /// Returns whether the connection accepts no further request.
    fn is_closed(&mut self) -> bool;

    /// Returns another handle on the same connection; None if it has the maximum number.
    fn split(&self) -> Option<Self>;

    /// Returns a further handle, regardless of the maximum number, if the peer has not yet
    /// announced how many requests the connection carries; else None.
    fn spare(&self) -> Option<Self>;

    /// Waits until the peer has announced how many requests the connection carries, or the
    /// connection has ended.
    fn settled(&self) -> impl Future<Output = ()>;

    /// Returns how many concurrent requests the connection carries, >= 1; None until known.
    fn carries(&self) -> Option<usize>;

    /// Returns whether the connection has more handles than it carries requests, because the
    /// server has lowered its limit.
    fn is_overdrawn(&self) -> bool;

    /// Returns what becomes of the handle, whose hit has given up before the end of its exchange.
    fn abandoned(&self) -> Fate;

    /// Finds out whether the peer still responds, within a time limit; None for a default value.
    fn probe(&self, limit: Option<Duration>) -> impl Future<Output = bool>;
}

/// What becomes of a handle whose hit has given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is dropped. A connection closes with its last handle.
    Close,
    /// It serves further hits.
    Keep,
    /// It serves further hits if the peer still responds. Until then, [`Connection::is_closed`] is
    /// true for all handles on the connection.
    Probe,
}

/// Limits of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Maximum number of idle handles. Further handles are dropped, and a connection is closed
    /// with its last handle.
    pub idle: usize,
    /// Maximum number of connections that are open or being dialed, >= 1.
    pub open: usize,
    /// Time limit of a dial; None for the system's limit.
    pub dial: Option<Duration>,
    /// Maximum rate of dials; None for no limit.
    pub rate: Option<Rate>,
}
