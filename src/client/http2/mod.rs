//! HTTP/2 over a stream of bytes: several exchanges at once, through hyper.

mod request;

pub use request::headers;

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;

use http::HeaderMap;
use http::response::Parts;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http2};
use hyper::rt::Executor;
use tokio::task;

use crate::client::dial::Transport;
use crate::client::failure::http2::of_body;
use crate::client::request::Request;
use crate::client::response::head::Head;
use request::WireBody;

/// Number of concurrent streams that a connection is assumed to allow until the server announces
/// its limit.
///
/// Source: Go, package net/http, http2 initialMaxConcurrentStreams.
const INITIAL_STREAMS: usize = 100;

/// A handle on an HTTP/2 connection, which carries one request at a time.
pub struct Stream {
    sender: http2::SendRequest<WireBody>,
    /// Number of concurrent streams that the server allows, >= 1.
    allowed: Rc<Cell<usize>>,
    /// Its reference count is the number of handles on the connection.
    handles: Rc<()>,
}

/// A request without a response.
pub struct Unanswered {
    /// Why there is no response.
    pub error: hyper::Error,
    /// Whether nothing of the request was sent.
    pub is_unsent: bool,
}

impl Stream {
    /// Starts HTTP/2 on a stream of bytes. If `single_use`, the connection carries one request.
    ///
    /// # Errors
    ///
    /// If the stream ends during the handshake.
    pub async fn handshake(bytes: Transport, single_use: bool) -> hyper::Result<Self> {
        let (sender, connection) = http2::Builder::new(LocalTasks)
            .initial_max_send_streams(INITIAL_STREAMS)
            .handshake(bytes)
            .await?;
        let allowed = Rc::new(Cell::new(if single_use { 1 } else { INITIAL_STREAMS }));
        let announced = allowed.clone();
        task::spawn_local(async move {
            let mut connection = pin!(connection);
            let driven = poll_fn(|context| {
                let polled = connection.as_mut().poll(context);
                if !single_use {
                    // If the server allows no stream now, the next request waits for one.
                    announced.set(connection.current_max_send_streams().max(1));
                }
                polled
            });
            // Hits receive errors of the connection through their sender.
            let _ = driven.await;
        });
        Ok(Self { sender, allowed, handles: Rc::default() })
    }

    /// Waits until the connection accepts a request.
    ///
    /// # Errors
    ///
    /// If the connection is closed.
    pub async fn ready(&mut self) -> hyper::Result<()> {
        self.sender.ready().await
    }

    /// Sends a request as hit `seq` and waits for the head of its response.
    ///
    /// `headers` are those that [`headers`] returns for the request.
    ///
    /// # Errors
    ///
    /// Why no response arrived.
    pub async fn send(
        &mut self,
        request: &Request,
        headers: &HeaderMap,
        seq: u64,
    ) -> Result<(Head, Incoming), Unanswered> {
        let sent = self.sender.try_send_request(request::request(request, headers, seq)).await;
        let (head, body) = sent.map_err(Unanswered::new)?.into_parts();
        let Parts { status, headers, .. } = head;
        Ok((Head { status, reason: None, headers }, body))
    }

    /// Returns whether the connection accepts no further request.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Returns another handle on the connection; None if it has as many as the server allows.
    pub fn split(&self) -> Option<Self> {
        let has_room = self.n_handles() < self.allowed();
        has_room.then(|| Self {
            sender: self.sender.clone(),
            allowed: self.allowed.clone(),
            handles: self.handles.clone(),
        })
    }

    /// Returns the number of concurrent streams that the server allows, >= 1.
    pub fn allowed(&self) -> usize {
        self.allowed.get()
    }

    /// Returns the number of handles on the connection, >= 1.
    pub fn n_handles(&self) -> usize {
        Rc::strong_count(&self.handles)
    }
}

impl Unanswered {
    fn new<T>(mut error: TrySendError<T>) -> Self {
        // hyper returns a request that it did not send.
        let is_unsent = error.take_message().is_some();
        Self { error: error.into_error(), is_unsent }
    }
}

/// Reads a body to its end and passes each part to `take`.
///
/// # Errors
///
/// Why the body broke off, or the error of `take`.
pub async fn read_body(
    mut body: Incoming,
    mut take: impl AsyncFnMut(&[u8]) -> Result<(), String>,
) -> Result<(), String> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| of_body(&error))?;
        if let Ok(data) = frame.into_data() {
            take(&data).await?;
        }
    }
    Ok(())
}

/// Runs hyper's tasks on the thread of the engine.
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
