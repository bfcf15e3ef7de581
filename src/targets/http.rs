//! Lists in Vegeta's http format.
//!
//! ```text
//! # Comments and blank lines stand anywhere before a target.
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
//! A target is a line `METHOD URL`, then headers, then `@FILE` for the body, or `# @body` and its
//! lines up to a blank one; a blank line may stand before or behind `# @body`. It ends behind the
//! body, at a blank line, or at the next `METHOD URL`, which can be no header. The comments
//! `# @name NAME` and `# @weight N` are about the next target, whatever else stands between.

use std::fs;
use std::io::BufRead;
use std::mem;

use bytes::Bytes;
use http::Method;

use crate::error::{Error, TextFile, plain_text};
use crate::targets::draft::{Draft, Drafter, Opening};
use crate::targets::fields::{clip, parse_header};
use crate::targets::lines::Lines;
use crate::targets::template::Origin;
use crate::targets::{Defaults, Reading, Target, one_by_one, weight};

/// Reads a whole list in the http format.
///
/// Body files are read relative to the current directory.
///
/// # Errors
///
/// [`Error::Line`] at the first line that is not in the format, [`Error::NoTargets`] where the
/// list has none, [`Error::Io`] where the input cannot be read.
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
    let mut reader = Reader::new(input, defaults.clone(), Reading::Whole);
    let targets = one_by_one(|| reader.next_target()).collect::<Result<_, _>>()?;
    reader.drafter.finish(targets)
}

/// Reads a list in the http format target by target. Each comes as soon as its end is known: by
/// its body, by a blank line, by the first line of the next, or by the end of the list. Weights
/// and variables, which only a whole list can have, are errors.
///
/// Ends with the list, or with the first error, which is one of [`read_http`]'s.
pub fn http_targets(
    input: impl BufRead,
    defaults: Defaults,
) -> impl Iterator<Item = Result<Target, Error>> {
    let mut reader = Reader::new(input, defaults, Reading::AsNeeded);
    one_by_one(move || reader.next_target())
}

struct Reader<R> {
    lines: Lines<R>,
    reading: Reading,
    drafter: Drafter,
    /// What was said of the next target.
    notes: Notes,
}

/// What comments say of the target behind them.
struct Notes {
    /// Empty for none.
    name: String,
    weight: u32,
}

impl<R: BufRead> Reader<R> {
    fn new(input: R, defaults: Defaults, reading: Reading) -> Self {
        let drafter = Drafter::new(defaults, reading);
        Self { lines: Lines::new(input), reading, drafter, notes: Notes::default() }
    }

    /// Returns the next target; None at the end of the list.
    fn next_target(&mut self) -> Result<Option<Target>, Error> {
        let Some(mut draft) = self.request_line()? else { return Ok(None) };
        while let Some(line) = self.lines.next()? {
            if line.text.is_empty() {
                self.body_behind_blank_line(&mut draft)?;
                break;
            }
            if begins_target(line.text) {
                self.lines.put_back();
                break;
            }
            if begins_body(line.text) {
                let number = line.number;
                self.read_body(&mut draft, number)?;
                break;
            }
            if let Some(comment) = line.text.strip_prefix('#') {
                self.notes.take(comment, self.reading).map_err(|problem| line.error(problem))?;
            } else if let Some(path) = line.text.strip_prefix('@') {
                let body = read_file(path).map_err(|problem| line.error(problem))?;
                let file = format!("body file '{}'", clip(path));
                let origin = Origin::Elsewhere(&file);
                self.drafter.body(&mut draft, body, line.number, origin)?;
                break;
            } else {
                let header =
                    parse_header(line.text).map_err(|error| line.error(error.to_string()))?;
                self.drafter.header(&mut draft, header, line.number)?;
            }
        }
        self.drafter.end(draft).map(Some)
    }

    /// Skips blank lines and comments, and begins a target from its first line.
    fn request_line(&mut self) -> Result<Option<Draft>, Error> {
        while let Some(line) = self.lines.next()? {
            if begins_body(line.text) {
                let problem = "no request for this '# @body': expected it right behind the headers";
                return Err(line.error(problem.to_owned()));
            }
            if let Some(comment) = line.text.strip_prefix('#') {
                self.notes.take(comment, self.reading).map_err(|problem| line.error(problem))?;
            } else if !line.text.is_empty() {
                let (method, url) =
                    split_request_line(line.text).map_err(|problem| line.error(problem))?;
                let Notes { name, weight } = mem::take(&mut self.notes);
                let opening = Opening { line: line.number, name, weight, method, url };
                return self.drafter.begin(opening).map(Some);
            }
        }
        Ok(None)
    }

    /// Reads the body that a `# @body` behind the headers' blank line begins, if there is one. A
    /// list that is read as needed has none: its target is whole at the blank line.
    fn body_behind_blank_line(&mut self, draft: &mut Draft) -> Result<(), Error> {
        if self.reading == Reading::AsNeeded {
            return Ok(());
        }
        match self.lines.next()? {
            Some(line) if begins_body(line.text) => {
                let number = line.number;
                self.read_body(draft, number)
            }
            Some(_) => {
                self.lines.put_back();
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Reads the lines behind `# @body`, which is at line `begun`, up to a blank one, but for one
    /// right behind it.
    fn read_body(&mut self, draft: &mut Draft, begun: usize) -> Result<(), Error> {
        let (mut body, mut first) = (String::new(), None);
        while let Some(line) = self.lines.next()? {
            match first {
                None if line.text.is_empty() && line.number == begun + 1 => continue,
                _ if line.text.is_empty() => break,
                None => first = Some(line.number),
                Some(_) => body.push('\n'),
            }
            body.push_str(line.whole);
        }
        let Some(first) = first else {
            let problem = "no body behind '# @body': expected its lines, then a blank one";
            return Err(Error::at_line(TextFile::Targets, begun, problem));
        };
        self.drafter.body(draft, body.into(), first, Origin::List)
    }
}

/// Returns whether a line is the comment behind which a body stands.
fn begins_body(line: &str) -> bool {
    line.strip_prefix('#').is_some_and(|comment| comment.trim() == "@body")
}

/// Returns whether a line is of the form `METHOD …`, which no header is.
fn begins_target(line: &str) -> bool {
    line.split_once(char::is_whitespace).is_some_and(|(word, _)| is_method(word))
}

/// Returns whether a word is a method as this format allows them: upper-case letters only.
fn is_method(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_uppercase())
}

impl Default for Notes {
    fn default() -> Self {
        Self { name: String::new(), weight: weight::USUAL }
    }
}

impl Notes {
    /// Takes in a comment `@name NAME` or `@weight N`, in the manner of .http files; others say
    /// nothing. The error is what is wrong with it.
    fn take(&mut self, comment: &str, reading: Reading) -> Result<(), String> {
        let comment = comment.trim_start();
        let (key, text) = comment.split_once(char::is_whitespace).unwrap_or((comment, ""));
        match key {
            "@name" if !text.is_empty() => text.trim().clone_into(&mut self.name),
            "@weight" => self.weight = weight::parse(text.trim(), reading)?,
            _ => {}
        }
        Ok(())
    }
}

fn split_request_line(line: &str) -> Result<(Method, &str), String> {
    if line.starts_with('{') {
        return Err("expected 'METHOD URL'; for JSON targets give -format=json".to_owned());
    }
    let (word, url) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let method = Method::from_bytes(word.as_bytes()).ok().filter(|_| is_method(word));
    let Some(method) = method else {
        return Err(format!(
            "bad method '{}': expected upper-case letters, as in 'GET http://…'",
            clip(word)
        ));
    };
    let url = url.trim_start();
    if url.is_empty() {
        return Err(format!("bad target '{word}': expected 'METHOD URL'"));
    }
    Ok((method, url))
}

fn read_file(path: &str) -> Result<Bytes, String> {
    fs::read(path).map(Bytes::from).map_err(|error| {
        let cause = plain_text(&error.to_string());
        format!("cannot read body file '{}': {cause}", clip(path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::parse_base_url;

    /// Reads a list and shows each target as `name|METHOD url|header=value …|body`.
    fn check(list: &str, defaults: &Defaults, expected: &[&str]) {
        let targets = read_http(list.as_bytes(), defaults).unwrap();
        assert_eq!(targets.iter().map(show).collect::<Vec<_>>(), expected, "{list}");
    }

    fn show(target: &Target) -> String {
        let headers: Vec<_> = target
            .headers
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
            .collect();
        let body = str::from_utf8(&target.body).unwrap();
        format!("{}|{} {}|{}|{body}", target.name, target.method, target.url, headers.join(" "))
    }

    #[test]
    fn a_document_of_eight_targets_reads_as_vegeta_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let body = directory.path().join("body.txt");
        fs::write(&body, "Hello world!").unwrap();
        let list = format!(
            "
            GET http://:6060/
            X-Header: 1
            X-Header: 2

            # a comment between targets
            PUT https://:6060/123

            DELETE http://moo:443/boo
            HEAD http://moo:443/next

            POST http://foobar.org/fnord
            Authorization: x12345
            # a comment among headers
            X-Late: yes
            @{body}

            POST http://foobar.org/fnord/2
            Authorization: x67890
            @{body}
            SUBSCRIBE http://foobar.org/sub

            OPTIONS http://foobar.org/opt
            Content-Type: application/json",
            body = body.display()
        );
        let defaults = Defaults {
            headers: vec![parse_header("Content-Type: text/plain").unwrap()],
            ..Defaults::default()
        };
        check(
            &list,
            &defaults,
            &[
                "|GET http://:6060/|content-type=text/plain x-header=1 x-header=2|",
                "|PUT https://:6060/123|content-type=text/plain|",
                "|DELETE http://moo:443/boo|content-type=text/plain|",
                "|HEAD http://moo:443/next|content-type=text/plain|",
                "|POST http://foobar.org/fnord|content-type=text/plain authorization=x12345 \
                 x-late=yes|Hello world!",
                "|POST http://foobar.org/fnord/2|content-type=text/plain authorization=x67890|\
                 Hello world!",
                "|SUBSCRIBE http://foobar.org/sub|content-type=text/plain|",
                "|OPTIONS http://foobar.org/opt|content-type=text/plain \
                 content-type=application/json|",
            ],
        );
    }

    #[test]
    fn lists_are_read_in_every_form_that_editors_leave_them_in() {
        let none = Defaults::default();
        let table: [(&str, &[&str]); 9] = [
            ("GET http://a/", &["|GET http://a/||"]),
            ("GET http://a/ HTTP/1.1", &["|GET http://a/ HTTP/1.1||"]),
            ("\u{feff}GET http://a/\r\nX: 1\r\n\r\n", &["|GET http://a/|x=1|"]),
            ("GET \t http://a/  \n", &["|GET http://a/||"]),
            ("GET http://a/\n\n\n\nGET http://b/\n\n", &["|GET http://a/||", "|GET http://b/||"]),
            ("GET http://a/\nX: 1\nGET http://b/", &["|GET http://a/|x=1|", "|GET http://b/||"]),
            ("GET http://a/\n# no end\nGET http://b/", &["|GET http://a/||", "|GET http://b/||"]),
            ("#c\n  # @name  log in \nGET http://a/\n", &["log in|GET http://a/||"]),
            (
                "GET http://a/\n# @name b\nGET http://b/\n# @names c\nGET http://c/",
                &["|GET http://a/||", "b|GET http://b/||", "|GET http://c/||"],
            ),
        ];
        for (list, expected) in table {
            check(list, &none, expected);
        }
    }

    #[test]
    fn a_body_stands_behind_its_word_up_to_a_blank_line() {
        let rest = "\n\n# @name b\nGET http://b/\n";
        let forms =
            ["# @body\n", "# @body\n\n", "\n# @body\n", "\n#@body \n\n", "X: 1\n# @body\n\n"];
        for form in forms {
            let list = format!("POST http://a/\n{form}{{\n  # \"x\"\r\nGET http://c/{rest}");
            let header = if form.contains('X') { "x=1" } else { "" };
            let body = "{\n  # \"x\"\nGET http://c/";
            let expected = format!("|POST http://a/|{header}|{body}");
            check(&list, &Defaults::default(), &[&expected, "b|GET http://b/||"]);
        }
        check("POST http://a/\n# @body\n\nlast", &Defaults::default(), &["|POST http://a/||last"]);
    }

    #[test]
    fn a_line_may_be_longer_than_any_buffer() {
        let (path, long) = ("x".repeat(65_000), "x".repeat(200_000));
        let list = format!("GET http://a/{path}\nX-Long: {long}\n\nGET http://b/");
        let targets = read_http(list.as_bytes(), &Defaults::default()).unwrap();
        assert_eq!(targets[0].url.len(), "http://a/".len() + path.len());
        assert_eq!(targets[0].headers[0].1, long.as_str());
        assert_eq!(targets[1].url, "http://b/");
    }

    #[test]
    fn a_url_longer_than_a_request_can_carry_is_refused_with_its_line() {
        let list = format!("GET http://b/\nGET http://a/{}", "x".repeat(70_000));
        let error = read_http(list.as_bytes(), &Defaults::default()).unwrap_err().to_string();
        let start = format!("line 2: bad URL 'http://a/{}", "x".repeat(71));
        assert_eq!(error, format!("{start}…': expected at most 65534 bytes"));
    }

    #[test]
    fn defaults_are_put_in_front_of_each_target_s_own() {
        let defaults = Defaults {
            headers: ["X: 1", "X: 2"].map(|text| parse_header(text).unwrap()).to_vec(),
            body: Bytes::from("default"),
            base_url: parse_base_url("http://a/v1").ok(),
            ..Defaults::default()
        };
        check(
            "GET /b\nX: 3\n\nGET http://c/\nX: 4",
            &defaults,
            &["|GET http://a/v1/b|x=1 x=2 x=3|default", "|GET http://c/|x=1 x=2 x=4|default"],
        );
    }

    #[test]
    fn a_bad_line_is_named_with_what_was_expected() {
        let method = "expected upper-case letters, as in 'GET http://…'";
        let header = "expected 'Key: Value'";
        let table = [
            ("get http://a/", format!("line 1: bad method 'get': {method}")),
            ("Get http://a/", format!("line 1: bad method 'Get': {method}")),
            ("DO_IT http://a/", format!("line 1: bad method 'DO_IT': {method}")),
            ("http://a/", format!("line 1: bad method 'http://a/': {method}")),
            ("\n\nGET", "line 3: bad target 'GET': expected 'METHOD URL'".to_owned()),
            ("GET a", "line 1: bad URL 'a': expected http:// or https://".to_owned()),
            (
                "GET localhost:8080/",
                "line 1: bad URL 'localhost:8080/': expected http:// or https://".to_owned(),
            ),
            ("GET /foo", "line 1: bad URL '/foo': a path needs -base-url".to_owned()),
            ("GET http://a/\nfoo", format!("line 2: bad header 'foo': {header}")),
            ("GET http://a/\nfoo:", format!("line 2: bad header 'foo:': {header}")),
            ("GET http://a/\n: 1", format!("line 2: bad header ': 1': {header}")),
            (
                "GET http://a/\nAn id: 1",
                "line 2: bad header 'An id: 1': \
                 expected a key of letters, digits and hyphens, as in 'Key: Value'"
                    .to_owned(),
            ),
            (
                "GET http://a/\n@no/such.json",
                "line 2: cannot read body file 'no/such.json': no such file or directory"
                    .to_owned(),
            ),
            ("GET http://a/\n@Cargo.toml\nX: 1", format!("line 3: bad method 'X:': {method}")),
            (
                r#" {"method": "GET"}"#,
                "line 1: expected 'METHOD URL'; for JSON targets give -format=json".to_owned(),
            ),
            (
                " # nothing\n",
                "no targets to attack: expected a line like 'GET http://127.0.0.1:8080/'"
                    .to_owned(),
            ),
        ];
        for (list, expected) in table {
            let error = read_http(list.as_bytes(), &Defaults::default()).unwrap_err();
            assert_eq!(error.to_string(), expected, "{list}");
        }
    }

    #[test]
    fn a_line_that_is_no_text_is_named() {
        let error = read_http(&b"GET http://a/\nX: \xff\n"[..], &Defaults::default());
        assert_eq!(error.unwrap_err().to_string(), "line 2: expected UTF-8 text");
    }

    #[test]
    fn a_comment_may_be_in_any_encoding() {
        let list = b"# caf\xe9\nGET http://a/\n  #\xff\nX: 1\n# @name caf\xe9\n\nGET http://b/";
        let targets = read_http(&list[..], &Defaults::default()).unwrap();
        let shown: Vec<_> = targets.iter().map(show).collect();
        assert_eq!(shown, ["|GET http://a/|x=1|", "caf\u{fffd}|GET http://b/||"]);
    }
}
