//! Where the attacks of a stream came from: their commands and their machines.

use crate::bounded_map::Bounded;
use crate::markup::redact::cut;
use crate::plan::{MAX_COMMAND_BYTES, Plan};

/// Origins, at most. A file may hold the streams of any number of attacks.
const MAX_ORIGINS: usize = 8;

/// Bytes of a version or a host, at most.
const MAX_VERSION_BYTES: usize = 256;

/// The command that started an attack, and the machine. Each part is empty if the stream has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The command in a form that a shell accepts, without secrets; see [`Plan::command`].
    pub command: String,
    /// Version of drumfire that attacked.
    pub version: String,
    /// Operating system, machine and number of cores.
    pub host: String,
}

/// The first distinct origins, in the order in which they were first seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Origins(Bounded<Origin, ()>);

impl Default for Origins {
    fn default() -> Self {
        Self(Bounded::new(MAX_ORIGINS))
    }
}

impl Origins {
    /// Adds the origin of one attack. An attack without metadata is ignored.
    pub fn add(&mut self, plan: &Plan) {
        let origin = Origin {
            command: cut(&plan.command, MAX_COMMAND_BYTES),
            version: cut(&plan.version, MAX_VERSION_BYTES),
            host: cut(&plan.host, MAX_VERSION_BYTES),
        };
        if origin != Origin::default() {
            self.0.place(origin, || ());
        }
    }

    /// Adds the origins of another part of the run, which count as seen later.
    pub fn merge(&mut self, other: &Self) {
        self.0.merge(&other.0, || (), |(), ()| ());
    }

    /// Returns the origins, the first seen first.
    pub fn iter(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter().map(|(origin, ())| origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(command: &str) -> Plan {
        Plan { command: command.to_owned(), ..Plan::default() }
    }

    fn commands(origins: &Origins) -> Vec<&str> {
        origins.iter().map(|origin| origin.command.as_str()).collect()
    }

    #[test]
    fn each_origin_is_kept_once_in_order_of_arrival() {
        let mut origins = Origins::default();
        ["b", "a", "", "b"].iter().for_each(|command| origins.add(&plan(command)));
        assert_eq!(commands(&origins), ["b", "a"]);
        let mut other = Origins::default();
        ["c", "a"].iter().for_each(|command| other.add(&plan(command)));
        origins.merge(&other);
        assert_eq!(commands(&origins), ["b", "a", "c"]);
        origins.add(&Plan { host: "linux x86_64, 2 cores".to_owned(), ..plan("a") });
        assert_eq!(commands(&origins), ["b", "a", "c", "a"]);
    }

    #[test]
    fn number_and_length_of_origins_are_bounded() {
        let mut origins = Origins::default();
        (0..100).for_each(|n| origins.add(&plan(&format!("{n}{}", "a".repeat(5_000)))));
        assert_eq!(origins.iter().count(), MAX_ORIGINS);
        assert!(origins.iter().all(|origin| origin.command.len() < 4_100), "{origins:?}");
    }
}
