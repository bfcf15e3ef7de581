//! How a hit ended: success or failure.

use crate::record::messaging::{GRPC_OK, Kind};

/// Status of a response that opens a WebSocket.
const SWITCHING_PROTOCOLS: u16 = 101;

/// The part of a record that decides whether its hit succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// HTTP status of the response; 0 without one.
    pub code: u16,
    /// Error text of a failed hit; None on success, never empty.
    pub error: Option<&'a str>,
    /// Whether the step of a flow has checks, which then decide in place of the status.
    pub is_checked: bool,
    /// What the record describes. None for a plain HTTP request.
    pub kind: Option<Kind>,
    /// Status of gRPC that the server sent. None if it sent none.
    pub grpc_status: Option<u8>,
}

impl Outcome<'_> {
    /// Returns whether the hit succeeded: its status is good, and nothing failed after the status
    /// arrived, such as reading the body.
    ///
    /// The step of a flow that has checks succeeded if it has no error, because a failed check is
    /// one. So a step that expects status 404 succeeds with it.
    ///
    /// A call succeeded if the status of HTTP is 200 and that of gRPC is OK. Only a call that the
    /// client itself ended as planned has no status of gRPC and no error either. Any other kind
    /// succeeded if it has no error: the reply to a message arrived, or all expected deliveries; a
    /// stream or a WebSocket was opened, with status 200 or 101; a pong came in time; a stream or a
    /// WebSocket ended as planned.
    ///
    /// Source: Vegeta, metrics.go, Metrics.Add. It looks at the code only, because its attack sets
    /// the code to 0 on every failure.
    #[inline]
    pub fn is_success(&self) -> bool {
        (self.is_checked || self.has_good_status()) && self.error.is_none()
    }

    fn has_good_status(&self) -> bool {
        match self.kind {
            None => is_good(self.code),
            Some(Kind::Call) => {
                self.code == 200 && self.grpc_status.is_none_or(|status| status == GRPC_OK)
            }
            // A stream may be used, and so is open, before the head of its response arrives.
            Some(Kind::Connect | Kind::Reconnect) => {
                matches!(self.code, 0 | 200 | SWITCHING_PROTOCOLS)
            }
            Some(Kind::Message | Kind::Delivery | Kind::Ping | Kind::Close | Kind::Other) => true,
        }
    }
}

/// Returns whether a status means success: 200 <= code < 400.
#[inline]
pub fn is_good(code: u16) -> bool {
    (200..400).contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_decide_in_place_of_the_status() {
        let table = [
            (200, None, false, true),
            (404, None, false, false),
            (0, None, false, false),
            (200, Some("EOF"), false, false),
            (404, None, true, true),
            (200, Some("check: HTTP 404"), true, false),
            (0, Some("EOF"), true, false),
        ];
        for (code, error, is_checked, expected) in table {
            let outcome = Outcome { code, error, is_checked, ..Outcome::default() };
            assert_eq!(outcome.is_success(), expected, "{outcome:?}");
        }
    }

    #[test]
    fn a_call_succeeds_only_with_both_statuses_and_without_an_error() {
        let call = Some(Kind::Call);
        let table = [
            (call, 200, Some(0), None, true),
            (call, 200, None, None, true),
            (call, 200, None, Some("rpc error: the stream ended without a status"), false),
            (call, 503, None, None, false),
            (call, 200, Some(14), None, false),
            (call, 204, Some(0), None, false),
            (call, 200, Some(0), Some("unexpected EOF"), false),
            (None, 200, Some(14), None, true),
            (Some(Kind::Message), 0, None, None, true),
            (Some(Kind::Message), 0, None, Some("no reply within 30s"), false),
            (Some(Kind::Connect), 200, None, None, true),
            (Some(Kind::Connect), 200, Some(12), Some("rpc error"), false),
            (Some(Kind::Connect), 0, None, None, true),
            (
                Some(Kind::Connect),
                0,
                None,
                Some("dial tcp h:1: connect: connection refused"),
                false,
            ),
            (Some(Kind::Connect), 101, None, None, true),
            (Some(Kind::Reconnect), 101, None, None, true),
            (Some(Kind::Reconnect), 503, None, None, false),
            (Some(Kind::Reconnect), 101, None, Some("websocket: bad handshake"), false),
            (Some(Kind::Delivery), 0, None, None, true),
            (Some(Kind::Ping), 0, None, None, true),
            (Some(Kind::Ping), 0, None, Some("no pong within 10s"), false),
            (Some(Kind::Close), 101, None, None, true),
            (Some(Kind::Close), 101, None, Some("websocket: close 1013 (try again later)"), false),
        ];
        for (kind, code, grpc_status, error, expected) in table {
            let outcome = Outcome { code, error, is_checked: false, kind, grpc_status };
            assert_eq!(outcome.is_success(), expected, "{outcome:?}");
        }
        let expects_failure = Outcome { is_checked: true, kind: call, ..Outcome::default() };
        assert!(Outcome { grpc_status: Some(5), ..expects_failure }.is_success());
    }
}
