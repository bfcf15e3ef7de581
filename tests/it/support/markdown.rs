//! Reads the links, headings and code blocks of a Markdown document.

use std::collections::{BTreeMap, BTreeSet};

/// What is checked of a document.
#[derive(Debug, Default)]
pub struct Document {
    /// Links and images, outside of code.
    pub links: Vec<Link>,
    /// The anchors of its headings, by GitHub's rules, and those set in HTML.
    pub anchors: BTreeSet<String>,
    /// Code blocks between fences.
    pub blocks: Vec<Block>,
}

/// A link or an image.
#[derive(Debug, PartialEq, Eq)]
pub struct Link {
    /// The line on which the paragraph of the link begins, from 1.
    pub line: usize,
    /// The target as it is written.
    pub target: String,
}

/// A code block between fences.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// What follows the opening fence, such as `sh`.
    pub info: String,
    /// The lines between the fences, without the fence's indentation.
    pub text: String,
}

impl Link {
    /// Returns whether the target lies outside of the repository.
    pub fn is_external(&self) -> bool {
        ["http:", "https:", "mailto:"].iter().any(|scheme| self.target.starts_with(scheme))
    }
}

impl Document {
    /// Parses the text of a document.
    pub fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut slugs = BTreeMap::new();
        let mut paragraph = Paragraph::default();
        let mut lines = text.lines().enumerate().map(|(n, line)| (n + 1, line));
        while let Some((n, line)) = lines.next() {
            let indent = line.len() - line.trim_start().len();
            if let Some(fence) = fence(line.trim_start()) {
                document.add_links(&std::mem::take(&mut paragraph));
                let info = line.trim_start()[fence.len()..].trim().to_owned();
                let inner = lines.by_ref().map(|(_, line)| line);
                let inner = inner.take_while(|line| !closes(line.trim(), fence));
                let inner = inner.map(|line| line.get(indent..).unwrap_or_default());
                let text = inner.map(|line| format!("{line}\n")).collect();
                document.blocks.push(Block { line: n, info, text });
            } else if let Some(heading) = heading(line) {
                document.add_links(&std::mem::take(&mut paragraph));
                document.anchors.insert(unique(&mut slugs, slug(heading)));
                document.add_links(&Paragraph { line: n, text: heading.to_owned() });
            } else if line.trim().is_empty() {
                document.add_links(&std::mem::take(&mut paragraph));
            } else {
                paragraph.add(n, line);
            }
        }
        document.add_links(&paragraph);
        document
    }

    fn add_links(&mut self, paragraph: &Paragraph) {
        let text = without_code(&paragraph.text);
        let line = paragraph.line;
        let mut add = |target: &str| self.links.push(Link { line, target: target.to_owned() });
        for (at, _) in text.match_indices("](") {
            let inner = text[at + 2..].split(')').next().unwrap_or_default();
            // A title may follow the target.
            add(inner.split_whitespace().next().unwrap_or_default());
        }
        for line in text.lines().map(str::trim_start).filter(|line| line.starts_with('[')) {
            if let Some((_, target)) = line.split_once("]: ") {
                add(target.split_whitespace().next().unwrap_or_default());
            }
        }
        for attribute in ["href=\"", "src=\""] {
            text.split(attribute).skip(1).for_each(|rest| add(rest.split('"').next().unwrap()));
        }
        for attribute in ["<a id=\"", "<a name=\""] {
            let ids = text.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap());
            self.anchors.extend(ids.map(str::to_owned));
        }
    }
}

/// Lines that belong together.
#[derive(Debug, Default)]
struct Paragraph {
    line: usize,
    text: String,
}

impl Paragraph {
    fn add(&mut self, line: usize, text: &str) {
        if self.text.is_empty() {
            self.line = line;
        }
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// Returns the fence that opens a code block. None if the line opens none.
fn fence(line: &str) -> Option<&str> {
    let first = line.chars().next().filter(|c| ['`', '~'].contains(c))?;
    let end = line.find(|c| c != first).unwrap_or(line.len());
    (end >= 3).then(|| &line[..end])
}

fn closes(line: &str, fence: &str) -> bool {
    line.starts_with(fence) && line.chars().all(|c| fence.starts_with(c))
}

/// Returns the text of a heading. None if the line is none.
fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    ((1..=6).contains(&level) && text.starts_with(' ')).then(|| text.trim())
}

/// Returns the anchor that GitHub gives to a heading.
fn slug(heading: &str) -> String {
    // Of a link, only the text is shown.
    let mut shown = String::new();
    let mut rest = heading;
    while let Some((before, after)) = rest.split_once("](") {
        shown.push_str(before);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    shown.push_str(rest);
    let kept = shown.to_lowercase().chars().collect::<Vec<_>>();
    let kept = kept.into_iter().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Returns the slug, followed by a number if the document has the slug already.
fn unique(slugs: &mut BTreeMap<String, usize>, slug: String) -> String {
    let times = slugs.entry(slug.clone()).or_default();
    *times += 1;
    match *times {
        1 => slug,
        times => format!("{slug}-{}", times - 1),
    }
}

/// Returns a text without its code spans.
fn without_code(text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        found.push_str(&rest[..at]);
        let ticks = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let after = &rest[at + ticks..];
        let close = "`".repeat(ticks);
        rest = after.split_once(&close).map_or(after, |(_, rest)| rest);
    }
    found + rest
}

#[test]
fn links_headings_and_blocks_are_read() {
    let text = "# A `b` c: d, [e](f.md)!\n\n# Same\n## Same\n\nSee [x\ny](z.md#a \"title\") and \
                `[no](no.md)`.\n![p](q.svg)\n\n[r]: s.md\n\n```sh ignore\n# [no](no.md)\n```\n\n\
                - item\n  ```sh\n  echo\n  ```\n<a id=\"own\"></a>\n";
    let document = Document::parse(text);
    let links: Vec<_> = document.links.iter().map(|link| (link.line, &*link.target)).collect();
    assert_eq!(links, [(1, "f.md"), (6, "z.md#a"), (6, "q.svg"), (10, "s.md")]);
    let anchors: Vec<_> = document.anchors.iter().map(String::as_str).collect();
    assert_eq!(anchors, ["a-b-c-d-e", "own", "same", "same-1"]);
    let blocks: Vec<_> = document.blocks.iter().map(|b| (b.line, &*b.info, &*b.text)).collect();
    assert_eq!(blocks, [(12, "sh ignore", "# [no](no.md)\n"), (17, "sh", "echo\n")]);
}
