//! The user and the password in a URL.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use url::Url;

/// Returns the user and the password of a URL, decoded; None where it names no user.
pub fn of(url: &Url) -> Option<(Vec<u8>, Vec<u8>)> {
    let decode = |text| percent_decode_str(text).collect::<Vec<u8>>();
    let named = !url.username().is_empty() || url.password().is_some();
    named.then(|| (decode(url.username()), decode(url.password().unwrap_or_default())))
}

/// Returns a header's value by which the user of a URL is told; None where it names none.
///
/// Source: RFC 7617, section 2.
pub fn basic(url: &Url) -> Option<HeaderValue> {
    let (user, password) = of(url)?;
    let pair = [user.as_slice(), b":", &password].concat();
    HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()
}
