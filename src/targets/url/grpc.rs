//! Addresses of gRPC targets: `[grpc://|grpcs://]HOST:PORT/package.Service/Method`.

use http::uri::PathAndQuery;
use url::{Position, Url};

use crate::protobuf::Method;
use crate::targets::path::{self, MAX_URL_BYTES};
use crate::targets::problem::{Problem, UrlProblem};
use crate::targets::url::{BaseUrl, ParsedUrl};

/// The method of gRPC targets in lists.
pub const GRPC: &str = "GRPC";

/// The schemes, each with the scheme of the HTTP/2 connection below it.
const SCHEMES: [(&str, &str); 2] = [("grpc", "http"), ("grpcs", "https")];

/// Returns whether a method marks a gRPC target.
pub fn is_grpc(method: &http::Method) -> bool {
    method.as_str() == GRPC
}

/// Parses the address of a gRPC target. Without a scheme, `grpc://` is meant: HTTP/2 without TLS.
///
/// # Errors
///
/// If no call can be made to it.
pub fn parsed(text: String) -> Result<ParsedUrl, UrlProblem> {
    let (scheme, rest) = split(&text)?;
    let (host, name) = rest.split_once('/').unwrap_or((rest, ""));
    check_host(host, scheme)?;
    if !is_method(name) {
        return Err(UrlProblem::GrpcMethod);
    }
    let address = Url::parse(&format!("{scheme}://{host}/")).map_err(UrlProblem::OfGrpc)?;
    let path = PathAndQuery::try_from(format!("/{name}")).map_err(|_| UrlProblem::GrpcMethod)?;
    Ok(ParsedUrl { url: text, address, path })
}

/// Returns the scheme of the connection, and what follows the scheme of the text.
fn split(text: &str) -> Result<(&'static str, &str), UrlProblem> {
    let Some((scheme, rest)) = text.split_once("://") else { return Ok(("http", text)) };
    let known = SCHEMES.iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known));
    known.map(|(_, below)| (*below, rest)).ok_or(UrlProblem::GrpcScheme)
}

/// Checks host and port. TLS has a default port, 443; plain gRPC has none that servers use.
fn check_host(host: &str, scheme: &str) -> Result<(), UrlProblem> {
    if host.is_empty() || host.contains(['?', '#', '\\', '@', ' ']) {
        return Err(UrlProblem::GrpcMethod);
    }
    let (address, after) = host.rsplit_once(']').unwrap_or(("", host));
    match after.matches(':').count() {
        0 if scheme == "http" => Err(UrlProblem::GrpcPort),
        0 | 1 => Ok(()),
        // An IPv6 address without brackets.
        _ if address.is_empty() => Err(UrlProblem::GrpcBrackets),
        _ => Err(UrlProblem::GrpcMethod),
    }
}

/// Returns whether a text is `package.Service/Method` or `package.Service.Method`.
fn is_method(text: &str) -> bool {
    let is_name = |name: &str| {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_.".contains(letter);
        !name.is_empty()
            && name.chars().all(is_part)
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    match text.split_once('/') {
        Some((service, method)) => is_name(service) && is_name(method) && !method.contains('.'),
        None => is_name(text) && text.contains('.'),
    }
}

/// Returns scheme, host and port of a gRPC target, as in `grpc://localhost:50051`, from the address
/// of its connection.
pub fn grpc_origin(address: &Url) -> String {
    let known = SCHEMES.iter().find(|(_, below)| address.scheme() == *below);
    let scheme = known.map_or(address.scheme(), |(grpc, _)| grpc);
    format!("{scheme}://{}", &address[Position::BeforeHost..Position::AfterPort])
}

/// Returns the address of a target that is a bare path.
pub fn with_base(base: &BaseUrl, text: &str) -> String {
    let base = base.as_str();
    let swapped = SCHEMES.iter().find_map(|(grpc, below)| {
        let rest = base.strip_prefix(below)?.strip_prefix("://")?;
        Some(format!("{grpc}://{rest}{text}"))
    });
    swapped.unwrap_or_else(|| format!("{base}{text}"))
}

/// Parses the start of the addresses of gRPC targets, such as `grpc://localhost:50051`.
///
/// # Errors
///
/// If it is not a scheme, a host and a port.
pub fn parse_base(text: &str) -> Result<(), UrlProblem> {
    let host = text.trim_end_matches('/');
    if host.split_once("://").is_none_or(|(_, host)| host.contains('/')) {
        return Err(UrlProblem::GrpcScheme);
    }
    parsed(format!("{host}/a/b")).map(drop)
}

/// Returns the path of a method. `url` is the address that named the method.
///
/// # Errors
///
/// If the address is too long.
pub fn path_of(method: &Method, url: &str) -> Result<PathAndQuery, Problem> {
    let too_long = || Problem::Url { text: url.to_owned(), problem: UrlProblem::TooLong };
    let path = path::as_written(&format!("http://a{}", method.path())).ok();
    path.filter(|path| path.as_str().len() <= MAX_URL_BYTES).ok_or_else(too_long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::parse_base_url;

    #[test]
    fn addresses_are_parsed_or_refused_with_what_was_expected() {
        let shape = "expected HOST:PORT/package.Service/Method";
        let table = [
            ("localhost:50051/p.S/M", Ok("http://localhost:50051/ /p.S/M")),
            ("grpc://[::1]:1/p.S.M", Ok("http://[::1]:1/ /p.S.M")),
            ("GRPCS://a.test/p.v1.S/M", Ok("https://a.test/ /p.v1.S/M")),
            ("grpcs://a.test:8443/S/M_2", Ok("https://a.test:8443/ /S/M_2")),
            ("a.test/p.S/M", Err(format!("no port, {shape}, as in localhost:50051/…"))),
            ("http://a:1/p.S/M", Err(UrlProblem::GrpcScheme.to_string())),
            ("a:1", Err(shape.to_owned())),
            ("a:1/", Err(shape.to_owned())),
            ("a:1/Method", Err(shape.to_owned())),
            ("a:1/p.S/M/x", Err(shape.to_owned())),
            ("a:1/p.S/M?x", Err(shape.to_owned())),
            ("me:pw@a:1/p.S/M", Err(shape.to_owned())),
            ("a:99999/p.S/M", Err(format!("invalid port number, {shape}"))),
            ("::1:50051/p.S/M", Err(UrlProblem::GrpcBrackets.to_string())),
        ];
        for (text, expected) in table {
            let shown = parsed(text.to_owned())
                .map(|parsed| format!("{} {}", parsed.address, parsed.path))
                .map_err(|problem| problem.to_string());
            assert_eq!(shown, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn a_base_url_of_http_means_the_same_connection_for_grpc() {
        let table = [
            ("http://a:1", "grpc://a:1/p.S/M"),
            ("https://a", "grpcs://a/p.S/M"),
            ("grpc://a:1/", "grpc://a:1/p.S/M"),
            ("grpcs://a", "grpcs://a/p.S/M"),
        ];
        for (base, expected) in table {
            assert_eq!(with_base(&parse_base_url(base).unwrap(), "/p.S/M"), expected);
        }
        assert!(parse_base_url("grpc://a").is_err() && parse_base_url("grpc://a:1/x").is_err());
    }
}
