//! Steps of WebSockets: `CONNECT`, `SEND`, `RECEIVE` and `CLOSE` with `ws://` or `wss://`.

use crate::flow::syntax::input::{Parsed, refuse_at};
use crate::flow::syntax::request::url::is_web_socket;
use crate::flow::tree::assert::Expected;
use crate::flow::tree::options::Setting;
use crate::flow::tree::query::Query;
use crate::flow::tree::request::{Body, Entry, SocketStep};

/// Returns what an entry does with a WebSocket. None for a request. The method is at the offset `at`,
/// and the URL is `written`.
pub fn of_request(
    entry: &Entry,
    method: &str,
    written: &str,
    at: usize,
) -> Parsed<Option<SocketStep>> {
    let is_skipped = matches!(entry.options.skip, Setting::Fixed(true));
    if is_web_socket(written) {
        // hurl passes over these steps only with this option.
        if !is_skipped {
            let problem = "WebSocket step without 'skip: true': expected it under [Options]";
            return refuse_at(at, problem);
        }
        let step = SocketStep::of_method(method);
        let problem = "unknown method of a WebSocket: expected CONNECT, SEND, RECEIVE or CLOSE";
        return step.map_or_else(|| refuse_at(at, problem), |step| Ok(Some(step)));
    }
    // The value of the variable may begin with http://, so that sockets and requests share it.
    let may_be_socket = written.starts_with("{{") && is_skipped;
    Ok(SocketStep::of_method(method).filter(|_| may_be_socket))
}

/// Refuses what a step of a WebSocket cannot have, and lets it be made. `is_encoded` is whether its
/// body is in base64 or hex. The method of the entry is at the offset `at`.
pub fn check(entry: &mut Entry, is_encoded: bool, at: usize) -> Parsed<()> {
    let Some(step) = &mut entry.socket else { return Ok(()) };
    let name = step.method();
    let is_connect = *step == SocketStep::Connect;
    if let SocketStep::Send { is_binary, .. } = step {
        *is_binary = is_encoded;
        if let Some(Body::Bytes(bytes)) = &entry.body {
            // A file of text is sent as text.
            *is_binary |= str::from_utf8(bytes).is_err();
        }
        if entry.body.is_none() {
            return refuse_at(at, "SEND without a message: expected it as the body");
        }
    } else if entry.body.is_some() {
        return refuse_at(at, format!("body in a {name}: expected it in a SEND"));
    }
    let of_handshake = [
        ("headers", !entry.headers.is_empty() || !entry.options.headers.is_empty()),
        ("[Query]", !entry.query.is_empty()),
        ("[Cookies]", !entry.cookies.is_empty()),
        ("[BasicAuth]", entry.basic_auth.is_some()),
        ("option 'user'", entry.options.user.is_some()),
    ];
    let mut found = of_handshake.into_iter().filter(|_| !is_connect);
    if let Some((what, _)) = found.find(|(_, is_there)| *is_there) {
        return refuse_at(at, format!("{what} in a {name}: expected this in the CONNECT"));
    }
    let options = &entry.options;
    let is_set = |setting: &Setting<bool>| !matches!(setting, Setting::Fixed(false));
    let of_requests = [
        ("[Form]", !entry.form.is_empty()),
        ("[Multipart]", !entry.multipart.is_empty()),
        ("option 'location'", is_set(&options.follow)),
        ("option 'max-redirs'", options.max_redirects.is_some()),
        ("option 'compressed'", is_set(&options.compressed)),
    ];
    if let Some((what, _)) = of_requests.into_iter().find(|(_, is_there)| *is_there) {
        let problem = format!("{what} in a WebSocket step: expected this in HTTP requests only");
        return refuse_at(at, problem);
    }
    entry.options.skip = Setting::Fixed(false);
    Ok(())
}

/// Notes that a step has a response section, which is at the offset `at`, and refuses what no message
/// has.
pub fn expects(step: &mut SocketStep, expected: &Expected, at: usize) -> Parsed<()> {
    if *step == SocketStep::Connect {
        return Ok(());
    }
    let method = step.method();
    if expected.status.is_some() || expected.version.is_some() {
        return refuse_at(at, format!("status or version of a {method}: expected 'HTTP *'"));
    }
    let captured = expected.captures.iter().map(|capture| &capture.query);
    let mut queries = captured.chain(expected.asserts.iter().map(|assert| &assert.query));
    let is_of_response = |query: &Query| {
        use Query::{Cookie, Header, Ip, Redirects, Status, Version};
        matches!(query, Cookie(..) | Header(_) | Ip | Redirects | Status | Version)
    };
    if !expected.headers.is_empty() || queries.any(is_of_response) {
        let problem = format!(
            "check or capture of a response in a {method}, but messages have none of that: expected \
             body, bytes, jsonpath, regex, sha256, duration, url or variable"
        );
        return refuse_at(at, problem);
    }
    if let SocketStep::Send { awaits_reply, .. } = step {
        *awaits_reply = true;
    }
    Ok(())
}
