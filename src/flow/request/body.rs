//! The body of a request, and the Content-Type that it implies.

use std::borrow::Cow;
use std::fmt::Write;

use bytes::Bytes;

use crate::flow::expand::{self, Context};
use crate::flow::request::address::push_pairs;
use crate::flow::tree::request::{Body, Entry, FieldValue};
use crate::flow::tree::template::Template;

/// A body, ready to be sent.
pub struct Content<'e> {
    /// The bytes; empty for none.
    pub body: Bytes,
    /// What the body implies for the header Content-Type. None if it implies nothing.
    pub content_type: Option<ContentType<'e>>,
}

/// What a body implies for the header Content-Type.
#[derive(Debug, PartialEq, Eq)]
pub enum ContentType<'e> {
    /// This value, if the entry has no such header.
    Implied(&'e str),
    /// A boundary, which is added to the header of the entry, if there is one.
    Multipart { boundary: String },
}

/// Returns the body of an entry.
///
/// # Errors
///
/// If a variable has no value, or one that the body cannot show.
pub fn build<'e>(entry: &'e Entry, context: &mut Context<'_>) -> Result<Content<'e>, String> {
    if !entry.form.is_empty() {
        let mut text = String::new();
        push_pairs(&mut text, &entry.form, context)?;
        let content_type = Some(ContentType::Implied("application/x-www-form-urlencoded"));
        return Ok(Content { body: text.into(), content_type });
    }
    if !entry.multipart.is_empty() {
        let boundary = boundary(context);
        let body = multipart(&entry.multipart, &boundary, context)?;
        let content_type = Some(ContentType::Multipart { boundary });
        return Ok(Content { body: body.into(), content_type });
    }
    match &entry.body {
        None => Ok(Content { body: Bytes::new(), content_type: None }),
        Some(Body::Bytes(bytes)) => Ok(Content { body: bytes.clone(), content_type: None }),
        Some(Body::Text { text, content_type }) => {
            let body = match expand::text(text, context)? {
                Cow::Borrowed(text) => Bytes::copy_from_slice(text.as_bytes()),
                Cow::Owned(text) => text.into(),
            };
            let content_type = Some(*content_type).filter(|it| !it.is_empty());
            Ok(Content { body, content_type: content_type.map(ContentType::Implied) })
        }
    }
}

/// Returns a random line between the parts, which is in none of them.
fn boundary(context: &mut Context<'_>) -> String {
    let [left, right] = [(); 2].map(|()| context.random.next_u64());
    format!("------------------------{left:016x}{right:016x}")
}

/// Returns a body of parts.
///
/// Source: RFC 7578; quotes and line breaks in names as in HTML, multipart/form-data encoding
/// algorithm.
fn multipart(
    fields: &[(Template, FieldValue)],
    boundary: &str,
    context: &mut Context<'_>,
) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let name = escaped(&expand::text(name, context)?);
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
        let content = match value {
            FieldValue::Text(text) => Cow::Owned(expand::text(text, context)?.into_owned().into()),
            FieldValue::File { name, content, content_type } => {
                let name = escaped(name);
                // Writing to a text cannot fail.
                let _ = write!(head, "; filename=\"{name}\"\r\nContent-Type: {content_type}");
                Cow::Borrowed(content)
            }
        };
        body.extend([head.as_bytes(), b"\r\n\r\n", &content, b"\r\n"].concat());
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    Ok(body)
}

/// Returns a name as a part has it in quotes.
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
