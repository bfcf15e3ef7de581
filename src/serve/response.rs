//! The response of a route: delay, status, headers and body.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;
use rand::{Rng, RngExt};

use crate::error::Error;
use crate::serve::delay::Delay;
use crate::serve::status_mix::StatusMix;
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

impl ResponseSpec {
    /// Draws a delay and a response.
    pub(super) fn draw(&self, random: &mut impl Rng) -> (Duration, Response<Full<Bytes>>) {
        let delay = self.latency.draw(random);
        let fails = self.errors > 0.0 && random.random_bool(self.errors);
        let mut response = if fails { Response::new(error_body()) } else { self.success() };
        *response.status_mut() = match fails {
            true => StatusCode::INTERNAL_SERVER_ERROR,
            false => self.statuses.draw(random),
        };
        let text = HeaderValue::from_static("text/plain");
        response.headers_mut().entry(CONTENT_TYPE).or_insert(text);
        (delay, response)
    }

    /// Returns a response that is no error, before its status is set.
    fn success(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response
    }
}

fn error_body() -> Full<Bytes> {
    Full::from("internal server error\n")
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
