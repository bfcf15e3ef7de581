//! Hides known secrets in texts, in whatever form a text has them.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::markup::redact::HIDDEN;

/// Characters of a secret, or of its Base64 form, that are recognized before the cut of a text.
/// Fewer occur by chance.
const MIN_CHARS: usize = 4;

/// Marks the place where a text was cut.
const ELLIPSIS: char = '…';

/// Most bytes of one character in the forms of [`char_len`].
const MAX_CHAR_BYTES: usize = 16;

/// Secrets that texts must not show.
///
/// They are found as they are, percent-encoded, escaped as in JSON and in Go's quoted strings (also
/// twice, as in JSON within JSON), and in the Base64 form of a longer text, as in `user:password`.
/// In a text that was cut, the start of a secret is found too.
#[derive(Clone, Default)]
pub struct Secrets(Vec<Secret>);

#[derive(Clone)]
struct Secret {
    text: String,
    /// What Base64 makes of it at each of the three places within a longer text, as far as it does
    /// not depend on the bytes around it. Too short ones are missing.
    base64: Vec<String>,
    /// The bytes with which one of its forms may begin, so that most places are passed quickly.
    starts: Vec<u8>,
}

impl Secrets {
    /// Adds a secret. An empty one cannot be hidden and has no effect.
    pub fn add(&mut self, text: String) {
        if !text.is_empty() {
            self.0.push(Secret::new(text));
            // A secret may contain another one.
            self.0.sort_by_key(|secret| usize::MAX - secret.text.len());
        }
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a text with `***` in place of each secret. It is borrowed if it has none.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut hidden = Cow::Borrowed(text);
        for secret in &self.0 {
            let found = secret.hide(&hidden);
            hidden = found.map_or(hidden, Cow::Owned);
        }
        hidden
    }
}

impl FromIterator<String> for Secrets {
    fn from_iter<T: IntoIterator<Item = String>>(texts: T) -> Self {
        let mut secrets = Self::default();
        texts.into_iter().for_each(|text| secrets.add(text));
        secrets
    }
}

/// Shows only their number.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secret {
    fn new(text: String) -> Self {
        let base64: Vec<_> = (0..3).flat_map(|before| base64_parts(&text, before)).collect();
        let forms = base64.iter().chain([&text]);
        let starts = forms.filter_map(|form| form.bytes().next()).chain(*b"%\\+").collect();
        Self { text, base64, starts }
    }

    /// Returns a text without the secret; None if it is not in the text.
    fn hide(&self, text: &str) -> Option<String> {
        let (mut shown, mut kept) = (String::new(), 0);
        for (at, byte) in text.bytes().enumerate() {
            // All of these bytes begin a character.
            let is_start = at >= kept && self.starts.contains(&byte);
            if let Some(len) = is_start.then(|| self.len_at(text, at)).flatten() {
                shown += &text[kept..at];
                shown += HIDDEN;
                kept = at + len;
            }
        }
        (kept > 0).then(|| shown + &text[kept..])
    }

    /// Returns the length in bytes of the secret at a place in a text; None if it is not there.
    fn len_at(&self, text: &str, at: usize) -> Option<usize> {
        let text = &text[at..];
        let literal = text.starts_with(&self.text).then_some(self.text.len());
        let escaped = (0..=2).map(|level| encoded_len(&self.text, text, level));
        let base64 = self.base64.iter().map(|part| base64_len(part, text));
        [literal].into_iter().chain(escaped).chain(base64).flatten().max()
    }
}

/// Returns the length of a secret at the start of a text in which characters may be percent-encoded,
/// and are escaped `level` times; None if it is not there.
fn encoded_len(secret: &str, text: &str, level: u32) -> Option<usize> {
    let mut len = 0;
    for (place, letter) in secret.chars().enumerate() {
        let rest = &text[len..];
        match char_len(letter, rest, level) {
            Some(of_letter) => len += of_letter,
            None => return cut_len(rest).filter(|_| place >= MIN_CHARS).map(|end| len + end),
        }
    }
    Some(len)
}

/// Returns the length of a character at the start of a text, which may have it in any form.
fn char_len(letter: char, text: &str, level: u32) -> Option<usize> {
    if let Some(len) = percent_len(letter, text).or_else(|| escape_len(letter, text, level)) {
        return Some(len);
    }
    // Forms encode a space as a plus sign.
    let is_plus = letter == ' ' && text.starts_with('+');
    // Where characters are escaped, these two always are.
    let is_plain = level == 0 || !matches!(letter, '"' | '\\');
    let len = if is_plus { 1 } else { letter.len_utf8() };
    (is_plus || is_plain && text.starts_with(letter)).then_some(len)
}

/// Returns the length of a percent-encoded character at the start of a text, with digits in upper or
/// lower case.
fn percent_len(letter: char, text: &str) -> Option<usize> {
    let mut rest = text;
    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
        rest = rest.strip_prefix('%')?;
        let digits = rest.get(..2)?;
        rest = &rest[2..];
        u8::from_str_radix(digits, 16).ok().filter(|found| *found == byte)?;
    }
    Some(text.len() - rest.len())
}

/// Returns the length of a character at the start of a text that is escaped `level` times, >= 1, as
/// JSON, Go and Rust do.
fn escape_len(letter: char, text: &str, level: u32) -> Option<usize> {
    let n_backslashes = 1_usize << level.checked_sub(1)?;
    let rest = skip_backslashes(text, n_backslashes)?;
    let rest = match letter {
        '"' | '\\' if !rest.starts_with(['u', 'x']) => {
            skip_backslashes(rest, n_backslashes - 1)?.strip_prefix(letter)
        }
        '/' if rest.starts_with('/') => rest.strip_prefix('/'),
        letter => after_named(letter, rest).or_else(|| after_number(letter, rest, n_backslashes)),
    };
    Some(text.len() - rest?.len())
}

fn skip_backslashes(text: &str, number: usize) -> Option<&str> {
    let (start, rest) = text.split_at_checked(number)?;
    start.bytes().all(|byte| byte == b'\\').then_some(rest)
}

/// Returns what follows the name of a control character, as in `\n`.
fn after_named(letter: char, text: &str) -> Option<&str> {
    let name = match letter {
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\0' => '0',
        _ => return None,
    };
    text.strip_prefix(name)
}

/// Returns what follows the number of a character, as in `\x22`, `\u0022` and `\u{22}`. In JSON,
/// characters above U+FFFF have two numbers.
fn after_number(letter: char, text: &str, n_backslashes: usize) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("u{") {
        let (digits, rest) = rest.split_at_checked(rest.find('}')?)?;
        return number(digits).filter(|found| *found == u32::from(letter)).and(rest.get(1..));
    }
    if let Some(rest) = text.strip_prefix('x') {
        let (digits, rest) = rest.split_at_checked(2)?;
        return number(digits).filter(|found| *found == u32::from(letter)).map(|_| rest);
    }
    let mut rest = text;
    for (place, unit) in letter.encode_utf16(&mut [0; 2]).iter().enumerate() {
        rest = if place > 0 { skip_backslashes(rest, n_backslashes)? } else { rest };
        let (digits, after) = rest.strip_prefix('u')?.split_at_checked(4)?;
        number(digits).filter(|found| *found == u32::from(*unit))?;
        rest = after;
    }
    Some(rest)
}

fn number(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits, 16).ok()
}

/// Returns the length of what is left of a character at the end of a text that was cut; None if the
/// text goes on.
fn cut_len(text: &str) -> Option<usize> {
    let end = text.find(ELLIPSIS).filter(|end| *end <= MAX_CHAR_BYTES)?;
    // A form of which only the start is left.
    (end == 0 || text.starts_with(['%', '\\'])).then_some(end)
}

/// Returns what Base64 makes of a text that follows `before` other bytes, without the characters that
/// depend on bytes around it, in both alphabets. None of it if it is too short.
fn base64_parts(text: &str, before: usize) -> Vec<String> {
    let bytes = [&[0; 3][..before], text.as_bytes()].concat();
    // Each character stands for six bits.
    let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    let part = STANDARD.encode(bytes)[start..end].to_owned();
    if part.len() < MIN_CHARS {
        return Vec::new();
    }
    let in_urls = part.replace('+', "-").replace('/', "_");
    if in_urls == part { vec![part] } else { vec![part, in_urls] }
}

/// Returns the length of a part of Base64 at the start of a text, with the padding and the character
/// before it, which has the last bits; None if it is not there.
fn base64_len(part: &str, text: &str) -> Option<usize> {
    let len = encoded_len(part, text, 0)?;
    let is_last = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let last = usize::from(text.as_bytes().get(len).is_some_and(is_last));
    let padding = text[len + last..].bytes().take_while(|byte| *byte == b'=').count();
    Some(len + last + padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(secret: &str, text: &str) -> String {
        Secrets::from_iter([secret.to_owned()]).hide(text).into_owned()
    }

    #[test]
    fn a_secret_is_hidden_in_each_form() {
        let secret = "a\"b\\c$ é\n/😀";
        let json = serde_json::Value::from(secret).to_string();
        let twice = serde_json::Value::from(json.as_str()).to_string();
        for (text, expected) in [
            (format!("x{secret}y{secret}"), "x***y***".to_owned()),
            (json, "\"***\"".to_owned()),
            (twice, r#""\"***\"""#.to_owned()),
            (format!("{secret:?}"), "\"***\"".to_owned()),
            ("?q=a%22b%5Cc%24%20%C3%A9%0A%2F%F0%9F%98%80&r".to_owned(), "?q=***&r".to_owned()),
            ("?q=a%22b%5cc$+%c3%a9%0a/%f0%9f%98%80".to_owned(), "?q=***".to_owned()),
            (r"a%22b\\c$ é\n/😀!".to_owned(), "***!".to_owned()),
            (r"\u0061\u0022b\u005Cc$ \u00e9\u000a\/\ud83d\ude00!".to_owned(), "***!".to_owned()),
            (r#"\x61\"b\x5cc$ \u{e9}\u{a}/\u{1f600}!"#.to_owned(), "***!".to_owned()),
        ] {
            assert_eq!(hidden(secret, &text), expected, "{text}");
        }
    }

    #[test]
    fn texts_without_the_secret_stay() {
        let secrets = Secrets::from_iter(["p@ss".to_owned(), String::new()]);
        for text in ["", "p@s", "p%40", "p%4", "p%40s…", "p\\", "p\\u0040s", "%", "é%C", "\\ud8"]
        {
            assert!(matches!(secrets.hide(text), Cow::Borrowed(it) if it == text), "{text}");
        }
        assert_eq!(secrets.hide("p%40sp@ss%"), "p%40s***%");
        assert_eq!(format!("{secrets:?}"), "Secrets(1)");
        assert!(Secrets::default().is_empty() && !secrets.is_empty());
    }

    #[test]
    fn a_secret_within_another_one_leaves_nothing_of_it() {
        let secrets = Secrets::from_iter(["word".to_owned(), "pass%25word".to_owned()]);
        assert_eq!(secrets.hide("pass%25word word pass%2525word"), "*** *** ***");
    }

    #[test]
    fn basic_credentials_are_hidden() {
        for user in ["", "a", "me", "bob", "anna"] {
            let text = format!("Basic {}!", STANDARD.encode(format!("{user}:s3cr3t-éÿ>?")));
            let shown = hidden("s3cr3t-éÿ>?", &text);
            assert!(shown.ends_with("***!") && shown.len() < text.len() - 10, "{shown}");
            let in_url = text.replace('+', "-").replace('/', "_");
            assert_eq!(hidden("s3cr3t-éÿ>?", &in_url), shown);
        }
        assert_eq!(hidden("ab", "Basic OmFi"), "Basic OmFi", "too short to be found");
    }

    #[test]
    fn the_start_of_a_secret_is_hidden_where_a_text_was_cut() {
        for (text, expected) in [
            ("found \"s3cret…", "found \"***…"),
            ("found s3cret%4…", "found ***…"),
            ("found s3…", "found s3…"),
            ("found s3cret", "found s3cret"),
            ("found s3cret, and more…", "found s3cret, and more…"),
        ] {
            assert_eq!(hidden("s3cret@word", text), expected);
        }
    }
}
