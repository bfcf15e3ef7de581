//! Resolve -> TCP -> TLS -> HTTP/1.1 handshake.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_rustls::HttpsConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::task;
use tower_service::Service;
use url::{Position, Url};

use super::failure;
use super::pool::{Connect, Connection};
use super::resolve::Resolver;

/// Opens HTTP/1.1 connections to one origin.
pub struct Connector {
    /// Scheme, host and port.
    origin: Uri,
    https: HttpsConnector<Dialer>,
}

impl Connector {
    /// Returns what connects to the origin of a URL, which has a host.
    pub fn new(url: &Url, tls: ClientConfig, resolver: Resolver) -> Self {
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let origin = Uri::builder().scheme(url.scheme()).authority(host).path_and_query("/");
        let origin = origin.build().unwrap_or_default();
        Self { origin, https: HttpsConnector::from((Dialer(resolver), tls)) }
    }
}

impl Connect for Connector {
    type Connection = Http1;

    async fn connect(&self) -> Result<Http1, String> {
        let mut https = self.https.clone();
        let stream = https.call(self.origin.clone()).await.map_err(|error| {
            match error.downcast::<DialError>() {
                Ok(error) => error.0,
                Err(error) => failure::of_handshake(&*error),
            }
        })?;
        let (sender, connection) = http1::Builder::new()
            .title_case_headers(true)
            .handshake(stream)
            .await
            .map_err(|error| failure::of_exchange(&error))?;
        // What goes wrong on the connection reaches the hit through its sender.
        task::spawn_local(async move {
            let _ = connection.await;
        });
        Ok(Http1(sender))
    }
}

/// The sending end of an HTTP/1.1 connection.
pub struct Http1(pub SendRequest<Full<Bytes>>);

impl Connection for Http1 {
    fn is_closed(&self) -> bool {
        self.0.is_closed()
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
