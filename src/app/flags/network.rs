//! Flags for the layers below HTTP: TLS, addresses, DNS and proxies.

use std::env;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use drumfire::client::dial::{
    self, Detour, Keep, Proxies, parse_connect_to, parse_dns_ttl, parse_local, parse_name_server,
};
use drumfire::client::{Identity, Trust};
use drumfire::targets::parse_header;
use http::{HeaderName, HeaderValue};

use crate::app::exit::Usage;

/// An address. None if the system chooses it.
///
/// The alias keeps clap from treating the flag itself as optional.
type OrSystem<T> = Option<T>;

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Do not verify server certificates
    ///
    /// Accepts any server certificate, without verification.
    #[arg(long, help_heading = "Connections")]
    insecure: bool,
    /// PEM files of trusted root certificates, instead of the system's
    ///
    /// PEM files of trusted root certificates, separated by commas. They replace the system's root
    /// certificates.
    #[arg(long, help_heading = "Connections", value_name = "FILES", value_delimiter = ',')]
    root_certs: Vec<PathBuf>,
    /// PEM file of the client certificate; may also contain the key
    ///
    /// PEM file of the client certificate, for servers that request one. It may contain the private
    /// key too.
    #[arg(long, help_heading = "Connections", value_name = "FILE", default_value = "")]
    cert: String,
    /// PEM file of the client certificate's private key
    ///
    /// PEM file of the private key of `-cert`. It is refused without `-cert`.
    #[arg(long, help_heading = "Connections", value_name = "FILE", default_value = "")]
    key: String,
    /// Resume TLS sessions with session tickets
    ///
    /// Resumes TLS sessions of earlier connections, with TLS 1.2 and 1.3. Each engine thread keeps
    /// its own sessions.
    #[arg(long, help_heading = "Connections")]
    pub session_tickets: bool,
    /// Connect to this Unix socket instead of the URL's host
    ///
    /// Connects to this Unix socket for every URL. The URL's host is not looked up. On Linux, a name
    /// that begins with `@` is an abstract socket. The flag cannot be combined with `-connect-to`,
    /// `-laddr` or `-resolvers`.
    #[arg(long, help_heading = "Connections", value_name = "FILE", default_value = "")]
    unix_socket: String,
    /// Connect to DST:PORT for URLs with SRC:PORT
    ///
    /// Connects to DST if the URL says SRC. The `Host` header and the certificate check still use
    /// the URL's host. If SRC is given several times, its connections use the destinations in turn.
    /// Write an IPv6 address in brackets.
    #[arg(long, help_heading = "Connections", value_name = "SRC:PORT:DST:PORT")]
    #[arg(value_parser = parse_connect_to)]
    connect_to: Vec<Detour>,
    /// Local address to connect from
    ///
    /// Local IP address to connect from, or a name that resolves to one. With `0.0.0.0`, the system
    /// chooses.
    #[arg(long, help_heading = "Connections", value_name = "IP", value_parser = parse_local)]
    #[arg(default_value = "0.0.0.0")]
    laddr: OrSystem<IpAddr>,
    /// Lifetime of cached DNS results; 0: forever; -1: do not cache
    ///
    /// How long the addresses of a name are cached. When they expire they are looked up again in
    /// the background, and the old addresses stay in use until then. With `0`, they are kept for
    /// the whole attack; with `-1`, every connection looks up the name. A failed lookup is never
    /// cached.
    #[arg(long, help_heading = "Connections", value_name = "TIME", value_parser = parse_dns_ttl)]
    #[arg(default_value = "0s")]
    dns_ttl: Keep,
    /// DNS servers to use instead of the system's resolver
    ///
    /// DNS servers to query in turn instead of the system's resolver, over UDP and, if necessary,
    /// TCP. Separate several servers by commas.
    #[arg(long, help_heading = "Connections", value_name = "IP[:PORT]")]
    #[arg(value_parser = parse_name_server, value_delimiter = ',')]
    resolvers: Vec<SocketAddr>,
    /// Add a header to CONNECT requests sent to a proxy
    ///
    /// Header of the CONNECT request that asks a [proxy](../../guide/proxies-and-dns.md) for a
    /// tunnel.
    #[arg(long, help_heading = "Connections", value_name = "KEY: VALUE")]
    #[arg(value_parser = parse_header)]
    proxy_header: Vec<(HeaderName, HeaderValue)>,
}

impl Options {
    /// Returns whether all connections to one origin go from one local address to one remote
    /// address, so that each needs a separate local port.
    pub fn has_one_route(&self) -> bool {
        self.unix_socket.is_empty() && self.connect_to.is_empty()
    }

    /// Returns the trusted root certificates and the client certificate.
    ///
    /// # Errors
    ///
    /// [`Usage`] if there is a key without a certificate.
    pub fn trust(&self) -> Result<Trust, Usage> {
        let identity = match (path(&self.cert), path(&self.key)) {
            (None, Some(_)) => {
                let problem = "-key requires -cert: name the certificate that the key belongs to";
                return Err(Usage(problem.to_owned()));
            }
            (cert, key) => cert.map(|cert| Identity { cert, key }),
        };
        Ok(Trust { insecure: self.insecure, root_certs: self.root_certs.clone(), identity })
    }

    /// Returns how connections are opened, through the proxies that the environment names.
    ///
    /// # Errors
    ///
    /// [`Usage`] if flags cannot be combined; another error if a proxy's URL is wrong.
    pub fn dial(&self) -> anyhow::Result<dial::Options> {
        self.check_unix_socket()?;
        Ok(dial::Options {
            unix_socket: path(&self.unix_socket),
            connect_to: self.connect_to.clone(),
            local: self.laddr,
            keep: self.dns_ttl,
            name_servers: self.resolvers.clone(),
            proxies: Proxies::new(|name| env::var(name).ok())?,
            proxy_headers: self.proxy_header.iter().cloned().collect(),
        })
    }

    /// Rejects flags that have no effect on connections to a Unix socket.
    fn check_unix_socket(&self) -> Result<(), Usage> {
        let without_effect = [
            ("-connect-to", !self.connect_to.is_empty()),
            ("-laddr", self.laddr.is_some()),
            ("-resolvers", !self.resolvers.is_empty()),
        ];
        let given = without_effect.iter().find(|(_, is_given)| *is_given);
        match given.filter(|_| !self.unix_socket.is_empty()) {
            None => Ok(()),
            Some((flag, _)) => Err(Usage(format!(
                "-unix-socket and {flag} cannot be combined: every connection goes to the socket, \
                 and no address is looked up"
            ))),
        }
    }
}

/// Returns the path of a file. None if it is empty, as scripts write it for no file.
fn path(name: &str) -> Option<PathBuf> {
    (!name.is_empty()).then(|| name.into())
}
