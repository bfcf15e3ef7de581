//! Whether the system gives an attack the connections that it may need, as far as that is known
//! before it begins. What runs short later is an error in the records of the hits.

/// Descriptors that are no connections: streams, timers and what the runtime keeps.
const OTHERS: u64 = 64;

/// What bounds the connections of an attack; None where a bound was not asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// Most hits in flight.
    pub in_flight: Option<u64>,
    /// Most connections to one origin.
    pub open: Option<u64>,
    /// Hits in all.
    pub requests: Option<u64>,
    /// Number of origins, >= 1.
    pub origins: u64,
    /// Whether a connection may carry several requests at once.
    pub shared: bool,
    /// Whether connections to one origin need a local port each for one and the same address.
    pub alike: bool,
}

/// What an attack may need of the system, and what there is. None where nobody knows, or where
/// there is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preflight {
    /// Most connections at a time.
    connections: Option<u64>,
    /// Most of them that share their local address and where they go to.
    alike: Option<u64>,
    /// Most descriptors that this process may have open.
    descriptors: Option<u64>,
    /// Local ports for connections that are alike.
    ports: Option<u64>,
}

impl Preflight {
    /// Holds the bounds of an attack against the system's limits.
    pub fn new(bounds: Bounds, descriptors: Option<u64>, ports: Option<u64>) -> Self {
        let hits = bounds.in_flight.filter(|_| !bounds.shared);
        let in_all = bounds.open.map(|open| open.saturating_mul(bounds.origins));
        let least = |of: [Option<u64>; 2]| of.into_iter().flatten().min();
        // The number of hits alone says nothing of how many there are at a time.
        let bounded = |most: Option<u64>| Some(most?.min(bounds.requests.unwrap_or(u64::MAX)));
        Self {
            connections: bounded(least([hits, in_all])),
            alike: bounded(least([hits, bounds.open])).filter(|_| bounds.alike),
            descriptors,
            ports,
        }
    }

    /// Returns what runs short, on one line; None where nothing is known to.
    pub fn shortage(&self) -> Option<String> {
        let words: Vec<String> =
            self.short_of_descriptors().into_iter().chain(self.short_of_ports()).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    fn short_of_descriptors(&self) -> Option<String> {
        let needed = self.connections?.saturating_add(OTHERS);
        let limit = self.descriptors.filter(|limit| *limit < needed)?;
        Some(format!(
            "up to {needed} open files may be needed, and {limit} are allowed: raise the limit \
             with 'ulimit -n {needed}', or lower -max-workers or -max-connections"
        ))
    }

    fn short_of_ports(&self) -> Option<String> {
        let needed = self.alike?;
        let ports = self.ports.filter(|ports| *ports < needed)?;
        Some(format!(
            "up to {needed} local ports may be needed for one address, and there are {ports}: \
             widen net.ipv4.ip_local_port_range, spread the hits over more addresses with \
             -connect-to, or lower -max-workers or -max-connections"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_short_is_told_with_the_number_needed() {
        let plenty = Preflight {
            connections: Some(1_000),
            alike: Some(1_000),
            descriptors: Some(1_064),
            ports: Some(1_000),
        };
        let table = [
            ("as many as there are", plenty, &[][..]),
            ("nobody knows", Preflight { connections: None, alike: None, ..plenty }, &[]),
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
    fn only_bounds_that_were_asked_for_bound_the_connections() {
        let bounds = Bounds {
            in_flight: Some(500),
            open: Some(200),
            requests: None,
            origins: 3,
            shared: false,
            alike: true,
        };
        let table = [
            ("both", bounds, Some(500), Some(200)),
            ("neither", Bounds { in_flight: None, open: None, ..bounds }, None, None),
            ("hits in flight", Bounds { open: None, ..bounds }, Some(500), Some(500)),
            ("a connection carries many", Bounds { shared: true, ..bounds }, Some(600), Some(200)),
            ("fewer hits", Bounds { requests: Some(7), ..bounds }, Some(7), Some(7)),
            ("no ports", Bounds { alike: false, ..bounds }, Some(500), None),
        ];
        for (intent, bounds, connections, alike) in table {
            let preflight = Preflight::new(bounds, None, None);
            assert_eq!((preflight.connections, preflight.alike), (connections, alike), "{intent}");
        }
    }
}
