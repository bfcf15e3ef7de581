//! Opens connections: dial, TLS handshake, then HTTP/1.1 or HTTP/2.

use std::rc::Rc;

use http::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::Connection as _;
use rustls::ClientConfig;
use tower_service::Service;
use url::Url;

use crate::client::connection::Connection;
use crate::client::dial::{self, Dialer, Route, Transport};
use crate::client::http1::{SharedBuffer, Unsolicited};
use crate::client::http2::Usage;
use crate::client::options::{Options, Protocol};
use crate::client::pool::Connect;
use crate::client::request::origin::{Forwarder, Origin};

/// The cause of a failed connection to a server that knows TLS but not HTTP/2.
const NO_HTTP2: &str = "http2: the server did not agree on HTTP/2, which gRPC needs: expected 'h2' in \
                        the ALPN of its TLS handshake";

/// Opens connections to one origin.
pub struct Connector {
    origin: Rc<Origin>,
    /// The origin as the connector of TLS takes it.
    uri: Uri,
    https: HttpsConnector<Route>,
    protocol: Protocol,
    keepalive: bool,
    /// The read buffer of HTTP/1.1 connections.
    buffer: Rc<SharedBuffer>,
    unsolicited: Rc<Unsolicited>,
}

impl Connector {
    /// Returns a connector to the origin of an http or https URL; None if its host cannot be sent.
    pub fn new(
        url: &Url,
        options: &Options,
        dialer: &Dialer,
        mut tls: ClientConfig,
        buffer: Rc<SharedBuffer>,
    ) -> Option<Self> {
        let Options { protocol, keepalive, .. } = *options;
        tls.alpn_protocols = match protocol {
            Protocol::Http1 => tls.alpn_protocols,
            Protocol::Negotiated | Protocol::PriorKnowledge => {
                vec![b"h2".to_vec(), b"http/1.1".to_vec()]
            }
            Protocol::Http2 => vec![b"h2".to_vec()],
            Protocol::WebSocket => vec![b"http/1.1".to_vec()],
        };
        // A proxy that forwards requests accepts them as plain HTTP/1.1 only.
        let is_plain_http1 = url.scheme() == "http"
            && !protocol.is_http2_without_tls()
            && protocol != Protocol::WebSocket;
        let route = dialer.route(url, is_plain_http1);
        let forwarder =
            route.forwarder().map(|proxy| Forwarder { authorization: proxy.authorization() });
        let origin = Rc::new(Origin::new(url, forwarder)?);
        let uri = Uri::builder()
            .scheme(origin.scheme.clone())
            .authority(origin.authority.clone())
            .path_and_query("/")
            .build()
            .ok()?;
        let https = HttpsConnector::from((route, tls));
        let unsolicited = Rc::default();
        Some(Self { origin, uri, https, protocol, keepalive, buffer, unsolicited })
    }

    /// Returns the cause of a failed dial. A server that refuses what ALPN offers says only that.
    fn worded(&self, cause: String) -> String {
        let is_alpn = cause.ends_with("no application protocol");
        if is_alpn && self.protocol == Protocol::Http2 { NO_HTTP2.to_owned() } else { cause }
    }

    /// Returns the origin that the connections lead to.
    pub fn origin(&self) -> &Rc<Origin> {
        &self.origin
    }
}

impl Connect for Connector {
    type Connection = Connection;

    async fn connect(&self) -> Result<Connection, String> {
        let mut https = self.https.clone();
        let stream = https.call(self.uri.clone()).await;
        let stream = stream.map_err(|error| self.worded(dial::cause(error)))?;
        let is_agreed = stream.connected().is_negotiated_h2();
        let is_http2 = is_agreed || (!self.origin.is_tls() && self.protocol.is_http2_without_tls());
        if !is_http2 && self.protocol == Protocol::Http2 {
            return Err(NO_HTTP2.to_owned());
        }
        let bytes = Transport::from(stream);
        if !is_http2 {
            return Ok(Connection::http1(bytes, self.buffer.clone(), self.unsolicited.clone()));
        }
        let notes_written = self.protocol == Protocol::Http2;
        let usage = Usage { is_single: !self.keepalive, notes_written };
        let connection = Connection::http2(bytes, usage).await;
        connection.map_err(|error| error.wording())
    }

    fn will_carry(&self) -> Option<usize> {
        let is_http1 = match self.protocol {
            Protocol::Http1 | Protocol::WebSocket => true,
            Protocol::Negotiated => !self.origin.is_tls(),
            Protocol::PriorKnowledge | Protocol::Http2 => false,
        };
        (is_http1 || !self.keepalive).then_some(1)
    }
}
