//! The response of a route: delay, status, headers and body.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Body;
use rand::{Rng, RngExt};

use crate::error::Error;
use crate::serve::dynamic::Answer;
use crate::serve::status_mix::StatusMix;
use crate::units::Delay;
use crate::units::parse_size;

/// A description of responses, from which each single response is drawn.
#[derive(Clone, Debug)]
pub struct ResponseSpec {
    /// Time from the arrival of the request to the response.
    pub latency: Delay,
    /// Share of the responses that are `500 Internal Server Error`, in `[0, 1]`.
    pub errors: f64,
    /// Status of the other responses.
    pub statuses: StatusMix,
    /// Headers of the other responses. The default of `Content-Type` is `text/plain`.
    pub headers: HeaderMap,
    /// Body of the other responses.
    pub body: Bytes,
}

/// What is drawn for one response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    /// Time from the arrival of the request to the response.
    pub(super) delay: Duration,
    /// None for an error.
    pub(super) status: Option<StatusCode>,
}

impl ResponseSpec {
    /// Draws a delay, and a status or an error.
    pub(super) fn draw(&self, random: &mut impl Rng) -> Draw {
        let delay = self.latency.draw(random);
        let fails = self.errors > 0.0 && random.random_bool(self.errors);
        Draw { delay, status: (!fails).then(|| self.statuses.draw(random)) }
    }

    /// Returns a response with the body and the headers, or an error.
    pub(super) fn respond(&self, draw: Draw) -> Response<Full<Bytes>> {
        match draw.status {
            Some(status) => response(status, self.headers.clone(), self.body.clone()),
            None => {
                let body = Bytes::from_static(b"internal server error\n");
                response(StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new(), body)
            }
        }
    }

    /// Returns an answer with the headers and the body, as far as the answer has them.
    pub(super) fn complete(&self, answer: Answer) -> Response<Full<Bytes>> {
        let headers = if answer.has_headers { self.headers.clone() } else { HeaderMap::new() };
        response(answer.status, headers, answer.body.unwrap_or_else(|| self.body.clone()))
    }
}

fn response(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    let text = HeaderValue::from_static("text/plain");
    response.headers_mut().entry(CONTENT_TYPE).or_insert(text);
    response
}

/// Returns a response without the body that HTTP/2 does not allow it: after HEAD, and with 204 or
/// 304. hyper takes care of this for HTTP/1.1 only.
///
/// Source: RFC 9110, sections 9.3.2, 15.3.5 and 15.4.5.
pub(super) fn for_http2(
    mut response: Response<Full<Bytes>>,
    method: &Method,
) -> Response<Full<Bytes>> {
    let is_bodiless =
        matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if method == Method::HEAD && !is_bodiless {
        let length = response.body().size_hint().exact().unwrap_or(0);
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    if method == Method::HEAD || is_bodiless {
        *response.body_mut() = Full::default();
    }
    response
}

/// Returns a body of the size given as text, e.g. `4kb`. It ends with a newline.
///
/// # Errors
///
/// [`Error::Value`] for text that is not a size, and for more than 1 GiB: the body is kept in
/// memory, so that a larger size is probably a mistake.
pub fn body_of_size(text: &str) -> Result<Bytes, Error> {
    const MOST: u64 = 1 << 30;
    let size = parse_size(text)?.filter(|size| *size <= MOST);
    let size = size.and_then(|size| usize::try_from(size).ok()).ok_or_else(|| Error::Value {
        what: "size",
        input: text.to_owned(),
        expected: "at most 1gb",
    })?;
    let mut body: Vec<u8> = b"hello world\n".iter().rev().copied().cycle().take(size).collect();
    body.reverse();
    Ok(body.into())
}
