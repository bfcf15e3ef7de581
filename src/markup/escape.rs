//! Escapes foreign text for HTML pages and for terminals.

use std::borrow::Cow;

/// Returns the text in a form that may be placed between tags or inside an attribute, in HTML and
/// in XML. Characters that neither allows become U+FFFD.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| entity(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match entity(c) {
            Some(entity) => escaped.push_str(entity),
            None => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// Returns the text on one line, with control characters as escapes, so that texts of servers and
/// foreign files cannot control a terminal.
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_unruly(letter) {
            visible.extend(letter.escape_default());
        } else {
            visible.push(letter);
        }
    }
    visible
}

/// Returns whether a character is invisible and may garble the text around it: a control character
/// (including newline and tab), a line separator, a character that forces the direction of text,
/// one without width (except those that join letters and emoji), or one that XML does not allow.
///
/// Source: Unicode Standard Annex 9, section 2, Directional Formatting Characters; Unicode
/// Standard, section 23.2, Layout Controls; Extensible Markup Language (XML) 1.0, section 2.2.
pub(crate) fn is_unruly(c: char) -> bool {
    let parts = matches!(c, '\u{2028}' | '\u{2029}');
    let directs = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hides = matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}');
    c.is_control() || parts || directs || hides || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Returns the replacement of a character that must not be written literally.
fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        '\n' | '\t' => None,
        c if is_unruly(c) => Some("\u{fffd}"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_for_tags_and_attributes() {
        let table = [
            ("plain µ\n\t", "plain µ\n\t"),
            ("</pre><script>", "&lt;/pre&gt;&lt;script&gt;"),
            ("a & \"b\" 'c'", "a &amp; &quot;b&quot; &#39;c&#39;"),
            ("a\u{202e}b\u{2069}", "a\u{fffd}b\u{fffd}"),
            ("\0\u{1b}[1m\r\u{85}\u{ffff}", "\u{fffd}\u{fffd}[1m\u{fffd}\u{fffd}\u{fffd}"),
        ];
        for (text, escaped) in table {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn unruly_characters_become_visible() {
        let table = [
            ("Get \"http://h/\": dial µ", "Get \"http://h/\": dial µ"),
            ("a\tb\r\nc", r"a\tb\r\nc"),
            ("\u{1b}[31mred\u{7}\u{7f}", r"\u{1b}[31mred\u{7}\u{7f}"),
            ("\u{9b}2J\0", r"\u{9b}2J\u{0}"),
            ("\u{202e}cod.exe\u{2066}\u{2028}", r"\u{202e}cod.exe\u{2066}\u{2028}"),
            ("a\u{200b}b\u{feff}", r"a\u{200b}b\u{feff}"),
            ("👩\u{200d}🚒 می\u{200c}خواهم", "👩\u{200d}🚒 می\u{200c}خواهم"),
        ];
        for (text, expected) in table {
            assert_eq!(visible(text), expected);
        }
    }
}
