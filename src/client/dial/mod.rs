//! Opens streams of bytes to origins, below TLS: names, proxies, sockets.

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

use std::borrow::Cow;
use std::error::Error as StdError;
use std::ffi::OsString;
use std::future::Future;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
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
    /// Unix socket that all connections go to, for every host; `@name` is an abstract socket on
    /// Linux. None for TCP.
    pub unix_socket: Option<PathBuf>,
    /// Addresses that are replaced when a connection is opened.
    pub connect_to: Vec<Detour>,
    /// Local address of connections; None lets the system choose.
    pub local: Option<IpAddr>,
    /// How long the addresses of a name are reused.
    pub keep: Keep,
    /// Name servers, used in turn; empty for the system's resolver.
    pub name_servers: Vec<SocketAddr>,
    /// Proxies of connections; a Unix socket takes precedence.
    pub proxies: Proxies,
    /// Headers of the CONNECT request to a proxy.
    pub proxy_headers: HeaderMap,
}

impl Options {
    /// Checks that the options apply to a URL.
    ///
    /// # Errors
    ///
    /// [`Error::Attack`] if a proxy makes the Unix socket or a detour ineffective.
    pub fn check(&self, url: &Url) -> Result<(), Error> {
        let Some(proxy) = self.proxies.of(url) else { return Ok(()) };
        let address = Address::of_url(url);
        let detour = self.connect_to.iter().any(|detour| detour.leaves(&address));
        let ineffective = match &self.unix_socket {
            Some(_) => "-unix-socket",
            None if detour => "-connect-to",
            None => return Ok(()),
        };
        let Proxy { variable, .. } = &*proxy;
        Err(Error::Attack(format!(
            "{ineffective} has no effect on {address}, which {variable} sends to a proxy: unset it, or \
             name the host in NO_PROXY"
        )))
    }
}

/// Parses a local address, or resolves a name that has one. An unspecified address, for example
/// `0.0.0.0`, lets the system choose and is returned as None.
///
/// # Errors
///
/// [`Error::Value`] if the text is neither an address nor a name with one.
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

/// Opens the connections of one engine.
#[derive(Clone)]
pub struct Dialer(Arc<Shared>);

struct Shared {
    unix_socket: Option<PathBuf>,
    detours: Detours,
    local: Option<IpAddr>,
    resolver: Resolver<Lookup>,
    proxies: Proxies,
    proxy_headers: HeaderMap,
    /// TLS settings of connections to a proxy, not through it.
    tls: Arc<ClientConfig>,
}

/// The route to one origin: direct or through a proxy.
#[derive(Clone)]
pub struct Route {
    dialer: Dialer,
    /// None for a direct connection.
    proxy: Option<Arc<Proxy>>,
    /// Whether the proxy receives requests and forwards them; if not, it opens a tunnel.
    forwards: bool,
}

/// Why a connection could not be opened, as a text for the record.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DialError(String);

/// Returns why a connection, with or without TLS, could not be opened.
pub fn cause(error: Box<dyn StdError + Send + Sync>) -> String {
    match error.downcast::<DialError>() {
        Ok(error) => error.0,
        Err(error) => of_handshake(&*error),
    }
}

impl Dialer {
    /// Creates a dialer that has not resolved any names.
    pub fn new(options: Options, tls: &ClientConfig) -> Self {
        // A proxy is asked over HTTP/1.1, independently of the version that servers use.
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

    /// Returns the route to a URL's origin. An HTTP proxy forwards requests if they are plain
    /// HTTP/1.1, without TLS; for anything else it must open a tunnel.
    pub fn route(&self, url: &Url, is_plain_http1: bool) -> Route {
        let proxy = self.0.unix_socket.is_none().then(|| self.0.proxies.of(url)).flatten();
        let speaks_http = proxy.as_ref().is_some_and(|proxy| proxy.protocol != Protocol::Socks);
        Route { dialer: self.clone(), proxy, forwards: speaks_http && is_plain_http1 }
    }

    /// Opens a TCP connection to an address, or to its replacement.
    async fn tcp(&self, address: &Address) -> Result<TcpStream, String> {
        let Shared { detours, resolver, local, .. } = &*self.0;
        let Address { host, port } = detours.turn(address);
        let addresses = resolver.resolve(host).await.map_err(|cause| of_lookup(host, &cause))?;
        let is_suitable = |ip: &IpAddr| local.is_none_or(|local| local.is_ipv4() == ip.is_ipv4());
        let suitable = addresses.into_iter().filter(is_suitable);
        let suitable: Vec<_> = suitable.map(|ip| SocketAddr::new(ip, *port)).collect();
        if suitable.is_empty() {
            return Err(format!("dial tcp: address {host}: no suitable address found"));
        }
        happy_eyeballs::connect(suitable, *local).await
    }
}

impl Route {
    /// Returns the proxy that receives requests and forwards them; None if connections reach the
    /// server.
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
                Ok(Transport::Wrapped(Box::new(tunnel), None))
            }
        }
    }

    /// Opens a connection to an HTTP proxy, over TLS if its URL begins with `https:`.
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
    let opened = UnixStream::connect(&*in_abstract_namespace(path)).await;
    opened.map_err(|error| of_unix_dial(path, &error))
}

/// Returns the path of a Unix socket as the system has it. On Linux, `@name` is a name in the
/// abstract namespace.
///
/// Source: Go, package syscall, SockaddrUnix; Linux, unix(7).
fn in_abstract_namespace(path: &Path) -> Cow<'_, Path> {
    match path.as_os_str().as_bytes() {
        [b'@', name @ ..] if cfg!(target_os = "linux") => {
            let name = [b"\0", name].concat();
            Cow::Owned(PathBuf::from(OsString::from_vec(name)))
        }
        _ => Cow::Borrowed(path),
    }
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
