//! How requests are sent, and what is known of the services of gRPC.

use std::cell::RefCell;

use drumfire::client;
use drumfire::protobuf::Schema;
use drumfire::schedule::seed::Seed;
use drumfire::targets::Target;
use rustls::ClientConfig;
use url::Origin;

/// How requests are sent, and the seed of all random choices.
pub struct Setup {
    /// How requests are sent.
    pub client: client::Options,
    /// Trusted roots and client certificate.
    pub tls: ClientConfig,
    /// The seed.
    pub seed: Seed,
    /// The schema of gRPC services in files. None if there are none.
    pub schema: Option<Schema>,
    /// What servers have said about their services.
    pub asked: AskedServers,
}

/// Schemas of the services of servers that were asked for them.
#[derive(Default)]
pub struct AskedServers(RefCell<Vec<(Origin, String, Schema)>>);

impl AskedServers {
    /// Returns the schema of a service. None if its server was not asked.
    pub fn find(&self, server: &Target, service: &str) -> Option<Schema> {
        let origin = server.address.origin();
        let asked = self.0.borrow();
        let known = asked.iter().find(|(known, name, _)| *known == origin && name == service);
        known.map(|(_, _, schema)| schema.clone())
    }

    /// Keeps the schema of services of a server.
    pub fn add(&self, server: &Target, services: Vec<String>, schema: &Schema) {
        let known = services.into_iter();
        let known = known.map(|service| (server.address.origin(), service, schema.clone()));
        self.0.borrow_mut().extend(known);
    }
}
