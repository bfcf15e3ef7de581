//! Hosts that are attacked without a proxy.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use crate::client::dial::address::Address;

/// Hosts that are attacked without a proxy: those of a list, and this machine always.
///
/// The list is parted by commas. An entry is an IP address, a network such as `10.0.0.0/8`, a
/// name, which covers the names below it too, `.name` or `*.name`, which covers only those, or
/// `*` for every host. An address or a name may have a port behind it. What cannot be understood
/// is passed over.
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
    /// `below` begins with a dot; `itself` covers the name without it, too.
    Name {
        below: String,
        itself: bool,
        port: Option<u16>,
    },
}

impl NoProxy {
    /// Reads a list.
    pub fn new(list: &str) -> Self {
        Self(list.split(',').filter_map(|text| Entry::read(text.trim())).collect())
    }

    /// Returns whether an address is attacked without a proxy.
    pub fn covers(&self, address: &Address) -> bool {
        let ip = address.host.parse::<IpAddr>().ok();
        let ours = address.host == "localhost" || ip.is_some_and(|ip| ip.is_loopback());
        ours || self.0.iter().any(|entry| entry.covers(address, ip))
    }
}

impl Entry {
    fn read(text: &str) -> Option<Self> {
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
        let below = host.strip_prefix('*').unwrap_or(host).strip_prefix('.');
        // As URLs have it: in small letters and ASCII.
        let name = Host::parse(below.unwrap_or(host)).ok()?;
        Some(Self::Name { below: format!(".{name}"), itself: below.is_none(), port })
    }

    fn covers(&self, address: &Address, ip: Option<IpAddr>) -> bool {
        let at = |port: &Option<u16>| port.is_none_or(|port| port == address.port);
        match self {
            Self::Every => true,
            Self::Network(network) => ip.is_some_and(|ip| network.contains(&ip)),
            Self::Ip { ip: known, port } => ip == Some(*known) && at(port),
            Self::Name { below, itself, port } => {
                let host = &address.host;
                (host.ends_with(below) || *itself && *host == below[1..]) && at(port)
            }
        }
    }
}

/// Returns a host without brackets, and its port where it has one.
fn host_and_port(text: &str) -> (&str, Option<u16>) {
    let with_port = match text.rsplit_once(':') {
        // Each colon of a bare IPv6 address is its own.
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
    fn a_host_goes_without_a_proxy_where_the_list_covers_it() {
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
