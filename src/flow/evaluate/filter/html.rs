//! Filters of character references in HTML.

use std::borrow::Cow;

use html_escape::NAMED_ENTITIES;

use super::text_of;
use crate::flow::tree::charset::of_windows_1252;
use crate::flow::value::Value;

/// Most characters of the name of a reference.
const MAX_NAME: usize = 32;

/// Names that need no semicolon. Source: WHATWG, HTML, named character references.
const WITHOUT_SEMICOLON: &str = "AElig AMP Aacute Acirc Agrave Aring Atilde Auml COPY Ccedil ETH \
    Eacute Ecirc Egrave Euml GT Iacute Icirc Igrave Iuml LT Ntilde Oacute Ocirc Ograve Oslash Otilde \
    Ouml QUOT REG THORN Uacute Ucirc Ugrave Uuml Yacute aacute acirc acute aelig agrave amp aring \
    atilde auml brvbar ccedil cedil cent copy curren deg divide eacute ecirc egrave eth euml frac12 \
    frac14 frac34 gt iacute icirc iexcl igrave iquest iuml laquo lt macr micro middot nbsp not ntilde \
    oacute ocirc ograve ordf ordm oslash otilde ouml para plusmn pound quot raquo reg sect shy sup1 \
    sup2 sup3 szlig thorn times uacute ucirc ugrave uml uuml yacute yen yuml";

/// `htmlEscape`: the characters `&`, `<`, `>` and quotes become references.
pub fn escape(value: &Value) -> Result<Value, String> {
    let text = text_of(value, "htmlEscape")?;
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            other => escaped.push(other),
        }
    }
    Ok(Value::text(&escaped))
}

/// `htmlUnescape`: references become the characters that they stand for.
pub fn unescape(value: &Value) -> Result<Value, String> {
    let mut rest = text_of(value, "htmlUnescape")?;
    let mut text = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let (character, after) = match after.strip_prefix('#') {
            Some(number) => numeric(number).unwrap_or(("&".into(), after)),
            None => named(after).unwrap_or(("&".into(), after)),
        };
        text.push_str(&character);
        rest = after;
    }
    text.push_str(rest);
    Ok(Value::text(&text))
}

/// Splits a number off the text after `&#`. None if there is none.
fn numeric(text: &str) -> Option<(Cow<'static, str>, &str)> {
    let hex = text.strip_prefix(['x', 'X']);
    let (digits, radix) = hex.map_or((text, 10), |digits| (digits, 16));
    let end = digits.find(|letter: char| !letter.is_digit(radix)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    let rest = rest.strip_prefix(';').unwrap_or(rest);
    (!digits.is_empty()).then(|| (of_number(u32::from_str_radix(digits, radix)).into(), rest))
}

/// Returns the character of a number. Empty for a number that HTML does not allow.
///
/// Source: WHATWG, HTML, numeric character reference end state.
fn of_number(number: Result<u32, std::num::ParseIntError>) -> String {
    let number = number.unwrap_or(0);
    let is_control = matches!(number, 1..=8 | 0xb | 0xe..=0x1f | 0x7f);
    let is_noncharacter = matches!(number, 0xfdd0..=0xfdef) || number & 0xfffe == 0xfffe;
    match (number, char::from_u32(number)) {
        (0, _) | (_, None) => char::REPLACEMENT_CHARACTER.to_string(),
        (0x80..=0x9f, _) => of_windows_1252(number.to_le_bytes()[0]).to_string(),
        _ if is_control || is_noncharacter => String::new(),
        (_, Some(character)) => character.to_string(),
    }
}

/// Splits a name off the text after `&`. None if no known name begins it.
fn named(text: &str) -> Option<(Cow<'static, str>, &str)> {
    let is_of_name = |letter: char| !"\t\n\u{c} <&#;".contains(letter);
    let letters = text.char_indices().take(MAX_NAME).take_while(|(_, letter)| is_of_name(*letter));
    let end = letters.last().map_or(0, |(index, letter)| index + letter.len_utf8());
    let (name, rest) = text.split_at(end);
    if let (Some(rest), Some(character)) = (rest.strip_prefix(';'), of_name(name)) {
        return Some((character.into(), rest));
    }
    // The longest name at the beginning that needs no semicolon.
    let known = WITHOUT_SEMICOLON.split_whitespace().filter(|known| name.starts_with(known));
    let known = known.max_by_key(|known| known.len())?;
    Some((of_name(known)?.into(), &text[known.len()..]))
}

/// Returns the characters that a name stands for.
fn of_name(name: &str) -> Option<&'static str> {
    let index = NAMED_ENTITIES.binary_search_by(|(known, _)| (*known).cmp(name.as_bytes())).ok()?;
    Some(NAMED_ENTITIES[index].1)
}
