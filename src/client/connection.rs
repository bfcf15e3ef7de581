//! A connection that carries requests: HTTP/1.1, one at a time, or HTTP/2, many at once.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::rt::{Executor, Read, Write};
use tokio::task;

use super::body::Body;
use super::pool;

/// Streams a connection is taken to carry at once until the server says how many.
///
/// Source: Go, package net/http, http2 initialMaxConcurrentStreams.
const STREAMS_AT_FIRST: usize = 100;

/// Most bytes of a response's head, as in Go's client.
const LARGEST_HEAD: usize = 10 << 20;

/// A handle on a connection. It carries one request at a time; an HTTP/2 connection has as many
/// handles as the server allows streams.
pub enum Connection {
    /// The only handle on an HTTP/1.1 connection.
    Http1(http1::SendRequest<Body>),
    /// One of several on an HTTP/2 connection.
    Http2(Stream),
}

/// A handle on an HTTP/2 connection.
pub struct Stream {
    sender: http2::SendRequest<Body>,
    /// Streams that the server allows at once.
    allowed: Rc<Cell<usize>>,
    /// Counts the handles on the connection.
    handles: Rc<()>,
}

impl Connection {
    /// Shakes hands for HTTP/1.1 over a stream of bytes.
    ///
    /// # Errors
    ///
    /// Where the stream ends meanwhile.
    pub async fn http1<T>(bytes: T) -> hyper::Result<Self>
    where
        T: Read + Write + Unpin + 'static,
    {
        let (sender, connection) = http1::Builder::new()
            .title_case_headers(true)
            .max_buf_size(LARGEST_HEAD)
            .handshake(bytes)
            .await?;
        // What goes wrong on the connection reaches the hit through its sender.
        task::spawn_local(async move {
            let _ = connection.await;
        });
        Ok(Self::Http1(sender))
    }

    /// Shakes hands for HTTP/2 over a stream of bytes. Where the connection is for one request
    /// `alone`, it is never at hand for another.
    ///
    /// # Errors
    ///
    /// Where the stream ends meanwhile.
    pub async fn http2<T>(bytes: T, alone: bool) -> hyper::Result<Self>
    where
        T: Read + Write + Unpin + 'static,
    {
        let (sender, connection) = http2::Builder::new(LocalTasks)
            .initial_max_send_streams(STREAMS_AT_FIRST)
            .handshake(bytes)
            .await?;
        let allowed = Rc::new(Cell::new(if alone { 1 } else { STREAMS_AT_FIRST }));
        let told = allowed.clone();
        task::spawn_local(async move {
            let mut connection = pin!(connection);
            let driven = poll_fn(|context| {
                let polled = connection.as_mut().poll(context);
                if !alone {
                    // A server that allows none for now is asked again by the next request.
                    told.set(connection.current_max_send_streams().max(1));
                }
                polled
            });
            let _ = driven.await;
        });
        Ok(Self::Http2(Stream { sender, allowed, handles: Rc::default() }))
    }

    /// Returns whether requests take the form of HTTP/2.
    pub fn is_http2(&self) -> bool {
        matches!(self, Self::Http2(_))
    }

    /// Waits until the connection takes a request.
    ///
    /// # Errors
    ///
    /// Where it is closed.
    pub async fn ready(&mut self) -> hyper::Result<()> {
        match self {
            Self::Http1(sender) => sender.ready().await,
            Self::Http2(stream) => stream.sender.ready().await,
        }
    }

    /// Sends a request and waits for the head of its response.
    ///
    /// # Errors
    ///
    /// Why none came, with the request where it was not sent.
    pub async fn send(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Body>>> {
        match self {
            Self::Http1(sender) => sender.try_send_request(request).await,
            Self::Http2(stream) => stream.sender.try_send_request(request).await,
        }
    }
}

impl pool::Connection for Connection {
    fn is_closed(&self) -> bool {
        match self {
            Self::Http1(sender) => sender.is_closed(),
            Self::Http2(stream) => stream.sender.is_closed(),
        }
    }

    fn split(&self) -> Option<Self> {
        let Self::Http2(stream) = self else { return None };
        let room = Rc::strong_count(&stream.handles) < stream.allowed.get();
        room.then(|| {
            Self::Http2(Stream {
                sender: stream.sender.clone(),
                allowed: stream.allowed.clone(),
                handles: stream.handles.clone(),
            })
        })
    }

    fn carries(&self) -> usize {
        match self {
            Self::Http1(_) => 1,
            Self::Http2(stream) => stream.allowed.get(),
        }
    }

    fn is_overdrawn(&self) -> bool {
        match self {
            Self::Http1(_) => false,
            Self::Http2(stream) => Rc::strong_count(&stream.handles) > stream.allowed.get(),
        }
    }
}

/// Runs hyper's tasks on the engine's own thread.
#[derive(Clone, Copy)]
struct LocalTasks;

impl<F> Executor<F> for LocalTasks
where
    F: Future + 'static,
    F::Output: 'static,
{
    fn execute(&self, task: F) {
        task::spawn_local(task);
    }
}
