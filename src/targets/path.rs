//! Host, path and query of a URL as written.

use http::uri::{InvalidUri, PathAndQuery};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Longest URL in bytes, percent-encoded: the limit of the HTTP library.
pub const MAX_URL_BYTES: usize = 65_534;

/// ASCII characters that the HTTP library refuses in a request line. It also refuses all
/// characters beyond ASCII.
const ENCODED: AsciiSet = CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// ASCII characters that the HTTP library refuses in the path of a request line.
const ENCODED_IN_PATH: AsciiSet = ENCODED.add(b'`');

/// Returns the path and the query of an absolute URL, without its fragment.
///
/// They stay as written, including dot segments and backslashes, because a test may be about
/// exactly these. Only characters that a request line cannot have are percent-encoded.
///
/// # Errors
///
/// If they are longer than the HTTP library accepts.
pub fn as_written(url: &str) -> Result<PathAndQuery, InvalidUri> {
    let (_, path) = split(url);
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    // A path always begins with a slash, also if the URL has none or a backslash after its host.
    let path = path.strip_prefix(['/', '\\']).unwrap_or(path);
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let path = utf8_percent_encode(path, &ENCODED_IN_PATH);
    PathAndQuery::try_from(format!("/{path}{}", utf8_percent_encode(query, &ENCODED)))
}

/// Returns the host and port of an absolute URL.
pub fn host_as_written(url: &str) -> &str {
    let (authority, _) = split(url);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Splits a URL after its scheme into the authority (user, host and port) and the rest.
fn split(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost_on_the_way_to_the_request_line(path in "[^#]*") {
            let written = as_written(&format!("http://a/{path}")).unwrap();
            let decode = |text| percent_decode_str(text).collect::<Vec<u8>>();
            prop_assert_eq!(decode(written.as_str()), decode(&format!("/{path}")));
        }
    }

    #[test]
    fn a_path_stays_as_written_if_possible() {
        let table = [
            ("http://a", "/"),
            ("http://a/", "/"),
            ("http://me:pw@[::1]:80/x", "/x"),
            ("http://a?q=1", "/?q=1"),
            ("http://a#f", "/"),
            ("http://a/x?q=1#f?g", "/x?q=1"),
            ("http://a/./b/../c//d", "/./b/../c//d"),
            ("http://a/x/%2e%2E/b?q='a'&z=\\", "/x/%2e%2E/b?q='a'&z=\\"),
            ("http://a\\b\\c", "/b\\c"),
            ("http://a/{x}|^%zz", "/{x}|^%zz"),
            ("http://a/ö b?q=<\"`>", "/%C3%B6%20b?q=%3C%22`%3E"),
            ("http://a/`\"?a?b", "/%60%22?a?b"),
            ("http://a/x?u=http://b/y", "/x?u=http://b/y"),
        ];
        for (url, expected) in table {
            assert_eq!(as_written(url).unwrap(), expected, "{url}");
        }
    }
}
