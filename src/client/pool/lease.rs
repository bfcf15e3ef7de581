//! Connections while they are idle, on their way to a hit, or in use.

use std::rc::{Rc, Weak};

use tokio::sync::oneshot;
use tokio::task;

use crate::client::pool::Pool;
use crate::client::pool::connect::{Connect, Connection, Fate};

/// A handle that counts as an open connection. Do not drop one while the state is borrowed: with
/// its last handle a connection counts as closed, which may start a dial.
pub struct Handle<C: Connect> {
    pub connection: C::Connection,
    /// Whether an earlier hit used the connection.
    pub is_reused: bool,
    pub open: Rc<Open<C>>,
}

/// Counts one connection as open until dropped.
pub struct Open<C: Connect>(pub Weak<Pool<C>>);

impl<C: Connect> Drop for Open<C> {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.open.set(pool.open.get() - 1);
            pool.dial_if_due();
        }
    }
}

impl<C: Connect> Handle<C> {
    /// Returns another handle on the same connection; None if it has the maximum number.
    pub fn split(&self) -> Option<Self> {
        let connection = self.connection.split()?;
        Some(self.on(connection))
    }

    /// Returns a further handle, regardless of the maximum number, if that is not known yet.
    pub fn spare(&self) -> Option<Self> {
        let connection = self.connection.spare()?;
        Some(self.on(connection))
    }

    fn on(&self, connection: C::Connection) -> Self {
        Self { connection, is_reused: true, open: self.open.clone() }
    }
}

/// A hit's place in the queue. If the hit gives up just as its connection arrives, the connection
/// goes to the next hit.
pub struct Arrival<C: Connect> {
    pub pool: Rc<Pool<C>>,
    pub receiver: oneshot::Receiver<Result<Handle<C>, String>>,
}

impl<C: Connect> Drop for Arrival<C> {
    fn drop(&mut self) {
        if let Ok(Ok(handle)) = self.receiver.try_recv() {
            self.pool.hand_out(handle);
        }
    }
}

/// A connection in use by one hit. Dropping the lease closes the connection unless other hits use
/// it, too; see [`Lease::give_back`].
pub struct Lease<C: Connect> {
    pool: Rc<Pool<C>>,
    /// None after it was given back.
    handle: Option<Handle<C>>,
}

impl<C: Connect> Lease<C> {
    /// Leases a connection to a hit.
    pub fn new(pool: Rc<Pool<C>>, handle: Handle<C>) -> Self {
        Self { pool, handle: Some(handle) }
    }

    /// Returns the connection.
    pub fn connection(&mut self) -> &mut C::Connection {
        let handle = self.handle.as_mut();
        &mut handle.expect("only give_back takes the handle, and it consumes the lease").connection
    }

    /// Returns whether an earlier hit used the connection.
    pub fn is_reused(&self) -> bool {
        self.handle.as_ref().is_some_and(|handle| handle.is_reused)
    }

    /// Returns the connection to the pool, ready for another request.
    pub fn give_back(mut self) {
        self.return_handle();
    }

    fn return_handle(&mut self) {
        if let Some(mut handle) = self.handle.take() {
            handle.is_reused = true;
            self.pool.returned.set(self.pool.returned.get() + 1);
            self.pool.readiness.add_returned();
            self.pool.hand_out(handle);
        }
    }
}

impl<C: Connect> Drop for Lease<C> {
    /// Closes a connection that carries one request at a time. On any other one, only the stream
    /// of the hit ends, unless the connection seems dead.
    fn drop(&mut self) {
        let fate = self.handle.as_ref().map(|handle| handle.connection.abandoned());
        match fate {
            None | Some(Fate::Close) => {}
            Some(Fate::Keep) => self.return_handle(),
            Some(Fate::Probe) => {
                if let Some(handle) = self.handle.take() {
                    task::spawn_local(self.pool.clone().probe(handle));
                }
            }
        }
    }
}
