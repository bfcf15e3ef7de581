//! A self-contained HTML page: one file that loads nothing from the network.

mod script;
mod table;

pub use table::{Cell, Picture, Table, Tone};

use std::fmt::{Display, Write as _};
use std::io;

use crate::markup::escape::escape;
use script::{SCRIPT, policy};

/// Charts follow the same light or dark setting as the page.
const STYLE: &str = include_str!("style.css");

/// Number of sections from which on the page begins with a list of them.
const MANY_SECTIONS: usize = 3;

/// A page with a title, a top part, and sections in the order in which they were added.
pub struct Page {
    /// Unescaped; escaped on output.
    title: String,
    /// HTML above the first section.
    head: String,
    /// Names of the sections.
    sections: Vec<String>,
    /// HTML of the sections.
    body: String,
    /// Whether the page has something that the script makes interactive.
    is_interactive: bool,
}

/// A statistic in the top part.
pub struct Tile {
    /// Name of the statistic.
    pub name: &'static str,
    /// Value for people.
    pub text: String,
    /// Value for programs.
    pub value: String,
    /// A remark next to the value; empty for none.
    pub note: String,
    /// Whether the value is good or bad.
    pub tone: Tone,
}

impl Tile {
    /// Returns a tile with a value for people and the same value for programs.
    pub fn new(name: &'static str, text: impl Into<String>, value: impl Display) -> Self {
        let (text, value) = (text.into(), value.to_string());
        Self { name, text, value, note: String::new(), tone: Tone::Plain }
    }

    /// Returns the tile with a remark.
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// Returns the tile in a tone.
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

impl Page {
    /// Returns a page with a title only.
    pub fn new(title: &str) -> Self {
        let title = title.to_owned();
        Self {
            title,
            head: String::new(),
            sections: Vec::new(),
            body: String::new(),
            is_interactive: false,
        }
    }

    /// Adds the outcome of the page in one word, PASS or FAIL, and the reason. No other text looks
    /// like it.
    pub fn status(&mut self, is_passed: bool, reason: &str) {
        let (tone, word) = if is_passed { (Tone::Good, "PASS") } else { (Tone::Bad, "FAIL") };
        let (class, reason) = (tone.class(), escape(reason));
        self.push(&format!("<p class=\"badge status {class}\"><b>{word}</b> {reason}</p>\n"));
    }

    /// Adds highlighted text in a tone.
    pub fn badge(&mut self, tone: Tone, text: &str) {
        let class = tone.class();
        self.push(&format!("<p class=\"badge {class}\">{}</p>\n", escape(text)));
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.push(&format!("<p>{}</p>\n", escape(text)));
    }

    /// Adds tiles side by side.
    pub fn tiles(&mut self, tiles: &[Tile]) {
        let mut html = String::from("<dl class=\"tiles\">\n");
        for Tile { name, text, value, note, tone } in tiles {
            let figure = table::figure(text, Some(value));
            let note = match note.is_empty() {
                true => String::new(),
                false => format!("<dd class=\"note\">{}</dd>", escape(note)),
            };
            let class = match tone {
                Tone::Plain => String::new(),
                tone => format!(" class=\"{}\"", tone.class()),
            };
            let _ = writeln!(html, "<div><dt>{name}</dt><dd{class}>{figure}</dd>{note}</div>");
        }
        self.push(&(html + "</dl>\n"));
    }

    /// Begins a section; everything added from now on belongs to it.
    pub fn section(&mut self, name: &str) {
        if !self.sections.is_empty() {
            self.body.push_str("</section>\n");
        }
        self.sections.push(name.to_owned());
        let (id, name) = (self.sections.len(), escape(name));
        let _ = write!(
            self.body,
            "<section id=\"s{id}\" aria-labelledby=\"h{id}\">\n<h2 id=\"h{id}\">{name}</h2>\n"
        );
    }

    /// Adds plain text in a monospaced font, with its line breaks.
    pub fn text(&mut self, text: &str) {
        // A browser drops a newline directly after the tag, which must not be the text's first one.
        self.push(&format!("<pre tabindex=\"0\">\n{}</pre>\n", escape(text)));
    }

    /// Adds a list of names with their values.
    pub fn pairs(&mut self, pairs: &[(String, String)]) {
        let pair = |(name, text): &(String, String)| {
            format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(text))
        };
        let pairs: String = pairs.iter().map(pair).collect();
        self.push(&format!("<dl class=\"pairs\">\n{pairs}</dl>\n"));
    }

    /// Adds a table.
    pub fn table(&mut self, table: &Table) {
        self.is_interactive |= table.is_sortable();
        self.push(&table.html());
    }

    /// Adds a chart: an `<svg>` element from `plot`. It is trusted, not escaped.
    pub fn svg(&mut self, svg: &str) {
        self.is_interactive = true;
        self.push(&format!("<figure>\n{svg}</figure>\n"));
    }

    fn push(&mut self, html: &str) {
        let part = if self.sections.is_empty() { &mut self.head } else { &mut self.body };
        part.push_str(html);
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let title = escape(&self.title);
        let end = if self.sections.is_empty() { "" } else { "</section>\n" };
        write!(
            out,
            "<!DOCTYPE html>\n\
             <html lang=\"en\">\n\
             <head>\n\
             <meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title}</title>\n\
             <style>\n{STYLE}</style>\n\
             </head>\n\
             <body>\n\
             <main>\n\
             <header>\n\
             <h1>{title}</h1>\n\
             {head}</header>\n\
             {contents}{body}{end}</main>\n\
             {script}</body>\n\
             </html>\n",
            policy = policy(),
            head = self.head,
            contents = self.contents(),
            body = self.body,
            script = self.script(),
        )
    }

    /// Returns links to the sections; empty if there are few.
    fn contents(&self) -> String {
        if self.sections.len() < MANY_SECTIONS {
            return String::new();
        }
        let link = |(id, name): (usize, &String)| {
            format!("<li><a href=\"#s{}\">{}</a></li>\n", id + 1, escape(name))
        };
        let links: String = self.sections.iter().enumerate().map(link).collect();
        format!("<nav aria-label=\"Sections\">\n<ul>\n{links}</ul>\n</nav>\n")
    }

    fn script(&self) -> String {
        if self.is_interactive { format!("<script>{SCRIPT}</script>\n") } else { String::new() }
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

    fn check(page: &Page, expected: &str) {
        let html = written(page);
        let (head, body) = html.split_once("</head>\n").unwrap();
        assert!(head.contains("<title>a&lt;/title&gt;&lt;script&gt;</title>"), "{head}");
        let body = body.replace(SCRIPT, "…");
        assert_eq!(
            body,
            format!(
                "<body>\n<main>\n<header>\n<h1>a&lt;/title&gt;&lt;script&gt;</h1>\n{expected}\
                 </body>\n</html>\n"
            )
        );
    }

    #[test]
    fn a_page_holds_its_parts_in_order_and_escapes_all_but_charts() {
        let mut page = Page::new("a</title><script>");
        page.status(false, "2 < 3");
        page.badge(Tone::Bad, "<b>");
        let rate = Tile::new("Rate", "1.5/s", 1.5).noted("of <2>").toned(Tone::Bad);
        page.tiles(&[rate, Tile::new("p50", "2ms", 2)]);
        page.section("Charts & more");
        page.svg("<svg></svg>\n");
        page.text("\nx < y\n");
        check(
            &page,
            "<p class=\"badge status bad\"><b>FAIL</b> 2 &lt; 3</p>\n\
             <p class=\"badge bad\">&lt;b&gt;</p>\n\
             <dl class=\"tiles\">\n\
             <div><dt>Rate</dt><dd class=\"bad\"><data value=\"1.5\">1.5/s</data></dd>\
             <dd class=\"note\">of &lt;2&gt;</dd></div>\n\
             <div><dt>p50</dt><dd><data value=\"2\">2ms</data></dd></div>\n\
             </dl>\n</header>\n\
             <section id=\"s1\" aria-labelledby=\"h1\">\n<h2 id=\"h1\">Charts &amp; more</h2>\n\
             <figure>\n<svg></svg>\n</figure>\n<pre tabindex=\"0\">\n\nx &lt; y\n</pre>\n\
             </section>\n</main>\n<script>…</script>\n",
        );
    }

    #[test]
    fn tables_and_pairs_are_escaped_and_figures_are_for_programs_too() {
        let mut page = Page::new("a</title><script>");
        let rows = vec![
            vec![Cell::text("<i>"), Cell::figure("1ms", 1_000_000)],
            vec![Cell::text("b").toned(Tone::Good), Cell::figure("2ms", "\">").toned(Tone::Bad)],
        ];
        let head = ["name", "p<50>"].map(str::to_owned).to_vec();
        let total = Some(vec![Cell::shortened("<a…z>", "<a-z>"), Cell::lines(&[])]);
        let caption = "By \"name\"".to_owned();
        page.table(&Table { caption, head, rows, total, is_headed: true });
        page.pairs(&[("<host>".to_owned(), "a & b".to_owned())]);
        page.paragraph("1 < 2");
        check(
            &page,
            "<div class=\"table\" role=\"region\" aria-label=\"By &quot;name&quot;\" tabindex=\"0\">\n\
             <table>\n<caption class=\"unseen\">By &quot;name&quot;</caption>\n<thead>\n\
             <tr><th scope=\"col\">name</th><th scope=\"col\" class=\"figure\">p&lt;50&gt;</th></tr>\n\
             </thead>\n<tbody>\n\
             <tr><th scope=\"row\">&lt;i&gt;</th>\
             <td><data value=\"1000000\">1ms</data></td></tr>\n\
             <tr><th scope=\"row\" class=\"good\">b</th>\
             <td class=\"bad\"><data value=\"&quot;&gt;\">2ms</data></td></tr>\n\
             </tbody>\n<tfoot>\n\
             <tr><th scope=\"row\"><span title=\"&lt;a-z&gt;\">&lt;a…z&gt;</span></th><td></td></tr>\n\
             </tfoot>\n</table>\n</div>\n\
             <dl class=\"pairs\">\n<div><dt>&lt;host&gt;</dt><dd>a &amp; b</dd></div>\n</dl>\n\
             <p>1 &lt; 2</p>\n</header>\n</main>\n<script>…</script>\n",
        );
    }

    #[test]
    fn many_sections_are_listed() {
        let mut page = Page::new("t");
        ["A", "B", "C"].into_iter().for_each(|name| page.section(name));
        let html = written(&page);
        assert!(html.contains("<li><a href=\"#s3\">C</a></li>"), "{html}");
        assert_eq!(html.matches("<section").count(), html.matches("</section>").count());
    }

    #[test]
    fn a_page_fetches_nothing_and_runs_our_script_alone() {
        let mut page = Page::new("t");
        page.svg("");
        let html = written(&page);
        assert!(html.contains("content=\"default-src 'none'; script-src 'sha256-"), "{html}");
        assert_eq!(html.matches("<script").count(), 1);
        let without = html.replace(SCRIPT, "");
        for word in ["src=", "http:", "https:", "url(", "@import"] {
            assert!(!without.contains(word), "{word}");
        }
        assert!(!written(&Page::new("t")).contains("<script"));
    }
}
