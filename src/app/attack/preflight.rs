//! Checks before an attack whether the system allows the connections that it may need.
//!
//! If connections run short during the attack, the affected hits fail with the reason.

/// Descriptors besides those of connections: streams, timers, and those of the runtime.
const OTHER_DESCRIPTORS: u64 = 64;

/// Limits on the connections of an attack. None if there is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// Maximum number of hits in flight.
    pub in_flight: Option<u64>,
    /// Maximum number of connections to one origin.
    pub per_origin: Option<u64>,
    /// Total number of hits.
    pub requests: Option<u64>,
    /// Number of origins, >= 1.
    pub origins: u64,
    /// Whether a connection may carry several requests at the same time.
    pub is_multiplexed: bool,
    /// Whether all connections to one origin have the same local and remote address, so that each
    /// needs a separate local port.
    pub has_one_route: bool,
}

/// What an attack may need from the system, and what the system allows. None if unknown or without
/// limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preflight {
    /// Maximum number of simultaneous connections.
    connections: Option<u64>,
    /// Maximum number of simultaneous connections with the same local and remote address.
    same_route: Option<u64>,
    /// Limit on the open files of this process.
    descriptors: Option<u64>,
    /// Local ports available for connections with the same remote address.
    ports: Option<u64>,
}

impl Preflight {
    /// Returns the needs of an attack next to the system's limits on open files and local ports.
    pub fn new(bounds: Bounds, descriptors: Option<u64>, ports: Option<u64>) -> Self {
        let hits = bounds.in_flight.filter(|_| !bounds.is_multiplexed);
        let all_origins = bounds.per_origin.map(|limit| limit.saturating_mul(bounds.origins));
        let least = |limits: [Option<u64>; 2]| limits.into_iter().flatten().min();
        // The number of hits lowers a limit, but alone it says nothing about simultaneous hits.
        let bounded = |limit: Option<u64>| Some(limit?.min(bounds.requests.unwrap_or(u64::MAX)));
        Self {
            connections: bounded(least([hits, all_origins])),
            same_route: bounded(least([hits, bounds.per_origin])).filter(|_| bounds.has_one_route),
            descriptors,
            ports,
        }
    }

    /// Returns what may run short, on one line. None if the limits suffice or are unknown.
    pub fn shortage(&self) -> Option<String> {
        let words: Vec<String> =
            self.short_of_descriptors().into_iter().chain(self.short_of_ports()).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    fn short_of_descriptors(&self) -> Option<String> {
        let needed = self.connections?.saturating_add(OTHER_DESCRIPTORS);
        let limit = self.descriptors.filter(|limit| *limit < needed)?;
        Some(format!(
            "up to {needed} open files may be needed, but the limit is {limit}: raise the limit \
             with 'ulimit -n {needed}', or lower -max-workers or -max-connections"
        ))
    }

    fn short_of_ports(&self) -> Option<String> {
        let needed = self.same_route?;
        let ports = self.ports.filter(|ports| *ports < needed)?;
        Some(format!(
            "up to {needed} local ports may be needed for one address, but only {ports} exist: \
             widen net.ipv4.ip_local_port_range, spread the hits over more addresses with \
             -connect-to, or lower -max-workers or -max-connections"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_names_the_number_that_is_needed() {
        let plenty = Preflight {
            connections: Some(1_000),
            same_route: Some(1_000),
            descriptors: Some(1_064),
            ports: Some(1_000),
        };
        let table = [
            ("just enough", plenty, &[][..]),
            ("unknown", Preflight { connections: None, same_route: None, ..plenty }, &[]),
            ("no limit", Preflight { descriptors: None, ports: None, ..plenty }, &[]),
            ("files", Preflight { descriptors: Some(1_063), ..plenty }, &["ulimit -n 1064"]),
            ("ports", Preflight { ports: Some(999), ..plenty }, &["up to 1000 local ports"]),
            (
                "both",
                Preflight { descriptors: Some(9), ports: Some(9), ..plenty },
                &["ulimit -n 1064", "up to 1000 local ports"],
            ),
        ];
        for (intent, preflight, parts) in table {
            let line = preflight.shortage().unwrap_or_default();
            assert!(parts.iter().all(|part| line.contains(part)), "{intent}: {line}");
            assert_eq!(line.is_empty(), parts.is_empty(), "{intent}: {line}");
        }
    }

    #[test]
    fn only_given_limits_limit_the_connections() {
        let bounds = Bounds {
            in_flight: Some(500),
            per_origin: Some(200),
            requests: None,
            origins: 3,
            is_multiplexed: false,
            has_one_route: true,
        };
        let table = [
            ("both", bounds, Some(500), Some(200)),
            ("neither", Bounds { in_flight: None, per_origin: None, ..bounds }, None, None),
            ("hits in flight", Bounds { per_origin: None, ..bounds }, Some(500), Some(500)),
            ("HTTP/2", Bounds { is_multiplexed: true, ..bounds }, Some(600), Some(200)),
            ("fewer hits", Bounds { requests: Some(7), ..bounds }, Some(7), Some(7)),
            ("several routes", Bounds { has_one_route: false, ..bounds }, Some(500), None),
        ];
        for (intent, bounds, connections, same_route) in table {
            let preflight = Preflight::new(bounds, None, None);
            let found = (preflight.connections, preflight.same_route);
            assert_eq!(found, (connections, same_route), "{intent}");
        }
    }
}
