//! The head of a request as h2 sends it.

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TE};
use http::uri::{self, Authority, PathAndQuery, Uri};

use crate::client::request::Request;
use crate::client::request::headers::SEQ;
use crate::client::request::origin::Origin;

/// Returns the head of hit `seq`'s request, with headers from [`headers`].
pub fn request(request: &Request, headers: &HeaderMap, seq: u64) -> http::Request<()> {
    let mut headers = headers.clone();
    headers.insert(SEQ, changing(HeaderValue::from(seq)));
    let body = &request.body;
    if !body.is_empty() && !body.hides_length() {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    let mut sent = http::Request::new(());
    *sent.method_mut() = request.method.clone();
    *sent.uri_mut() = uri(&request.origin, &request.authority, &request.path);
    *sent.headers_mut() = headers;
    sent
}

/// Returns the value of a header whose value differs from request to request. It is sent as one that
/// is never indexed.
///
/// Otherwise h2 would add each value to the table of the connection, and search all the values of
/// the header there for the next one: some 80 of them, for a tenth of the instructions of a gRPC
/// call. The server would keep them as well.
///
/// Source: RFC 7541, section 6.2.3.
pub fn changing(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

/// Returns a request's headers without Host, which is a pseudo-header in HTTP/2, and without
/// headers that describe the connection. The only encoding that TE may name is trailers.
///
/// Source: RFC 9113, sections 8.2.2 and 8.3.1.
pub fn headers(all: &HeaderMap) -> HeaderMap {
    const LEFT_OUT: [&str; 6] =
        ["host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
    let stays = |(name, value): &(&HeaderName, &HeaderValue)| {
        !LEFT_OUT.contains(&name.as_str()) && (**name != TE || **value == "trailers")
    };
    let stay = all.iter().filter(stays);
    stay.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Returns the URL of a request as h2 takes it.
pub fn uri(origin: &Origin, authority: &Authority, path: &PathAndQuery) -> Uri {
    let mut parts = uri::Parts::default();
    parts.scheme = Some(origin.scheme.clone());
    parts.authority = Some(authority.clone());
    parts.path_and_query = Some(path.clone());
    Uri::from_parts(parts).expect("it has a scheme, an authority and a path")
}
