//! Hosts that are reached without a proxy, as NO_PROXY lists them.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use crate::client::dial::address::Address;

/// Hosts that are reached without a proxy: those of a list, and always this machine.
///
/// The entries are separated by commas. An entry is an IP address, a network like `10.0.0.0/8`, a
/// name (which includes its subdomains), `.name` or `*.name` (only the subdomains), or `*` for
/// every host. An address or a name may be followed by a port. Invalid entries are ignored.
///
/// Source: Go, golang.org/x/net/http/httpproxy, Config.NoProxy.
#[derive(Clone, Debug, Default)]
pub struct NoProxy(Vec<Entry>);

#[derive(Clone, Debug)]
enum Entry {
    Every,
    Network(IpNet),
    Ip {
        ip: IpAddr,
        port: Option<u16>,
    },
    /// A name and its subdomains.
    Name {
        /// The name with a leading dot.
        suffix: String,
        /// Whether the name itself is included.
        includes_name: bool,
        port: Option<u16>,
    },
}

impl NoProxy {
    /// Parses a list.
    pub fn new(list: &str) -> Self {
        Self(list.split(',').filter_map(|text| Entry::parse(text.trim())).collect())
    }

    /// Returns whether an address is reached without a proxy.
    pub fn covers(&self, address: &Address) -> bool {
        let ip = address.host.parse::<IpAddr>().ok();
        let is_local = address.host == "localhost" || ip.is_some_and(|ip| ip.is_loopback());
        is_local || self.0.iter().any(|entry| entry.covers(address, ip))
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Every);
        }
        if let Ok(network) = text.parse() {
            return Some(Self::Network(network));
        }
        let (host, port) = host_and_port(text);
        if let Ok(ip) = host.parse() {
            return Some(Self::Ip { ip, port });
        }
        let subdomains_of = host.strip_prefix('*').unwrap_or(host).strip_prefix('.');
        // Normalize the name as in URLs: lower case and ASCII.
        let name = Host::parse(subdomains_of.unwrap_or(host)).ok()?;
        let includes_name = subdomains_of.is_none();
        Some(Self::Name { suffix: format!(".{name}"), includes_name, port })
    }

    fn covers(&self, address: &Address, ip: Option<IpAddr>) -> bool {
        let has_port = |port: &Option<u16>| port.is_none_or(|port| port == address.port);
        match self {
            Self::Every => true,
            Self::Network(network) => ip.is_some_and(|ip| network.contains(&ip)),
            Self::Ip { ip: known, port } => ip == Some(*known) && has_port(port),
            Self::Name { suffix, includes_name, port } => {
                let host = &address.host;
                let is_name = *includes_name && *host == suffix[1..];
                (is_name || host.ends_with(suffix)) && has_port(port)
            }
        }
    }
}

/// Splits a text into a host without brackets and a port; None without a port.
fn host_and_port(text: &str) -> (&str, Option<u16>) {
    let with_port = match text.rsplit_once(':') {
        // In an IPv6 address without brackets, no colon separates a port.
        _ if text.parse::<IpAddr>().is_ok() => None,
        Some((host, port)) => port.parse().ok().map(|port| (host, port)),
        None => None,
    };
    let (host, port) = with_port.map_or((text, None), |(host, port)| (host, Some(port)));
    (host.trim_start_matches('[').trim_end_matches(']'), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_in_the_list_is_reached_without_a_proxy() {
        let table = [
            ("", "a.test:80", false),
            ("", "localhost:80", true),
            ("", "127.0.0.9:80", true),
            ("", "::1:80", true),
            ("a.test", "a.test:80", true),
            ("a.test", "b.a.test:443", true),
            ("a.test", "ba.test:80", false),
            ("A.Test", "a.test:80", true),
            (".a.test", "a.test:80", false),
            (".a.test", "b.a.test:80", true),
            ("*.a.test", "b.a.test:80", true),
            ("*.a.test", "a.test:80", false),
            ("a.test:80", "a.test:80", true),
            ("a.test:80", "a.test:443", false),
            ("b.test, a.test", "a.test:80", true),
            ("*", "a.test:80", true),
            ("*", "10.1.2.3:80", true),
            ("10.1.2.3", "10.1.2.3:80", true),
            ("10.1.2.3:81", "10.1.2.3:80", false),
            ("10.0.0.0/8", "10.1.2.3:80", true),
            ("10.0.0.0/8", "11.1.2.3:80", false),
            ("fd00::/8", "fd00::1:80", true),
            ("fd00::1", "fd00::1:80", true),
            ("[fd00::1]:80", "fd00::1:80", true),
            ("[fd00::1]:81", "fd00::1:80", false),
            ("bücher.test", "xn--bcher-kva.test:80", true),
            (",,", "a.test:80", false),
        ];
        for (list, address, covered) in table {
            let (host, port) = address.rsplit_once(':').unwrap();
            let address = Address::new(host, port.parse().unwrap());
            assert_eq!(NoProxy::new(list).covers(&address), covered, "'{list}' and {address}");
        }
    }
}
