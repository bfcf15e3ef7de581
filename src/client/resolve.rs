//! Names to addresses, each asked once for the whole attack.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

/// Resolves names by the system's resolver and keeps what it answered. A failure is not kept.
#[derive(Clone, Debug, Default)]
pub struct Resolver(Arc<Mutex<HashMap<String, Arc<[IpAddr]>>>>);

impl Resolver {
    /// Returns the addresses of a host, at least one, in the system's order of preference. An
    /// IPv6 address may stand in brackets.
    ///
    /// # Errors
    ///
    /// Where the host has none or the resolver cannot be asked.
    pub async fn resolve(&self, host: &str) -> io::Result<Arc<[IpAddr]>> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse() {
            return Ok(Arc::new([address]));
        }
        if let Some(known) = self.known(host) {
            return Ok(known);
        }
        let found: Arc<[IpAddr]> = tokio::net::lookup_host((host, 0))
            .await?
            .map(|address: SocketAddr| address.ip())
            .collect();
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no address"));
        }
        self.lock().insert(host.to_owned(), found.clone());
        Ok(found)
    }

    fn known(&self, host: &str) -> Option<Arc<[IpAddr]>> {
        self.lock().get(host).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<[IpAddr]>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
