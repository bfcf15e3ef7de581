//! Below TLS: from an origin to a stream of bytes.

mod address;
mod connect_to;
mod happy_eyeballs;
mod resolve;
mod lookup;
mod transport;

pub use connect_to::{Detour, parse_connect_to};
pub use lookup::parse_name_server;
pub use resolve::{Keep, parse_dns_ttl};

use std::error::Error as StdError;
use std::future::Future;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use tokio::net::{TcpStream, UnixStream};
use tower_service::Service;

use super::failure;
use crate::error::Error;
use address::Address;
use connect_to::Detours;
use lookup::Lookup;
use resolve::Resolver;
use transport::Transport;

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
}

/// Why a connection could not be opened; the text goes into the record.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DialError(String);

/// Returns why a connection, over TLS or not, could not be opened.
pub fn cause(error: Box<dyn StdError + Send + Sync>) -> String {
    match error.downcast::<DialError>() {
        Ok(error) => error.0,
        Err(error) => failure::of_handshake(&*error),
    }
}

impl Dialer {
    /// Returns a dialer that knows no addresses yet.
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Shared {
            unix_socket: options.unix_socket,
            detours: Detours::new(options.connect_to),
            local: options.local,
            resolver: Resolver::new(Lookup::new(&options.name_servers), options.keep),
        }))
    }

    async fn open(self, origin: Uri) -> Result<Transport, DialError> {
        let opened = match &self.0.unix_socket {
            Some(path) => unix(path).await.map(Transport::from),
            None => self.tcp(&Address::of(&origin)).await.map(Transport::from),
        };
        opened.map_err(DialError)
    }

    /// Opens a TCP connection to an address, or to the one that it is exchanged for.
    async fn tcp(&self, address: &Address) -> Result<TcpStream, String> {
        let Shared { detours, resolver, local, .. } = &*self.0;
        let Address { host, port } = detours.turn(address);
        let addresses =
            resolver.resolve(host).await.map_err(|cause| failure::of_lookup(host, &cause))?;
        let suits = |ip: &IpAddr| local.is_none_or(|local| local.is_ipv4() == ip.is_ipv4());
        let suiting: Vec<_> = addresses.into_iter().filter(suits).collect();
        if suiting.is_empty() {
            return Err(format!("dial tcp: address {host}: no suitable address found"));
        }
        let suiting = suiting.into_iter().map(|ip| SocketAddr::new(ip, *port));
        happy_eyeballs::connect(suiting.collect(), *local).await
    }
}

async fn unix(path: &Path) -> Result<UnixStream, String> {
    UnixStream::connect(path).await.map_err(|error| failure::of_unix_dial(path, &error))
}

impl Service<Uri> for Dialer {
    type Response = Transport;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Transport, DialError>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        Box::pin(self.clone().open(origin))
    }
}
