//! TLS: which servers are trusted, and the errors for the others.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{
    ServerConfig, ServerConnection, SignatureAlgorithm, SignatureScheme, StreamOwned, version,
};
use tempfile::NamedTempFile;

use crate::support::attacks::{self, check_failure, check_success, hits_of};
use crate::support::certificates::{Authority, Issued, provider};
use crate::support::harness::{Run, drumfire};
use crate::support::results::{Kept, records};
use crate::support::servers::{Answer, Scripted, hello, response, scripted, scripted_over};

/// A TLS server with a certificate of its test authority.
struct Secure {
    server: Scripted,
    /// The server name in each ClientHello. None if it has none.
    names: Receiver<Option<String>>,
    /// The authority's certificate.
    roots: NamedTempFile,
}

impl Secure {
    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/x", self.server.address.port())
    }

    fn trust(&self) -> String {
        format!("-root-certs={}", self.roots.path().display())
    }
}

/// Starts a server with a certificate for some hosts.
fn secure(hosts: &[&str]) -> Secure {
    let hosts: Vec<_> = hosts.iter().map(|&host| host.to_owned()).collect();
    certified(&CertificateParams::new(hosts).unwrap())
}

fn certified(params: &CertificateParams) -> Secure {
    let authority = Authority::new(&format!("authority of {:?}", params.subject_alt_names));
    let (server, names) = start(Arc::new(authority.sign(params).server()));
    Secure { server, names, roots: authority.roots }
}

fn start(config: Arc<ServerConfig>) -> (Scripted, Receiver<Option<String>>) {
    let (sender, names) = channel();
    let dress = move |mut stream| {
        let mut tls = ServerConnection::new(config.clone()).unwrap();
        // The handshake fails if the client does not trust the server, which the test checks.
        let _ = tls.complete_io(&mut stream);
        let _ = sender.send(tls.server_name().map(str::to_owned));
        StreamOwned::new(tls, stream)
    };
    (scripted_over(dress, |_| hello()), names)
}

fn attack(url: &str, flags: &[&str]) -> Run {
    attacks::attack(format!("GET {url}\n"), 2, flags)
}

#[track_caller]
fn hits(url: &str, flags: &[&str]) -> Vec<Kept> {
    hits_of(attack(url, flags))
}

#[track_caller]
fn check_trusted(url: &str, flags: &[&str]) {
    check_success(&hits(url, flags));
}

/// Checks the errors of hits.
#[track_caller]
fn check_failed(url: &str, flags: &[&str], cause: &str) {
    check_failure(&hits(url, flags), url, cause);
}

/// Checks the error for a file of root certificates.
#[track_caller]
fn check_refused(roots: &Path, problem: &str) {
    let path = roots.display();
    let output = attack("https://localhost/", &[&format!("-root-certs={path}")]).run();
    let line = format!("drumfire attack: bad -root-certs file '{path}': {problem}\n");
    assert_eq!((output.status, output.stderr), (Some(1), line));
    assert_eq!(output.stdout, b"");
}

#[test]
fn a_server_of_a_trusted_authority_is_attacked() {
    let server = secure(&["localhost", "127.0.0.1"]);
    check_trusted(&server.url("localhost"), &[&server.trust()]);
    check_trusted(&server.url("127.0.0.1"), &[&server.trust()]);
    let other = secure(&["localhost", "other.test"]);
    let both = format!("{},{}", other.trust(), server.roots.path().display());
    check_trusted(&server.url("localhost"), &[&both]);
    check_trusted(&other.url("localhost"), &[&both]);
}

#[test]
fn the_handshake_is_part_of_connecting_and_done_once() {
    let server = secure(&["localhost"]);
    let hits = hits(&server.url("localhost"), &[&server.trust()]);
    assert!(hits[0].connect.is_some() && hits[1].connect.is_none());
    assert_eq!(server.names.try_iter().count(), 1);
}

#[test]
fn an_unknown_authority_is_a_record() {
    let server = secure(&["localhost"]);
    let cause = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    let stranger = secure(&["stranger.test"]);
    check_failed(&server.url("localhost"), &[&stranger.trust()], cause);
}

#[test]
fn system_roots_are_trusted_and_only_https_needs_them() {
    let server = secure(&["localhost"]);
    let plain = scripted(|_| hello());
    let list = format!("GET {}\nGET {}\n", server.url("localhost"), plain.url("/"));
    let none = tempfile::tempdir().unwrap();
    let missing = "the system has no trusted root certificates: give -root-certs or -insecure";
    let table = [(server.roots.path(), [200, 200], ""), (none.path(), [0, 200], missing)];
    for (roots, codes, cause) in table {
        let output = drumfire("attack -rate=0 -max-workers=1 -requests=2")
            .env("SSL_CERT_FILE", roots)
            .env("SSL_CERT_DIR", none.path())
            .stdin(list.as_str())
            .run();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
        let hits = records(&output.stdout);
        assert_eq!([hits[0].code, hits[1].code], codes);
        assert!(hits[0].error.ends_with(cause), "{}", hits[0].error);
    }
}

#[test]
fn a_certificate_that_is_a_root_is_trusted_for_its_name_and_time() {
    let check = |params: &CertificateParams, asked: &str, cause: Option<&str>| {
        let own = Issued::self_signed(params.clone());
        let roots = NamedTempFile::new().unwrap();
        fs::write(&roots, &own.pem).unwrap();
        let (server, names) = start(Arc::new(own.server()));
        let secure = Secure { server, names, roots };
        let trust = [secure.trust()];
        let trust = trust.each_ref().map(String::as_str);
        match cause {
            None => check_trusted(&secure.url(asked), &trust),
            Some(cause) => {
                let cause = format!("tls: failed to verify certificate: x509: {cause}");
                check_failed(&secure.url(asked), &trust, &cause);
            }
        }
    };
    let timely = CertificateParams::new(["localhost".to_owned()]).unwrap();
    check(&timely, "localhost", None);
    let other = "certificate is valid for localhost, not 127.0.0.1";
    check(&timely, "127.0.0.1", Some(other));
    let mut late = timely;
    (late.not_before, late.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    let expired = "certificate has expired or is not yet valid: the current time is after \
                   2002-01-01T00:00:00Z";
    check(&late, "localhost", Some(expired));
}

#[test]
fn a_server_with_an_authority_certificate_must_be_a_root() {
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let (server, _) = start(Arc::new(Issued::self_signed(params).server()));
    let url = format!("https://localhost:{}/x", server.address.port());
    let cause = "tls: failed to verify certificate: x509: certificate signed by unknown \
                 authority: it is an authority's own, and not among the trusted ones";
    check_failed(&url, &[&secure(&["localhost"]).trust()], cause);
}

/// Sends these bytes as its certificate, and bytes that are no signature.
#[derive(Clone, Debug)]
struct Impostor(SignatureScheme);

impl ResolvesServerCert for Impostor {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let certificate = CertificateDer::from(b"no certificate".to_vec());
        Some(Arc::new(CertifiedKey::new(vec![certificate], Arc::new(self.clone()))))
    }
}

impl SigningKey for Impostor {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&self.0).then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for Impostor {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(b"no signature".to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        self.0
    }
}

#[test]
fn malformed_certificates_are_accepted_with_insecure() {
    for scheme in [SignatureScheme::ECDSA_NISTP521_SHA512, SignatureScheme::ECDSA_NISTP256_SHA256] {
        for version in [&version::TLS12, &version::TLS13] {
            let config = ServerConfig::builder_with_provider(provider())
                .with_protocol_versions(&[version])
                .unwrap()
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(Impostor(scheme)));
            let (server, _) = start(Arc::new(config));
            let url = format!("https://localhost:{}/x", server.address.port());
            check_trusted(&url, &["-insecure"]);
        }
    }
}

#[test]
fn any_certificate_is_accepted_with_insecure() {
    let server = secure(&["other.test"]);
    check_trusted(&server.url("localhost"), &["-insecure"]);
    let output = attack(&server.url("localhost"), &["-insecure=false"]).run();
    assert_eq!(records(&output.stdout)[0].code, 0);
}

#[test]
fn a_certificate_for_other_hosts_is_a_record() {
    let table = [
        (&["other.test"][..], "localhost", "certificate is valid for other.test, not localhost"),
        (
            &["other.test", "*.example.test", "10.0.0.1"],
            "127.0.0.1",
            "certificate is valid for other.test, *.example.test, 10.0.0.1, not 127.0.0.1",
        ),
        (&[], "localhost", "certificate is not valid for any names, but wanted to match localhost"),
    ];
    for (hosts, asked, cause) in table {
        let server = secure(hosts);
        let cause = format!("tls: failed to verify certificate: x509: {cause}");
        check_failed(&server.url(asked), &[&server.trust()], &cause);
    }
}

#[test]
fn an_expired_certificate_is_one_error_text_for_the_whole_attack() {
    let check = |from, until, cause: &str| {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let server = certified(&params);
        let cause = format!(
            "tls: failed to verify certificate: x509: certificate has expired or is not yet \
             valid: the current time is {cause}-01-01T00:00:00Z"
        );
        check_failed(&server.url("localhost"), &[&server.trust()], &cause);
    };
    check(2001, 2002, "after 2002");
    check(4001, 4002, "before 4001");
}

#[test]
fn the_server_name_is_the_host_of_the_url() {
    let server = secure(&["localhost", "127.0.0.1"]);
    check_trusted(&server.url("localhost"), &["-header=Host: other.test", &server.trust()]);
    check_trusted(&server.url("127.0.0.1"), &[&server.trust()]);
    let names: Vec<_> = server.names.try_iter().collect();
    assert_eq!(names, [Some("localhost".to_owned()), None], "an address is no name");
    assert!(server.server.seen()[0].contains("Host: other.test\n"));
}

#[test]
fn a_redirect_leads_from_http_to_https() {
    let server = secure(&["localhost"]);
    let location = format!("Location: {}\r\n", server.url("localhost"));
    let door = scripted(move |_| Answer::Text(response("301 Moved Permanently", &location, "")));
    check_trusted(&door.url("/"), &[&server.trust()]);
    assert_eq!(server.server.seen().len(), 2);
}

#[test]
fn a_plain_server_at_an_https_url_is_a_record() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/x", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            // Like other servers, it responds to bytes it does not understand.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    check_failed(&url, &[], "http: server gave HTTP response to HTTPS client");
}

#[test]
fn a_tls_server_at_an_http_url_is_a_record() {
    let server = secure(&["localhost"]);
    for hit in hits(&server.server.url("/x"), &[]) {
        assert_eq!(hit.code, 0);
        assert!(hit.error.contains("malformed HTTP response"), "{}", hit.error);
    }
}

#[test]
fn unreadable_roots_end_the_attack_before_it_starts() {
    let dir = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap().serialize_pem();
    let whole = fs::read_to_string(secure(&[]).roots).unwrap();
    let [expected, first, second] = [
        "expected certificates in PEM form",
        "expected certificates in PEM form, but number 1 is broken",
        "expected certificates in PEM form, but number 2 is broken",
    ];
    let table = [
        ("empty.pem", String::new(), expected),
        ("order.json", "{}".to_owned(), expected),
        ("key.pem", key, expected),
        ("cut.pem", whole[..200].to_owned(), first),
        ("odd.pem", whole.replace("MII", "M*I"), first),
        ("empty_second.pem", whole + &pem("AAAA"), second),
    ];
    for (name, text, problem) in table {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        check_refused(&path, problem);
    }
    check_refused(dir.path(), "is a directory");
    check_refused(&dir.path().join("nonesuch.pem"), "no such file or directory");
}

fn pem(body: &str) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}
