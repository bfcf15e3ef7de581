//! Texts with variables: parsed once, written for each hit.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::targets::template::Values;
use crate::targets::template::variable::{Known, Scope, Variable};

/// What a value in a URL is encoded to: all but what never means anything there.
///
/// Source: RFC 3986, section 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What part of a request a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// The URL: values are percent-encoded, but for the environment's before the path.
    Url,
    /// The value of a header.
    Header,
    /// The body.
    Body,
}

/// A text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    site: Site,
    /// Where it stands in its list.
    pub(super) line: usize,
    pub(super) pieces: Vec<Piece>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Fixed(String),
    /// Another one for each hit.
    Variable {
        /// What it stands for.
        variable: Variable,
        /// Whether it stands as in a string of JSON, without the quotes.
        json: bool,
    },
}

impl Text {
    /// Parses a text that begins at a line of its list.
    ///
    /// The error is what is wrong with it and what was expected, behind what comes before it.
    pub fn parse<'a>(
        text: &'a str,
        line: usize,
        site: Site,
        scope: &Scope,
    ) -> Result<Self, (&'a str, String)> {
        let mut parsed = Self { site, line, pieces: Vec::new() };
        let mut rest = text;
        while let Some((before, opened)) = rest.split_once("{{") {
            let at = |problem| (&text[..text.len() - opened.len()], problem);
            let end = opened.find("}}");
            let end = end.ok_or_else(|| at("'{{' without '}}': expected {{variable}}".into()))?;
            parsed.push_fixed(before);
            parsed.push(&opened[..end], scope).map_err(at)?;
            rest = &opened[end + 2..];
        }
        parsed.push_fixed(rest);
        Ok(parsed)
    }

    /// Adds what stands between two pairs of braces.
    fn push(&mut self, inner: &str, scope: &Scope) -> Result<(), String> {
        let (name, filter) = inner.split_once('|').unwrap_or((inner, "raw"));
        let json = match filter.trim() {
            "raw" => false,
            "json" => true,
            other => return Err(format!("unknown filter '{other}': expected json")),
        };
        let in_front = self.site == Site::Url && self.ends_before_the_path();
        match scope.known(name)? {
            Known::Fixed(value) if in_front => self.push_fixed(&value),
            Known::Fixed(value) => {
                let value = encoded(&value, json, self.site);
                self.push_fixed(&value);
            }
            Known::Variable(_) if in_front => {
                let name = name.trim();
                return Err(format!(
                    "'{{{{{name}}}}}' before the path: expected scheme, host and port to be fixed, \
                     or {{{{$env NAME}}}}"
                ));
            }
            Known::Variable(variable) => self.pieces.push(Piece::Variable { variable, json }),
        }
        Ok(())
    }

    fn push_fixed(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Fixed(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Fixed(text.to_owned())),
        }
    }

    /// Returns whether a URL up to here has not come to its path. One that begins with a slash is
    /// all path.
    fn ends_before_the_path(&self) -> bool {
        let ([] | [Piece::Fixed(_)]) = &self.pieces[..] else { return false };
        let so_far = self.fixed();
        let host = so_far.split_once("://").map(|(_, rest)| rest);
        !so_far.starts_with('/') && host.is_none_or(|host| !host.contains(['/', '\\', '?', '#']))
    }

    /// Returns the text without its variables.
    pub fn fixed(&self) -> String {
        let fixed = self.pieces.iter().map(|piece| match piece {
            Piece::Fixed(text) => text.as_str(),
            Piece::Variable { .. } => "",
        });
        fixed.collect()
    }

    /// Returns the text behind another one.
    pub fn behind(mut self, front: &str) -> Self {
        self.pieces.insert(0, Piece::Fixed(front.to_owned()));
        self
    }

    /// Returns whether it depends on random numbers.
    pub fn is_random(&self) -> bool {
        let is_random = |piece: &Piece| match piece {
            Piece::Fixed(_) => false,
            Piece::Variable { variable, .. } => variable.is_random(),
        };
        self.pieces.iter().any(is_random)
    }

    /// Returns the text of one hit.
    pub fn expand(&self, values: &mut Values<'_>) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(fixed) => text.push_str(fixed),
                Piece::Variable { variable: Variable::Column(column), json } => {
                    let row = values.row.expect("whoever knows a column has its row");
                    push_encoded(&mut text, row.cell(*column), *json, self.site);
                }
                // Letters, digits and hyphens, which mean nothing anywhere.
                Piece::Variable { variable, .. } => variable.write(values, &mut text),
            }
        }
        text
    }
}

/// Returns a value as it stands in a part of a request.
pub fn encoded(value: &str, json: bool, site: Site) -> String {
    let mut text = String::new();
    push_encoded(&mut text, value, json, site);
    text
}

fn push_encoded(text: &mut String, value: &str, json: bool, site: Site) {
    let escaped = json.then(|| serde_json::Value::from(value).to_string());
    let value = escaped.as_deref().map_or(value, |quoted| &quoted[1..quoted.len() - 1]);
    match site {
        Site::Url => text.extend(utf8_percent_encode(value, ENCODED)),
        Site::Header | Site::Body => text.push_str(value),
    }
}
