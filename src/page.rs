//! A page of HTML that opens without a network: one file, no script, nothing fetched. And what
//! keeps foreign texts in order, on a page and in a terminal.

use std::borrow::Cow;
use std::io;

/// Keeps a browser from running or fetching anything, whatever a page may hold by mistake.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

/// Charts are dark where the page is: they follow the same setting.
const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1a1c1f; --paper: #f6f7f8; --card: #fff; --line: #dcdfe3 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --paper: #15171a; --card: #1e2125; --line: #33373d }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
main { max-width: 67rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1.25rem; overflow-wrap: anywhere }
pre, figure, .table { margin: 0 0 1.25rem; border: 1px solid var(--line); border-radius: 8px;
  overflow-x: auto }
.table { background: var(--card) }
table { width: 100%; border-collapse: collapse; font-size: .8125rem;
  font-variant-numeric: tabular-nums }
th, td { padding: .375rem .75rem; text-align: left; border-bottom: 1px solid var(--line) }
tbody tr:last-child td { border-bottom: 0 }
pre { padding: 1rem 1.25rem; background: var(--card);
  font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
figure { background: var(--card) }
svg { display: block; width: 100%; min-width: 40rem; height: auto }
@media print {
  :root { --ink: #000; --paper: #fff; --card: #fff; --line: #bbb }
  main { max-width: none; padding: 0 }
  pre { padding: .5rem; font-size: 6.75pt; white-space: pre-wrap; overflow-wrap: anywhere }
  pre, figure, .table { margin-bottom: .5rem; break-inside: avoid }
  svg { min-width: 0 }
}
";

/// A page with a title, and below it texts and charts in the order they were added.
pub struct Page {
    /// As given; escaped when written.
    title: String,
    /// HTML.
    body: String,
}

impl Page {
    /// Returns a page with nothing but its title.
    pub fn new(title: &str) -> Self {
        Self { title: title.to_owned(), body: String::new() }
    }

    /// Adds plain text, shown as it is in a monospaced font.
    pub fn text(&mut self, text: &str) {
        // A browser drops a newline right behind the tag, which is not to be the text's own.
        self.body.push_str("<pre>\n");
        self.body.push_str(&escape(text));
        self.body.push_str("</pre>\n");
    }

    /// Adds a table of plain texts below their headings.
    pub fn table<const N: usize>(&mut self, head: &[String; N], rows: &[[String; N]]) {
        let line = |cells: &[String; N], tag: &str| {
            let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)));
            format!("<tr>{}</tr>\n", cells.collect::<String>())
        };
        self.body.push_str("<div class=\"table\">\n<table>\n<thead>\n");
        self.body.push_str(&line(head, "th"));
        self.body.push_str("</thead>\n<tbody>\n");
        self.body.extend(rows.iter().map(|row| line(row, "td")));
        self.body.push_str("</tbody>\n</table>\n</div>\n");
    }

    /// Adds a chart: an `<svg>` element as `plot` makes it. It is trusted, not escaped.
    pub fn svg(&mut self, svg: &str) {
        self.body.push_str("<figure>\n");
        self.body.push_str(svg);
        self.body.push_str("</figure>\n");
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let title = escape(&self.title);
        write!(
            out,
            "<!DOCTYPE html>\n\
             <html lang=\"en\">\n\
             <head>\n\
             <meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n\
             <style>\n{STYLE}</style>\n\
             </head>\n\
             <body>\n\
             <main>\n\
             <h1>{title}</h1>\n\
             {}</main>\n\
             </body>\n\
             </html>\n",
            self.body,
        )
    }
}

/// Returns the text as it stands between tags or inside an attribute, in HTML as in XML.
/// Characters that neither may hold become U+FFFD.
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

/// Returns the text on one line, its unruly characters as escapes, so that it drives no terminal:
/// texts of servers and of foreign files are shown.
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

/// Returns whether a character is none that can be seen, but one that may garble what is around
/// it: a control character, newlines and tabs among them, one that parts lines, one that forces
/// the direction of text, one without width (but for those that join letters and emoji), or one
/// that XML does not allow.
///
/// Source: Unicode Standard Annex 9, section 2, Directional Formatting Characters; Unicode
/// Standard, section 23.2, Layout Controls; Extensible Markup Language (XML) 1.0, section 2.2.
pub(crate) fn is_unruly(c: char) -> bool {
    let parts = matches!(c, '\u{2028}' | '\u{2029}');
    let directs = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hides = matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}');
    c.is_control() || parts || directs || hides || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Returns what stands for a character that must not stand for itself.
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

    fn written(page: &Page) -> String {
        let mut out = Vec::new();
        page.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

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

    #[test]
    fn a_page_holds_its_parts_in_order_and_escapes_all_but_charts() {
        let mut page = Page::new("a</title><script>");
        page.text("\nx < y\n");
        page.svg("<svg></svg>\n");
        page.text("last");
        let html = written(&page);
        let (head, body) = html.split_once("</head>\n").unwrap();
        assert!(head.contains("<title>a&lt;/title&gt;&lt;script&gt;</title>"), "{head}");
        assert_eq!(
            body,
            "<body>\n<main>\n<h1>a&lt;/title&gt;&lt;script&gt;</h1>\n\
             <pre>\n\nx &lt; y\n</pre>\n<figure>\n<svg></svg>\n</figure>\n<pre>\nlast</pre>\n\
             </main>\n</body>\n</html>\n"
        );
    }

    #[test]
    fn a_page_runs_and_fetches_nothing() {
        let html = written(&Page::new("t"));
        assert!(html.contains("content=\"default-src 'none';"), "{html}");
        for word in ["<script", "src=", "href=", "http:", "https:", "url(", "@import"] {
            assert!(!html.contains(word), "{word}");
        }
    }
}
