//! What is answered: after how long, with which status, headers and body.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;
use rand::{Rng, RngExt};

use crate::error::Error;
use crate::serve::delay::Delay;
use crate::serve::status_mix::Statuses;
use crate::units::parse_size;

/// How requests are answered: what is drawn anew for each, and what is the same for all.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How long an answer is held back.
    pub latency: Delay,
    /// Share of the answers that are `500 Internal Server Error`, in [0, 1].
    pub errors: f64,
    /// Status of the other answers.
    pub statuses: Statuses,
    /// Their headers; without a `Content-Type` that is `text/plain`.
    pub headers: HeaderMap,
    /// Their body.
    pub body: Bytes,
}

impl Answer {
    /// Draws an answer, and how long it is held back.
    pub(super) fn draw(&self, random: &mut impl Rng) -> (Duration, Response<Full<Bytes>>) {
        let delay = self.latency.draw(random);
        let fails = self.errors > 0.0 && random.random_bool(self.errors);
        let mut response = if fails { Response::new(error_body()) } else { self.sound() };
        *response.status_mut() = match fails {
            true => StatusCode::INTERNAL_SERVER_ERROR,
            false => self.statuses.draw(random),
        };
        let text = HeaderValue::from_static("text/plain");
        response.headers_mut().entry(CONTENT_TYPE).or_insert(text);
        (delay, response)
    }

    /// Returns an answer that is no error, without its status.
    fn sound(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response
    }
}

fn error_body() -> Full<Bytes> {
    Full::from("internal server error\n")
}

/// Returns a body of the size that a text asks for, the last byte of it a newline.
///
/// # Errors
///
/// [`Error::Value`] where the text is no size, and for more than 1 GiB: the body is held in
/// memory, so that more is surely a slip.
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
