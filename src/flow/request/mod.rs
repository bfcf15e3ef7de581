//! The request of a step: an entry with the values of a session.

mod address;
mod body;
mod headers;

#[cfg(test)]
mod tests;

pub use headers::own_cookies;

use http::Method;

use crate::flow::cookies::Cookies;
use crate::flow::expand::Context;
use crate::flow::tree::request::Entry;
use crate::targets::{ParsedUrl, Target};

/// Returns the request of an entry. Its name is empty, because the step has it.
///
/// # Errors
///
/// Why there is none: a variable without a value, or a value that would break the URL or a header.
/// The text never shows a value.
pub fn build(
    entry: &Entry,
    cookies: &Cookies,
    context: &mut Context<'_>,
) -> Result<Target, String> {
    let method = Method::from_bytes(entry.method.as_bytes()).map_err(|_| "bad method")?;
    let ParsedUrl { url, address, path } = address::build(entry, context)?;
    let body::Built { body, content_type } = body::build(entry, context)?;
    let headers = headers::build(entry, cookies, &address, content_type, context)?;
    Ok(Target {
        name: String::new(),
        weight: 1,
        method,
        url,
        address,
        path,
        headers,
        body,
        template: None,
    })
}
