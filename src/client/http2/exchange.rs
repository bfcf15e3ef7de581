//! One exchange over a stream: the head, then data in both directions, then trailers.

use std::future::poll_fn;
use std::rc::Rc;

use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::{Reason, RecvStream, SendStream};
use http::HeaderMap;

use crate::client::http2::error::Error;
use crate::client::http2::state::State;
use crate::client::http2::written::Progress;
use crate::client::http2::{MAX_HEAD_LEN, len_of};

/// A response that has not begun.
pub struct Pending {
    pub(super) response: ResponseFuture,
    /// Number of the stream.
    pub(super) id: u32,
}

/// The body of a request.
pub struct Outgoing {
    stream: SendStream<Bytes>,
    /// Number of the stream.
    id: u32,
    state: Rc<State>,
    /// What the system has of the request; None if the connection does not follow it.
    progress: Option<Rc<Progress>>,
}

/// The body of a response whose head has arrived.
pub struct Incoming {
    stream: RecvStream,
    state: Rc<State>,
}

impl Outgoing {
    pub(super) fn new(stream: SendStream<Bytes>, state: &Rc<State>) -> Self {
        let id = stream.stream_id().as_u32();
        let progress = state.written().map(|written| written.follow(id));
        Self { stream, id, state: state.clone(), progress }
    }

    /// Returns what the system has of the request. None if the connection does not follow it.
    pub fn progress(&self) -> Option<&Rc<Progress>> {
        self.progress.as_ref()
    }

    /// Hands over data at once. It is sent as the windows of the server allow.
    ///
    /// # Errors
    ///
    /// If the stream has ended.
    pub fn give(&mut self, data: Bytes, is_last: bool) -> Result<(), Error> {
        let given = self.stream.send_data(data, is_last);
        given.map_err(|error| self.error(error))
    }

    /// Hands over data as the windows of the server allow, and waits until they do.
    ///
    /// # Errors
    ///
    /// If the stream has ended.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, a part of the data may have been handed over.
    pub async fn send(&mut self, mut data: Bytes, is_last: bool) -> Result<(), Error> {
        while !data.is_empty() {
            let room = self.room(data.len()).await?;
            let piece = data.split_to(room.min(data.len()));
            self.give(piece, is_last && data.is_empty())?;
        }
        Ok(())
    }

    /// Waits until the windows allow some bytes, and returns how many.
    async fn room(&mut self, wanted: usize) -> Result<usize, Error> {
        self.stream.reserve_capacity(wanted);
        loop {
            match self.stream.capacity() {
                0 => {}
                room => return Ok(room),
            }
            match poll_fn(|context| self.stream.poll_capacity(context)).await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(self.error(error)),
                None => return Err(Error::Unsendable("the stream has ended".to_owned())),
            }
        }
    }

    /// Ends the request without further data.
    ///
    /// # Errors
    ///
    /// If the stream has ended.
    pub fn end(&mut self) -> Result<(), Error> {
        self.give(Bytes::new(), true)
    }

    /// Ends the stream in both directions.
    pub fn cancel(&mut self) {
        self.stream.send_reset(Reason::CANCEL);
    }

    fn error(&self, error: h2::Error) -> Error {
        Error::new(error, Some(self.id), &self.state)
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if let Some(written) = self.state.written() {
            written.forget(self.id);
        }
    }
}

impl Incoming {
    pub(super) fn new(stream: RecvStream, state: Rc<State>) -> Self {
        Self { stream, state }
    }

    /// Waits for the next part of the body. None at its end.
    ///
    /// # Errors
    ///
    /// Why the body broke off.
    ///
    /// # Cancel safety
    ///
    /// Safe: no part is lost.
    pub async fn data(&mut self) -> Option<Result<Bytes, Error>> {
        let data = match self.stream.data().await? {
            Ok(data) => data,
            Err(error) => return Some(Err(self.error(error))),
        };
        // The data is not buffered any more, so the window is given back before it is decoded.
        let _ = self.stream.flow_control().release_capacity(data.len());
        Some(Ok(data))
    }

    /// Waits for the trailers, after the end of the body. None if the response has none.
    ///
    /// # Errors
    ///
    /// Why the response broke off, or that the trailers exceed a limit.
    pub async fn trailers(&mut self) -> Result<Option<HeaderMap>, Error> {
        let trailers = self.stream.trailers().await.map_err(|error| self.error(error))?;
        match &trailers {
            Some(trailers) if len_of(trailers) > MAX_HEAD_LEN => Err(Error::TooLarge(MAX_HEAD_LEN)),
            _ => Ok(trailers),
        }
    }

    fn error(&self, error: h2::Error) -> Error {
        Error::new(error, Some(self.stream.stream_id().as_u32()), &self.state)
    }
}
