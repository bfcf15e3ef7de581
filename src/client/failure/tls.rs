//! The wording of TLS failures.

use std::error::Error as StdError;
use std::io;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, InvalidMessage};

use crate::client::failure::chain::{find, whole};
use crate::client::failure::of_call;

/// Returns the cause of a failed TLS handshake.
pub fn of_handshake(error: &(dyn StdError + 'static)) -> String {
    match (find::<rustls::Error>(error), find::<io::Error>(error)) {
        (Some(error), _) => of_tls(error),
        (None, Some(error)) if error.kind() == io::ErrorKind::UnexpectedEof => "EOF".to_owned(),
        (None, Some(error)) => of_call("read", error),
        (None, None) => whole(error),
    }
}

/// Returns the cause of a TLS error.
pub fn of_tls(error: &rustls::Error) -> String {
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

/// Returns why a certificate is not trusted.
///
/// The text leaves out the current time, which would make every failure unique.
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

/// Returns what is wrong with a signature algorithm, given by its identifier in DER.
///
/// Source: RFC 8017, appendix C; RFC 3279, section 2.2.3; Go, package crypto/x509, for the wording.
fn algorithm(id: &[u8]) -> &'static str {
    const INSECURE: [(&[u8], &str); 3] = [
        (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "insecure algorithm MD5-RSA"),
        (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "insecure algorithm SHA1-RSA"),
        (b"\x2a\x86\x48\xce\x3d\x04\x01", "insecure algorithm ECDSA-SHA1"),
    ];
    let is_it = |(oid, _): &&(&[u8], _)| id.windows(oid.len()).any(|part| part == *oid);
    INSECURE.iter().find(is_it).map_or("algorithm unimplemented", |(_, words)| words)
}

/// Formats an instant by RFC 3339, as in `2026-01-01T00:00:00Z`.
fn instant(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string()
}

/// Returns `a.test` for `DnsName("a.test")`, the form in which rustls prints certificate names.
fn bare(name: &str) -> &str {
    let name = name.split_once('(').map_or(name, |(_, name)| name);
    name.trim_end_matches(')').trim_matches('"')
}

/// Returns `handshake failure` for `HandshakeFailure`; any other text is returned unchanged.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_innermost_error_of_a_type_is_found_through_io_errors() {
        let inner = rustls::Error::DecryptError;
        let wrapped = io::Error::other(io::Error::other(inner));
        assert_eq!(of_handshake(&wrapped), format!("tls: {}", rustls::Error::DecryptError));
    }

    #[test]
    fn names_of_tls_errors_are_written_as_words() {
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
        for (error, expected) in table {
            assert_eq!(of_handshake(&error), expected);
        }
    }
}
