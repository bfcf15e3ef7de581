//! The headers of a request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderName, HeaderValue};
use url::Url;

use crate::flow::cookies::Cookies;
use crate::flow::expand::{self, Context};
use crate::flow::request::body::ContentType;
use crate::flow::tree::request::Entry;
use crate::flow::tree::template::Template;

/// Headers in order, repeats kept.
type Headers = Vec<(HeaderName, HeaderValue)>;

/// Returns the headers of an entry, after those that curl adds: Accept and Cookie; and the cookies of
/// the entry among them: those of its header Cookie, or as [`own_cookies`] has them.
///
/// # Errors
///
/// If a variable has no value, or if a value would break a header.
pub fn build(
    entry: &Entry,
    cookies: &Cookies,
    url: &Url,
    content_type: Option<ContentType<'_>>,
    context: &mut Context<'_>,
) -> Result<(Headers, String), String> {
    let mut own = Headers::with_capacity(entry.headers.len() + 2);
    add_own(&mut own, entry, context)?;
    if let Some(content_type) = content_type {
        add_content_type(&mut own, content_type)?;
    }
    let mut headers = Headers::with_capacity(own.len() + 2);
    if !has(&own, &ACCEPT) {
        headers.push((ACCEPT, HeaderValue::from_static("*/*")));
    }
    // As in curl, a header Cookie hides the cookies of the entry, but not those of the session.
    let extra = if has(&own, &COOKIE) { String::new() } else { own_cookies(entry, context)? };
    headers.extend(cookies.header_for(url, &extra).map(|value| (COOKIE, value)));
    let of_header = own.iter().filter(|(name, _)| name == COOKIE);
    let of_header: Vec<_> = of_header.filter_map(|(_, value)| value.to_str().ok()).collect();
    let own_cookies = if of_header.is_empty() { extra } else { of_header.join("; ") };
    headers.append(&mut own);
    Ok((headers, own_cookies))
}

/// Returns the metadata of a gRPC call: the headers of its entry.
///
/// # Errors
///
/// If a variable has no value, or if a value would break a header.
pub fn metadata(entry: &Entry, context: &mut Context<'_>) -> Result<Headers, String> {
    let mut own = Headers::with_capacity(entry.headers.len());
    add_own(&mut own, entry, context)?;
    Ok(own)
}

/// Adds the headers of an entry and of its options.
fn add_own(headers: &mut Headers, entry: &Entry, context: &mut Context<'_>) -> Result<(), String> {
    for (name, value) in &entry.headers {
        let value = expand::text(value, context)?.into_owned();
        headers.push(header(name, value, context)?);
    }
    if let Some((user, password)) = &entry.basic_auth {
        let pair = format!("{}:{}", expand::text(user, context)?, expand::text(password, context)?);
        headers.push((AUTHORIZATION, basic(&pair)?));
    }
    for line in &entry.options.headers {
        headers.push(of_line(line, context)?);
    }
    if let Some(user) = entry.options.user.as_ref().filter(|_| !has(headers, &AUTHORIZATION)) {
        headers.push((AUTHORIZATION, basic(&expand::text(user, context)?)?));
    }
    if entry.options.compressed.get(context)? && !has(headers, &ACCEPT_ENCODING) {
        headers.push((ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate, br")));
    }
    Ok(())
}

fn has(headers: &Headers, name: &HeaderName) -> bool {
    headers.iter().any(|(known, _)| known == name)
}

/// Returns a header. Messages name it if its name has no variables.
fn header(
    name: &Template,
    value: String,
    context: &mut Context<'_>,
) -> Result<(HeaderName, HeaderValue), String> {
    let shown = name.fixed().map_or("a header".to_owned(), |name| format!("header '{name}'"));
    let name = HeaderName::from_bytes(expand::text(name, context)?.as_bytes())
        .map_err(|_| format!("bad name of {shown}: expected letters, digits and hyphens"))?;
    Ok((name, self::value(value, &shown)?))
}

/// Returns the value of a header. `shown` names the header in messages.
fn value(value: String, shown: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_maybe_shared(Bytes::from(value)).map_err(|_| {
        format!("bad value of {shown}: a control character, expected text on one line")
    })
}

/// Returns the header of an option `header: Name: value`.
fn of_line(
    line: &Template,
    context: &mut Context<'_>,
) -> Result<(HeaderName, HeaderValue), String> {
    let line = expand::text(line, context)?;
    let (name, text) = line.split_once(':').ok_or("bad option 'header': expected Name: value")?;
    let name = HeaderName::from_bytes(name.trim().as_bytes())
        .map_err(|_| "bad option 'header': expected a name of letters, digits and hyphens")?;
    Ok((name, value(text.trim().to_owned(), "option 'header'")?))
}

/// Returns the header of a pair `user:password`.
fn basic(pair: &str) -> Result<HeaderValue, String> {
    value(format!("Basic {}", STANDARD.encode(pair)), "header 'Authorization'")
}

fn add_content_type(headers: &mut Headers, content_type: ContentType<'_>) -> Result<(), String> {
    let own = headers.iter_mut().find(|(name, _)| *name == CONTENT_TYPE);
    match (content_type, own) {
        (ContentType::Implied(_), Some(_)) => {}
        (ContentType::Implied(implied), None) => {
            headers.push((CONTENT_TYPE, value(implied.to_owned(), "header 'Content-Type'")?));
        }
        (ContentType::Multipart { boundary }, own) => {
            let own_text = own.as_ref().map(|(_, value)| value.as_bytes());
            let start = own_text.unwrap_or(b"multipart/form-data");
            let text = [start, b"; boundary=", boundary.as_bytes()].concat();
            let value = HeaderValue::from_bytes(&text).map_err(|_| "bad header 'Content-Type'")?;
            match own {
                Some((_, own)) => *own = value,
                None => headers.push((CONTENT_TYPE, value)),
            }
        }
    }
    Ok(())
}

/// Returns the cookies of an entry as a header has them: `a=1; b=2`. Empty without any.
///
/// # Errors
///
/// If a variable has no value, or if a value would break the header.
fn own_cookies(entry: &Entry, context: &mut Context<'_>) -> Result<String, String> {
    let mut text = String::new();
    for (index, (name, value)) in entry.cookies.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        let (name, value) = (expand::text(name, context)?, expand::text(value, context)?);
        text.extend([separator, &name, "=", &value]);
    }
    match HeaderValue::from_str(&text) {
        Ok(_) => Ok(text),
        Err(_) => {
            Err("bad value in [Cookies]: a control character, expected text on one line".to_owned())
        }
    }
}
