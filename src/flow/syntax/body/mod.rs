//! Bodies of requests and responses.

mod bytes;
mod graphql;
mod json;
mod multiline;
mod xml;

pub use crate::flow::syntax::body::bytes::{base64, content, file, hex};
pub use crate::flow::syntax::body::multiline::multiline;

use ::bytes::Bytes;

use crate::flow::syntax::input::{Input, Parsed, end_of_line, refuse, rest};
use crate::flow::syntax::number::is_number;
use crate::flow::syntax::text::backtick;
use crate::flow::tree::template::Template;

/// Content-Type of JSON.
const JSON: &str = "application/json";

/// Content-Type of XML.
const XML: &str = "application/xml";

/// What is wrong with a block without an end.
const UNCLOSED: &str = "a block has no end: expected a closing ```";

/// A body as written.
#[derive(Clone, Debug)]
pub enum Content {
    /// Text, and the Content-Type that its form implies. Empty if none.
    Text(Template, &'static str),
    /// JSON.
    Json(Template),
    /// Bytes.
    Bytes(Bytes),
}

impl Content {
    /// Returns the text and the implied Content-Type of a text.
    pub fn into_text(self) -> Result<(Template, &'static str), Bytes> {
        match self {
            Self::Text(text, content_type) => Ok((text, content_type)),
            Self::Json(text) => Ok((text, JSON)),
            Self::Bytes(bytes) => Err(bytes),
        }
    }
}

/// Returns whether a line begins with a body.
pub fn is_body(line: &str) -> bool {
    const STARTS: [&str; 11] =
        ["```", "`", "{", "[", "\"", "<", "null", "true", "false", "base64", "hex"];
    STARTS.iter().any(|start| line.starts_with(start))
        || line.starts_with("file")
        || is_number(line)
}

/// Reads a body, which follows, to the end of its last line.
pub fn body(input: &mut Input<'_>) -> Parsed<Content> {
    let line = rest(input);
    let content = match line.as_bytes().first() {
        Some(b'`') if line.starts_with("```") => {
            let block = multiline(input)?;
            Content::Text(block.text, block.content_type)
        }
        Some(b'`') => Content::Text(backtick(input)?, ""),
        Some(b'<') => Content::Text(xml::xml(input)?, XML),
        _ if line.starts_with("base64") => Content::Bytes(base64(input)?),
        _ if line.starts_with("hex") => Content::Bytes(hex(input)?),
        _ if line.starts_with("file") => Content::Bytes(file(input)?),
        Some(b'[') if line[1..].starts_with(|first: char| first.is_ascii_uppercase()) => {
            return refuse(input, "a section has no closing bracket: expected ]");
        }
        Some(_) => Content::Json(json::json(input)?),
        None => return refuse(input, "no body: expected one"),
    };
    end_of_line(input, "text after the body: expected the end of the line")?;
    Ok(content)
}
