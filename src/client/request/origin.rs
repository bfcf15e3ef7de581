//! The origin that a request is sent to, in the forms that requests need.

use http::header::HeaderValue;
use http::uri::{Authority, Scheme};
use url::{Position, Url};

/// Scheme, host and port of a URL, shared by its connections and requests.
#[derive(Clone, Debug)]
pub struct Origin {
    /// http or https.
    pub scheme: Scheme,
    /// Host and port, the port only if it is not the default one.
    pub authority: Authority,
    /// The authority as the value of a Host header.
    pub host: HeaderValue,
    /// The proxy that forwards requests to the server; None if connections reach the server.
    pub forwarder: Option<Forwarder>,
}

/// A proxy that receives requests with the whole URL and sends them on to the server.
#[derive(Clone, Debug)]
pub struct Forwarder {
    /// Value of Proxy-Authorization; None if the proxy needs no password.
    pub authorization: Option<HeaderValue>,
}

impl Origin {
    /// Returns the origin of an http or https URL; None if its host cannot be sent.
    pub fn new(url: &Url, forwarder: Option<Forwarder>) -> Option<Self> {
        let scheme = if url.scheme() == "https" { Scheme::HTTPS } else { Scheme::HTTP };
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let authority = Authority::try_from(host).ok()?;
        Some(Self { scheme, authority, host: HeaderValue::from_str(host).ok()?, forwarder })
    }

    /// Returns whether connections to the origin use TLS.
    pub fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }
}
