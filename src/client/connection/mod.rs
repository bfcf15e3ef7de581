//! A connection that carries requests: one at a time over HTTP/1.1, several over HTTP/2.

pub mod connector;
pub mod encoded_headers;

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use http::HeaderMap;

use crate::client::dial::Transport;
use crate::client::http1::{self, SharedBuffer, Unsolicited};
use crate::client::http2::{self, Abandoned, Incoming};
use crate::client::pool::{self, Fate};
use crate::client::request::Request;
use crate::client::response::head::Head;
use encoded_headers::EncodedHeaders;

/// A handle on a connection. It carries one request at a time; an HTTP/2 connection has up to as
/// many handles as the server allows streams.
pub enum Connection {
    /// The only handle on an HTTP/1.1 connection.
    Http1(Box<http1::Connection>),
    /// One of several handles on an HTTP/2 connection.
    Http2(http2::Stream),
}

/// The body of a response whose head has arrived.
pub struct ResponseBody(
    /// None if the body arrives over the handle itself.
    Option<Incoming>,
);

/// A request without a response.
pub struct Unanswered {
    /// Why there is no response.
    pub problem: Problem,
    /// Whether the server cannot have received any part of the request.
    pub is_unsent: bool,
}

/// Why an exchange failed.
pub enum Problem {
    Http1(http1::Error),
    Http2(http2::Error),
}

impl Connection {
    /// Creates an HTTP/1.1 connection over a stream of bytes.
    pub fn http1(bytes: Transport, buffer: Rc<SharedBuffer>, unsolicited: Rc<Unsolicited>) -> Self {
        Self::Http1(Box::new(http1::Connection::new(bytes, buffer, unsolicited)))
    }

    /// Starts HTTP/2 on a stream of bytes.
    ///
    /// # Errors
    ///
    /// If the stream ends during the handshake.
    pub async fn http2(bytes: Transport, usage: http2::Usage) -> Result<Self, http2::Error> {
        http2::Stream::handshake(bytes, usage).await.map(Self::Http2)
    }

    /// Returns the handle on an HTTP/2 connection. None for HTTP/1.1.
    pub fn as_http2(&mut self) -> Option<&mut http2::Stream> {
        match self {
            Self::Http1(_) => None,
            Self::Http2(stream) => Some(stream),
        }
    }

    /// Returns whether the connection uses HTTP/2.
    pub fn is_http2(&self) -> bool {
        matches!(self, Self::Http2(_))
    }

    /// Returns the address of the server. None if it is unknown.
    pub fn peer(&self) -> Option<IpAddr> {
        match self {
            Self::Http1(connection) => connection.peer(),
            Self::Http2(stream) => stream.peer(),
        }
    }

    /// Sends a request as hit `seq` and waits for the head of its response.
    ///
    /// # Errors
    ///
    /// Why no response arrived.
    pub async fn send(
        &mut self,
        request: &Request,
        headers: &EncodedHeaders,
        seq: u64,
    ) -> Result<(Head, ResponseBody), Unanswered> {
        match self {
            Self::Http1(connection) => match connection.send(request, headers.http1(), seq).await {
                Ok(head) => Ok((head, ResponseBody(None))),
                Err(error) => Err(Unanswered {
                    problem: Problem::Http1(error),
                    is_unsent: connection.is_unsent(),
                }),
            },
            Self::Http2(stream) => match stream.send(request, headers.http2(), seq).await {
                Ok((head, body)) => Ok((head, ResponseBody(Some(body)))),
                Err(http2::Unanswered { error, is_unsent }) => {
                    Err(Unanswered { problem: Problem::Http2(error), is_unsent })
                }
            },
        }
    }

    /// Reads a body to its end and passes each part to `take`.
    ///
    /// # Errors
    ///
    /// Why the body broke off, or the error of `take`.
    pub async fn read_body(
        &mut self,
        body: &mut ResponseBody,
        take: impl AsyncFnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(), String> {
        if let Self::Http1(connection) = self {
            return connection.read_body(take, http1::Error::body_wording).await;
        }
        match &mut body.0 {
            Some(body) => http2::read_body(body, take).await,
            None => Ok(()),
        }
    }

    /// Returns whether the last exchange is complete and the connection accepts another request.
    pub fn is_reusable(&self) -> bool {
        match self {
            Self::Http1(connection) => connection.is_reusable(),
            Self::Http2(_) => true,
        }
    }
}

impl ResponseBody {
    /// Waits for the trailers, after the end of the body. None without them, and with HTTP/1.1.
    ///
    /// # Errors
    ///
    /// Why the response broke off.
    pub async fn trailers(&mut self) -> Result<Option<HeaderMap>, String> {
        match &mut self.0 {
            Some(body) => body.trailers().await.map_err(|error| error.body_wording()),
            None => Ok(None),
        }
    }
}

impl Problem {
    /// Returns the cause of the failure, as a text for the record.
    pub fn cause(&self) -> String {
        match self {
            Self::Http1(error) => error.wording(),
            Self::Http2(error) => error.wording(),
        }
    }

    /// Returns whether the peer closed the connection before it responded.
    pub fn is_closed_connection(&self) -> bool {
        match self {
            Self::Http1(error) => error.is_closed_connection(),
            Self::Http2(error) => error.is_closed_connection(),
        }
    }

    /// Returns whether an HTTP/2 server ended the connection before it processed the request.
    pub fn is_dropped(&self) -> bool {
        matches!(self, Self::Http2(error) if error.is_dropped())
    }

    /// Returns whether an HTTP/2 server ended a connection on which it had responded to a request.
    pub fn is_end_of_proven(&self) -> bool {
        matches!(self, Self::Http2(error) if error.is_end_of_proven())
    }

    /// Returns whether an HTTP/2 server reports that it refused the request without processing it.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Http2(error) if error.is_refused())
    }
}

impl pool::Connection for Connection {
    fn is_closed(&mut self) -> bool {
        match self {
            Self::Http1(connection) => connection.is_closed(),
            Self::Http2(stream) => stream.is_closed(),
        }
    }

    fn split(&self) -> Option<Self> {
        match self {
            Self::Http1(_) => None,
            Self::Http2(stream) => stream.split().map(Self::Http2),
        }
    }

    fn spare(&self) -> Option<Self> {
        match self {
            Self::Http1(_) => None,
            Self::Http2(stream) => stream.spare().map(Self::Http2),
        }
    }

    async fn settled(&self) {
        if let Self::Http2(stream) = self {
            stream.settled().await;
        }
    }

    fn carries(&self) -> Option<usize> {
        match self {
            Self::Http1(_) => Some(1),
            Self::Http2(stream) => stream.allowed(),
        }
    }

    fn is_overdrawn(&self) -> bool {
        match self {
            Self::Http1(_) => false,
            Self::Http2(stream) => stream.is_overdrawn(),
        }
    }

    fn abandoned(&self) -> Fate {
        match self {
            // A response may still arrive, which belongs to no request.
            Self::Http1(_) => Fate::Close,
            Self::Http2(stream) => match stream.abandoned() {
                Abandoned::Closed => Fate::Close,
                Abandoned::Usable => Fate::Keep,
                Abandoned::Silent => Fate::Probe,
            },
        }
    }

    async fn probe(&self, limit: Option<Duration>) -> bool {
        match self {
            Self::Http1(_) => false,
            Self::Http2(stream) => stream.probe(limit).await,
        }
    }
}
