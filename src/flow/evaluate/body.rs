//! The body of a response as text, bytes and JSON, each made at most once.

use std::borrow::Cow;
use std::cell::OnceCell;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::flow::evaluate::answer::{Answer, MAX_BODY};
use crate::flow::evaluate::predicate::Verdict;
use crate::flow::expand::{self, Context};
use crate::flow::json_path::JsonPath;
use crate::flow::json_path::document::Document;
use crate::flow::tree::assert::Expected;
use crate::flow::tree::charset::Charset;
use crate::flow::tree::query::{Path, Query};
use crate::flow::tree::template::Template;
use crate::flow::value::Value;

/// The body as text, or why it is none.
pub type Text<'t> = OnceCell<Result<Cow<'t, str>, &'static str>>;

/// The body of a response.
pub struct Body<'t> {
    answer: &'t Answer<'t>,
    text: &'t Text<'t>,
    expected: &'t Expected,
    document: OnceCell<Document<'t>>,
}

impl<'t> Body<'t> {
    /// Returns the body of a response. `text` is where its text is kept, and `expected` has the
    /// paths that will be asked for.
    pub fn new(answer: &'t Answer<'t>, text: &'t Text<'t>, expected: &'t Expected) -> Self {
        Self { answer, text, expected, document: OnceCell::new() }
    }

    /// Returns the bytes.
    ///
    /// # Errors
    ///
    /// If they are not complete, or no messages.
    pub fn bytes(&self) -> Result<&'t [u8], String> {
        match self.answer {
            answer if answer.is_truncated => {
                Err(format!("the body is larger than {} MiB", MAX_BODY >> 20))
            }
            answer if answer.is_undecodable => {
                Err("the body has no messages of the type that the method returns".to_owned())
            }
            answer => Ok(answer.body),
        }
    }

    /// Returns the text, in the encoding that the response names; without one it is UTF-8.
    ///
    /// # Errors
    ///
    /// If the bytes are not complete, or not text in that encoding.
    pub fn text(&self) -> Result<&'t str, String> {
        let bytes = self.bytes()?;
        let text = self.text.get_or_init(|| match charset(self.answer.headers) {
            Some(Charset::Utf8) => Charset::Utf8.decode(bytes).ok_or("the body is not UTF-8"),
            Some(other) => other.decode(bytes).ok_or("the body is not text"),
            None => Err("the charset of the body is not supported: expected UTF-8 or Latin-1"),
        });
        text.as_deref().map_err(|problem| (*problem).to_owned())
    }

    /// Returns what a path leads to in the body. None if it leads nowhere.
    ///
    /// # Errors
    ///
    /// If the body is not JSON that can be used.
    pub fn find(&self, path: &JsonPath) -> Result<Option<Value>, String> {
        let text = self.text()?;
        let document =
            self.document.get_or_init(|| Document::with_paths(text, paths(self.expected)));
        document.find(path).map_err(|invalid| format!("the body is {invalid}"))
    }

    /// Returns whether the text is the expected one.
    ///
    /// # Errors
    ///
    /// If one of them is not known.
    pub fn equals_text(
        &self,
        expected: &Template,
        context: &mut Context<'_>,
    ) -> Result<Verdict, String> {
        let expected = expand::text(expected, context)?;
        Ok(Verdict::of(self.text()? == expected))
    }

    /// Returns whether the bytes are the expected ones.
    ///
    /// # Errors
    ///
    /// If they are not complete.
    pub fn equals_bytes(&self, expected: &[u8]) -> Result<Verdict, String> {
        Ok(Verdict::of(self.bytes()? == expected))
    }
}

/// Returns the paths of captures and asserts.
fn paths(expected: &Expected) -> impl Iterator<Item = &JsonPath> {
    let Expected { captures, asserts, .. } = expected;
    let of_captures = captures.iter().map(|capture| &capture.query);
    let of_asserts = asserts.iter().map(|assert| &assert.query);
    of_captures.chain(of_asserts).filter_map(|query| match query {
        Query::JsonPath(Path::Fixed(path)) => Some(path),
        _ => None,
    })
}

/// Returns the encoding that a response names; UTF-8 if it names none. None if it is not supported.
fn charset(headers: &HeaderMap) -> Option<Charset> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut parameters = content_type.unwrap_or_default().split(';');
    let label = parameters.find_map(|parameter| {
        let (name, label) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(label)
    });
    label.map_or(Some(Charset::Utf8), Charset::of_label)
}
