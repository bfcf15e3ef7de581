//! Target: what a hit asks for, and the lists that targets are read from.

mod draft;
mod fields;
mod http;
mod json;
mod lines;
mod path;
mod template;
mod weight;

use std::iter;
use std::sync::Arc;

use ::http::uri::PathAndQuery;
use ::http::{HeaderName, HeaderValue, Method};
use bytes::Bytes;
use url::Url;

use crate::error::Error;

pub use crate::targets::fields::{BaseUrl, parse_base_url, parse_header};
pub use crate::targets::http::{http_targets, read_http};
pub use crate::targets::json::{json_targets, read_json};
pub use crate::targets::path::host_as_written;
pub use crate::targets::template::{Check, Scope, Template, Values};

/// One request of a list, ready to be sent any number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The target's own name; empty where the list gives none.
    pub name: String,
    /// How often it is hit, beside the others, >= 1; 1 where the list does not say.
    pub weight: u32,
    /// HTTP method.
    pub method: Method,
    /// The URL as the list has it, behind the base URL where there is one: what records show.
    pub url: String,
    /// The same URL parsed, with a host: what the hit goes to. Its scheme is http or https.
    pub address: Url,
    /// Path and query as the URL has them: what a request line asks for.
    pub path: PathAndQuery,
    /// Default headers, then the target's own; in order, repeats kept.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Request body; empty for none.
    pub body: Bytes,
    /// The parts that differ from hit to hit, which [`Target::expand`] puts in; None for none.
    pub template: Option<Arc<Template>>,
}

/// What every target of a list gets beside its own.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Put in front of the target's own headers, never replaced by them.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Body of the targets that have none.
    pub body: Bytes,
    /// Put in front of URLs that begin with `/`; None refuses them.
    pub base_url: Option<BaseUrl>,
    /// What their variables may name.
    pub scope: Scope,
}

/// How a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// To its end, before the first hit.
    Whole,
    /// Target by target, each for one hit.
    AsNeeded,
}

/// Makes an iterator of what reads the next target. It ends with the list or behind an error; a
/// list without targets is one.
fn one_by_one(
    mut next: impl FnMut() -> Result<Option<Target>, Error>,
) -> impl Iterator<Item = Result<Target, Error>> {
    let (mut is_empty, mut is_over) = (true, false);
    iter::from_fn(move || {
        if is_over {
            return None;
        }
        let read = match next() {
            Ok(None) if is_empty => Err(Error::NoTargets),
            read => read,
        };
        is_empty = false;
        is_over = !matches!(read, Ok(Some(_)));
        read.transpose()
    })
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufReader, Read};

    use super::*;

    /// An input that fails a test which asks for more than its pieces.
    struct Pieces(Vec<&'static str>);

    impl Read for Pieces {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            assert!(!self.0.is_empty(), "the next piece is not needed yet");
            let piece = self.0.remove(0).as_bytes();
            room[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    /// Reads a list and shows the URLs up to its end, and the error there.
    fn check(targets: impl Iterator<Item = Result<Target, Error>>, expected: &[&str]) {
        let shown = targets.map(|read| read.map_or_else(|error| error.to_string(), |it| it.url));
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_target_comes_before_what_stands_behind_it() {
        let http = [
            "GET http://a/\n\n",
            "GET http://b/\n@Cargo.toml\n",
            "GET http://c/\nX: 1\nGET http://d/\n",
        ];
        let input = BufReader::new(Pieces(http.to_vec()));
        let targets = http_targets(input, Defaults::default());
        check(targets.take(3), &["http://a/", "http://b/", "http://c/"]);

        let json = [
            "{\"method\":\"GET\",\"url\":\"http://a/\"}\n",
            "\n{\"method\":\"GET\",\"url\":\"http://b/\"}\n",
        ];
        let input = BufReader::new(Pieces(json.to_vec()));
        check(json_targets(input, Defaults::default()).take(2), &["http://a/", "http://b/"]);
    }

    #[test]
    fn a_list_ends_behind_its_first_error() {
        let list = &b"GET http://a/\nnope\n\nGET http://b/\n"[..];
        let problem = "line 2: bad header 'nope': expected 'Key: Value'";
        check(http_targets(list, Defaults::default()), &[problem]);
        let none = Error::NoTargets.to_string();
        check(json_targets(&b"\n"[..], Defaults::default()), &[&none]);
    }
}
