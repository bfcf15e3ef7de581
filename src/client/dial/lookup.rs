//! Selects who resolves names: the system or name servers.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use crate::client::dial::name_servers::NameServers;
use crate::client::dial::resolve::Ask;
use crate::client::failure::dial::of_system_lookup;
use crate::error::Error;

/// Default port of name servers.
const PORT: u16 = 53;

/// Parses the address of a name server, `IP` or `IP:PORT`, with IPv6 in brackets before a port.
///
/// # Errors
///
/// [`Error::Value`] if the text has another form.
pub fn parse_name_server(text: &str) -> Result<SocketAddr, Error> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let bracketed = bare.and_then(|text| text.parse::<Ipv6Addr>().ok()).map(IpAddr::from);
    let address = bracketed.or_else(|| text.parse().ok()).map(|ip| SocketAddr::new(ip, PORT));
    address.or_else(|| text.parse().ok()).ok_or_else(|| Error::Value {
        what: "name server",
        input: text.to_owned(),
        expected: "IP or IP:PORT, an IPv6 address before a port in brackets",
    })
}

/// Who resolves names.
#[derive(Clone)]
pub enum Lookup {
    /// The system's resolver.
    System,
    /// Name servers that the user selected.
    Servers(Arc<NameServers>),
}

impl Lookup {
    /// Selects name servers, or the system's resolver if the list is empty.
    pub fn new(servers: &[SocketAddr]) -> Self {
        NameServers::new(servers).map_or(Self::System, |servers| Self::Servers(Arc::new(servers)))
    }
}

impl Ask for Lookup {
    async fn ask(self, host: String) -> Result<Vec<IpAddr>, String> {
        match self {
            Self::System => {
                let found = tokio::net::lookup_host((host, 0)).await;
                let found = found.map_err(|error| of_system_lookup(&error))?;
                Ok(found.map(|address| address.ip()).collect())
            }
            Self::Servers(servers) => servers.addresses(&host).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_server_is_an_address_with_or_without_a_port() {
        let table = [
            ("127.0.0.1", Some("127.0.0.1:53")),
            ("127.0.0.1:5353", Some("127.0.0.1:5353")),
            ("::1", Some("[::1]:53")),
            ("[::1]", Some("[::1]:53")),
            ("[::1]:5353", Some("[::1]:5353")),
            ("foo", None),
            ("dns.test:53", None),
            ("127.0.0.1:99999", None),
            ("", None),
        ];
        for (text, expected) in table {
            let parsed = parse_name_server(text).ok().map(|server| server.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text}");
        }
    }
}
