//! The request of a step: an entry with the values of a session.

mod address;
mod body;
mod headers;

#[cfg(test)]
mod tests;

use http::Method;

use crate::flow::cookies::Cookies;
use crate::flow::expand::Context;
use crate::flow::request::body::Content;
use crate::flow::tree::request::Entry;
use crate::targets::{ParsedUrl, Target};

/// The request of a step.
#[derive(Debug)]
pub struct Built {
    /// The request. Its name is empty, because the step has it.
    pub target: Target,
    /// The cookies of the entry itself: `a=1; b=2`. Empty without any.
    pub own_cookies: String,
}

/// Returns the request of an entry.
///
/// # Errors
///
/// Why there is none: a variable without a value, or a value that would break the URL or a header.
/// The text never shows a value.
pub fn build(entry: &Entry, cookies: &Cookies, context: &mut Context<'_>) -> Result<Built, String> {
    let method = Method::from_bytes(entry.method.as_bytes()).map_err(|_| "bad method")?;
    let ParsedUrl { url, address, path } = address::build(entry, context)?;
    let Content { body, content_type } = body::build(entry, context)?;
    let (headers, own_cookies) = headers::build(entry, cookies, &address, content_type, context)?;
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
    };
    Ok(Built { target, own_cookies })
}
