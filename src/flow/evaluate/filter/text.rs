//! Filters of texts.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::{Filtered, bad_type, text_of};
use crate::flow::json_path::invalid::MAX_VALUES;
use crate::flow::value::Value;

/// Characters that are percent-encoded: all but those that never have a meaning, and the slash.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// `split`: the parts between a separator.
pub fn split(value: &Value, separator: &str) -> Result<Value, String> {
    let text = text_of(value, "split")?;
    let parts: Vec<_> = text.split(separator).take(MAX_VALUES + 1).map(Value::text).collect();
    match parts.len() > MAX_VALUES {
        true => Err(format!("split: more than {MAX_VALUES} parts")),
        false => Ok(Value::List(parts.into())),
    }
}

/// `urlEncode`: percent-encodes a text.
pub fn url_encode(value: &Value) -> Result<Value, String> {
    let encoded = utf8_percent_encode(text_of(value, "urlEncode")?, ENCODED);
    Ok(Value::text(&encoded.to_string()))
}

/// `urlDecode`: replaces percent-encoded characters.
pub fn url_decode(value: &Value) -> Result<Value, String> {
    let decoded = percent_decode_str(text_of(value, "urlDecode")?);
    Ok(Value::text(&decoded.decode_utf8_lossy()))
}

/// `urlQueryParam`: the value of a parameter in the query of a URL.
pub fn url_query_param(value: &Value, name: &str) -> Filtered {
    let text = text_of(value, "urlQueryParam")?;
    let is_http = text.starts_with("http://") || text.starts_with("https://");
    let url = Url::parse(text).ok().filter(|_| is_http);
    let url = url.ok_or("urlQueryParam: the text is no URL")?;
    let found = url.query_pairs().find(|(known, _)| known == name);
    Ok(found.map(|(_, value)| Value::text(&value)))
}

/// `location`: the URL that a redirect led to.
pub fn location(value: &Value) -> Result<Value, String> {
    match value {
        Value::Redirect(redirect) => Ok(Value::text(&redirect.location)),
        other => Err(bad_type("location", "a redirect", other)),
    }
}
