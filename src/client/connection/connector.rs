//! Dial -> TLS -> HTTP/1.1 or HTTP/2 handshake.

use std::rc::Rc;

use http::uri::Authority;
use http::{HeaderValue, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::Connection as _;
use tower_service::Service;
use url::{Position, Url};

use crate::client::connection::Connection;
use crate::client::dial::{self, Proxy, Route, Transport};
use crate::client::failure;
use crate::client::http1::Room;
use crate::client::pool::Connect;
use crate::client::{Client, Options};

/// Opens connections to one origin.
pub struct Connector {
    /// Scheme, host and port.
    origin: Uri,
    /// Host and port as a header; None where they cannot be one.
    host: Option<HeaderValue>,
    https: HttpsConnector<Route>,
    route: Route,
    protocol: Protocol,
    keepalive: bool,
    /// Which connections of HTTP/1.1 read into.
    room: Rc<Room>,
}

/// How to come to an agreement on HTTP/1.1 or HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1 always.
    Http1,
    /// Over TLS whatever ALPN agrees on, else HTTP/1.1.
    Negotiated,
    /// Over TLS whatever ALPN agrees on, else HTTP/2 without asking.
    PriorKnowledge,
}

impl Connector {
    /// Returns what connects to the origin of a URL, which has a host.
    pub fn new(url: &Url, client: &Client) -> Self {
        let Client { options, dialer, .. } = client;
        let mut tls = client.tls.clone();
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let origin = Uri::builder().scheme(url.scheme()).authority(host).path_and_query("/");
        let origin = origin.build().unwrap_or_default();
        let host = HeaderValue::from_str(host).ok();
        if options.protocol != Protocol::Http1 {
            tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        // A proxy that is sent requests in place of the server takes them as HTTP/1.1.
        let in_the_clear = url.scheme() == "http" && options.protocol != Protocol::PriorKnowledge;
        let route = dialer.route(url, in_the_clear);
        let https = HttpsConnector::from((route.clone(), tls));
        let Options { protocol, keepalive, .. } = *options;
        let room = client.room.clone();
        Self { origin, host, https, route, protocol, keepalive, room }
    }

    /// Returns scheme, host and port.
    pub fn origin(&self) -> &Uri {
        &self.origin
    }

    /// Returns host and port, and the same as a header; None where they cannot go over the wire.
    pub fn authority(&self) -> Option<(&Authority, &HeaderValue)> {
        self.origin.authority().zip(self.host.as_ref())
    }

    /// Returns the proxy that requests are sent to in absolute form; None where they reach the
    /// server.
    pub fn forwarder(&self) -> Option<&Proxy> {
        self.route.forwarder()
    }

    fn is_tls(&self) -> bool {
        self.origin.scheme_str() == Some("https")
    }
}

impl Connect for Connector {
    type Connection = Connection;

    async fn connect(&self) -> Result<Connection, String> {
        let mut https = self.https.clone();
        let stream = https.call(self.origin.clone()).await.map_err(dial::cause)?;
        let agreed = stream.connected().is_negotiated_h2();
        let http2 = agreed || (!self.is_tls() && self.protocol == Protocol::PriorKnowledge);
        let bytes = Transport::from(stream);
        if !http2 {
            return Ok(Connection::http1(bytes, self.room.clone()));
        }
        let connection = Connection::http2(bytes, !self.keepalive).await;
        connection.map_err(|error| failure::of_exchange(&error))
    }

    fn will_carry(&self) -> Option<usize> {
        let one = match self.protocol {
            Protocol::Http1 => true,
            Protocol::Negotiated => !self.is_tls(),
            Protocol::PriorKnowledge => false,
        };
        (one || !self.keepalive).then_some(1)
    }
}
