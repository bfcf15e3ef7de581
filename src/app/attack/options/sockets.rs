//! The WebSockets of an attack, and which targets and flags they have.

use drumfire::attack::{ReplyRule, SocketOptions, StreamList, TargetList};
use drumfire::markup::redact::{HIDDEN_USER, without_users};
use drumfire::targets::Target;
use http::header::SEC_WEBSOCKET_PROTOCOL;

use crate::app::attack::options::streams::not_combined;
use crate::app::attack::options::{Options, Setup};
use crate::app::exit::Usage;

/// The flag that asks for sockets.
const FLAG: &str = "-sockets";

impl Options {
    /// Returns the WebSockets of the attack. None without `-sockets`.
    ///
    /// # Errors
    ///
    /// [`Usage`] if a flag or a target cannot be combined with sockets; another error if a target is
    /// wrong.
    pub fn socket_list(&self, setup: &Setup) -> anyhow::Result<Option<StreamList>> {
        self.websocket.check()?;
        let Some(n_sockets) = self.websocket.sockets() else { return Ok(None) };
        if self.grpc.streams().is_some() {
            return Err(not_combined(FLAG, "-streams", "give only one of them").into());
        }
        let sockets = self.websocket.options()?;
        if sockets.deliveries.is_some() && self.threads > 1 {
            return Err(Usage(
                "-deliveries needs -threads=1: one engine sees the messages of all sockets"
                    .to_owned(),
            )
            .into());
        }
        let mut targets = self.long_lived_targets(FLAG, setup)?;
        targets.targets.iter().try_for_each(|target| check_target(target, &sockets))?;
        self.offer_subprotocols(&mut targets);
        let opening = self.opening(n_sockets);
        Ok(Some(StreamList { targets, opening, sockets: Some(sockets) }))
    }

    /// Adds the header with the subprotocols to each target.
    fn offer_subprotocols(&self, targets: &mut TargetList) {
        let Some(names) = self.websocket.subprotocols() else { return };
        for target in &mut targets.targets {
            target.headers.push((SEC_WEBSOCKET_PROTOCOL, names.clone()));
        }
    }
}

/// Rejects WebSocket targets of an attack whose hits are requests.
///
/// # Errors
///
/// [`Usage`] for such a target.
pub fn check_no_sockets(targets: &[Target]) -> Result<(), Usage> {
    let target = targets.iter().find(|target| target.socket.is_some());
    target.map_or(Ok(()), |target| {
        let url = without_users(&target.url, HIDDEN_USER);
        Err(Usage(format!(
            "the target '{url}' needs -sockets: give the number of WebSockets that stay open, as in \
             -sockets=100"
        )))
    })
}

/// Rejects a target that is not a WebSocket, or whose messages do not have what replies are found by.
fn check_target(target: &Target, sockets: &SocketOptions) -> Result<(), Usage> {
    let is_utf8 = |bytes: &[u8]| str::from_utf8(bytes).is_ok();
    let problem = if target.socket.is_none() {
        "expected only targets with the method WS, as in 'WS ws://localhost:8080/chat'".to_owned()
    } else if !sockets.is_binary && !is_utf8(&target.body) {
        "its message is not UTF-8: expected text, or -binary".to_owned()
    } else if sockets.deliveries.is_some() && !target.has_mark() {
        "-deliveries needs {{$mark}} in its message, by which a message is recognized".to_owned()
    } else if sockets.reply == ReplyRule::Mark && !target.has_mark() {
        "-reply=mark needs {{$mark}} in its message".to_owned()
    } else if let ReplyRule::Pointer(pointer) = &sockets.reply
        && !has_value(target, pointer)
    {
        format!("-reply={pointer} needs a message in JSON with a value at {pointer}")
    } else {
        return Ok(());
    };
    let url = without_users(&target.url, HIDDEN_USER);
    Err(Usage(format!("{FLAG} cannot use the target '{url}': {problem}")))
}

/// Returns whether the message of a target has a value at a JSON pointer. A message with variables is
/// known only when it is sent.
fn has_value(target: &Target, pointer: &str) -> bool {
    let message = serde_json::from_slice::<serde_json::Value>(&target.body);
    target.template.is_some() || message.is_ok_and(|message| message.pointer(pointer).is_some())
}
