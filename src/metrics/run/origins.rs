//! Where the attacks of a stream came from: by which commands, and on which machines.

use crate::markup::redact::cut;
use crate::plan::{MOST_COMMAND_BYTES, Plan};

/// Most origins kept. Streams of any number of attacks may stand behind one another.
const MOST_ORIGINS: usize = 8;

/// Bytes of a version or a host that are kept at most.
const MOST_WORDS_BYTES: usize = 256;

/// What an attack was begun by, and where. Each part is empty where the stream does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The command as a shell takes it again, without its secrets; see [`Plan::command`].
    pub command: String,
    /// Version of drumfire that attacked.
    pub version: String,
    /// Operating system, machine and number of cores.
    pub host: String,
}

/// The origins so far: each once, the first seen first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Origins(Vec<Origin>);

impl Origins {
    /// Adds that of an attack. One that tells nothing counts for none.
    pub fn add(&mut self, plan: &Plan) {
        self.keep(Origin {
            command: cut(&plan.command, MOST_COMMAND_BYTES),
            version: cut(&plan.version, MOST_WORDS_BYTES),
            host: cut(&plan.host, MOST_WORDS_BYTES),
        });
    }

    /// Adds those of another part of the run, which count as seen later.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|origin| self.keep(origin.clone()));
    }

    /// Returns the origins, the first seen first.
    pub fn iter(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter()
    }

    fn keep(&mut self, origin: Origin) {
        let is_new = origin != Origin::default() && !self.0.contains(&origin);
        if is_new && self.0.len() < MOST_ORIGINS {
            self.0.push(origin);
        }
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
    fn each_origin_is_kept_once_in_the_order_in_which_they_were_seen() {
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
    fn origins_are_no_more_and_no_longer_than_a_page_can_show() {
        let mut origins = Origins::default();
        (0..100).for_each(|n| origins.add(&plan(&format!("{n}{}", "a".repeat(5_000)))));
        assert_eq!(origins.iter().count(), MOST_ORIGINS);
        assert!(origins.iter().all(|origin| origin.command.len() < 4_100), "{origins:?}");
    }
}
