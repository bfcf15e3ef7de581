//! Host, path and query of a URL as its text has them.

use http::uri::{InvalidUri, PathAndQuery};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What cannot stand in a request line, as the HTTP library has it; neither can anything beyond
/// ASCII.
const ENCODED: AsciiSet = CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// What cannot stand in its path.
const ENCODED_IN_PATH: AsciiSet = ENCODED.add(b'`');

/// Returns the path and the query of an absolute URL, without its fragment.
///
/// They stay as written, dot segments and backslashes too, since a test may be about just these;
/// only what cannot stand in a request line is percent-encoded.
///
/// # Errors
///
/// Where they are longer than the HTTP library takes.
pub fn as_written(url: &str) -> Result<PathAndQuery, InvalidUri> {
    let (_, path) = split(url);
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    // Where there is no slash behind the host, one is meant, also by a backslash.
    let path = path.strip_prefix(['/', '\\']).unwrap_or(path);
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let path = utf8_percent_encode(path, &ENCODED_IN_PATH);
    PathAndQuery::try_from(format!("/{path}{}", utf8_percent_encode(query, &ENCODED)))
}

/// Returns the host and the port of an absolute URL.
pub fn host_as_written(url: &str) -> &str {
    let (authority, _) = split(url);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Parts a URL behind its scheme into user, host and port, and all that follows.
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
    fn a_path_stays_as_written_where_it_can() {
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
