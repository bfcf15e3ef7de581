//! Removes passwords from texts that others may read, and limits their length.

use std::borrow::Cow;

/// Replaces a secret.
pub const HIDDEN: &str = "***";

/// Replaces a user and a password.
pub const HIDDEN_USER: &str = "***@";

/// Marks the place where a text was cut.
const ELLIPSIS: char = '…';

/// Returns a text, or as many whole characters of it as fit into `most` bytes, followed by an
/// ellipsis.
pub fn cut(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most_bytes);
    text[..end].chars().chain([ELLIPSIS]).collect()
}

/// Returns a text in which `stand_in` replaces the user, the password and the following `@` of each
/// URL. Everything else stays, including the query of a URL.
pub fn without_users<'a>(text: &'a str, stand_in: &str) -> Cow<'a, str> {
    // Fast path: without an `@` no URL has a user.
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split_inclusive("://");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    let mut is_changed = false;
    for part in parts {
        let host = host_start(part);
        if host > 0 {
            shown += stand_in;
            is_changed = true;
        }
        shown += &part[host..];
    }
    if is_changed { Cow::Owned(shown) } else { Cow::Borrowed(text) }
}

/// Returns a URL in which `***` replaces the password; the user stays.
///
/// Source: Go, package net/http, stripPassword.
pub fn without_password(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed(url) };
    let (users, host) = rest.split_at(host_start(rest));
    match users.split_once(':') {
        Some((user, _)) => Cow::Owned(format!("{scheme}://{user}:{HIDDEN_USER}{host}")),
        None => Cow::Borrowed(url),
    }
}

/// Returns the offset of the host in the text after `://`.
fn host_start(rest: &str) -> usize {
    // URL parsers accept any other character in a password. Error texts quote a URL and continue
    // after it.
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let end = rest[..end].find("\":").unwrap_or(end);
    rest[..end].rfind('@').map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_hidden_and_its_user_shown() {
        let table = [
            ("http://bob:s3:cr@t@h:8080/x?y#z", "http://bob:***@h:8080/x?y#z"),
            ("http://:s3cret@h", "http://:***@h"),
            ("http://bob@h/a:b@c", "http://bob@h/a:b@c"),
            ("http://h/a:b@c", "http://h/a:b@c"),
            ("/a:b@c", "/a:b@c"),
        ];
        for (url, shown) in table {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let table = [
            ("", 0, ""),
            ("abcd", 4, "abcd"),
            ("abcde", 4, "abcd…"),
            ("aéé", 4, "aé…"),
            ("é", 1, "…"),
        ];
        for (text, most_bytes, expected) in table {
            assert_eq!(cut(text, most_bytes), expected);
        }
    }

    #[test]
    fn users_and_passwords_are_redacted_with_any_characters() {
        let table = [
            ("http://h/", "http://h/"),
            ("http://me:pw@h/", "http://***@h/"),
            ("HTTPS://me@h:8443", "HTTPS://***@h:8443"),
            ("http://me:p@ss \"w:rd@h/b@c?d=@", "http://***@h/b@c?d=@"),
            ("http://h?me@x", "http://h?me@x"),
            ("http://h\\me@x", "http://h\\me@x"),
            ("10s@0..8", "10s@0..8"),
            ("a://b@c, d://e@f", "a://***@c, d://***@f"),
            ("Get \"http://me:pw@h\": lookup @: x", "Get \"http://***@h\": lookup @: x"),
            ("Get \"http://h\": lookup @: x", "Get \"http://h\": lookup @: x"),
            ("://", "://"),
        ];
        for (text, expected) in table {
            assert_eq!(without_users(text, HIDDEN_USER), expected, "{text}");
        }
        assert_eq!(without_users("http://me:pw@h/", ""), "http://h/");
    }
}
