//! Finds the prose of a file: comments and strings of code, the whole text of other files.

use std::path::Path;

/// A piece of prose: consecutive lines of comments, a string, or a whole file.
#[derive(Debug, PartialEq, Eq)]
pub struct Passage {
    /// The line on which the passage begins, from 1.
    line: usize,
    text: String,
}

impl Passage {
    /// Returns the words in lower case, each with its line. Marks of comments are left out.
    pub fn words(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (n, line) in self.text.lines().enumerate() {
            // `\n` in a string is no letter of the word that follows it.
            let line = line.replace("\\n", " ").to_lowercase();
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
            let words = words.map(|word| word.trim_matches('-')).filter(|word| !word.is_empty());
            found.extend(words.map(|word| (self.line + n, word.to_owned())));
        }
        found
    }
}

/// Returns the passages of prose in a file.
pub fn passages(path: &Path, text: &str) -> Vec<Passage> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension {
        Some("rs") => Lexer::new(text, true).passages(),
        Some("js" | "css") => Lexer::new(text, false).passages(),
        _ => vec![Passage { line: 1, text: text.to_owned() }],
    }
}

/// Splits code into comments, strings and the rest.
struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    is_rust: bool,
    found: Vec<Passage>,
    /// The line on which the last line comment was, if that is the last passage.
    comment_line: Option<usize>,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, is_rust: bool) -> Self {
        Self { rest: text, line: 1, is_rust, found: Vec::new(), comment_line: None }
    }

    fn passages(mut self) -> Vec<Passage> {
        while let Some(first) = self.rest.chars().next() {
            let rest = self.rest;
            if rest.starts_with("//") {
                self.line_comment();
            } else if rest.starts_with("/*") {
                let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
                self.take_passage(end);
            } else if let Some(hashes) = raw_string(rest).filter(|_| self.is_rust) {
                let close = format!("\"{}", "#".repeat(hashes));
                let start = hashes + 2;
                let end = rest[start..].find(&close).map_or(rest.len(), |end| start + end);
                self.take_passage(end + close.len().min(rest.len() - end));
            } else if first == '"' || (!self.is_rust && (first == '\'' || first == '`')) {
                self.take_passage(end_of_string(rest, first));
            } else if first == '\'' {
                self.skip(end_of_char(rest));
            } else if first.is_alphanumeric() || first == '_' {
                // A whole identifier, so that its end is not taken for the begin of a raw string.
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                self.skip(end.unwrap_or(rest.len()));
            } else {
                self.skip(first.len_utf8());
            }
        }
        self.found
    }

    /// Takes a comment up to the end of its line; comments on consecutive lines are one passage.
    fn line_comment(&mut self) {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let text = self.rest[..end].trim_start_matches(['/', '!']);
        match self.found.last_mut() {
            Some(last) if self.comment_line.is_some_and(|line| line + 1 == self.line) => {
                last.text.push('\n');
                last.text.push_str(text);
            }
            _ => self.found.push(Passage { line: self.line, text: text.to_owned() }),
        }
        self.comment_line = Some(self.line);
        self.skip(end);
    }

    fn take_passage(&mut self, length: usize) {
        let text = self.rest[..length].to_owned();
        self.found.push(Passage { line: self.line, text });
        self.comment_line = None;
        self.skip(length);
    }

    fn skip(&mut self, length: usize) {
        self.line += self.rest[..length].matches('\n').count();
        self.rest = &self.rest[length..];
    }
}

/// Returns the number of hashes if a raw string begins here.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('r')?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// Returns the length of a string with escapes, with its quotes.
fn end_of_string(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Returns the length of a character in quotes, or 1 if a lifetime begins here.
fn end_of_char(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    let Some((_, first)) = chars.next() else { return 1 };
    if first == '\\' {
        return end_of_string(text, '\'');
    }
    match chars.next() {
        Some((at, '\'')) => at + 1,
        _ => 1,
    }
}
