//! Target lists in Vegeta's http format.
//!
//! ```text
//! # Comments and blank lines may appear anywhere before a target.
//! GET http://127.0.0.1:8080/
//!
//! # @name order
//! # @weight 5
//! POST http://127.0.0.1:8080/orders
//! Content-Type: application/json
//! @targets/order.json
//!
//! POST http://127.0.0.1:8080/orders
//! # @body
//!
//! {"item": "snare"}
//! ```
//!
//! A target is a line `METHOD URL`, then headers, then the body: either `@FILE`, or `# @body` and
//! the lines after it up to a blank line. A blank line may precede or follow `# @body`. Before the
//! body, a WebSocket target may have `# @open` and the lines of a message, any number of times. A
//! target ends after its body, at a blank line, or at the next `METHOD URL`, which cannot be a header.
//! The comments `# @name NAME` and `# @weight N` apply to the next target.

use std::fs;
use std::io::BufRead;
use std::mem;

use bytes::Bytes;
use http::Method;

use crate::error::Error;
use crate::targets::assemble::{PartialTarget, RequestLine};
use crate::targets::lines::error_at;
use crate::targets::problem::{Problem, quoted};
use crate::targets::reader::{Format, List, Reader};
use crate::targets::template::TextSource;
use crate::targets::url::list_header;
use crate::targets::{Defaults, ReadMode, Target, weight};

/// Reads a whole list in the http format.
///
/// Body files are read relative to the current directory.
///
/// # Errors
///
/// [`Error::Line`] at the first line that is not in the format, [`Error::NoTargets`] if the list
/// has none, [`Error::Io`] if the input cannot be read.
///
/// # Example
///
/// ```
/// use drumfire::targets::{Defaults, read_http};
///
/// let list = "GET http://127.0.0.1:8080/\nAccept: text/html\n";
/// let targets = read_http(list.as_bytes(), &Defaults::default())?;
/// assert_eq!(targets[0].url, "http://127.0.0.1:8080/");
/// # Ok::<(), drumfire::error::Error>(())
/// ```
pub fn read_http(input: impl BufRead, defaults: &Defaults) -> Result<Vec<Target>, Error> {
    Reader::<_, HttpFormat>::new(input, defaults.clone(), ReadMode::Whole).read_all()
}

/// Reads a list in the http format target by target. Each target is returned as soon as its end
/// is known: its body, a blank line, the first line of the next target, or the end of the list.
/// Weights and variables are errors, because they need the whole list.
///
/// Ends after the last target or the first error, which is one of those of [`read_http`].
pub fn http_targets(
    input: impl BufRead,
    defaults: Defaults,
) -> impl Iterator<Item = Result<Target, Error>> {
    Reader::<_, HttpFormat>::new(input, defaults, ReadMode::Streamed)
}

/// The grammar of the http format.
#[derive(Default)]
struct HttpFormat {
    /// Comments so far about the next target.
    annotations: Annotations,
    /// Whether a target has begun.
    has_targets: bool,
}

/// What comments say about the target after them.
struct Annotations {
    /// Empty for none.
    name: String,
    weight: u32,
}

impl Default for Annotations {
    fn default() -> Self {
        Self { name: String::new(), weight: weight::DEFAULT }
    }
}

/// What follows in the list after a line of a target.
enum Next {
    /// More lines of the target.
    SameTarget,
    /// Another target, or the end of the list.
    NextTarget,
}

impl Format for HttpFormat {
    fn next_target<R: BufRead>(&mut self, list: &mut List<R>) -> Result<Option<Target>, Error> {
        let Some(mut target) = self.begin(list)? else { return Ok(None) };
        while let Next::SameTarget = self.read_line(&mut target, list)? {}
        list.assembler.finish_target(target).map(Some)
    }
}

impl HttpFormat {
    /// Skips blank lines and comments, and begins a target with its first line.
    fn begin<R: BufRead>(&mut self, list: &mut List<R>) -> Result<Option<PartialTarget>, Error> {
        while let Some(line) = list.lines.next()? {
            match Block::begun_by(line.trimmed) {
                Some(Block::Body) => return Err(line.error(Problem::BodyWithoutRequest)),
                Some(Block::Open) => return Err(line.error(Problem::OpenWithoutTarget)),
                None => {}
            }
            if let Some(comment) = line.trimmed.strip_prefix('#') {
                self.annotations.add(comment, list.mode).map_err(|problem| line.error(problem))?;
            } else if !line.trimmed.is_empty() {
                let split = self.split_request_line(line.trimmed);
                let (method, url) = split.map_err(|problem| line.error(problem))?;
                self.has_targets = true;
                let Annotations { name, weight } = mem::take(&mut self.annotations);
                let request = RequestLine { line: line.number, name, weight, method, url };
                return list.assembler.begin(request).map(Some);
            }
        }
        Ok(None)
    }

    /// Splits the first line of a target.
    fn split_request_line<'a>(&self, line: &'a str) -> Result<(Method, &'a str), Problem> {
        // As editors with .http files have it; Vegeta and drumfire end a target at a blank line.
        if self.has_targets && looks_like_body(line) && !line.contains("\"method\"") {
            return Err(Problem::UnmarkedBody);
        }
        if line.starts_with('{') {
            return Err(Problem::JsonInHttp);
        }
        let (word, url) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let method = Method::from_bytes(word.as_bytes()).ok().filter(|_| is_method(word));
        let method = method.ok_or_else(|| match word.contains("://") {
            true => Problem::NoMethod(word.to_owned()),
            false => Problem::NotUpperCase(line.to_owned()),
        })?;
        let url = without_version(url.trim_start());
        if url.is_empty() {
            return Err(Problem::NoUrl(word.to_owned()));
        }
        Ok((method, url))
    }

    /// Reads the next line of a target, and its body if the line begins one.
    fn read_line<R: BufRead>(
        &mut self,
        target: &mut PartialTarget,
        list: &mut List<R>,
    ) -> Result<Next, Error> {
        let Some(line) = list.lines.next()? else { return Ok(Next::NextTarget) };
        if line.trimmed.is_empty() {
            return read_block_after_blank_line(target, list);
        }
        if begins_target(line.trimmed) {
            list.lines.unread();
            return Ok(Next::NextTarget);
        }
        if let Some(block) = Block::begun_by(line.trimmed) {
            let number = line.number;
            return block.read(target, number, list);
        }
        if let Some(comment) = line.trimmed.strip_prefix('#') {
            self.annotations.add(comment, list.mode).map_err(|problem| line.error(problem))?;
        } else if let Some(path) = line.trimmed.strip_prefix('@') {
            let body = read_file(path).map_err(|problem| line.error(problem))?;
            let file = format!("body file '{}'", quoted(path));
            let source = TextSource::Elsewhere(&file);
            list.assembler.set_body(target, body, line.number, source)?;
            return Ok(Next::NextTarget);
        } else if looks_like_body(line.trimmed) {
            return Err(line.error(Problem::UnmarkedBody));
        } else {
            let header = list_header(line.trimmed).map_err(|problem| line.error(problem))?;
            list.assembler.add_header(target, header, line.number)?;
        }
        Ok(Next::SameTarget)
    }
}

/// Reads the block if one follows the blank line after the headers.
fn read_block_after_blank_line<R: BufRead>(
    target: &mut PartialTarget,
    list: &mut List<R>,
) -> Result<Next, Error> {
    // A streamed target ends at the blank line: it must not wait for a line after that.
    if list.mode == ReadMode::Streamed {
        return Ok(Next::NextTarget);
    }
    let Some(line) = list.lines.next()? else { return Ok(Next::NextTarget) };
    let (number, block) = (line.number, Block::begun_by(line.trimmed));
    match block {
        Some(block) => block.read(target, number, list),
        None => {
            list.lines.unread();
            Ok(Next::NextTarget)
        }
    }
}

/// Lines of a target that a comment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// `# @body`: the body, or the messages of gRPC, or the message of a WebSocket.
    Body,
    /// `# @open`: a message that a WebSocket sends after each connect.
    Open,
}

impl Block {
    /// Returns the block that a line begins. None if it begins none.
    fn begun_by(line: &str) -> Option<Self> {
        match line.strip_prefix('#')?.trim() {
            "@body" => Some(Self::Body),
            "@open" => Some(Self::Open),
            _ => None,
        }
    }

    /// Reads the block, which the comment at line `start` begins. A target ends after its body.
    fn read<R: BufRead>(
        self,
        target: &mut PartialTarget,
        start: usize,
        list: &mut List<R>,
    ) -> Result<Next, Error> {
        let block = self.read_lines(start, list)?;
        match (self, block) {
            (Self::Body, None) => Err(error_at(start, Problem::EmptyBody)),
            (Self::Open, None) => Err(error_at(start, Problem::EmptyOpen)),
            (Self::Body, Some((first, text))) => {
                list.assembler.set_body(target, text.into(), first, TextSource::List)?;
                Ok(Next::NextTarget)
            }
            (Self::Open, Some((first, text))) => {
                list.assembler.add_open(target, text, first, TextSource::List)?;
                Ok(Next::SameTarget)
            }
        }
    }

    /// Reads the lines after the comment, which is at line `start`, up to a blank line. A blank line
    /// directly after the comment is skipped. Returns the number of the first line, and the text; None
    /// without any line.
    fn read_lines<R: BufRead>(
        self,
        start: usize,
        list: &mut List<R>,
    ) -> Result<Option<(usize, String)>, Error> {
        let (mut text, mut first) = (String::new(), None);
        while let Some(line) = list.lines.next()? {
            // Nothing follows a body, so such a line is a part of it.
            let ends = self == Self::Open && Self::begun_by(line.trimmed).is_some();
            match first {
                None if line.trimmed.is_empty() && line.number == start + 1 => continue,
                // A blank line also ends the target, unless a block follows it.
                _ if line.trimmed.is_empty() || ends => {
                    list.lines.unread();
                    break;
                }
                None => first = Some(line.number),
                Some(_) => text.push('\n'),
            }
            text.push_str(line.raw);
        }
        Ok(first.map(|first| (first, text)))
    }
}

/// Returns whether a line has the form `METHOD …`, which no header has.
fn begins_target(line: &str) -> bool {
    line.split_once(char::is_whitespace).is_some_and(|(word, _)| is_method(word))
}

/// Returns whether a line can be neither the first line of a target nor a header, but part of a
/// body: JSON, XML or a form.
fn looks_like_body(line: &str) -> bool {
    let word = line.split(char::is_whitespace).next().unwrap_or_default();
    let is_form = word.contains('=') && !word.contains([':', '/']);
    line.starts_with(['{', '[', '<', '"']) || is_form
}

/// Returns a URL without the version of HTTP after it, as request lines and .http files have it.
fn without_version(url: &str) -> &str {
    match url.rsplit_once(char::is_whitespace) {
        Some((url, version)) if version.starts_with("HTTP/") => url.trim_end(),
        _ => url,
    }
}

/// Returns whether a word is a method in this format: upper-case letters only.
fn is_method(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_uppercase())
}

impl Annotations {
    /// Adds a comment `@name NAME` or `@weight N`, as in .http files; comments without an `@` are
    /// ignored.
    fn add(&mut self, comment: &str, mode: ReadMode) -> Result<(), Problem> {
        let comment = comment.trim_start();
        let (key, text) = comment.split_once(char::is_whitespace).unwrap_or((comment, ""));
        match key {
            "@name" if !text.is_empty() => text.trim().clone_into(&mut self.name),
            "@weight" => self.weight = weight::parse(text.trim(), mode)?,
            // A misspelled word would silently change the load.
            key if key.starts_with('@') && key.len() > 1 => {
                return Err(Problem::Annotation(key.to_owned()));
            }
            _ => {}
        }
        Ok(())
    }
}

fn read_file(path: &str) -> Result<Bytes, Problem> {
    let read = fs::read(path).map(Bytes::from);
    read.map_err(|cause| Problem::BodyFile { path: path.to_owned(), cause })
}

#[cfg(test)]
mod tests;
