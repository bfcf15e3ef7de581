//! The request of a step: an entry with the values of a session.

mod address;
mod body;
mod headers;
mod call;
mod socket;

#[cfg(test)]
mod tests;

use http::Method;

use crate::flow::cookies::Cookies;
use crate::flow::expand::Context;
use crate::flow::request::body::Content;
use crate::flow::tree::request::Entry;
use crate::targets::{ParsedUrl, Target};

pub use call::{build as build_call, server};
pub use socket::build as build_socket;

/// The request of a step.
#[derive(Debug)]
pub struct Built {
    /// The request. Its name is empty, because the step has it.
    pub target: Target,
    /// The cookies of the entry itself: `a=1; b=2`. Empty without any.
    pub own_cookies: String,
}

/// Why a request cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    /// Line of the method, or of the body if the problem is there.
    pub line: usize,
    /// The problem. It shows no value.
    pub text: String,
}

/// Returns the request of an entry of HTTP.
///
/// # Errors
///
/// A variable without a value, or a value that would break the URL or a header.
pub fn build(
    entry: &Entry,
    cookies: &Cookies,
    context: &mut Context<'_>,
) -> Result<Built, Refusal> {
    let at = |line| move |text| Refusal { line, text };
    // [Form] and [Multipart] are a body too, but its line is not known.
    let body_line = if entry.body.is_some() { entry.body_line } else { entry.line };
    let method = Method::from_bytes(entry.method.as_bytes());
    let method = method.map_err(|_| at(entry.line)("bad method".to_owned()))?;
    let ParsedUrl { url, address, path } =
        address::build(entry, context).map_err(at(entry.line))?;
    let Content { body, content_type } = body::build(entry, context).map_err(at(body_line))?;
    let headers = headers::build(entry, cookies, &address, content_type, context);
    let (headers, own_cookies) = headers.map_err(at(entry.line))?;
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
        socket: None,
    };
    Ok(Built { target, own_cookies })
}
