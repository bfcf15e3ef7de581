//! Removes passwords from texts that others may read, and limits their length.

use std::borrow::Cow;

/// Replaces a secret.
pub const HIDDEN: &str = "***";

/// Replaces a user and a password.
pub const HIDDEN_USER: &str = "***@";

/// Bytes of a word that error texts show as a name, at most.
const MAX_NAME_BYTES: usize = 40;

/// Marks the place where a text was cut.
const ELLIPSIS: char = '…';

/// Maximum length in bytes of a text from a response or from a stream: a reason phrase, an error,
/// a detail of a slow hit. A longer text is [cut].
pub const MAX_TEXT_BYTES: usize = 1024;

/// Returns a text, or as many whole characters of it as fit into `most` bytes, followed by an
/// ellipsis.
pub fn cut(text: &str, most_bytes: usize) -> String {
    if text.len() <= most_bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most_bytes);
    text[..end].chars().chain([ELLIPSIS]).collect()
}

/// Returns a text of any length as reports show it: without users and passwords of URLs, and cut to
/// [`MAX_TEXT_BYTES`].
pub fn shown(text: &str) -> String {
    cut(&without_users(text, HIDDEN_USER), MAX_TEXT_BYTES)
}

/// Returns a text in which `stand_in` replaces the user, the password and the following `@` of each
/// URL, also if the URL has no scheme, as in `//me:pw@h/`. Everything else stays, including the
/// query of a URL.
pub fn without_users<'a>(text: &'a str, stand_in: &str) -> Cow<'a, str> {
    // Fast path: without an `@` no URL has a user.
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let (mut shown, mut kept) = (String::new(), 0);
    for start in authorities(text) {
        let host = start + host_start(text, start);
        if start >= kept && host > start {
            shown += &text[kept..start];
            shown += stand_in;
            kept = host;
        }
    }
    if kept == 0 { Cow::Borrowed(text) } else { Cow::Owned(shown + &text[kept..]) }
}

/// Returns a command line, quoted for a shell, in which `stand_in` replaces the users of URLs, as in
/// [`without_users`]. No URL continues in the next word.
pub fn command_without_users(line: &str, stand_in: &str) -> String {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let words = line.split(|letter: char| {
        let is_end = letter == ' ' && !is_quoted && !is_escaped;
        is_quoted ^= letter == '\'' && !is_escaped;
        is_escaped = letter == '\\' && !is_quoted && !is_escaped;
        is_end
    });
    words.map(|word| without_users(word, stand_in)).collect::<Vec<_>>().join(" ")
}

/// Returns a URL in which `***` replaces the password; the user stays.
///
/// Source: Go, package net/http, stripPassword.
pub fn without_password(url: &str) -> Cow<'_, str> {
    let Some(start) = authorities(url).next() else { return Cow::Borrowed(url) };
    let (users, host) = url[start..].split_at(host_start(url, start));
    match users.split_once(':') {
        Some((user, _)) => Cow::Owned(format!("{}{user}:{HIDDEN_USER}{host}", &url[..start])),
        None => Cow::Borrowed(url),
    }
}

/// Returns what error texts show of a URL that cannot be parsed. Nothing says where its password
/// ends, so only the scheme and what follows the last `@` are shown, without path and query; if
/// there is no `@`, all but the query.
///
/// A text that looks like no URL at all is treated as a bad line.
pub fn of_bad_url(text: &str) -> String {
    let is_word = !text.is_empty() && !text.contains(['.', ':', '/', '@']);
    if is_word || !text.contains("://") && text.contains(char::is_whitespace) {
        return of_bad_line(text);
    }
    let start = text.find("://").map_or(0, |place| place + "://".len());
    let (scheme, rest) = text.split_at(start);
    let (hidden, rest, ends) = match rest.rsplit_once('@') {
        Some((_, host)) => (HIDDEN_USER, host, &['/', '?', '#', '&', ' '][..]),
        None => ("", rest, &['?', '#'][..]),
    };
    let end = rest.find(ends).unwrap_or(rest.len());
    match rest[end..].chars().next() {
        Some(mark) => format!("{scheme}{hidden}{}{mark}{ELLIPSIS}", &rest[..end]),
        None => format!("{scheme}{hidden}{rest}"),
    }
}

/// Returns what error texts show of a line that is not in the expected form, such as a header
/// without a colon: its first word if that can be the name of something, and `***` for the rest.
pub fn of_bad_line(text: &str) -> String {
    let text = text.trim();
    let end = text.find(|letter: char| letter == ':' || letter.is_whitespace());
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_name = !word.is_empty()
        && word.len() <= MAX_NAME_BYTES
        && word.bytes().all(|letter| letter.is_ascii_alphabetic() || b"-_".contains(&letter));
    // A single word may be a token whose name is missing.
    if rest.is_empty() || !is_name {
        return if text.is_empty() { String::new() } else { HIDDEN.to_owned() };
    }
    let colon = if rest.starts_with(':') { ":" } else { "" };
    let more = if rest.trim_start_matches(':').trim().is_empty() { "" } else { " ***" };
    format!("{word}{colon}{more}")
}

/// Returns what error texts show of a text that should be a name: the text if it has only the
/// characters of names, otherwise `***`.
pub fn of_bad_name(text: &str) -> &str {
    let is_in_name = |letter: char| letter.is_alphanumeric() || "-_.$ ".contains(letter);
    let is_name = text.len() <= MAX_NAME_BYTES && text.chars().all(is_in_name);
    if is_name { text } else { HIDDEN }
}

/// Returns the offsets in a text at which the user or the host of a URL begins: after two or more
/// slashes that follow a scheme, or that nothing else of a URL precedes.
fn authorities(text: &str) -> impl Iterator<Item = usize> {
    let is_slash = |byte: u8| byte == b'/' || byte == b'\\';
    let bytes = text.as_bytes();
    (2..=bytes.len()).filter(move |end| {
        // Only at the end of a run, so that the time is linear in the length of the text.
        if !is_slash(bytes[end - 1]) || bytes.get(*end).copied().is_some_and(is_slash) {
            return false;
        }
        let n_slashes = bytes[..*end].iter().rev().take_while(|byte| is_slash(**byte)).count();
        let before = bytes[..end - n_slashes].last();
        let begins = |byte: &u8| byte.is_ascii_whitespace() || b":\"'`(<=,;|".contains(byte);
        n_slashes >= 2 && before.is_none_or(begins)
    })
}

/// Returns the length of the user, the password and the following `@` at the start of an authority;
/// 0 if it has none.
fn host_start(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    // URL parsers accept any other character in a password. Error texts quote a URL, with escapes,
    // and continue after it.
    let end = match is_quoted(&text[..start]) {
        false => rest.find(['/', '?', '#', '\\']),
        true => {
            let ends = rest.match_indices(['/', '?', '#', '"']).map(|(place, _)| place);
            ends.into_iter().find(|place| !rest[..*place].ends_with('\\'))
        }
    };
    rest[..end.unwrap_or(rest.len())].rfind('@').map_or(0, |at| at + 1)
}

/// Returns whether a URL, of which only the scheme and the slashes are given, begins after a quote.
fn is_quoted(start: &str) -> bool {
    let scheme = start.trim_end_matches(['/', '\\', ':']);
    scheme.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric()).ends_with('"')
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
            ("//bob:s3cret@h/", "//bob:***@h/"),
            (r"\\bob:s3cret@h/", r"\\bob:***@h/"),
            (r"/\bob:s3cret@h/", r"/\bob:***@h/"),
            ("http:///bob:s3cret@h/", "http:///bob:***@h/"),
            (r#"http://bob:s":3cret@h/"#, "http://bob:***@h/"),
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
            ("//me:pw@h/", "//***@h/"),
            ("Get \"//me:pw@h/x\": EOF @ 3", "Get \"//***@h/x\": EOF @ 3"),
            (r#"bad "\\\\me:pw@h/x""#, r#"bad "\\\\***@h/x""#),
            ("http://h//me:pw@x", "http://h//me:pw@x"),
            ("http://me:x\": pw@h/", "http://***@h/"),
            (r#"Get "http://me:p\"w@h/": EOF @ 3"#, "Get \"http://***@h/\": EOF @ 3"),
            ("http://h/?u=http://me:pw@i/", "http://h/?u=http://***@i/"),
        ];
        for (text, expected) in table {
            assert_eq!(without_users(text, HIDDEN_USER), expected, "{text}");
        }
        assert_eq!(without_users("http://me:pw@h/", ""), "http://h/");
    }

    #[test]
    fn a_url_ends_with_its_word_of_a_command() {
        for (line, expected) in [
            ("a -base=http://h:1 -mail=a@b.c", "a -base=http://h:1 -mail=a@b.c"),
            ("a http://me:pw@h -x  b@c", "a http://***@h -x  b@c"),
            (r"a 'http://me:p w@h' '' \  b@c", r"a 'http://***@h' '' \  b@c"),
            (r"a 'x'\'' http://me:p w@h' b@c", r"a 'x'\'' http://***@h' b@c"),
        ] {
            assert_eq!(command_without_users(line, HIDDEN_USER), expected, "{line}");
        }
    }

    #[test]
    fn of_a_bad_url_only_what_cannot_be_a_password_is_shown() {
        let table = [
            ("http://h:99999/x/y", "http://h:99999/x/y"),
            ("http://h:99999/x?token=s3cret", "http://h:99999/x?…"),
            ("http://me:s3cret@h:99999/x", "http://***@h:99999/…"),
            ("http://me:s3/cr?et@h:99999", "http://***@h:99999"),
            ("http://h:99999/?a=b@c&token=s3cret", "http://***@c&…"),
            ("me:s3cret@h/x", "***@h/…"),
            ("localhost:8080/", "localhost:8080/"),
            ("Token: s3cret", "Token: ***"),
            ("s3cret", "***"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(of_bad_url(text), expected, "{text}");
        }
    }

    #[test]
    fn a_bad_name_is_shown_if_it_has_the_characters_of_a_name() {
        let long = "a".repeat(MAX_NAME_BYTES + 1);
        for (text, expected) in [
            ("größe", "größe"),
            ("$randomInt 1 x", "$randomInt 1 x"),
            ("\"password\": \"s3cret\"", "***"),
            ("me@s3cret", "***"),
            (long.as_str(), "***"),
        ] {
            assert_eq!(of_bad_name(text), expected);
        }
    }

    #[test]
    fn of_a_bad_line_only_a_name_is_shown() {
        let table = [
            ("Authorization Bearer s3cret", "Authorization ***"),
            (" X-Key: s3\u{1}cret", "X-Key: ***"),
            ("foo:", "foo:"),
            (": s3cret", "***"),
            ("s3cret", "***"),
            ("secret", "***"),
            ("s3cret word", "***"),
            (r#"{"password": "s3cret"}"#, "***"),
            ("user=me&password=s3cret x", "***"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(of_bad_line(text), expected, "{text}");
        }
    }
}
