//! The request that hyper sends over HTTP/2.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue};
use http::uri::{self, Uri};
use hyper::body::{Frame, SizeHint};

use crate::client::request::Request;
use crate::client::request::headers::SEQ;

/// Returns the request of hit `seq`, with headers from [`headers`].
pub fn request(request: &Request, headers: &HeaderMap, seq: u64) -> http::Request<WireBody> {
    let mut headers = headers.clone();
    headers.insert(SEQ, HeaderValue::from(seq));
    let body = &request.body;
    let (bytes, hides_length) = (body.bytes().clone(), body.hides_length());
    let mut sent = http::Request::new(WireBody { bytes, hides_length });
    *sent.method_mut() = request.method.clone();
    *sent.uri_mut() = whole_uri(request);
    *sent.headers_mut() = headers;
    sent
}

/// Returns a request's headers without Host, which is a pseudo-header in HTTP/2, and without
/// headers that describe the connection.
///
/// Source: RFC 9113, sections 8.2.2 and 8.3.1.
pub fn headers(all: &HeaderMap) -> HeaderMap {
    const LEFT_OUT: [&str; 6] =
        ["host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
    let stay = all.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    stay.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn whole_uri(request: &Request) -> Uri {
    let mut parts = uri::Parts::default();
    parts.scheme = Some(request.origin.scheme.clone());
    parts.authority = Some(request.authority.clone());
    parts.path_and_query = Some(request.path.clone());
    Uri::from_parts(parts).expect("it has a scheme, an authority and a path")
}

/// The body of a request, which is sent as one frame.
#[derive(Debug)]
pub struct WireBody {
    /// The bytes that are not sent yet: all or none.
    bytes: Bytes,
    /// Whether no Content-Length is sent.
    hides_length: bool,
}

impl hyper::body::Body for WireBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(&mut self.get_mut().bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.hides_length {
            SizeHint::default()
        } else {
            SizeHint::with_exact(self.bytes.len() as u64)
        }
    }
}
