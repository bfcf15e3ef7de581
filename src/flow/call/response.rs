//! The messages of a response as JSON.

use crate::protobuf::Method;

/// Length of the prefix of a message in bytes: a flag and a length.
///
/// Source: gRPC over HTTP/2, "Length-Prefixed-Message".
const PREFIX: usize = 5;

/// Returns the messages of a response as JSON, as [`Call::response`](super::Call::response) does.
pub fn json(method: &Method, framed: &[u8]) -> Result<String, String> {
    let mut rest = framed;
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let (message, after) = next(rest).ok_or("a message is incomplete")?;
        messages.push(method.decode_response(message)?);
        rest = after;
    }
    Ok(match method.is_server_streaming() {
        true => format!("[{}]", messages.join(",")),
        false => messages.pop().unwrap_or_default(),
    })
}

/// Returns the last message of a response, of which each has its prefix of five bytes. It may be
/// incomplete. Empty if there is none.
pub fn last_message(framed: &[u8]) -> &[u8] {
    let mut rest = framed;
    loop {
        match next(rest) {
            None => return rest.get(PREFIX..).unwrap_or_default(),
            Some((message, [])) => return message,
            Some((_, after)) => rest = after,
        }
    }
}

/// Returns the first message, and what is after it. None if it is incomplete.
fn next(framed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, rest) = framed.split_at_checked(PREFIX)?;
    let length = u32::from_be_bytes(prefix[1..].try_into().ok()?);
    rest.split_at_checked(usize::try_from(length).ok()?)
}
