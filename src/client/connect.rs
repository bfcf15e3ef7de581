//! Resolve -> TCP -> TLS -> HTTP/1.1 or HTTP/2 handshake.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;
use url::{Position, Url};

use super::Options;
use super::connection::Connection;
use super::failure;
use super::pool::Connect;
use super::resolve::Resolver;

/// Opens connections to one origin.
pub struct Connector {
    /// Scheme, host and port.
    origin: Uri,
    https: HttpsConnector<Dialer>,
    protocol: Protocol,
    keepalive: bool,
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
    pub fn new(url: &Url, mut tls: ClientConfig, resolver: Resolver, options: &Options) -> Self {
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let origin = Uri::builder().scheme(url.scheme()).authority(host).path_and_query("/");
        let origin = origin.build().unwrap_or_default();
        if options.protocol != Protocol::Http1 {
            tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        let https = HttpsConnector::from((Dialer(resolver), tls));
        Self { origin, https, protocol: options.protocol, keepalive: options.keepalive }
    }

    fn is_tls(&self) -> bool {
        self.origin.scheme_str() == Some("https")
    }
}

impl Connect for Connector {
    type Connection = Connection;

    async fn connect(&self) -> Result<Connection, String> {
        let mut https = self.https.clone();
        let stream = https.call(self.origin.clone()).await.map_err(|error| {
            match error.downcast::<DialError>() {
                Ok(error) => error.0,
                Err(error) => failure::of_handshake(&*error),
            }
        })?;
        let agreed = stream.connected().is_negotiated_h2();
        let connection = if agreed || (!self.is_tls() && self.protocol == Protocol::PriorKnowledge)
        {
            Connection::http2(stream, !self.keepalive).await
        } else {
            Connection::http1(stream).await
        };
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

/// Opens TCP connections, the first that answers of a host's addresses in their order.
#[derive(Clone)]
struct Dialer(Resolver);

/// Why no address of a host could be reached; the text goes into the record.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct DialError(String);

impl Service<Uri> for Dialer {
    type Response = TokioIo<TcpStream>;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, DialError>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        Box::pin(dial(self.0.clone(), origin))
    }
}

async fn dial(resolver: Resolver, origin: Uri) -> Result<TokioIo<TcpStream>, DialError> {
    let host = origin.host().unwrap_or_default();
    let port =
        origin.port_u16().unwrap_or(if origin.scheme_str() == Some("https") { 443 } else { 80 });
    let addresses = resolver
        .resolve(host)
        .await
        .map_err(|error| DialError(failure::of_lookup(host, &error)))?;
    let mut problem = DialError(String::new());
    for address in addresses.iter().map(|ip| SocketAddr::new(*ip, port)) {
        match TcpStream::connect(address).await.and_then(without_delay) {
            Ok(stream) => return Ok(TokioIo::new(stream)),
            Err(error) => problem = DialError(failure::of_dial(address, &error)),
        }
    }
    Err(problem)
}

/// A request must leave at once, not when Nagle's algorithm thinks fit.
fn without_delay(stream: TcpStream) -> std::io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    Ok(stream)
}
