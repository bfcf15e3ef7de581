//! The wording of failures: Go's, since Vegeta's users group and search by it, but without
//! addresses and ports of our own end, which would make every failure a different text.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use hickory_resolver::net::{DnsError, NetError};
use http::Method;
use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, InvalidMessage};

use crate::client::http1;
use crate::error::{plain_text, with_small_initial};
use crate::markup::redact::without_password;

/// The timeout came before the head of the response.
pub const TIMEOUT_AWAITING_HEAD: &str =
    "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

/// The timeout came while the body was being read.
pub const TIMEOUT_READING_BODY: &str =
    "context deadline exceeded (Client.Timeout or context cancellation while reading body)";

/// The attack was ended while the hit was under way.
pub const INTERRUPTED: &str = "interrupted: the attack ended before the answer came";

/// A name has no address.
pub const NO_SUCH_HOST: &str = "no such host";

/// Returns `Get "URL": cause`, the form of a failure before the body, without the URL's password.
pub fn of_request(method: &Method, url: &str, cause: &str) -> String {
    let name = method.as_str();
    let (first, rest) = name.split_at(name.len().min(1));
    format!("{first}{} {:?}: {cause}", rest.to_ascii_lowercase(), without_password(url))
}

/// Returns the cause of a dial that failed.
pub fn of_dial(address: SocketAddr, error: &io::Error) -> String {
    format!("dial tcp {address}: {}", of_io("connect", error))
}

/// Returns the cause of a dial for which an address of ours could not be taken.
pub fn of_bind(address: SocketAddr, error: &io::Error) -> String {
    format!("dial tcp {address}: {}", of_io("bind", error))
}

/// Returns the cause of a dial to a socket in the file system that failed.
pub fn of_unix_dial(path: &Path, error: &io::Error) -> String {
    format!("dial unix {}: {}", path.display(), of_io("connect", error))
}

/// Returns the cause of a name that could not be resolved.
pub fn of_lookup(host: &str, cause: &str) -> String {
    format!("dial tcp: lookup {host}: {cause}")
}

/// Returns why the system's resolver found no address.
pub fn of_system_lookup(error: &io::Error) -> String {
    let text = error.to_string();
    // The words of getaddrinfo for a name, and for one that has no address.
    let missing = ["Name or service not known", "No address associated", "nodename nor servname"];
    match text.strip_prefix("failed to lookup address information: ") {
        Some(words) if missing.iter().any(|missing| words.starts_with(missing)) => {
            NO_SUCH_HOST.to_owned()
        }
        Some(words) => with_small_initial(words),
        None => plain_text(&text),
    }
}

/// Returns why a name server did not tell an address.
pub fn of_name_server(error: &NetError) -> String {
    match error {
        NetError::Dns(DnsError::ResponseCode(_)) => "server misbehaving".to_owned(),
        NetError::Timeout => "i/o timeout".to_owned(),
        NetError::Io(error) => of_io("read", error),
        error => error.to_string(),
    }
}

/// Returns why a SOCKS proxy gave no stream.
pub fn of_socks(error: &tokio_socks::Error) -> String {
    use tokio_socks::Error as Socks;
    match error {
        Socks::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        Socks::Io(error) => of_io("read", error),
        Socks::NoAcceptableAuthMethods => "no acceptable authentication methods".to_owned(),
        Socks::PasswordAuthFailure(_) => "username/password authentication failed".to_owned(),
        Socks::TtlExpired => "unknown error TTL expired".to_owned(),
        Socks::GeneralSocksServerFailure
        | Socks::ConnectionNotAllowedByRuleset
        | Socks::NetworkUnreachable
        | Socks::HostUnreachable
        | Socks::ConnectionRefused
        | Socks::CommandNotSupported
        | Socks::AddressTypeNotSupported => {
            format!("unknown error {}", with_small_initial(&error.to_string()))
        }
        error => with_small_initial(&error.to_string()),
    }
}

/// Returns the cause of an exchange through hyper that failed: over HTTP/2, or with a proxy.
pub fn of_exchange(error: &hyper::Error) -> String {
    if let Some(cause) = find::<h2::Error>(error).and_then(of_http2) {
        return cause;
    }
    if let Some(error) = io_of(error) {
        return of_read(error, "EOF");
    }
    if error.is_parse_too_large() {
        return "the head of the response is too large: more than 100 headers or 10 MB".to_owned();
    }
    if error.is_parse() {
        return format!(
            "net/http: HTTP/1.x transport connection broken: malformed HTTP response ({error})"
        );
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return "EOF".to_owned();
    }
    whole(error)
}

/// Returns the cause of an exchange over HTTP/1.1 that failed.
pub fn of_http1(error: &http1::Error) -> String {
    match error {
        http1::Error::Io(error) => of_read(error, "EOF"),
        http1::Error::Ended => "EOF".to_owned(),
        http1::Error::TooLarge => {
            "the head of the response is too large: more than 10 MB or too many headers".to_owned()
        }
        http1::Error::Malformed(what) => format!(
            "net/http: HTTP/1.x transport connection broken: malformed HTTP response ({what})"
        ),
        http1::Error::Body(what) => (*what).to_owned(),
    }
}

/// Returns the cause of a body over HTTP/1.1 that broke off or could not be understood.
pub fn of_http1_body(error: &http1::Error) -> String {
    match error {
        http1::Error::Io(error) => of_read(error, "unexpected EOF"),
        http1::Error::Ended => "unexpected EOF".to_owned(),
        error => of_http1(error),
    }
}

/// Returns the cause of a failed HTTP/2 stream or connection, without the stream's number; None
/// where the failure lies below HTTP/2.
fn of_http2(error: &h2::Error) -> Option<String> {
    let reason = error.reason()?;
    if reason == h2::Reason::FRAME_SIZE_ERROR && !error.is_remote() {
        // The first bytes of an answer in HTTP/1.1 announce a frame of 4 MB.
        return Some("http2: frame too large: the server does not seem to speak HTTP/2".to_owned());
    }
    let whose = if error.is_remote() { "; received from peer" } else { "" };
    Some(match error.is_go_away() && error.is_remote() {
        true => format!("http2: server sent GOAWAY and closed the connection; ErrCode={reason:?}"),
        false => format!("stream error: {reason:?}{whose}"),
    })
}

/// Returns whether an HTTP/2 server says that it refused the request unseen, so that it may be sent
/// again whatever it is.
///
/// Source: RFC 9113, section 8.7.
pub fn is_refused(error: &hyper::Error) -> bool {
    find::<h2::Error>(error).is_some_and(|error| {
        error.is_remote() && error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM)
    })
}

/// Returns whether an HTTP/2 server ended the connection politely before it saw the request, which
/// may be sent again on another one whatever it is.
///
/// Source: RFC 9113, sections 6.8 and 8.7.
pub fn is_left_behind(error: &hyper::Error) -> bool {
    find::<h2::Error>(error).is_some_and(|error| {
        error.is_remote() && error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR)
    })
}

/// Returns whether the peer of HTTP/2 had closed the connection before it answered.
pub fn is_closed_connection(error: &hyper::Error) -> bool {
    let reset = find::<io::Error>(error).is_some_and(is_end);
    reset || error.is_canceled() || error.is_closed()
}

/// Returns whether a stream of bytes failed since the peer had closed it.
pub fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

/// Returns the cause of a body over HTTP/2 that broke off or could not be understood.
pub fn of_body(error: &hyper::Error) -> String {
    if let Some(cause) = find::<h2::Error>(error).and_then(of_http2) {
        return cause;
    }
    match io_of(error) {
        Some(error) => of_read(error, "unexpected EOF"),
        None if error.is_closed() => "unexpected EOF".to_owned(),
        None => whole(error),
    }
}

/// Returns the cause of a body that was not packed as its response said.
pub fn of_packing(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "unexpected EOF".to_owned(),
        _ => format!("cannot unpack the body: {}", plain_text(&error.to_string())),
    }
}

/// Returns the cause of a TLS handshake that failed.
pub fn of_handshake(error: &(dyn StdError + 'static)) -> String {
    match (find::<rustls::Error>(error), find::<io::Error>(error)) {
        (Some(error), _) => of_tls(error),
        (None, Some(error)) if error.kind() == io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        (None, Some(error)) => of_io("read", error),
        (None, None) => whole(error),
    }
}

/// Returns the I/O error behind a failure, also where HTTP/2 hands it on.
fn io_of(error: &hyper::Error) -> Option<&io::Error> {
    find::<io::Error>(error).or_else(|| find::<h2::Error>(error).and_then(h2::Error::get_io))
}

/// Returns why a connection failed while it was read from, also where TLS on it failed; `end`
/// where the peer closed it.
fn of_read(error: &io::Error, end: &str) -> String {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    if let Some(error) = find::<rustls::Error>(error) {
        return of_tls(error);
    }
    // HTTP/2 keeps only the kind of an error, and has an end of its own in words.
    match (error.kind(), error.raw_os_error()) {
        (UnexpectedEof, _) | (BrokenPipe, None) => end.to_owned(),
        (ConnectionReset, None) => "read: connection reset by peer".to_owned(),
        (BrokenPipe, Some(_)) => of_io("write", error),
        _ => of_io("read", error),
    }
}

fn of_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "http: server gave HTTP response to HTTPS client".to_owned()
        }
        rustls::Error::InvalidCertificate(problem) => {
            format!("tls: failed to verify certificate: x509: {}", of_certificate(problem))
        }
        rustls::Error::AlertReceived(alert) => {
            format!("remote error: tls: {}", words(&format!("{alert:?}")))
        }
        error => format!("tls: {error}"),
    }
}

/// Returns why a certificate is not trusted; without the current time, which would make every
/// failure a different text.
fn of_certificate(problem: &CertificateError) -> String {
    use CertificateError as Bad;
    let untimely = "certificate has expired or is not yet valid: the current time is";
    match problem {
        Bad::UnknownIssuer => "certificate signed by unknown authority".to_owned(),
        Bad::ExpiredContext { not_after, .. } => {
            format!("{untimely} after {}", instant(*not_after))
        }
        Bad::NotValidYetContext { not_before, .. } => {
            format!("{untimely} before {}", instant(*not_before))
        }
        Bad::NotValidForNameContext { expected, presented } if presented.is_empty() => {
            let host = expected.to_str();
            format!("certificate is not valid for any names, but wanted to match {host}")
        }
        Bad::NotValidForNameContext { expected, presented } => {
            let names: Vec<_> = presented.iter().map(|name| bare(name)).collect();
            format!("certificate is valid for {}, not {}", names.join(", "), expected.to_str())
        }
        Bad::UnsupportedSignatureAlgorithmContext { signature_algorithm_id, .. } => {
            format!("cannot verify signature: {}", algorithm(signature_algorithm_id))
        }
        Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "cannot verify signature: its algorithm does not fit the signer's key".to_owned()
        }
        Bad::Other(problem) if problem.to_string() == "CaUsedAsEndEntity" => {
            "certificate signed by unknown authority: it is an authority's own, and not among the \
             trusted ones"
                .to_owned()
        }
        Bad::Other(problem) => words(&problem.to_string()),
        problem => words(&problem.to_string()),
    }
}

/// Returns what is wrong with the algorithm of a signature, whose identifier is in DER.
///
/// Source: RFC 8017, appendix C; RFC 3279, section 2.2.3; Go, package crypto/x509, for the words.
fn algorithm(id: &[u8]) -> &'static str {
    const INSECURE: [(&[u8], &str); 3] = [
        (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "insecure algorithm MD5-RSA"),
        (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "insecure algorithm SHA1-RSA"),
        (b"\x2a\x86\x48\xce\x3d\x04\x01", "insecure algorithm ECDSA-SHA1"),
    ];
    let is_it = |(oid, _): &&(&[u8], _)| id.windows(oid.len()).any(|part| part == *oid);
    INSECURE.iter().find(is_it).map_or("algorithm unimplemented", |(_, words)| words)
}

/// Returns an instant as RFC 3339 has it, as in `2026-01-01T00:00:00Z`.
fn instant(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string()
}

/// Returns `a.test` for `DnsName("a.test")`, as rustls shows the names of a certificate.
fn bare(name: &str) -> &str {
    let name = name.split_once('(').map_or(name, |(_, name)| name);
    name.trim_end_matches(')').trim_matches('"')
}

/// Returns `handshake failure` for `HandshakeFailure`; a text that is no such name as it is.
fn words(name: &str) -> String {
    if !name.chars().all(char::is_alphanumeric) {
        return name.to_owned();
    }
    let (mut words, mut last) = (String::new(), ' ');
    for letter in name.chars() {
        if letter.is_uppercase() && last.is_lowercase() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
        last = letter;
    }
    words
}

/// Returns `connect: connection refused`: the call that failed and the system's text.
fn of_io(call: &str, error: &io::Error) -> String {
    format!("{call}: {}", plain_text(&error.to_string()))
}

/// Returns an error with all its causes on one line.
fn whole(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Finds an error of one type among an error and its causes, also inside an I/O error.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    let mut last = None;
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            // An I/O error may wrap the one that tells more.
            last = Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn failures_read_as_go_words_them() {
        let refused = io::Error::from_raw_os_error(111);
        let address: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let cause = of_dial(address, &refused);
        assert_eq!(
            of_request(&Method::GET, "http://127.0.0.1:1/refused", &cause),
            "Get \"http://127.0.0.1:1/refused\": dial tcp 127.0.0.1:1: connect: connection refused"
        );
        assert_eq!(
            of_lookup("nosuch.invalid", NO_SUCH_HOST),
            "dial tcp: lookup nosuch.invalid: no such host"
        );
        let taken = io::Error::from_raw_os_error(99);
        assert_eq!(
            of_bind(address, &taken),
            "dial tcp 127.0.0.1:1: bind: cannot assign requested address"
        );
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(
            of_unix_dial(Path::new("/run/x.sock"), &missing),
            "dial unix /run/x.sock: connect: no such file or directory"
        );
    }

    #[test]
    fn a_name_without_an_address_is_told_apart_from_a_resolver_that_fails() {
        let table = [
            ("Name or service not known", "no such host"),
            ("No address associated with hostname", "no such host"),
            ("Temporary failure in name resolution", "temporary failure in name resolution"),
        ];
        for (words, told) in table {
            let error = format!("failed to lookup address information: {words}");
            assert_eq!(of_system_lookup(&io::Error::other(error)), told);
        }
    }

    #[test]
    fn a_connection_that_ends_is_told_alike_by_both_versions_of_http() {
        use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        let reset = "read: connection reset by peer";
        let table = [
            (UnexpectedEof.into(), "EOF"),
            (BrokenPipe.into(), "EOF"),
            (io::Error::new(BrokenPipe, "stream closed because of a broken pipe"), "EOF"),
            (ConnectionReset.into(), reset),
            (io::Error::from_raw_os_error(104), reset),
            (io::Error::from_raw_os_error(32), "write: broken pipe"),
        ];
        for (error, told) in table {
            assert_eq!(of_read(&error, "EOF"), told, "{error:?}");
        }
    }

    #[test]
    fn the_innermost_error_of_a_type_is_found_through_io_errors() {
        let inner = rustls::Error::DecryptError;
        let wrapped = io::Error::other(io::Error::other(inner));
        assert_eq!(of_handshake(&wrapped), format!("tls: {}", rustls::Error::DecryptError));
    }

    #[test]
    fn what_tls_has_only_names_for_is_told_in_words() {
        use rustls::{AlertDescription, OtherError};
        let sentence = OtherError(Arc::new(io::Error::other("it is Monday")));
        let signed_by = |id: &[u8]| CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: id.to_vec(),
            supported_algorithms: Vec::new(),
        };
        let table: [(rustls::Error, &str); 7] = [
            (
                signed_by(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00").into(),
                "tls: failed to verify certificate: x509: cannot verify signature: insecure \
                 algorithm SHA1-RSA",
            ),
            (
                signed_by(b"\x06\x01\x2a").into(),
                "tls: failed to verify certificate: x509: cannot verify signature: algorithm \
                 unimplemented",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::HandshakeFailure),
                "remote error: tls: handshake failure",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::UnknownCA),
                "remote error: tls: unknown ca",
            ),
            (
                CertificateError::BadSignature.into(),
                "tls: failed to verify certificate: x509: bad signature",
            ),
            (
                CertificateError::Other(sentence).into(),
                "tls: failed to verify certificate: x509: it is Monday",
            ),
            (
                InvalidMessage::MessageTooShort.into(),
                "tls: received corrupt message of type MessageTooShort",
            ),
        ];
        for (error, told) in table {
            assert_eq!(of_handshake(&error), told);
        }
    }
}
