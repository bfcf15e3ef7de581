//! Where a connection goes: a host and a port.

use std::fmt;
use std::net::Ipv6Addr;

use http::Uri;
use url::Url;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// A name in lower case or an IP address, an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// Returns an address; the host may stand in brackets.
    pub fn new(host: &str, port: u16) -> Self {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        // An IPv6 address can be written in many ways.
        let host = match host.parse::<Ipv6Addr>() {
            Ok(address) => address.to_string(),
            Err(_) => host.to_ascii_lowercase(),
        };
        Self { host, port }
    }

    /// Returns the address that a URL of http or https leads to.
    pub fn of_url(url: &Url) -> Self {
        Self::new(url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(80))
    }

    /// Returns the address of an origin, which has a host; without a port, its scheme's.
    pub fn of(origin: &Uri) -> Self {
        let usual = if origin.scheme_str() == Some("https") { 443 } else { 80 };
        Self::new(origin.host().unwrap_or_default(), origin.port_u16().unwrap_or(usual))
    }
}

/// As in a URL: an IPv6 address stands in brackets.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}
