//! Filters: what changes a value between a query and its use.

mod bytes;
mod date;
mod html;
mod list;
mod number;
mod replace;
mod text;

#[cfg(test)]
mod tests;

use crate::flow::evaluate::patterns;
use crate::flow::expand::{self, Context};
use crate::flow::json_path::document::Document;
use crate::flow::tree::filter::Filter;
use crate::flow::tree::query::Path;
use crate::flow::tree::template::{Placeholder, Template};
use crate::flow::value::Value;

/// The result of a filter. None if it gives no value.
type Filtered = Result<Option<Value>, String>;

/// Returns a value after a filter. None if the filter gives no value.
///
/// # Errors
///
/// Why the filter cannot be applied, without a value of the server.
pub fn apply(filter: &Filter, value: Value, context: &mut Context<'_>) -> Filtered {
    use Filter as F;
    match filter {
        F::Base64Decode => bytes::base64_decode(&value).map(Some),
        F::Base64Encode => bytes::base64_encode(&value).map(Some),
        F::Base64UrlSafeDecode => bytes::base64_url_safe_decode(&value).map(Some),
        F::Base64UrlSafeEncode => bytes::base64_url_safe_encode(&value).map(Some),
        F::CharsetDecode(charset) => bytes::charset_decode(&value, *charset).map(Some),
        F::ToHex => bytes::to_hex(&value).map(Some),
        F::Utf8Decode => bytes::utf8_decode(&value).map(Some),
        F::Utf8Encode => bytes::utf8_encode(&value).map(Some),
        F::Count => list::count(&value).map(Some),
        F::First => list::first(&value).map(Some),
        F::Last => list::last(&value).map(Some),
        F::Nth(index) => list::nth(&value, *index).map(Some),
        F::NthVariable(placeholder) => list::nth(&value, index(*placeholder, context)?).map(Some),
        F::Location => text::location(&value).map(Some),
        F::ToFloat => number::to_float(value).map(Some),
        F::ToInt => number::to_int(value).map(Some),
        F::ToString => number::to_string(&value).map(Some),
        F::HtmlEscape => html::escape(&value).map(Some),
        F::HtmlUnescape => html::unescape(&value).map(Some),
        F::UrlDecode => text::url_decode(&value).map(Some),
        F::UrlEncode => text::url_encode(&value).map(Some),
        _ => with_argument(filter, &value, context),
    }
}

/// Applies the filters that have a text or a pattern after their name.
fn with_argument(filter: &Filter, value: &Value, context: &mut Context<'_>) -> Filtered {
    let mut expand = |template: &Template| expand::text(template, context).map(String::from);
    match filter {
        Filter::DateFormat(format) => date::format(value, &expand(format)?).map(Some),
        Filter::ToDate(format) => date::parse(value, &expand(format)?).map(Some),
        Filter::Split(separator) => text::split(value, &expand(separator)?).map(Some),
        Filter::UrlQueryParam(name) => text::url_query_param(value, &expand(name)?),
        Filter::Replace(old, new) => {
            let (old, new) = (expand(old)?, expand(new)?);
            replace::all(value, &old, &new).map(Some)
        }
        Filter::ReplaceRegex(pattern, new) => {
            let new = expand(new)?;
            replace::matches(value, &*patterns::regex(pattern, context)?, &new).map(Some)
        }
        Filter::Regex(pattern) => {
            let regex = patterns::regex(pattern, context)?;
            Ok(patterns::first_group(&regex, text_of(value, "regex")?))
        }
        Filter::JsonPath(path) => json_path(path, value, context),
        // The other filters are those of `apply`.
        _ => Err("unknown filter".to_owned()),
    }
}

fn json_path(path: &Path, value: &Value, context: &mut Context<'_>) -> Filtered {
    let text = text_of(value, "jsonpath")?;
    let path = patterns::path(path, context)?;
    Document::new(text)
        .find(path.get())
        .map_err(|invalid| format!("jsonpath: the value is {invalid}"))
}

/// Returns the index that a placeholder is.
fn index(placeholder: Placeholder, context: &mut Context<'_>) -> Result<i64, String> {
    match context.value(placeholder)? {
        Value::Integer(index) => Ok(index),
        other => Err(bad_type("nth", "an integer as its index", &other)),
    }
}

/// Returns the text that a filter needs.
fn text_of<'v>(value: &'v Value, filter: &str) -> Result<&'v str, String> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(bad_type(filter, "a text", other)),
    }
}

/// Returns the error for a value of a type that a filter does not take.
fn bad_type(filter: &str, expected: &str, found: &Value) -> String {
    format!("{filter}: expected {expected}, found {}", found.kind())
}
