//! Open WebSockets. There is no series without them.

use std::sync::atomic::AtomicI64;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::record::{Kind, Record};

/// The method of WebSockets; gRPC streams have another one.
const METHOD: &str = "WS";

/// Pairs of a name and a value.
type Labels = Vec<(String, String)>;

/// The number of open WebSockets, by the records so far.
pub struct OpenSockets {
    /// Without labels, and empty before the first socket.
    family: Family<Labels, Gauge<i64, AtomicI64>>,
}

impl OpenSockets {
    /// Creates the metric of an attack without sockets, which is in a registry.
    pub fn new(registry: &mut Registry) -> Self {
        let family: Family<Labels, Gauge<i64, AtomicI64>> = Family::default();
        let help = "WebSockets that are open";
        registry.register("drumfire_open_sockets", help, family.clone());
        Self { family }
    }

    /// Counts a record that opens or closes a socket.
    pub fn add(&self, record: &Record<'_>) {
        let Some(messaging) = record.messaging.filter(|_| record.method == METHOD) else { return };
        let opened = match messaging.kind {
            Kind::Connect | Kind::Reconnect => i64::from(record.is_success()),
            Kind::Close => -1,
            Kind::Call | Kind::Message | Kind::Delivery | Kind::Ping | Kind::Other => return,
        };
        self.family.get_or_create(&Labels::new()).inc_by(opened);
    }
}
