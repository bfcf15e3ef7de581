//! From a JSON text with holes to a tree.
//!
//! Source: RFC 8259. The limit of nesting is that of serde_json.

use std::borrow::Cow;

use crate::protobuf::json::source::{MARK, Source};
use crate::protobuf::json::{Hole, Json, JsonValue, Key, Member, TextPart};

/// Most lists and objects around a value, as in serde_json.
const MAX_DEPTH: usize = 127;

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// Offset in bytes.
    pub at: usize,
    /// What is wrong, or what was expected.
    pub text: &'static str,
}

/// Parses a text with any number of values, with space between them or not.
pub fn parse_all<'t>(source: &'t Source<'_>) -> Result<Vec<Json<'t>>, SyntaxProblem> {
    let mut parser = Parser::new(source);
    let mut values = Vec::new();
    parser.skip_space();
    while parser.peek().is_some() {
        values.push(parser.value()?);
        parser.skip_space();
    }
    Ok(values)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    holes: &'t [bool],
    n_holes: usize,
    depth: usize,
}

type Parsed<T> = Result<T, SyntaxProblem>;

impl<'t> Parser<'t> {
    fn new(source: &'t Source<'_>) -> Self {
        Self { text: &source.text, at: 0, holes: &source.holes, n_holes: 0, depth: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn problem(&self, text: &'static str) -> SyntaxProblem {
        SyntaxProblem { at: self.at, text }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes the next byte if it is the expected one.
    fn take(&mut self, expected: u8) -> bool {
        let is_next = self.peek() == Some(expected);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self) -> Parsed<Json<'t>> {
        let at = self.at;
        let value =
            match self.peek() {
                Some(b'{') => self.nested(Self::object)?,
                Some(b'[') => self.nested(Self::list)?,
                Some(b'"') => match self.string()? {
                    Key::Fixed(text) => JsonValue::Text(text),
                    Key::Template(parts) => JsonValue::Template(parts),
                },
                Some(byte) if is_word(byte) => self.word()?,
                Some(_) => return Err(self.problem(
                    "expected a value: an object, a list, a string, a number, true, false or null",
                )),
                None => return Err(self.problem("the text ends where a value was expected")),
            };
        Ok(Json { at, value })
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Parsed<JsonValue<'t>>) -> Parsed<JsonValue<'t>> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(
                self.problem("too many lists and objects in each other: expected at most 127")
            );
        }
        self.at += 1;
        self.skip_space();
        let value = inner(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Parsed<JsonValue<'t>> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(JsonValue::List(items));
        }
        loop {
            items.push(self.value()?);
            self.skip_space();
            if self.take(b']') {
                return Ok(JsonValue::List(items));
            }
            if !self.take(b',') {
                return Err(self.problem("expected ',' or ']' after a value of a list"));
            }
            self.skip_space();
        }
    }

    fn object(&mut self) -> Parsed<JsonValue<'t>> {
        let mut members = Vec::new();
        if self.take(b'}') {
            return Ok(JsonValue::Object(members));
        }
        loop {
            members.push(self.member()?);
            self.skip_space();
            if self.take(b'}') {
                return Ok(JsonValue::Object(members));
            }
            if !self.take(b',') {
                return Err(self.problem("expected ',' or '}' after a value of an object"));
            }
            self.skip_space();
        }
    }

    fn member(&mut self) -> Parsed<Member<'t>> {
        let at = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.problem("expected the name of a field in quotes"));
        }
        let key = self.string()?;
        self.skip_space();
        if !self.take(b':') {
            return Err(self.problem("expected ':' after the name of a field"));
        }
        self.skip_space();
        Ok(Member { at, key, value: self.value()? })
    }

    /// Takes a string with its quotes.
    fn string(&mut self) -> Parsed<Key<'t>> {
        self.at += 1;
        let mut parts = Vec::new();
        loop {
            let text = self.text_until_hole()?;
            if self.take(MARK) {
                push_fixed(&mut parts, text);
                parts.push(TextPart::Hole(self.next_hole()));
                continue;
            }
            self.at += 1;
            if parts.is_empty() {
                return Ok(Key::Fixed(text));
            }
            push_fixed(&mut parts, text);
            return Ok(Key::Template(parts));
        }
    }

    /// Takes the text of a string up to the next hole or quote, without escapes.
    fn text_until_hole(&mut self) -> Parsed<Cow<'t, str>> {
        let (start, mut unescaped) = (self.at, None::<String>);
        let mut taken = start;
        loop {
            match self.peek() {
                Some(b'"' | MARK) => break,
                Some(b'\\') => {
                    let text = unescaped.get_or_insert_default();
                    text.push_str(&self.text[taken..self.at]);
                    text.push(self.escape()?);
                    taken = self.at;
                }
                Some(0x01..0x20) => {
                    return Err(self.problem(
                        "expected \\n, \\t or \\u00XX in place of a control character in a string",
                    ));
                }
                Some(_) => self.at += 1,
                None => return Err(self.problem("the text ends inside a string")),
            }
        }
        let rest = &self.text[taken..self.at];
        Ok(match unescaped {
            Some(text) => Cow::Owned(text + rest),
            None => Cow::Borrowed(rest),
        })
    }

    /// Takes an escape sequence.
    fn escape(&mut self) -> Parsed<char> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.problem(
                "bad escape in a string: expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX",
            )),
        };
        self.at += 2;
        Ok(plain)
    }

    /// Takes `\uXXXX`, or two of them that are a surrogate pair.
    fn unicode_escape(&mut self) -> Parsed<char> {
        let bad = self.problem("bad \\u escape in a string: expected four hexadecimal digits of a character, or a surrogate pair");
        let Some(first) = self.code_unit() else { return Err(bad) };
        self.at += 6;
        if !(0xD800..0xE000).contains(&first) {
            return char::from_u32(first).ok_or(bad);
        }
        let second = self.code_unit().filter(|second| (0xDC00..0xE000).contains(second));
        let (true, Some(second)) = (first < 0xDC00, second) else { return Err(bad) };
        self.at += 6;
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or(bad)
    }

    /// Returns the number of a `\uXXXX` at this place. None if there is none.
    fn code_unit(&self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 6)?.strip_prefix("\\u")?;
        // from_str_radix takes a sign.
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn next_hole(&mut self) -> Hole {
        let number = self.n_holes;
        self.n_holes += 1;
        Hole { number, is_escaped: self.holes.get(number).copied().unwrap_or_default() }
    }

    /// Takes a number, a word or holes without space between them.
    fn word(&mut self) -> Parsed<JsonValue<'t>> {
        let (start, first_hole) = (self.at, self.n_holes);
        let mut parts = Vec::new();
        let mut taken = start;
        while let Some(byte) = self.peek().filter(|byte| is_word(*byte)) {
            if byte == MARK {
                push_fixed(&mut parts, Cow::Borrowed(&self.text[taken..self.at]));
                parts.push(TextPart::Hole(self.next_hole()));
                taken = self.at + 1;
            }
            self.at += 1;
        }
        push_fixed(&mut parts, Cow::Borrowed(&self.text[taken..self.at]));
        if self.n_holes > first_hole {
            return Ok(JsonValue::Raw(parts));
        }
        let word = &self.text[start..self.at];
        match word {
            "null" => Ok(JsonValue::Null),
            "true" => Ok(JsonValue::Bool(true)),
            "false" => Ok(JsonValue::Bool(false)),
            _ if is_number(word) => Ok(JsonValue::Number(Cow::Borrowed(word))),
            _ => Err(SyntaxProblem { at: start, text: "expected a value: text must be in quotes" }),
        }
    }
}

fn push_fixed<'t>(parts: &mut Vec<TextPart<'t>>, text: Cow<'t, str>) {
    if !text.is_empty() {
        parts.push(TextPart::Fixed(text));
    }
}

/// Returns whether a byte is part of a number, of a word or of a hole.
fn is_word(byte: u8) -> bool {
    byte == MARK || byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'$')
}

/// Returns whether a text is a JSON number.
pub fn is_number(text: &str) -> bool {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let n_digits = digits(rest);
    if n_digits == 0 || (n_digits > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[n_digits..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let n_digits = digits(fraction);
        if n_digits == 0 {
            return false;
        }
        rest = &fraction[n_digits..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let n_digits = digits(exponent);
        return n_digits > 0 && n_digits == exponent.len();
    }
    rest.is_empty()
}
