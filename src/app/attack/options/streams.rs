//! The long-lived streams of an attack, and which flags they do not have.

use std::time::Duration;

use drumfire::attack::{StreamList, TargetSource};
use drumfire::schedule::Opening;
use drumfire::targets::Target;
use drumfire::units::Rate;

use crate::app::attack::options::{Options, Setup};
use crate::app::exit::Usage;

/// Streams that are opened per second, unless `-connect-rate` says otherwise.
const CONNECTS_PER_SECOND: u64 = 1_000;

impl Options {
    /// Returns the long-lived streams of the attack. None without `-streams`.
    ///
    /// # Errors
    ///
    /// [`Usage`] if a flag or a target cannot be combined with streams; another error if a target is
    /// wrong.
    pub fn stream_list(&self, setup: &Setup) -> anyhow::Result<Option<StreamList>> {
        let Some(n_streams) = self.grpc.streams() else { return Ok(None) };
        self.check_stream_flags()?;
        let TargetSource::Fixed(targets) = self.targets(setup)? else {
            return Err(not_combined("-lazy", "give the whole list before the attack").into());
        };
        targets.targets.iter().try_for_each(|target| self.check_target(target))?;
        let rate = self.connect_rate.or(Rate::new(CONNECTS_PER_SECOND, Duration::from_secs(1)));
        let rate = rate.expect("the default is a rate");
        let opening = Opening { n_streams: n_streams.get(), rate, settle: self.grpc.settle() };
        Ok(Some(StreamList { targets, opening }))
    }

    /// Rejects flags that messages on streams do not have.
    fn check_stream_flags(&self) -> Result<(), Usage> {
        let slots = "each slot of -rate is one message";
        let users = "the streams are the users; -rate is the number of messages per unit of time";
        let given = [
            ("-flow", self.flows.has_flows(), "give only one of them"),
            ("-users", self.flows.users.is_some(), users),
            ("-lazy", self.lists.lazy, "give the whole list before the attack"),
            ("-messages", self.grpc.has_messages(), slots),
            ("-message-interval", self.grpc.has_message_interval(), slots),
            ("-stream-length", self.grpc.has_stream_length(), "streams end with the attack"),
        ];
        match given.into_iter().find(|(_, is_given, _)| *is_given) {
            Some((flag, _, advice)) => Err(not_combined(flag, advice)),
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
        Err(Usage(format!("-streams cannot use the target '{url}': {problem}")))
    }
}

/// Returns the error of a flag that streams do not have.
fn not_combined(flag: &str, advice: &str) -> Usage {
    Usage(format!("-streams and {flag} cannot be combined: {advice}"))
}
