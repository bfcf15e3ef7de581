//! What an attack sends.

use std::collections::BTreeSet;

use crate::attack::engine::EngineWork;
use crate::attack::flows::{Crowd, FlowList};
use crate::attack::streams::StreamList;
use crate::attack::target_choice::{TargetList, TargetSource};
use crate::error::Error;
use crate::feed::Feed;
use crate::plan::MAX_NAMES;
use crate::record::Extras;
use crate::schedule::seed::Seed;

/// What an attack sends.
pub enum Work {
    /// One hit at each slot.
    Hits(TargetSource),
    /// One flow at each slot, or those of users.
    Flows(FlowList),
    /// One message at each slot, on long-lived streams.
    Streams(StreamList),
}

impl Work {
    /// Returns the flows. None if there are none.
    pub fn flows(&self) -> Option<&FlowList> {
        match self {
            Self::Flows(list) => Some(list),
            Self::Hits(_) | Self::Streams(_) => None,
        }
    }

    /// Returns the long-lived streams. None if there are none.
    pub fn streams(&self) -> Option<&StreamList> {
        match self {
            Self::Streams(list) => Some(list),
            Self::Hits(_) | Self::Flows(_) => None,
        }
    }

    /// Returns the targets. None if they are not known before the attack, and for flows.
    pub fn targets(&self) -> Option<&TargetList> {
        match self {
            Self::Hits(TargetSource::Fixed(list)) => Some(list),
            Self::Streams(list) => Some(&list.targets),
            Self::Hits(TargetSource::Streamed(_)) | Self::Flows(_) => None,
        }
    }

    /// Returns whether the targets are read during the attack, and may end at any time.
    pub(super) fn is_read_later(&self) -> bool {
        matches!(self, Self::Hits(TargetSource::Streamed(_)))
    }

    /// Returns the feed. None without one.
    pub(super) fn feed(&self) -> Option<&Feed> {
        let feed = match self {
            Self::Flows(list) => &list.feed,
            _ => &self.targets()?.feed,
        };
        feed.as_ref()
    }

    /// Returns the columns that records have in addition to those of HTTP.
    pub(super) fn extras(&self) -> Extras {
        match self {
            Self::Hits(targets) => Extras { flows: false, messaging: targets.has_calls() },
            Self::Flows(list) => {
                Extras { flows: true, messaging: list.has_calls() || list.has_sockets() }
            }
            Self::Streams(_) => Extras { flows: false, messaging: true },
        }
    }

    /// Returns the seed. None if there are no random choices.
    pub(super) fn seed(&self, has_users: bool) -> Option<Seed> {
        match self {
            Self::Flows(list) => {
                let picks = has_users && list.flows.len() > 1;
                (picks || list.is_random()).then_some(list.seed)
            }
            Self::Streams(list) => list.is_random().then_some(list.targets.seed),
            _ => self.targets().filter(|list| list.is_random()).map(|list| list.seed),
        }
    }

    /// Returns the distinct names of the targets, or of the requests in flows. None if they are
    /// unknown or too many for a plan.
    pub(super) fn names(&self) -> Option<Vec<String>> {
        let names: BTreeSet<&str> = match self {
            Self::Flows(list) => list.flows.iter().flat_map(|flow| flow.step_names()).collect(),
            _ => self.targets()?.targets.iter().map(|target| target.name.as_str()).collect(),
        };
        let names = names.into_iter().filter(|name| !name.is_empty());
        let names: Vec<_> = names.map(str::to_owned).collect();
        (names.len() <= MAX_NAMES).then_some(names)
    }

    /// Splits the work among engines. None for no users.
    pub(super) fn split(
        self,
        n_engines: usize,
        crowd: Option<&Crowd>,
    ) -> Result<Vec<EngineWork>, Error> {
        Ok(match self {
            Self::Hits(targets) => {
                targets.split(n_engines)?.into_iter().map(EngineWork::Hits).collect()
            }
            Self::Flows(list) => {
                let runs = list.split(n_engines, crowd)?.into_iter();
                runs.map(|run| EngineWork::Flows(Box::new(run))).collect()
            }
            Self::Streams(list) => {
                let runs = list.split(n_engines)?.into_iter();
                runs.map(|run| EngineWork::Streams(Box::new(run))).collect()
            }
        })
    }
}
