//! Serves metrics during an attack: `-prometheus-addr`.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;

use anyhow::Context;
use drumfire::attack::Snapshot;
use drumfire::error::Error;
use drumfire::export::prometheus::{Exporter, Feed, exporter, serve};

use crate::app::console::command_name;

/// An address to listen on, as typed: `IP:PORT`, `HOST:PORT`, or `:PORT` for every interface.
#[derive(Clone, Debug)]
pub struct Address {
    text: String,
    /// Empty for every interface.
    host: String,
    port: u16,
}

/// Parses an address to listen on. None if the text is empty, as in Vegeta.
///
/// # Errors
///
/// [`Error::Value`] if the text does not end with a port.
pub fn parse_address(text: &str) -> Result<Option<Address>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let Some((host, port)) = parts else {
        return Err(Error::Value {
            what: "address",
            input: text.to_owned(),
            expected: "IP:PORT, as in 127.0.0.1:8880, or :8880 for every interface",
        });
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok(Some(Address { text: text.to_owned(), host: host.to_owned(), port }))
}

impl Address {
    fn bind(&self) -> io::Result<TcpListener> {
        if self.host.is_empty() {
            // The first accepts IPv4 too; the second is for systems without IPv6.
            let every = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
            return TcpListener::bind(&every.map(|ip| SocketAddr::new(ip, self.port))[..]);
        }
        let addresses: Vec<_> = (self.host.as_str(), self.port).to_socket_addrs()?.collect();
        TcpListener::bind(&addresses[..])
    }
}

/// A listener that serves the metrics of an attack.
pub struct MetricsServer {
    listener: TcpListener,
    exporter: Arc<Exporter>,
}

impl MetricsServer {
    /// Binds an address, and returns the server with the feed that updates its metrics. Prints the
    /// address if the port was 0.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound, for example because its port is in use.
    pub fn listen(address: &Address) -> anyhow::Result<(Feed, Self)> {
        let listener = address
            .bind()
            .with_context(|| format!("listen on -prometheus-addr {}", address.text))?;
        if address.port == 0 {
            let (name, address) = (command_name(), listener.local_addr()?);
            writeln!(io::stderr(), "{name}: metrics at http://{address}/metrics")?;
        }
        let (feed, exporter) = exporter();
        Ok((feed, Self { listener, exporter }))
    }

    /// Responds to requests until the current runtime ends.
    ///
    /// # Errors
    ///
    /// If the system cannot wait for connections.
    pub fn serve(&self) -> io::Result<()> {
        let listener = self.listener.try_clone()?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::spawn(serve(listener, self.exporter.clone()));
        Ok(())
    }

    /// Updates the metrics that do not come from records.
    pub fn show(&self, snapshot: Snapshot) {
        self.exporter.set_state(snapshot.released - snapshot.done, snapshot.lag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_port_and_may_have_no_host() {
        let table = [
            ("127.0.0.1:8880", Some(("127.0.0.1", 8880))),
            ("localhost:0", Some(("localhost", 0))),
            ("[::1]:9", Some(("::1", 9))),
            (":8880", Some(("", 8880))),
            ("", None),
        ];
        for (text, expected) in table {
            let address = parse_address(text).unwrap();
            let parts = address.as_ref().map(|address| (address.host.as_str(), address.port));
            assert_eq!(parts, expected, "{text}");
        }
        for text in ["8880", "127.0.0.1", ":http", "a:99999"] {
            assert!(parse_address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_without_a_host_is_bound_on_every_interface() {
        let every = parse_address(":0").unwrap().unwrap().bind().unwrap();
        let port = every.local_addr().unwrap().port();
        std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    }
}
