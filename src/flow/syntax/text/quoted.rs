//! Texts on one line between quotes or backticks, and names of cookies.

use winnow::Parser;
use winnow::token::take_while;

use crate::flow::syntax::input::{Input, Parsed, expect, refuse, rest, spaces, take};
use crate::flow::syntax::text::builder::Builder;
use crate::flow::syntax::text::unquoted::{CONTROLS, character};
use crate::flow::tree::query::CookieAttribute;
use crate::flow::tree::template::Template;

/// Reads a text between double quotes.
pub fn quoted(input: &mut Input<'_>) -> Parsed<Template> {
    expect(input, "\"", "no text: expected one in double quotes")?;
    between(input, '"', "a text has no closing quote: expected \" on the same line")
}

/// Reads a text between backticks.
pub fn backtick(input: &mut Input<'_>) -> Parsed<Template> {
    expect(input, "`", "no text: expected one in backticks")?;
    between(input, '`', "a text has no closing backtick: expected ` on the same line")
}

/// Reads a text up to its closing delimiter.
fn between(input: &mut Input<'_>, end: char, unclosed: &'static str) -> Parsed<Template> {
    let mut builder = Builder::default();
    while let Some(next) = rest(input).chars().next() {
        if next == end || next == '\n' || next == '\r' {
            break;
        }
        no_control(input, next)?;
        character(input, &mut builder)?;
    }
    if rest(input).starts_with(end) {
        take(input, if end == '"' { "\"" } else { "`" });
        return Ok(builder.build());
    }
    refuse(input, unclosed)
}

fn no_control(input: &Input<'_>, next: char) -> Parsed<()> {
    if CONTROLS.contains(&next) {
        return refuse(input, "control character in a text: expected \\t, \\b or \\f");
    }
    Ok(())
}

/// Reads the name of a cookie between double quotes, with an attribute in brackets.
pub fn cookie_name(input: &mut Input<'_>) -> Parsed<(Template, Option<CookieAttribute>)> {
    expect(input, "\"", "no name of a cookie: expected one in double quotes")?;
    let mut builder = Builder::default();
    while let Some(next) = rest(input).chars().next() {
        if ['"', '[', '\n', '\r'].contains(&next) {
            break;
        }
        // hurl reads no escape sequences here, and takes the rest for a comment after a #.
        if next == '\\' || next == '#' {
            return refuse(input, "bad name of a cookie: expected one without \\ and #");
        }
        no_control(input, next)?;
        character(input, &mut builder)?;
    }
    let attribute = if take(input, "[") { Some(attribute(input)?) } else { None };
    expect(input, "\"", "the name of a cookie has no closing quote: expected \" on the same line")?;
    Ok((builder.build_trimmed(), attribute))
}

fn attribute(input: &mut Input<'_>) -> Parsed<CookieAttribute> {
    const PROBLEM: &str = "unknown attribute of a cookie: expected Value, Expires, Max-Age, Domain, \
                           Path, Secure, HttpOnly or SameSite";
    spaces(input);
    let word: &str = take_while(0.., |letter: char| letter.is_ascii_alphabetic() || letter == '-')
        .parse_next(input)?;
    let attribute = match word.to_ascii_lowercase().as_str() {
        "value" => CookieAttribute::Value,
        "expires" => CookieAttribute::Expires,
        "max-age" => CookieAttribute::MaxAge,
        "domain" => CookieAttribute::Domain,
        "path" => CookieAttribute::Path,
        "secure" => CookieAttribute::Secure,
        "httponly" => CookieAttribute::HttpOnly,
        "samesite" => CookieAttribute::SameSite,
        _ => return refuse(input, PROBLEM),
    };
    spaces(input);
    expect(input, "]", "an attribute of a cookie has no closing bracket: expected ]")?;
    Ok(attribute)
}
