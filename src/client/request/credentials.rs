//! The user name and password in a URL.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use url::Url;

/// A user name and a password, percent-decoded.
pub struct Credentials {
    /// The user name; may be empty.
    pub user: Vec<u8>,
    /// The password; empty if there is none.
    pub password: Vec<u8>,
}

impl Credentials {
    /// Returns the credentials in a URL; None if it has neither user name nor password.
    pub fn of(url: &Url) -> Option<Self> {
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        let decoded = |text| percent_decode_str(text).collect();
        let password = url.password().unwrap_or_default();
        Some(Self { user: decoded(url.username()), password: decoded(password) })
    }
}

/// Returns the value of an Authorization header with a URL's credentials; None without any.
///
/// Source: RFC 7617, section 2.
pub fn basic(url: &Url) -> Option<HeaderValue> {
    let Credentials { user, password } = Credentials::of(url)?;
    let pair = [user.as_slice(), b":", &password].concat();
    HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()
}
