//! Hits that failed because a resource of the generator's machine was exhausted.

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

/// Number of hits that failed because a resource was exhausted, by resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exhaustion {
    /// File descriptors.
    pub descriptors: u64,
    /// Local ports.
    pub ports: u64,
}

impl Exhaustion {
    /// Counts a failure if its text is one of an exhausted resource. A server may send the same
    /// text, but with a status, which does not count.
    pub fn add(&mut self, code: u16, error: &str) {
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
            assert_eq!(found, Exhaustion { descriptors, ports }, "{error}");
        }
    }
}
