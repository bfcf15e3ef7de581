//! The address of a connection: a host and a port.

use std::fmt;
use std::net::Ipv6Addr;

use http::Uri;
use url::Url;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name in lower case, or an IP address; IPv6 without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Address {
    /// Creates an address. An IPv6 host may be in brackets.
    pub fn new(host: &str, port: u16) -> Self {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        // An IPv6 address has several spellings; keep only one.
        let host = match host.parse::<Ipv6Addr>() {
            Ok(address) => address.to_string(),
            Err(_) => host.to_ascii_lowercase(),
        };
        Self { host, port }
    }

    /// Returns the address of an http or https URL.
    pub fn of_url(url: &Url) -> Self {
        Self::new(url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(80))
    }

    /// Returns the address of an origin, which must have a host. Without a port, it is the default
    /// port of the scheme.
    pub fn of(origin: &Uri) -> Self {
        let default_port = if origin.scheme_str() == Some("https") { 443 } else { 80 };
        Self::new(origin.host().unwrap_or_default(), origin.port_u16().unwrap_or(default_port))
    }
}

/// Formats the address as in a URL, IPv6 in brackets.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}
