//! The flags of attack for what lies below HTTP: TLS, and the way to the server.

use std::env;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use drumfire::client::dial::{
    self, Detour, Keep, Proxies, parse_connect_to, parse_dns_ttl, parse_local, parse_name_server,
};
use drumfire::client::{Identity, Trust};
use drumfire::targets::parse_header;
use http::{HeaderName, HeaderValue};

use crate::app::Usage;

/// A value or, as None, the system's choice. Its name keeps clap from taking the flag itself for
/// optional.
type Unless<T> = Option<T>;

/// The flags of attack for what lies below HTTP.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Accept any certificate
    #[arg(long, help_heading = "Connections")]
    insecure: bool,
    /// PEM files of the trusted roots, instead of the system's; repeatable
    #[arg(long, help_heading = "Connections", value_name = "FILES", value_delimiter = ',')]
    root_certs: Vec<PathBuf>,
    /// PEM file of our certificate, and of its key unless -key names it
    #[arg(long, help_heading = "Connections", value_name = "FILE", default_value = "")]
    cert: String,
    /// PEM file of our certificate's key
    #[arg(long, help_heading = "Connections", value_name = "FILE", default_value = "")]
    key: String,
    /// Resume TLS sessions of earlier connections
    #[arg(long, help_heading = "Connections")]
    pub session_tickets: bool,
    /// Connect to this unix socket, whatever the URL's host
    #[arg(long, help_heading = "Connections", value_name = "FILE", default_value = "")]
    unix_socket: String,
    /// Connect to DST where a URL says SRC; repeatable, by turns
    #[arg(long, help_heading = "Connections", value_name = "SRC:PORT:DST:PORT")]
    #[arg(value_parser = parse_connect_to)]
    connect_to: Vec<Detour>,
    /// Address of ours to connect from
    #[arg(long, help_heading = "Connections", value_name = "IP", value_parser = parse_local)]
    #[arg(default_value = "0.0.0.0")]
    laddr: Unless<IpAddr>,
    /// How long an address found serves; 0: for the attack; -1: once
    #[arg(long, help_heading = "Connections", value_name = "TIME", value_parser = parse_dns_ttl)]
    #[arg(default_value = "0s")]
    dns_ttl: Keep,
    /// Name servers, instead of the system's resolver; repeatable
    #[arg(long, help_heading = "Connections", value_name = "IP[:PORT]")]
    #[arg(value_parser = parse_name_server, value_delimiter = ',')]
    resolvers: Vec<SocketAddr>,
    /// Header of the request that asks a proxy for a tunnel; repeatable
    #[arg(long, help_heading = "Connections", value_name = "KEY: VALUE")]
    #[arg(value_parser = parse_header)]
    proxy_header: Vec<(HeaderName, HeaderValue)>,
}

impl Options {
    /// Returns whether all connections to one origin go from one address of ours to one of its, each
    /// from a port of its own.
    pub fn is_one_way(&self) -> bool {
        self.unix_socket.is_empty() && self.connect_to.is_empty()
    }

    /// Returns whom to trust, and as whom to come.
    pub fn trust(&self) -> Result<Trust, Usage> {
        let identity = match (path(&self.cert), path(&self.key)) {
            (None, Some(_)) => {
                let problem = "-key requires setting -cert: the certificate that it is the key of";
                return Err(Usage(problem.to_owned()));
            }
            (cert, key) => cert.map(|cert| Identity { cert, key }),
        };
        Ok(Trust { insecure: self.insecure, root_certs: self.root_certs.clone(), identity })
    }

    /// Returns how connections are opened, through the proxies that the environment names.
    pub fn dial(&self) -> anyhow::Result<dial::Options> {
        let unix_socket = path(&self.unix_socket);
        if unix_socket.is_some() {
            let without_effect = [
                ("-connect-to", !self.connect_to.is_empty()),
                ("-laddr", self.laddr.is_some()),
                ("-resolvers", !self.resolvers.is_empty()),
            ];
            if let Some((flag, _)) = without_effect.iter().find(|(_, given)| *given) {
                let problem = "every connection goes to the socket, and no address is looked up";
                let problem = format!("-unix-socket and {flag} exclude each other: {problem}");
                return Err(Usage(problem).into());
            }
        }
        Ok(dial::Options {
            unix_socket,
            connect_to: self.connect_to.clone(),
            local: self.laddr,
            keep: self.dns_ttl,
            name_servers: self.resolvers.clone(),
            proxies: Proxies::new(|name| env::var(name).ok())?,
            proxy_headers: self.proxy_header.iter().cloned().collect(),
        })
    }
}

/// Scripts give an empty name for no file.
fn path(name: &str) -> Option<PathBuf> {
    (!name.is_empty()).then(|| name.into())
}
