//! A connection that carries requests: HTTP/1.1, one at a time, or HTTP/2, many at once.

pub mod connector;

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;

use http::response::Parts;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http2};
use hyper::rt::Executor;
use tokio::task;

use crate::client::dial::Transport;
use crate::client::http1::{self, Room};
use crate::client::request::Request;
use crate::client::request::body::Body;
use crate::client::{failure, pool};

/// Streams a connection is taken to carry at once until the server says how many.
///
/// Source: Go, package net/http, http2 initialMaxConcurrentStreams.
const STREAMS_AT_FIRST: usize = 100;

/// A handle on a connection. It carries one request at a time; an HTTP/2 connection has as many
/// handles as the server allows streams.
pub enum Connection {
    /// The only handle on an HTTP/1.1 connection. It moves from hit to hit.
    Http1(Box<http1::Connection>),
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

/// The head of a response.
pub struct Head {
    pub status: StatusCode,
    /// What the server calls the status, where that is not its usual name.
    pub reason: Option<String>,
    pub headers: HeaderMap,
}

/// A body that follows its head.
pub struct Arriving(
    /// None where it comes over the handle itself.
    Option<Incoming>,
);

/// A request that got no response.
pub struct Unanswered {
    pub problem: Problem,
    /// Whether the server cannot have seen anything of it.
    pub is_unsent: bool,
}

/// Why an exchange failed.
pub enum Problem {
    Http1(http1::Error),
    Http2(hyper::Error),
}

impl Connection {
    /// Returns a connection of HTTP/1.1 over a stream of bytes.
    pub fn http1(bytes: Transport, room: Rc<Room>) -> Self {
        Self::Http1(Box::new(http1::Connection::new(bytes, room)))
    }

    /// Shakes hands for HTTP/2 over a stream of bytes. Where the connection is for one request
    /// `alone`, it is never at hand for another.
    ///
    /// # Errors
    ///
    /// Where the stream ends meanwhile.
    pub async fn http2(bytes: Transport, alone: bool) -> hyper::Result<Self> {
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
            // What goes wrong on the connection reaches the hit through its sender.
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
    pub async fn ready(&mut self) -> Result<(), Problem> {
        match self {
            // It has been looked at when it was handed out.
            Self::Http1(_) => Ok(()),
            Self::Http2(stream) => stream.sender.ready().await.map_err(Problem::Http2),
        }
    }

    /// Sends a request as hit `seq` and waits for the head of its response, which the body follows.
    ///
    /// # Errors
    ///
    /// Why none came.
    pub async fn send(
        &mut self,
        request: &Request,
        seq: u64,
    ) -> Result<(Head, Arriving), Unanswered> {
        match self {
            Self::Http1(connection) => match connection.send(request, seq).await {
                Ok(head) => Ok((head, Arriving(None))),
                Err(error) => {
                    let (problem, is_unsent) = (Problem::Http1(error), connection.is_unsent());
                    Err(Unanswered { problem, is_unsent })
                }
            },
            Self::Http2(stream) => {
                let sent = stream.sender.try_send_request(request.http2(seq)).await;
                let (head, body) = sent.map_err(Unanswered::over_http2)?.into_parts();
                let Parts { status, headers, .. } = head;
                Ok((Head { status, reason: None, headers }, Arriving(Some(body))))
            }
        }
    }

    /// Reads a body to its end and hands it on piece by piece.
    ///
    /// # Errors
    ///
    /// Why it broke off, or what `take` finds wrong.
    pub async fn read_body(
        &mut self,
        body: Arriving,
        mut take: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(), String> {
        if let Self::Http1(connection) = self {
            return connection.read_body(take, failure::of_http1_body).await;
        }
        let Some(mut body) = body.0 else { return Ok(()) };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| failure::of_body(&error))?;
            if let Ok(data) = frame.into_data() {
                take(&data)?;
            }
        }
        Ok(())
    }

    /// Returns whether it takes another request, the last one being over.
    pub fn is_reusable(&self) -> bool {
        match self {
            Self::Http1(connection) => connection.is_reusable(),
            Self::Http2(_) => true,
        }
    }
}

impl Unanswered {
    fn over_http2<T>(mut error: TrySendError<T>) -> Self {
        let is_unsent = error.take_message().is_some();
        Self { problem: Problem::Http2(error.into_error()), is_unsent }
    }
}

impl Problem {
    /// Returns its wording.
    pub fn cause(&self) -> String {
        match self {
            Self::Http1(error) => failure::of_http1(error),
            Self::Http2(error) => failure::of_exchange(error),
        }
    }

    /// Returns whether the peer had closed the connection before it answered.
    pub fn is_closed_connection(&self) -> bool {
        match self {
            Self::Http1(http1::Error::Ended) => true,
            Self::Http1(http1::Error::Io(error)) => failure::is_end(error),
            Self::Http1(_) => false,
            Self::Http2(error) => failure::is_closed_connection(error),
        }
    }

    /// Returns whether an HTTP/2 server ended the connection politely before it saw the request.
    pub fn is_left_behind(&self) -> bool {
        matches!(self, Self::Http2(error) if failure::is_left_behind(error))
    }

    /// Returns whether an HTTP/2 server says that it refused the request unseen.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Http2(error) if failure::is_refused(error))
    }
}

impl pool::Connection for Connection {
    fn is_closed(&mut self) -> bool {
        match self {
            Self::Http1(connection) => connection.is_closed(),
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
