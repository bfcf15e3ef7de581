//! The request of a step of a WebSocket: its handshake, or the message that it sends.

use std::borrow::Cow;

use http::Method;

use crate::flow::cookies::Cookies;
use crate::flow::expand::{self, Context};
use crate::flow::request::address::push_query;
use crate::flow::request::{Built, Refusal, body, headers};
use crate::flow::tree::request::{Entry, SocketStep};
use crate::targets::{ParsedUrl, Socket, Target, UrlProblem, WS, ws_url};

/// The start of an HTTP URL, and of the URL of a WebSocket that it stands for.
const SCHEMES: [(&str, &str); 2] = [("http://", "ws://"), ("https://", "wss://")];

/// Returns the request of an entry with a step of a WebSocket. Its body is the message; only a
/// handshake has headers.
///
/// # Errors
///
/// A variable without a value, or a value that would break the URL or a header.
pub fn build(
    entry: &Entry,
    step: SocketStep,
    cookies: &Cookies,
    context: &mut Context<'_>,
) -> Result<Built, Refusal> {
    let at = |line| move |text| Refusal { line, text };
    let body_line = if entry.body.is_some() { entry.body_line } else { entry.line };
    let method = Method::from_bytes(WS.as_bytes());
    let method = method.map_err(|_| at(entry.line)("bad method".to_owned()))?;
    let ParsedUrl { url, address, path } = address(entry, context).map_err(at(entry.line))?;
    let body = body::build(entry, context).map_err(at(body_line))?.body;
    let (headers, own_cookies) = match step {
        SocketStep::Connect => {
            headers::build(entry, cookies, &address, None, context).map_err(at(entry.line))?
        }
        _ => Default::default(),
    };
    let target = Target {
        name: String::new(),
        weight: 1,
        method,
        url,
        address,
        path,
        headers,
        body,
        template: None,
        call: None,
        socket: Some(Socket::default()),
    };
    Ok(Built { target, own_cookies })
}

/// Returns the URL of a WebSocket. The value of a variable may begin with `http://` or `https://`, so
/// that sockets and requests share it.
fn address(entry: &Entry, context: &mut Context<'_>) -> Result<ParsedUrl, String> {
    let mut url = expand::text(&entry.url, context).map(Cow::into_owned)?;
    for (http, ws) in SCHEMES {
        if url.starts_with(http) {
            url.replace_range(..http.len(), ws);
        }
    }
    push_query(&mut url, entry, context)?;
    if url.contains(' ') {
        return Err("bad URL: a blank, expected %20, or the value in [Query]".to_owned());
    }
    ws_url(url).map_err(|problem| match problem {
        // Its text shows the address.
        UrlProblem::Brackets(_) => "bad URL: an IPv6 address needs brackets".to_owned(),
        other => format!("bad URL: {other}"),
    })
}
