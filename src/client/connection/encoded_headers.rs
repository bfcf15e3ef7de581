//! The headers of a request, encoded once for all hits.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use http::HeaderMap;

use crate::client::http1::HeaderLines;
use crate::client::http2;

/// Headers in the form of each version of HTTP.
#[derive(Debug)]
pub struct EncodedHeaders {
    plain: Rc<HeaderMap>,
    http1: HeaderLines,
    /// Empty until the first connection that uses HTTP/2.
    http2: OnceCell<Box<HeaderMap>>,
}

impl EncodedHeaders {
    /// Encodes the headers of a request.
    pub fn new(headers: Rc<HeaderMap>) -> Self {
        Self { http1: HeaderLines::new(&headers), plain: headers, http2: OnceCell::new() }
    }

    /// Returns the headers for HTTP/1.1.
    pub fn http1(&self) -> &HeaderLines {
        &self.http1
    }

    /// Returns the headers for HTTP/2.
    pub fn http2(&self) -> &HeaderMap {
        self.http2.get_or_init(|| Box::new(http2::headers(&self.plain)))
    }
}

/// The encoded headers of the last request, shared with the next one if its headers are the same.
#[derive(Debug, Default)]
pub struct EncodedCache(RefCell<Option<Rc<EncodedHeaders>>>);

impl EncodedCache {
    /// Returns encoded headers. Only a map that is shared with the last request finds its own.
    pub fn share(&self, headers: &Rc<HeaderMap>) -> Rc<EncodedHeaders> {
        let mut last = self.0.borrow_mut();
        if let Some(last) = last.as_ref().filter(|last| Rc::ptr_eq(&last.plain, headers)) {
            return last.clone();
        }
        last.insert(Rc::new(EncodedHeaders::new(headers.clone()))).clone()
    }
}
