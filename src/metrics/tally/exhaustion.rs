//! Hits that failed because a resource of the generator was exhausted.

use crate::failure_names::CLIENT_LIMIT;

/// The end of a failure without free file descriptors: EMFILE and ENFILE, as worded by Linux and
/// other systems.
const NO_DESCRIPTORS: [&str; 2] = ["too many open files", "too many open files in system"];

/// The end of a failure without a free local port: EADDRNOTAVAIL, or EADDRINUSE if the local
/// address is given.
///
/// Source: Linux, connect(2) and bind(2): all ports of the ephemeral range are in use.
const NO_PORTS: [&str; 3] = [
    "connect: cannot assign requested address",
    "connect: can't assign requested address",
    "bind: address already in use",
];

/// The beginning of a failure whose text a server sent with a status of gRPC.
const SERVER_STATUS: &str = "rpc error: code = ";

/// Number of hits that failed because a resource was exhausted, by resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exhaustion {
    /// File descriptors.
    pub descriptors: u64,
    /// Local ports.
    pub ports: u64,
    /// Limits of drumfire's client.
    pub client: u64,
}

impl Exhaustion {
    /// Counts a failure if its text is one of an exhausted resource. A server may send the same
    /// text, but with a status, which does not count.
    pub fn add(&mut self, code: u16, error: &str) {
        // A server can send this text only as the reason of a failed status, of HTTP or of gRPC.
        let is_client_limit = (code == 0 || (200..400).contains(&code))
            && error.ends_with(CLIENT_LIMIT)
            && !error.starts_with(SERVER_STATUS);
        self.client += u64::from(is_client_limit);
        if code != 0 {
            return;
        }
        let is_one_of = |ends: &[&str]| ends.iter().any(|end| error.ends_with(end));
        self.descriptors += u64::from(is_one_of(&NO_DESCRIPTORS));
        self.ports += u64::from(is_one_of(&NO_PORTS));
    }

    /// Adds the counts of another part of the run.
    pub fn merge(&mut self, other: Self) {
        self.descriptors += other.descriptors;
        self.ports += other.ports;
        self.client += other.client;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exhaustion_is_known_by_the_end_of_a_text_without_a_status() {
        let table = [
            (0, "Get \"http://h/\": dial tcp 10.0.0.2:80: connect: too many open files", (1, 0)),
            (0, "Get \"http://h/\": dial tcp: lookup h: too many open files in system", (1, 0)),
            (0, "dial tcp 10.0.0.2:80: connect: cannot assign requested address", (0, 1)),
            (0, "dial tcp 10.0.0.2:80: bind: address already in use", (0, 1)),
            (0, "dial tcp 10.0.0.2:80: bind: cannot assign requested address", (0, 0)),
            (503, "503 too many open files", (0, 0)),
            (0, "Get \"http://too many open files/\": EOF", (0, 0)),
            (0, "", (0, 0)),
        ];
        for (code, error, (descriptors, ports)) in table {
            let mut found = Exhaustion::default();
            found.add(code, error);
            assert_eq!(found, Exhaustion { descriptors, ports, client: 0 }, "{error}");
        }
    }

    #[test]
    fn a_limit_of_the_client_counts_unless_a_server_may_have_sent_its_text() {
        let error = format!("http2: connection closed (too many data frames): {CLIENT_LIMIT}");
        for (code, client) in [(0, 1), (200, 1), (304, 1), (404, 0), (500, 0), (100, 0)] {
            let mut found = Exhaustion::default();
            found.add(code, &error);
            assert_eq!(found, Exhaustion { client, ..Exhaustion::default() }, "{code}");
        }
        let mut found = Exhaustion::default();
        found.add(200, &format!("rpc error: code = Internal desc = {CLIENT_LIMIT}"));
        assert_eq!(found, Exhaustion::default());
    }
}
