//! Below TLS: from an origin to a stream of bytes.

mod address;
mod connect_to;
mod proxy;
mod no_proxy;
mod resolve;
mod lookup;
mod name_servers;
mod happy_eyeballs;
mod tunnel;
mod transport;

pub use connect_to::{Detour, parse_connect_to};
pub use lookup::parse_name_server;
pub use proxy::{Proxies, Proxy};
pub use resolve::{Keep, parse_dns_ttl};

use std::error::Error as StdError;
use std::future::Future;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use http::header::{HeaderMap, PROXY_AUTHORIZATION};
use hyper_rustls::HttpsConnector;
use rustls::ClientConfig;
use tokio::net::{TcpStream, UnixStream};
use tower_service::Service;
use url::Url;

use crate::client::failure::dial::{of_lookup, of_unix_dial};
use crate::client::failure::tls::of_handshake;
use crate::error::Error;
use address::Address;
use connect_to::Detours;
use lookup::Lookup;
use proxy::Protocol;
use resolve::Resolver;
pub(super) use transport::Transport;

/// How connections are opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Socket that every connection goes to, whatever its host; None for TCP.
    pub unix_socket: Option<PathBuf>,
    /// Addresses that are exchanged for others when a connection is opened.
    pub connect_to: Vec<Detour>,
    /// Address of ours that connections come from; None for the system's choice.
    pub local: Option<IpAddr>,
    /// How long the addresses of a name serve.
    pub keep: Keep,
    /// Name servers that are asked in turn; empty for the system's resolver.
    pub name_servers: Vec<SocketAddr>,
    /// Proxies that connections go through; a unix socket needs none.
    pub proxies: Proxies,
    /// Headers of the request that asks a proxy for a tunnel.
    pub proxy_headers: HeaderMap,
}

impl Options {
    /// Checks that a URL is attacked as the options say.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] where a proxy stands in the way of the unix socket or of a detour.
    pub fn check(&self, url: &Url) -> Result<(), Error> {
        let Some(proxy) = self.proxies.of(url) else { return Ok(()) };
        let address = Address::of_url(url);
        let detour = self.connect_to.iter().any(|detour| detour.leaves(&address));
        let idle = match &self.unix_socket {
            Some(_) => "-unix-socket",
            None if detour => "-connect-to",
            None => return Ok(()),
        };
        let Proxy { variable, .. } = &*proxy;
        Err(Error::Attack(format!(
            "{idle} has no effect on {address}, which {variable} sends to a proxy: unset it, or \
             name the host in NO_PROXY"
        )))
    }
}

/// Parses an address of ours, or a name that has one, which is looked up now. An unspecified
/// address, such as `0.0.0.0`, leaves the choice to the system and is None.
///
/// # Errors
///
/// [`Error::Value`] where it is no address and the name has none.
pub fn parse_local(text: &str) -> Result<Option<IpAddr>, Error> {
    let found = match text.parse() {
        Ok(address) => Some(address),
        Err(_) => {
            (text, 0).to_socket_addrs().ok().and_then(|mut found| found.next()).map(|at| at.ip())
        }
    };
    let bad = || Error::Value {
        what: "local address",
        input: text.to_owned(),
        expected: "an IP address of this machine, or a name that has one",
    };
    found.map(|address| (!address.is_unspecified()).then_some(address)).ok_or_else(bad)
}

/// Opens connections, those of one engine.
#[derive(Clone)]
pub struct Dialer(Arc<Shared>);

struct Shared {
    unix_socket: Option<PathBuf>,
    detours: Detours,
    local: Option<IpAddr>,
    resolver: Resolver<Lookup>,
    proxies: Proxies,
    proxy_headers: HeaderMap,
    /// Settings of TLS to a proxy, not through it.
    tls: Arc<ClientConfig>,
}

/// The way to one origin.
#[derive(Clone)]
pub struct Route {
    dialer: Dialer,
    /// None where no proxy is on the way.
    proxy: Option<Arc<Proxy>>,
    /// Whether the proxy is sent requests in place of the server; else it passes bytes on.
    forwards: bool,
}

/// Why a connection could not be opened; the text goes into the record.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DialError(String);

/// Returns why a connection, over TLS or not, could not be opened.
pub fn cause(error: Box<dyn StdError + Send + Sync>) -> String {
    match error.downcast::<DialError>() {
        Ok(error) => error.0,
        Err(error) => of_handshake(&*error),
    }
}

impl Dialer {
    /// Returns a dialer that knows no addresses yet.
    pub fn new(options: Options, tls: &ClientConfig) -> Self {
        // What follows the handshake with a proxy is HTTP/1.1, whatever the servers speak.
        let mut tls = tls.clone();
        tls.alpn_protocols.clear();
        Self(Arc::new(Shared {
            unix_socket: options.unix_socket,
            detours: Detours::new(options.connect_to),
            local: options.local,
            resolver: Resolver::new(Lookup::new(&options.name_servers), options.keep),
            proxies: options.proxies,
            proxy_headers: options.proxy_headers,
            tls: Arc::new(tls),
        }))
    }

    /// Returns the way to a URL's origin. Unless what goes over it is HTTP/1.1 `in_the_clear`, an
    /// HTTP proxy must pass it on as it is, through a tunnel.
    pub fn route(&self, url: &Url, in_the_clear: bool) -> Route {
        let proxy = self.0.unix_socket.is_none().then(|| self.0.proxies.of(url)).flatten();
        let speaks_http = proxy.as_ref().is_some_and(|proxy| proxy.protocol != Protocol::Socks);
        Route { dialer: self.clone(), proxy, forwards: speaks_http && in_the_clear }
    }

    /// Opens a TCP connection to an address, or to the one that it is exchanged for.
    async fn tcp(&self, address: &Address) -> Result<TcpStream, String> {
        let Shared { detours, resolver, local, .. } = &*self.0;
        let Address { host, port } = detours.turn(address);
        let addresses = resolver.resolve(host).await.map_err(|cause| of_lookup(host, &cause))?;
        let suits = |ip: &IpAddr| local.is_none_or(|local| local.is_ipv4() == ip.is_ipv4());
        let suiting: Vec<_> = addresses.into_iter().filter(suits).collect();
        if suiting.is_empty() {
            return Err(format!("dial tcp: address {host}: no suitable address found"));
        }
        let suiting = suiting.into_iter().map(|ip| SocketAddr::new(ip, *port));
        happy_eyeballs::connect(suiting.collect(), *local).await
    }
}

impl Route {
    /// Returns the proxy that requests are sent to in place of the server; such a request names
    /// the whole URL. None where the bytes reach the server as they are.
    pub fn forwarder(&self) -> Option<&Proxy> {
        self.proxy.as_deref().filter(|_| self.forwards)
    }

    async fn open(self, origin: Uri) -> Result<Transport, String> {
        let to = Address::of(&origin);
        match (&self.proxy, &self.dialer.0.unix_socket) {
            (None, Some(path)) => unix(path).await.map(Transport::from),
            (None, None) => self.dialer.tcp(&to).await.map(Transport::from),
            (Some(proxy), _) if proxy.protocol == Protocol::Socks => {
                let stream = self.dialer.tcp(&proxy.address).await.map_err(of_proxy)?;
                tunnel::by_socks(stream, proxy, &to).await.map(Transport::from)
            }
            (Some(proxy), _) => {
                let stream = self.open_proxy(proxy).await.map_err(of_proxy)?;
                if self.forwards {
                    return Ok(stream);
                }
                let mut headers = self.dialer.0.proxy_headers.clone();
                if let Some(user) = proxy.authorization() {
                    headers.insert(PROXY_AUTHORIZATION, user);
                }
                let tunnel = tunnel::by_connect(stream, &to, headers).await?;
                Ok(Transport::Proxied(Box::new(tunnel)))
            }
        }
    }

    /// Opens a connection to an HTTP proxy, over TLS where it asks for it.
    async fn open_proxy(&self, proxy: &Proxy) -> Result<Transport, String> {
        let direct = Route { dialer: self.dialer.clone(), proxy: None, forwards: false };
        let mut connector = HttpsConnector::from((direct, self.dialer.0.tls.clone()));
        connector.call(proxy.origin()).await.map(Transport::from).map_err(cause)
    }
}

fn of_proxy(cause: String) -> String {
    format!("proxyconnect tcp: {cause}")
}

async fn unix(path: &Path) -> Result<UnixStream, String> {
    UnixStream::connect(path).await.map_err(|error| of_unix_dial(path, &error))
}

impl Service<Uri> for Route {
    type Response = Transport;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Transport, DialError>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        let opening = self.clone().open(origin);
        Box::pin(async { opening.await.map_err(DialError) })
    }
}
