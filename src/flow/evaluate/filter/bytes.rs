//! Filters between bytes and texts.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{bad_type, text_of};
use crate::flow::tree::charset::Charset;
use crate::flow::value::Value;

/// `base64Decode`.
pub fn base64_decode(value: &Value) -> Result<Value, String> {
    decode(value, "base64Decode", &STANDARD)
}

/// `base64UrlSafeDecode`, without padding.
pub fn base64_url_safe_decode(value: &Value) -> Result<Value, String> {
    decode(value, "base64UrlSafeDecode", &URL_SAFE_NO_PAD)
}

fn decode(value: &Value, filter: &str, engine: &impl Engine) -> Result<Value, String> {
    let bytes = engine.decode(text_of(value, filter)?);
    let bytes = bytes.map_err(|_| format!("{filter}: the text is not base64"))?;
    Ok(Value::Bytes(bytes.into()))
}

/// `base64Encode`.
pub fn base64_encode(value: &Value) -> Result<Value, String> {
    Ok(Value::text(&STANDARD.encode(bytes_of(value, "base64Encode")?)))
}

/// `base64UrlSafeEncode`, without padding.
pub fn base64_url_safe_encode(value: &Value) -> Result<Value, String> {
    Ok(Value::text(&URL_SAFE_NO_PAD.encode(bytes_of(value, "base64UrlSafeEncode")?)))
}

/// `charsetDecode`.
pub fn charset_decode(value: &Value, charset: Charset) -> Result<Value, String> {
    let text = charset.decode(bytes_of(value, "charsetDecode")?);
    let text = text.ok_or("charsetDecode: the bytes are not in this charset")?;
    Ok(Value::text(&text))
}

/// `toHex`, in lower case.
pub fn to_hex(value: &Value) -> Result<Value, String> {
    bytes_of(value, "toHex")?;
    Ok(Value::text(&value.to_string()))
}

/// `utf8Decode`. Bytes that are not UTF-8 become replacement characters.
pub fn utf8_decode(value: &Value) -> Result<Value, String> {
    Ok(Value::text(&String::from_utf8_lossy(bytes_of(value, "utf8Decode")?)))
}

/// `utf8Encode`.
pub fn utf8_encode(value: &Value) -> Result<Value, String> {
    Ok(Value::Bytes(text_of(value, "utf8Encode")?.as_bytes().into()))
}

fn bytes_of<'v>(value: &'v Value, filter: &str) -> Result<&'v [u8], String> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        other => Err(bad_type(filter, "bytes", other)),
    }
}
