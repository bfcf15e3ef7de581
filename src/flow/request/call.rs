//! The request of a gRPC call.

use bytes::Bytes;
use http::Method;

use crate::flow::call::Call;
use crate::flow::expand::{self, Context};
use crate::flow::request::{Built, Refusal, headers};
use crate::flow::tree::request::Entry;
use crate::flow::tree::template::Template;
use crate::targets::{self, GRPC, ParsedUrl, ReadyCall, Target, UrlProblem, grpc_url};

/// The start of an HTTP URL, and of the gRPC URL that it stands for.
const SCHEMES: [(&str, &str); 2] = [("http://", "grpc://"), ("https://", "grpcs://")];

/// Returns the request of an entry with a call, which was compiled with a schema.
///
/// # Errors
///
/// A call without a schema, a variable without a value, or a value that would break the URL, a
/// header or a message.
pub fn build(
    entry: &Entry,
    call: Option<&Call>,
    context: &mut Context<'_>,
) -> Result<Built, Refusal> {
    let at = |line| move |text| Refusal { line, text };
    let Some(call) = call else {
        return Err(at(entry.line)("the schema of the call is not known".to_owned()));
    };
    let body_line = if entry.body.is_some() { entry.body_line } else { entry.line };
    let messages = call.messages(context).map_err(at(body_line))?;
    let mut target = server(entry, context).map_err(at(entry.line))?;
    target.path = call.path.clone();
    target.call = Some(targets::Call::Ready(ReadyCall { method: call.method.clone(), messages }));
    Ok(Built { target, own_cookies: String::new() })
}

/// Returns the server of a call and its metadata, without the call.
///
/// # Errors
///
/// If a variable has no value, or if a value would break the URL or a header.
pub fn server(entry: &Entry, context: &mut Context<'_>) -> Result<Target, String> {
    let method = Method::from_bytes(GRPC.as_bytes()).map_err(|_| "bad method".to_owned())?;
    let ParsedUrl { url, address, path } = address(&entry.url, context)?;
    Ok(Target {
        name: String::new(),
        weight: 1,
        method,
        url,
        address,
        path,
        headers: headers::metadata(entry, context)?,
        body: Bytes::new(),
        template: None,
        call: None,
        socket: None,
    })
}

/// Returns the URL of a call. The value of a variable may begin with `http://` or `https://`, so that
/// calls and requests share it.
fn address(url: &Template, context: &mut Context<'_>) -> Result<ParsedUrl, String> {
    let mut url = expand::text(url, context)?.into_owned();
    for (http, grpc) in SCHEMES {
        if url.starts_with(http) {
            url.replace_range(..http.len(), grpc);
        }
    }
    grpc_url(url).map_err(|problem: UrlProblem| format!("bad URL: {problem}"))
}
