//! The long-lived streams of an attack, and which flags they do not have.

use std::num::NonZeroU32;
use std::time::Duration;

use drumfire::attack::{StreamList, TargetList, TargetSource};
use drumfire::schedule::Opening;
use drumfire::targets::Target;
use drumfire::units::Rate;

use crate::app::attack::options::{Options, Setup};
use crate::app::exit::Usage;

/// The flag that asks for streams.
const FLAG: &str = "-streams";

/// Streams that are opened per second, unless `-connect-rate` says otherwise.
const CONNECTS_PER_SECOND: u64 = 1_000;

/// What to do about a list that is read during the attack.
const WHOLE_LIST: &str = "give the whole list before the attack";

impl Options {
    /// Returns the long-lived streams of the attack. None without `-streams`.
    ///
    /// # Errors
    ///
    /// [`Usage`] if a flag or a target cannot be combined with streams; another error if a target is
    /// wrong.
    pub fn stream_list(&self, setup: &Setup) -> anyhow::Result<Option<StreamList>> {
        let Some(n_streams) = self.grpc.streams() else { return Ok(None) };
        let targets = self.long_lived_targets(FLAG, setup)?;
        targets.targets.iter().try_for_each(|target| self.check_target(target))?;
        Ok(Some(StreamList { targets, opening: self.opening(n_streams), sockets: None }))
    }

    /// Returns the targets of what stays open, for which `flag` asks.
    ///
    /// # Errors
    ///
    /// As [`Options::stream_list`].
    pub fn long_lived_targets(&self, flag: &str, setup: &Setup) -> anyhow::Result<TargetList> {
        self.check_message_flags(flag)?;
        match self.targets(setup)? {
            TargetSource::Fixed(targets) => Ok(targets),
            TargetSource::Streamed(_) => Err(not_combined(flag, "-lazy", WHOLE_LIST).into()),
        }
    }

    /// Returns when this many streams or sockets are opened.
    pub fn opening(&self, count: NonZeroU32) -> Opening {
        let rate = self.connect_rate.or(Rate::new(CONNECTS_PER_SECOND, Duration::from_secs(1)));
        let rate = rate.expect("the default is a rate");
        Opening { n_streams: count.get(), rate, settle: self.grpc.settle() }
    }

    /// Rejects flags that messages on what stays open do not have.
    fn check_message_flags(&self, flag: &str) -> Result<(), Usage> {
        let slots = "each slot of -rate is one message";
        let users =
            "what stays open are the users; -rate is the number of messages per unit of time";
        let given = [
            ("-flow", self.flows.has_flows(), "give only one of them"),
            ("-users", self.flows.users.is_some(), users),
            ("-lazy", self.lists.lazy, WHOLE_LIST),
            ("-messages", self.grpc.has_messages(), slots),
            ("-message-interval", self.grpc.has_message_interval(), slots),
            ("-stream-length", self.grpc.has_stream_length(), "all of them end with the attack"),
        ];
        match given.into_iter().find(|(_, is_given, _)| *is_given) {
            Some((other, _, advice)) => Err(not_combined(flag, other, advice)),
            None => Ok(()),
        }
    }

    /// Rejects a target that has no stream in both directions. In a dry run, the schema of a server
    /// is unknown.
    fn check_target(&self, target: &Target) -> Result<(), Usage> {
        let is_bidirectional = target
            .ready_call()
            .map(|call| call.method.is_client_streaming() && call.method.is_server_streaming());
        let problem = match is_bidirectional {
            None if target.call.is_none() => "expected only gRPC targets",
            None if self.dry_run => return Ok(()),
            Some(true) => return Ok(()),
            None | Some(false) => "expected methods with streams in both directions",
        };
        let url = &target.url;
        Err(Usage(format!("{FLAG} cannot use the target '{url}': {problem}")))
    }
}

/// Returns the error of a flag that cannot be combined with another.
pub fn not_combined(flag: &str, other: &str, advice: &str) -> Usage {
    Usage(format!("{flag} and {other} cannot be combined: {advice}"))
}
