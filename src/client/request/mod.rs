//! A request as plain data, built once for all hits on its target.
//!
//! How a request is written on the wire belongs to the versions of HTTP, not here.

pub mod origin;
pub mod headers;
pub mod body;
pub mod credentials;
pub mod accepted_encodings;
pub mod redirect;

use std::rc::Rc;

use http::Method;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery};
use url::{Position, Url};

use crate::error::Error;
use crate::targets;
use accepted_encodings::AcceptedEncodings;
use body::Body;
use headers::{ClientHeaders, Header, HeaderCache, Headers};
use origin::Origin;

/// A request that can be sent any number of times. An attack may have hundreds of thousands.
#[derive(Debug)]
pub struct Request {
    /// The origin of the URL.
    pub origin: Rc<Origin>,
    /// The HTTP method.
    pub method: Method,
    /// The URL as the target or the redirect spells it, for messages and records.
    pub text: String,
    /// Host and port that the request names, which may be those of a Host header.
    pub authority: Authority,
    /// Path and query.
    pub path: PathAndQuery,
    /// All headers in the order of the wire, with a placeholder for the number of the hit.
    pub headers: Rc<HeaderMap>,
    /// The body; empty for none.
    pub body: Body,
    /// The content encodings that the response is decompressed from.
    pub accepted: AcceptedEncodings,
    /// Whether the client set the Referer, after a redirect.
    pub has_referer_of_client: bool,
}

/// What a target or a redirect asks for.
#[derive(Debug)]
pub struct Parts {
    /// The HTTP method.
    pub method: Method,
    /// The whole URL.
    pub url: Url,
    /// The URL as the target or the redirect spells it, for messages and records.
    pub text: String,
    /// Path and query.
    pub path: PathAndQuery,
    /// The headers that the target or the redirect sets.
    pub headers: Vec<Header>,
    /// The body; empty for none.
    pub body: Body,
    /// Whether the Referer in the headers is the URL of the last request.
    pub has_referer_of_client: bool,
}

impl Request {
    /// Builds a request to an origin, which must be that of the URL.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the host cannot be sent.
    pub fn new(
        origin: Rc<Origin>,
        parts: Parts,
        client: &ClientHeaders,
        cache: &HeaderCache,
    ) -> Result<Self, Error> {
        let Parts { method, url, text, path, headers, body, has_referer_of_client } = parts;
        let host = Host::at(&origin, &url, &text)?;
        let (headers, accepted) = Headers::of_target(&headers, &host.header)
            .with_credentials(&url)
            .with_proxy_credentials(&origin)
            .with_body(&method, &body)
            .with_encodings(&method);
        let headers = headers.with_client_headers(client);
        let authority = host.authority(headers.get(&HOST));
        let headers = cache.share(&headers);
        Ok(Self {
            origin,
            method,
            text,
            authority,
            path,
            headers,
            body,
            accepted,
            has_referer_of_client,
        })
    }

    /// Returns the URL without credentials and fragment.
    ///
    /// # Errors
    ///
    /// If a path that was sent as written is not valid in a URL.
    pub fn url(&self) -> Result<Url, url::ParseError> {
        let Origin { scheme, authority, .. } = &*self.origin;
        Url::parse(&format!("{scheme}://{authority}{}", self.path))
    }

    /// Returns whether sending the request twice has the same effect as sending it once.
    ///
    /// Source: RFC 9110, section 9.2.2; the key as in Go, package net/http, Transport.
    pub fn is_idempotent(&self) -> bool {
        const KEYS: [HeaderName; 2] = [
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("x-idempotency-key"),
        ];
        let safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE];
        safe.contains(&self.method) || KEYS.iter().any(|key| self.headers.contains_key(key))
    }
}

/// Host and port of a URL as it spells them.
pub struct Host {
    authority: Authority,
    /// The value of the Host header.
    pub header: HeaderValue,
}

impl Host {
    /// Returns host and port of a URL, which `text` spells.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if the host cannot be sent.
    pub fn new(url: &Url, text: &str) -> Result<Self, Error> {
        Self::parse(host_of(url, text), text)
    }

    /// Returns the same as [`Host::new`] for a URL with a known origin.
    ///
    /// # Errors
    ///
    /// As [`Host::new`].
    pub fn at(origin: &Origin, url: &Url, text: &str) -> Result<Self, Error> {
        let host = host_of(url, text);
        // Most requests to an origin share its text.
        if origin.authority.as_str() == host {
            let Origin { authority, host, .. } = origin;
            return Ok(Self { authority: authority.clone(), header: host.clone() });
        }
        Self::parse(host, text)
    }

    fn parse(host: &str, text: &str) -> Result<Self, Error> {
        let authority = Authority::try_from(host).map_err(|_| bad_host(text))?;
        let header = HeaderValue::from_str(host).map_err(|_| bad_host(text))?;
        Ok(Self { authority, header })
    }

    /// Returns the authority that the Host header names, or the URL's if it names none.
    pub fn authority(self, header: Option<&HeaderValue>) -> Authority {
        match header.filter(|header| **header != self.header) {
            Some(own) => Authority::try_from(own.as_bytes()).unwrap_or(self.authority),
            None => self.authority,
        }
    }
}

/// Returns the error for a URL whose host cannot be sent.
pub fn bad_host(text: &str) -> Error {
    Error::Attack(format!("bad host in URL '{text}'"))
}

/// Returns host and port as the text of a URL spells them, if they mean the same as in the URL.
///
/// The text may use capitals and name the default port. A host that the URL parser changed in
/// another way, such as an international name, is returned as the parser has it.
fn host_of<'a>(url: &'a Url, text: &'a str) -> &'a str {
    let parsed = &url[Position::BeforeHost..Position::AfterPort];
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    let is_absolute = scheme.eq_ignore_ascii_case(url.scheme());
    let written = if is_absolute { targets::host_as_written(text) } else { parsed };
    let port = url.port_or_known_default().filter(|_| url.port().is_none());
    let default_port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let bare = written.strip_suffix(default_port.as_str()).unwrap_or(written);
    if bare.eq_ignore_ascii_case(parsed) { written } else { parsed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_sent_as_written_if_it_means_the_same() {
        let table = [
            ("http://a.test/", "a.test"),
            ("http://X.Test:80/x?y#z", "X.Test:80"),
            ("https://me:p@X.test:443", "X.test:443"),
            ("https://x.test:80?q=@y", "x.test:80"),
            ("HTTP://[::AB]:80/", "[::AB]:80"),
            ("http://[0:0::1]:8080/", "[::1]:8080"),
            ("http://:8080/", "localhost:8080"),
            ("http://a.test:/", "a.test"),
            ("http://127.1/", "127.0.0.1"),
            ("http://b\u{fc}cher.test/", "xn--bcher-kva.test"),
            ("/relative?to=http://A.TEST/", "a.test"),
            ("?relative", "a.test"),
        ];
        for (text, expected) in table {
            let url = match text.strip_prefix("http://:") {
                Some(rest) => Url::parse(&format!("http://localhost:{rest}")),
                None => Url::parse("http://a.test/").unwrap().join(text),
            };
            assert_eq!(host_of(&url.unwrap(), text), expected, "{text}");
        }
    }
}
