//! XML, which is sent as written, without placeholders.

use winnow::stream::Stream;

use crate::flow::syntax::input::{Input, Parsed, refuse, rest};
use crate::flow::syntax::text::Builder;
use crate::flow::tree::template::Template;

/// Reads an XML document, from its declaration or root to the end of the root.
pub fn xml(input: &mut Input<'_>) -> Parsed<Template> {
    let text = rest(input);
    // The parser below is less strict here than that of hurl.
    if text.starts_with("<?") && !has_declaration(text) {
        return refuse(
            input,
            "bad XML: expected <?xml version=\"1.0\" encoding=\"UTF-8\"?> or no declaration",
        );
    }
    let Some(n_bytes) = length(text) else {
        return refuse(
            input,
            "XML has no end: expected a closing tag of its first element, and no instructions <?…?>",
        );
    };
    if let Err(error) = roxmltree::Document::parse(&text[..n_bytes]) {
        return refuse(input, format!("bad XML: {error}: expected a well-formed document"));
    }
    let mut builder = Builder::default();
    builder.push_str(input.next_slice(n_bytes));
    Ok(builder.build())
}

/// Returns whether a text begins with a declaration of XML in UTF-8.
fn has_declaration(text: &str) -> bool {
    let inner = text.strip_prefix("<?xml").and_then(|text| text.split_once("?>"));
    let Some((inner, _)) = inner else { return false };
    if inner.contains('"') && inner.contains('\'') {
        return false;
    }
    let inner = inner.replace('\'', "\"").to_ascii_lowercase();
    let mut words = inner.split_ascii_whitespace();
    let is_spaced = inner.starts_with([' ', '\t', '\n', '\r']);
    let has_version = words.next() == Some("version=\"1.0\"");
    let has_rest =
        matches!(words.next(), None | Some("encoding=\"utf-8\"")) && words.next().is_none();
    is_spaced && has_version && has_rest
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
            Kind::Instruction if rest.len() + markup.len() < text.len() => return None,
            Kind::Instruction | Kind::Other => continue,
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
    /// The declaration at the start, or an instruction.
    Instruction,
    /// A comment or a section.
    Other,
}

impl Kind {
    fn of(markup: &str) -> Self {
        match markup.as_bytes() {
            [b'<', b'?', ..] => Self::Instruction,
            [b'<', b'!', ..] => Self::Other,
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
