//! Calls over TLS, with client certificates, and over unix sockets.

use std::collections::BTreeSet;

use crate::grpc::servers::{METHODS, PROTO, Seen, Server, grpcio};
use crate::setup::certificates::Certified;
use crate::support::results::Kept;

const N_CALLS: usize = 20;

/// Starts a server with TLS, and with client certificates if `authority` is a path.
fn secure(certified: &Certified, authority: Option<&str>) -> Server {
    let certificate = certified.path("server.pem");
    let authority = authority.map(|path| ("AUTHORITY", path));
    let variables = [Some(("CERTIFICATE", certificate.as_str())), authority];
    grpcio(&variables.into_iter().flatten().collect::<Vec<_>>())
}

/// Makes calls of all types at a URL, with and without reflection. All must succeed; returns them
/// as the server saw them.
#[track_caller]
fn check(server: &Server, url: &str, flags: &[&str]) -> Vec<Seen> {
    let mut all = Vec::new();
    let (proto, requests) = (format!("-proto={PROTO}"), format!("-requests={N_CALLS}"));
    for method in METHODS {
        let list = format!("GRPC {url}/peer.v1.Calls/{method}\n# @body\n{{\"waits\": [0]}}\n");
        for source in [&[][..], &[proto.as_str()]] {
            let calls =
                server.calls(&list, &[&["-max-connections=1", &requests], flags, source].concat());
            assert_eq!(calls.len(), N_CALLS, "{method}");
            assert!(calls.iter().all(|(row, _)| row.error.is_empty()), "{calls:?}");
            let seen: Vec<_> = calls.into_iter().map(|(_, seen)| seen).collect();
            let clients: BTreeSet<_> = seen.iter().map(|seen| &seen.client).collect();
            assert_eq!(clients.len(), 1, "they share a connection: {clients:?}");
            all.extend(seen);
        }
    }
    all
}

/// Makes calls that must fail and that no server may see; returns their records.
#[track_caller]
fn refused(server: &Server, url: &str, flags: &[&str]) -> Vec<Kept> {
    let list = format!("GRPC {url}/peer.v1.Calls/Unary\n");
    let proto = format!("-proto={PROTO}");
    let rows = server.rows(&list, &[&["-requests=5", &proto], flags].concat());
    assert_eq!((rows.len(), server.seen().len()), (5, 0));
    for row in &rows {
        assert_eq!((row.code, row.messaging.unwrap().grpc_status), (0, None), "{row:?}");
    }
    rows
}

#[test]
fn calls_of_all_types_are_made_over_tls() {
    let certified = Certified::new("a.test");
    let server = secure(&certified, None);
    let trust = certified.authority.trust();
    let detour = format!("-connect-to=a.test:443:127.0.0.1:{}", server.port);
    check(&server, "grpcs://a.test", &[&trust, &detour]);
    check(&server, "grpcs://HOST", &["-insecure"]);
}

#[test]
fn a_certificate_that_does_not_fit_is_refused() {
    let certified = Certified::new("a.test");
    let server = secure(&certified, None);
    let tls = "tls: failed to verify certificate: x509: certificate";
    let trust = certified.authority.trust();
    let detour = format!("-connect-to=b.test:443:127.0.0.1:{}", server.port);
    let table: [(&str, &[&str], &str); 2] = [
        ("grpcs://HOST", &[], "signed by unknown authority"),
        ("grpcs://b.test", &[&trust, &detour], "is valid for a.test, not b.test"),
    ];
    for (url, flags, reason) in table {
        for row in refused(&server, url, flags) {
            assert!(row.error.ends_with(&format!("{tls} {reason}")), "{row:?}");
        }
    }
}

#[test]
fn a_server_knows_a_client_by_its_certificate() {
    let certified = Certified::new("127.0.0.1");
    let authority = certified.authority.roots.path().display().to_string();
    let server = secure(&certified, Some(&authority));
    let trust = certified.authority.trust();
    // grpcio closes the connection without saying why.
    refused(&server, "grpcs://HOST", &[&trust]);
    let pair = ["cert", "key"].map(|flag| {
        let suffix = if flag == "key" { ".key" } else { "" };
        format!("-{flag}={}", certified.path(&format!("client.pem{suffix}")))
    });
    let seen = check(&server, "grpcs://HOST", &[&trust, &pair[0], &pair[1]]);
    assert!(seen.iter().all(|seen| seen.client == "client"), "{seen:?}");
}

#[test]
fn a_port_takes_calls_either_with_or_without_tls() {
    let certified = Certified::new("127.0.0.1");
    let (secure, plain) = (secure(&certified, None), grpcio(&[]));
    let text = "http: server gave HTTP response to HTTPS client";
    for row in refused(&plain, "grpcs://HOST", &[]) {
        assert!(row.error.ends_with(text), "{row:?}");
    }
    // grpcio closes the connection without a word.
    refused(&secure, "HOST", &[]);
}

#[test]
fn calls_of_all_types_are_made_over_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket").display().to_string();
    let server = grpcio(&[("SOCKET", &path)]);
    let seen = check(&server, "a.test:50051", &[&format!("-unix-socket={path}")]);
    assert!(seen.iter().all(|seen| seen.client.starts_with("unix:")), "{seen:?}");
}

#[test]
fn calls_go_on_while_a_server_replaces_its_connections() {
    // The server sends GOAWAY on each connection at this age, in ms.
    let server = grpcio(&[("AGE", "150")]);
    for method in METHODS {
        let list =
            format!("GRPC HOST/peer.v1.Calls/{method}\n# @body\n{{\"waits\": [10, 20, 10]}}\n");
        for limit in ["-max-connections=0", "-max-connections=1"] {
            let calls = server.calls(&list, &["-requests=100", "-messages=3", limit]);
            assert_eq!(calls.len(), 100, "{method} {limit}");
            assert!(calls.iter().all(|(row, _)| row.error.is_empty()), "{method} {limit}");
            let clients: BTreeSet<_> = calls.iter().map(|(_, seen)| &seen.client).collect();
            assert!(clients.len() > 1, "{method} {limit}: {clients:?}");
        }
    }
}
