//! Addresses that `-connect-to` replaces when a connection is opened.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::client::dial::address::Address;
use crate::error::Error;

/// The replacement of one address by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detour {
    from: Address,
    to: Address,
}

impl Detour {
    /// Returns whether connections to an address take the detour.
    pub fn leaves(&self, address: &Address) -> bool {
        self.from == *address
    }
}

/// Parses `SRC:PORT:DST:PORT`, with IPv6 addresses in brackets.
///
/// # Errors
///
/// [`Error::Value`] if the text has another form.
pub fn parse_connect_to(text: &str) -> Result<Detour, Error> {
    let both = address_prefix(text).and_then(|(from, rest)| {
        let (to, rest) = address_prefix(rest.strip_prefix(':')?)?;
        rest.is_empty().then_some(Detour { from, to })
    });
    both.ok_or_else(|| Error::Value {
        what: "address replacement",
        input: text.to_owned(),
        expected: "format: src:port:dst:port, an IPv6 address in brackets",
    })
}

/// Parses an address at the start of a text. Returns it and the rest of the text.
fn address_prefix(text: &str) -> Option<(Address, &str)> {
    let host_len = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':')? };
    let (host, rest) = text.split_at(host_len);
    let rest = rest.strip_prefix(':')?;
    let (port, rest) = rest.split_at(rest.find(':').unwrap_or(rest.len()));
    let has_host = !host.is_empty() && host != "[]";
    has_host.then_some((Address::new(host, port.parse().ok()?), rest))
}

/// The detours of an attack.
pub struct Detours(HashMap<Address, Turns>);

/// The replacements of one address, used in turn.
#[derive(Default)]
struct Turns {
    /// The replacements, at least one.
    to: Vec<Address>,
    /// Number of connections opened so far.
    taken: AtomicUsize,
}

impl Detours {
    /// Creates unused detours. Several detours of one address take turns.
    pub fn new(detours: Vec<Detour>) -> Self {
        let mut all: HashMap<_, Turns> = HashMap::new();
        for Detour { from, to } in detours {
            all.entry(from).or_default().to.push(to);
        }
        Self(all)
    }

    /// Returns the address that the next connection to `address` goes to.
    pub fn turn<'a>(&'a self, address: &'a Address) -> &'a Address {
        let Some(turns) = self.0.get(address) else { return address };
        &turns.to[turns.taken.fetch_add(1, Ordering::Relaxed) % turns.to.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match parse_connect_to(text) {
            Ok(Detour { from, to }) => format!("{from} -> {to}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn a_detour_consists_of_two_addresses_with_ports() {
        check("a.test:80:127.0.0.1:8080", "a.test:80 -> 127.0.0.1:8080");
        check("A.Test:443:b.test:443", "a.test:443 -> b.test:443");
        check("[::1]:80:[0:0::2]:81", "[::1]:80 -> [::2]:81");
        check("a.test:80:[::1]:81", "a.test:80 -> [::1]:81");
        let bad = ["", "a:b:c", "a:1:b", "a:1:b:x", ":1:b:2", "a:1:b:2:3", "a:1::1:2", "[]:1:b:2"];
        for text in bad.into_iter().chain(["a:1:b:70000", "[::1]80:b:2", "[::1:80:b:2"]) {
            let expected = "expected format: src:port:dst:port, an IPv6 address in brackets";
            check(text, &format!("bad address replacement '{text}': {expected}"));
        }
    }

    #[test]
    fn detours_of_one_address_take_turns_from_the_first() {
        let all = ["a:1:b:1", "a:1:c:1", "x:1:y:1", "a:1:d:1"]
            .map(|text| parse_connect_to(text).unwrap());
        let detours = Detours::new(all.into());
        let next = |host| detours.turn(&Address::new(host, 1)).host.clone();
        assert_eq!(
            [next("a"), next("a"), next("x"), next("a"), next("a")],
            ["b", "c", "y", "d", "b"]
        );
        assert_eq!(detours.turn(&Address::new("a", 2)), &Address::new("a", 2));
    }
}
