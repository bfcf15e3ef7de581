//! Filters: what changes a value between a query and its use.

use winnow::stream::Stream;

use crate::flow::syntax::input::word;
use crate::flow::syntax::input::{
    Input, Parsed, offset, refuse, refuse_at, rest, some_spaces, spaces,
};
use crate::flow::syntax::number::{integer, is_number};
use crate::flow::syntax::response::query::{argument, json_path, regex};
use crate::flow::syntax::response::refused::refused_filter;
use crate::flow::syntax::text::{placeholder, quoted};
use crate::flow::tree::charset::Charset;
use crate::flow::tree::filter::Filter;
use crate::flow::tree::template::Template;

/// The filters that are evaluated.
pub const KNOWN: [&str; 30] = [
    "base64Decode",
    "base64Encode",
    "base64UrlSafeDecode",
    "base64UrlSafeEncode",
    "charsetDecode",
    "count",
    "dateFormat",
    "decode",
    "first",
    "format",
    "htmlEscape",
    "htmlUnescape",
    "jsonpath",
    "last",
    "location",
    "nth",
    "regex",
    "replace",
    "replaceRegex",
    "split",
    "toDate",
    "toFloat",
    "toHex",
    "toInt",
    "toString",
    "urlDecode",
    "urlEncode",
    "urlQueryParam",
    "utf8Decode",
    "utf8Encode",
];

/// Reads filters, each after a blank, up to a word that is none.
pub fn filters(input: &mut Input<'_>) -> Parsed<Vec<Filter>> {
    let mut filters = Vec::new();
    loop {
        let start = input.checkpoint();
        if !rest(input).starts_with([' ', '\t']) {
            return Ok(filters);
        }
        spaces(input);
        let at = offset(input);
        let word = word(input)?;
        if let Some(problem) = refused_filter(word) {
            return refuse_at(at, problem);
        }
        if !KNOWN.contains(&word) {
            input.reset(&start);
            return Ok(filters);
        }
        filters.push(filter(input, word)?);
    }
}

/// Reads the arguments of a filter.
fn filter(input: &mut Input<'_>, word: &str) -> Parsed<Filter> {
    Ok(match word {
        "base64Decode" => Filter::Base64Decode,
        "base64Encode" => Filter::Base64Encode,
        "base64UrlSafeDecode" => Filter::Base64UrlSafeDecode,
        "base64UrlSafeEncode" => Filter::Base64UrlSafeEncode,
        "charsetDecode" | "decode" => Filter::CharsetDecode(charset(input)?),
        "count" => Filter::Count,
        "dateFormat" | "format" => Filter::DateFormat(text(input)?),
        "first" => Filter::First,
        "htmlEscape" => Filter::HtmlEscape,
        "htmlUnescape" => Filter::HtmlUnescape,
        "jsonpath" => Filter::JsonPath(json_path(input)?),
        "last" => Filter::Last,
        "location" => Filter::Location,
        "nth" => nth(input)?,
        "regex" => Filter::Regex(regex(input)?),
        "replace" => Filter::Replace(text(input)?, text(input)?),
        "replaceRegex" => Filter::ReplaceRegex(regex(input)?, text(input)?),
        "split" => Filter::Split(text(input)?),
        "toDate" => Filter::ToDate(text(input)?),
        "toFloat" => Filter::ToFloat,
        "toHex" => Filter::ToHex,
        "toInt" => Filter::ToInt,
        "toString" => Filter::ToString,
        "urlDecode" => Filter::UrlDecode,
        "urlEncode" => Filter::UrlEncode,
        "urlQueryParam" => Filter::UrlQueryParam(text(input)?),
        "utf8Decode" => Filter::Utf8Decode,
        "utf8Encode" => Filter::Utf8Encode,
        _ => return refuse(input, "unknown filter: expected one of hurl"),
    })
}

/// Reads an argument in quotes.
fn text(input: &mut Input<'_>) -> Parsed<Template> {
    some_spaces(input, "no argument of a filter: expected a text in double quotes")?;
    quoted(input)
}

fn nth(input: &mut Input<'_>) -> Parsed<Filter> {
    argument(input)?;
    if rest(input).starts_with("{{") {
        return placeholder(input).map(Filter::NthVariable);
    }
    if !is_number(rest(input)) {
        return refuse(input, "bad argument of nth: expected a whole number");
    }
    integer(input).map(Filter::Nth)
}

fn charset(input: &mut Input<'_>) -> Parsed<Charset> {
    const PROBLEM: &str = "unsupported character set: expected \"utf-8\" or \"iso-8859-1\"";
    argument(input)?;
    let at = offset(input);
    let name = quoted(input)?;
    let name = name.fixed().map(str::to_ascii_lowercase);
    match name.as_deref() {
        Some("utf-8" | "utf8") => Ok(Charset::Utf8),
        Some("iso-8859-1" | "iso8859-1" | "latin1" | "l1") => Ok(Charset::Latin1),
        _ => refuse_at(at, PROBLEM),
    }
}
