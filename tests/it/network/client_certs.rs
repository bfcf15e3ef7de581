//! TLS client certificates and session resumption of `attack`.

use std::fs;
use std::sync::Arc;

use rustls::crypto::ring::Ticketer;
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::{ALL_VERSIONS, HandshakeKind, ProtocolVersion, SupportedProtocolVersion, version};
use tempfile::TempDir;

use crate::support::attacks::{self, hits_of};
use crate::support::certificates::{Authority, Issued, provider};
use crate::support::handshakes::{Handshake, start};
use crate::support::harness::{Run, drumfire};
use crate::support::results::Kept;
use crate::support::servers::Scripted;

/// Returns an attack on a server by its host name.
fn attack(server: &Scripted, requests: u64, flags: &[&str]) -> Run {
    let list = format!("GET https://localhost:{}/x\n", server.address.port());
    attacks::attack(list, requests, flags)
}

#[track_caller]
fn hits(server: &Scripted, requests: u64, flags: &[&str]) -> Vec<Kept> {
    hits_of(attack(server, requests, flags))
}

/// A key on a curve that the TLS library does not support, and that no other test uses.
const P521: &str = "-----BEGIN PRIVATE KEY-----
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAcWvOvW4alZqxtDPG
Ly6CW1X0VvfOJGPAyQisHeVLYmr0HkRzheWb3bDkSYgGUZ18EZ0CPTn0S8a6qp3u
qvGVsuShgYkDgYYABAEqbsJCrxlfonPvIUnsigQVwFp9Qn5Q+Pm6Cty2PxsmUBgQ
O0Q/SmzGgB7QoHaMTvJXX6B01xO7vJexRx3HTENsYwAfbhztz63GwkBN5nsVtBiQ
glyMZP4ysEEQBSYNwwPWIKoZoJ2+yvs4MMaWNQQZyiMVK9FayV1mfeoJvWdZw4kh
pA==
-----END PRIVATE KEY-----
";

/// An authority, a server that accepts only clients of that authority, and the files of a client.
struct Closed {
    authority: Authority,
    server: Scripted,
    files: TempDir,
}

impl Closed {
    fn new() -> Self {
        let authority = Authority::new("closed");
        let Issued { pem, key_pem, .. } = authority.issue(&["client.test"]);
        let files = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(files.path().join(name), text).unwrap();
        write("cert.pem", &pem);
        write("key.pem", &key_pem);
        write("both.pem", &format!("{pem}{key_pem}"));
        write("other.pem", &authority.issue(&["other.test"]).key_pem);
        write("empty.pem", "");
        write("p521.pem", P521);
        let clients = WebPkiClientVerifier::builder_with_provider(authority.store(), provider());
        let clients = clients.build().unwrap();
        let (server, _) = start(authority.issue(&["localhost"]).server_with(ALL_VERSIONS, clients));
        Self { authority, server, files }
    }

    /// Returns flags with the paths of files of the fixture.
    fn flags(&self, flags: &[(&str, &str)]) -> Vec<String> {
        let path = |name: &str| self.files.path().join(name).display().to_string();
        flags.iter().map(|(flag, name)| format!("{flag}={}", path(name))).collect()
    }

    fn hit(&self, flags: &[(&str, &str)]) -> Kept {
        let mut line = self.flags(flags);
        line.push(self.authority.trust());
        let line: Vec<_> = line.iter().map(String::as_str).collect();
        hits(&self.server, 1, &line).remove(0)
    }
}

#[test]
fn a_server_that_asks_for_a_certificate_receives_it() {
    let closed = Closed::new();
    for flags in [&[("-cert", "cert.pem"), ("-key", "key.pem")][..], &[("-cert", "both.pem")]] {
        let hit = closed.hit(flags);
        assert_eq!((hit.code, hit.error.as_str()), (200, ""));
    }
    let hit = closed.hit(&[]);
    let url = format!("https://localhost:{}/x", closed.server.address.port());
    let error = format!("Get \"{url}\": remote error: tls: certificate required");
    assert_eq!((hit.code, hit.error), (0, error));
}

/// Checks the error for the flags `-cert` and, unless it is empty, `-key`. Names in quotes are
/// those of files of the fixture.
#[track_caller]
fn check_refused(closed: &Closed, cert: &str, key: &str, problem: &str) {
    let flags = [("-cert", cert), ("-key", key)];
    let given: Vec<_> = flags.into_iter().filter(|(_, name)| !name.is_empty()).collect();
    let line = closed.flags(&given);
    let output =
        attack(&closed.server, 1, &line.iter().map(String::as_str).collect::<Vec<_>>()).run();
    let folder = format!("{}/", closed.files.path().display());
    let message = output.stderr.replace(&folder, "");
    assert_eq!((output.status, message), (Some(1), format!("drumfire attack: bad {problem}\n")));
}

#[test]
fn an_unusable_certificate_ends_the_attack_before_it_starts() {
    let closed = Closed::new();
    let table = [
        (
            "cert.pem",
            "other.pem",
            "-key file 'other.pem': the private key is not that of the first certificate in \
             'cert.pem'",
        ),
        (
            "cert.pem",
            "",
            "-cert file 'cert.pem': expected the certificate's private key in the same file, in \
             PEM form and not encrypted, or in a file given by -key",
        ),
        (
            "cert.pem",
            "cert.pem",
            "-key file 'cert.pem': expected a private key in PEM form, not encrypted",
        ),
        (
            "cert.pem",
            "p521.pem",
            "-key file 'p521.pem': expected a key of RSA with 2048 bits or more, of curve P-256 \
             or P-384, or of Ed25519",
        ),
        ("empty.pem", "key.pem", "-cert file 'empty.pem': expected certificates in PEM form"),
        ("key.pem", "key.pem", "-cert file 'key.pem': expected certificates in PEM form"),
        ("nosuch.pem", "", "-cert file 'nosuch.pem': no such file or directory"),
        ("cert.pem", "nosuch.pem", "-key file 'nosuch.pem': no such file or directory"),
    ];
    for (cert, key, problem) in table {
        check_refused(&closed, cert, key, problem);
    }
}

#[test]
fn a_key_without_a_certificate_is_refused() {
    let output = drumfire("attack -key=key.pem").run();
    let expected = "drumfire attack: -key requires -cert: name the certificate that the key \
                    belongs to\nsee 'drumfire attack -h'\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(2), expected));
}

#[test]
fn sessions_are_resumed_only_if_enabled() {
    let check = |versions: &[&'static SupportedProtocolVersion], ticketer, flags: &[&str]| {
        let authority = Authority::new("tickets");
        let mut config =
            authority.issue(&["localhost"]).server_with(versions, Arc::new(NoClientAuth));
        if ticketer {
            config.ticketer = Ticketer::new().unwrap();
        }
        let (server, handshakes) = start(config);
        let trust = authority.trust();
        let flags: Vec<_> = ["-keepalive=false", &trust].iter().chain(flags).copied().collect();
        let hits = hits(&server, 4, &flags);
        assert!(hits.iter().all(|hit| hit.code == 200), "{hits:?}");
        handshakes.try_iter().collect::<Vec<_>>()
    };
    let all = |version, first, others| -> Vec<Handshake> {
        let kinds = [first, others, others, others];
        kinds.into_iter().map(|kind| Handshake { version, kind }).collect()
    };
    use HandshakeKind::{Full, Resumed};
    use ProtocolVersion::{TLSv1_2, TLSv1_3};
    for ticketer in [true, false] {
        let resumed = check(&[&version::TLS12], ticketer, &["-session-tickets"]);
        assert_eq!(resumed, all(TLSv1_2, Full, Resumed));
        let resumed = check(&[&version::TLS13], ticketer, &["-session-tickets"]);
        assert_eq!(resumed, all(TLSv1_3, Full, Resumed));
    }
    assert_eq!(check(&[&version::TLS12], true, &[]), all(TLSv1_2, Full, Full));
    assert_eq!(check(&[&version::TLS13], true, &[]), all(TLSv1_3, Full, Full));
}
