//! Targets: the requests that hits send, and the lists that they are read from.

mod http;
mod json;
mod reader;
mod lines;
mod assemble;
mod url;
mod metadata;
mod path;
mod weight;
mod template;
mod grpc;
mod socket;
mod problem;
mod variable_problem;

use std::sync::Arc;

use ::http::uri::PathAndQuery;
use ::http::{HeaderName, HeaderValue, Method};
use ::url::Url;
use bytes::Bytes;

pub use crate::targets::grpc::{Call, ReadyCall};
pub use crate::targets::http::{http_targets, read_http};
pub use crate::targets::json::{json_targets, read_json};
pub use crate::targets::metadata::check_metadata;
pub use crate::targets::path::host_as_written;
pub use crate::targets::problem::UrlProblem;
pub use crate::targets::socket::Socket;
pub use crate::targets::template::{Check, Scope, Template, Values, unexpanded};
pub use crate::targets::url::grpc::{GRPC, grpc_origin, parsed as grpc_url};
pub use crate::targets::url::websocket::{WS, parsed as ws_url, ws_origin};
pub use crate::targets::url::{BaseUrl, ParsedUrl, absolute_url, parse_base_url, parse_header};
pub use crate::targets::variable_problem::RowProblem;

/// One request of a list, which can be sent any number of times.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name of the target; empty if the list gives none.
    pub name: String,
    /// How often the target is hit compared with the others, >= 1; 1 if the list gives none.
    pub weight: u32,
    /// HTTP method.
    pub method: Method,
    /// URL as records show it: the text of the list, after the base URL if one was needed.
    pub url: String,
    /// The same URL, parsed: where requests go. It has a host, and its scheme is http or https.
    pub address: Url,
    /// Path and query as written in the URL, for the request line.
    pub path: PathAndQuery,
    /// Default headers, then those of the list; in order, repeats kept.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Request body; empty for none.
    pub body: Bytes,
    /// The parts with variables, which [`Target::expand`] replaces; None without variables.
    pub template: Option<Arc<Template>>,
    /// The gRPC call; None for HTTP. Then the method is [`GRPC`], the scheme of the address is that
    /// of the HTTP/2 connection, and the path is that of the call.
    pub call: Option<Call>,
    /// What a WebSocket needs; None for HTTP and gRPC. Then the method is [`WS`], and the address and
    /// the path are those of the handshake.
    pub socket: Option<Socket>,
}

/// Values that every target of a list gets in addition to its own.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Headers before those of the target, which do not replace them.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Body of the targets that have none; empty for none.
    pub body: Bytes,
    /// Start of URLs that begin with `/`; None refuses such URLs.
    pub base_url: Option<BaseUrl>,
    /// Names that variables may have.
    pub scope: Scope,
    /// Whether a variable `{{$…}}` in these headers and this body turns variables on, as one in
    /// the list does.
    pub enables_variables: bool,
}

/// How a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadMode {
    /// To its end, before the first hit.
    Whole,
    /// Target by target during the attack, each for one hit.
    Streamed,
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufReader, Read};

    use super::*;
    use crate::error::Error;

    /// An input that fails the test if more than its pieces is read.
    struct Pieces(Vec<&'static str>);

    impl Read for Pieces {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            assert!(!self.0.is_empty(), "the next piece is not needed yet");
            let piece = self.0.remove(0).as_bytes();
            room[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    /// Compares the URLs of a list, and the error at its end.
    fn check(targets: impl Iterator<Item = Result<Target, Error>>, expected: &[&str]) {
        let shown = targets.map(|read| read.map_or_else(|error| error.to_string(), |it| it.url));
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_streamed_target_does_not_wait_for_the_next_one() {
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
    fn a_streamed_list_ends_after_its_first_error() {
        let list = &b"GET http://a/\nnope\n\nGET http://b/\n"[..];
        let problem = "line 2: bad header '***': expected 'Key: Value'";
        check(http_targets(list, Defaults::default()), &[problem]);
        let none = Error::NoTargets.to_string();
        check(json_targets(&b"\n"[..], Defaults::default()), &[&none]);
    }
}
