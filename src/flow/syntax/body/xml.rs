//! XML, which is sent as written, without placeholders.

use winnow::stream::Stream;

use crate::flow::syntax::input::{Input, Parsed, refuse, rest};
use crate::flow::syntax::text::Builder;
use crate::flow::tree::template::Template;

/// Reads an XML document, from its declaration or root to the end of the root.
pub fn xml(input: &mut Input<'_>) -> Parsed<Template> {
    let text = rest(input);
    let Some(n_bytes) = length(text) else {
        return refuse(input, "XML has no end: expected a closing tag of its first element");
    };
    if let Err(error) = roxmltree::Document::parse(&text[..n_bytes]) {
        return refuse(input, format!("bad XML: {error}: expected a well-formed document"));
    }
    let mut builder = Builder::default();
    builder.push_str(input.next_slice(n_bytes));
    Ok(builder.build())
}

/// Returns the length of a document that begins a text. None if its root does not end.
fn length(text: &str) -> Option<usize> {
    let mut rest = text;
    let mut depth = 0_usize;
    loop {
        rest = &rest[rest.find('<')?..];
        let markup = markup(rest)?;
        rest = &rest[markup.len()..];
        match Kind::of(markup) {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.checked_sub(1)?,
            Kind::Empty => {}
            Kind::Other => continue,
        }
        if depth == 0 {
            return Some(text.len() - rest.len());
        }
    }
}

/// The kind of a piece of markup.
enum Kind {
    Open,
    Close,
    Empty,
    /// A comment, a section, an instruction or a declaration.
    Other,
}

impl Kind {
    fn of(markup: &str) -> Self {
        match markup.as_bytes() {
            [b'<', b'!' | b'?', ..] => Self::Other,
            [b'<', b'/', ..] => Self::Close,
            [.., b'/', b'>'] => Self::Empty,
            _ => Self::Open,
        }
    }
}

/// Returns the piece of markup that begins a text. None if it does not end.
fn markup(text: &str) -> Option<&str> {
    let ends = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
    for (start, end) in ends {
        if let Some(inner) = text.strip_prefix(start) {
            let n_bytes = inner.find(end)?;
            return text.get(..start.len() + n_bytes + end.len());
        }
    }
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '>') => return text.get(..=at),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    None
}
