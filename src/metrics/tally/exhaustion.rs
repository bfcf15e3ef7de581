//! Hits that failed because the generator's own machine had run out of something.

/// How a failure ends for want of file descriptors: EMFILE and ENFILE, in the words of Linux and of
/// others.
const NO_DESCRIPTORS: [&str; 2] = ["too many open files", "too many open files in system"];

/// How a failure ends for want of a local port: EADDRNOTAVAIL, or EADDRINUSE where an address of
/// ours is asked for.
///
/// Source: Linux, connect(2) and bind(2): all ports of the ephemeral range are in use.
const NO_PORTS: [&str; 3] = [
    "connect: cannot assign requested address",
    "connect: can't assign requested address",
    "bind: address already in use",
];

/// How many hits failed for want of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shortages {
    /// File descriptors.
    pub descriptors: u64,
    /// Local ports.
    pub ports: u64,
}

impl Shortages {
    /// Counts a failure, by its status and its text, where it is for such a reason. A text of the
    /// server's own does not count: it comes with a status.
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
    fn a_shortage_is_known_by_the_end_of_its_text_unless_a_server_says_it() {
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
            let mut found = Shortages::default();
            found.add(code, error);
            assert_eq!(found, Shortages { descriptors, ports }, "{error}");
        }
    }
}
