//! nginx and HAProxy in front of a server, squid on the way to it, and servers of HTTP/1.1.

use std::collections::BTreeMap;
use std::fs;

use tempfile::TempDir;

use crate::grpc::servers::{METHODS, PROTO, Peer, Seen, Server, grpcio, server};
use crate::grpc::sorted;
use crate::proxies::squid::squid;
use crate::servers::nginx::{Nginx, nginx_at};
use crate::setup::attacks::{N_REQUESTS, await_port};
use crate::setup::certificates::Certified;
use crate::setup::installed::installed;
use crate::support::harness::{Output, Running, drumfire, program};
use crate::support::results::Kept;
use crate::support::servers::free_port;

/// A HAProxy with HTTP/2 on both sides. It ends with its test.
struct Haproxy {
    _running: Running,
    port: u16,
    _folder: TempDir,
}

fn haproxy(server: &Server) -> Haproxy {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let lines = format!(
        "defaults
    mode http
    timeout client 60s
    timeout connect 60s
    timeout server 60s
listen gateway
    bind 127.0.0.1:{port} proto h2
    server one 127.0.0.1:{} proto h2
",
        server.port
    );
    let config = folder.path().join("haproxy.cfg");
    fs::write(&config, lines).unwrap();
    let mut running = program(installed("haproxy")).arg("-f").arg(&config).spawn();
    await_port(&mut running, port);
    Haproxy { _running: running, port, _folder: folder }
}

/// Starts nginx with further directives for a server of HTTP/2 on its port.
fn nginx(locations: &str) -> Nginx {
    let gateway = format!("server {{ listen 127.0.0.1:PORT http2; {locations} }}");
    nginx_at(&["unix:DIR/unused"], &gateway, "")
}

/// Returns how often each outcome is there: name, HTTP status, gRPC status and error.
fn outcomes(rows: &[Kept]) -> BTreeMap<(&str, u16, Option<u8>, &str), usize> {
    let mut outcomes = BTreeMap::new();
    for row in rows {
        let status = row.messaging.unwrap().grpc_status;
        *outcomes.entry((&*row.name, row.code, status, &*row.error)).or_insert(0) += 1;
    }
    outcomes
}

#[test]
fn calls_of_all_types_pass_haproxy() {
    let server = server(Peer::Grpcio);
    let haproxy = haproxy(&server);
    for method in METHODS {
        let url = format!("127.0.0.1:{}/peer.v1.Calls/{method}", haproxy.port);
        let good = format!("GRPC {url}\n# @body\n{{\"waits\": [0, 1]}}\n\n");
        let bad = format!("GRPC {url}\n# @body\n{{\"status\": 5, \"details\": \"no ü\"}}\n\n");
        let calls = server.calls(&(good + &bad), &["-requests=60", "-messages=3"]);
        assert_eq!(calls.len(), 60, "{method}");
        for (row, seen) in calls {
            let expected = ["", "rpc error: code = NotFound desc = no ü"][row.seq as usize % 2];
            assert_eq!(row.error, expected, "{method} {seen:?}");
        }
    }
}

#[test]
fn what_nginx_answers_for_a_server_is_no_status_of_the_server() {
    let server = server(Peer::Grpcio);
    let locations = format!(
        "location /peer.v1.Calls/Tokens {{ return 503; }}
        location /peer.v1.Calls/Collect {{ grpc_pass grpc://127.0.0.1:{}; }}
        location / {{ grpc_pass grpc://127.0.0.1:{}; }}",
        free_port(),
        server.port
    );
    let nginx = nginx(&locations);
    let target = |method: &&str| {
        format!("# @name {method}\nGRPC 127.0.0.1:{}/peer.v1.Calls/{method}\n\n", nginx.port)
    };
    let list: String = METHODS.iter().map(target).collect();
    // nginx passes reflection on.
    for source in [&[][..], &[&*format!("-proto={PROTO}")]] {
        let rows = server.rows(&list, &[&["-requests=80"], source].concat());
        let expected = [
            ("Collect", 502, None, "502 Bad Gateway"),
            ("Converse", 200, Some(0), ""),
            ("Tokens", 503, None, "503 Service Unavailable"),
            ("Unary", 200, Some(0), ""),
        ];
        assert_eq!(outcomes(&rows), expected.map(|outcome| (outcome, 20)).into());
    }
}

#[test]
fn calls_pass_a_tunnel_of_squid() {
    let certified = Certified::new("a.test");
    let certificate = certified.path("server.pem");
    let secure = ("grpcs", grpcio(&[("CERTIFICATE", &certificate)]));
    for (scheme, server) in [secure, ("grpc", grpcio(&[]))] {
        let (squid, target) = (squid(), format!("{scheme}://a.test:{}", server.port));
        let (trust, proto) = (certified.authority.trust(), format!("-proto={PROTO}"));
        let flags = [&*trust, &proto, "-max-connections=1", "-proxy-header=X-Trace: 7"];
        squid.attack(&format!("GRPC {target}/peer.v1.Calls/Unary"), &flags);
        squid.check(&format!("CONNECT a.test:{} HTTP/1.1 200 7", server.port), 1);
        let seqs: Vec<_> = server.seen().iter().map(Seen::seq).collect();
        assert_eq!(seqs, (0..N_REQUESTS as u64).collect::<Vec<_>>());
    }
}

#[test]
fn a_server_of_http1_is_refused_with_the_reason() {
    let certified = Certified::new("127.0.0.1");
    let directives = certified.directives();
    let trust = certified.authority.trust();
    let alpn = "http2: the server did not agree on HTTP/2, which gRPC needs: expected 'h2' in the \
                ALPN of its TLS handshake";
    let plain = "http2: frame too large: the server does not seem to speak HTTP/2";
    for (scheme, options, reason) in [("grpcs", " ssl", alpn), ("grpc", "", plain)] {
        let nginx = nginx_at(&[&format!("127.0.0.1:PORT{options}")], &directives, "");
        let server = format!("{scheme}://127.0.0.1:{}", nginx.port);
        let target = format!("GRPC {server}/peer.v1.Calls/Unary");
        let run = |flags: &[&str]| -> Output {
            let attack = drumfire("attack -quiet -rate=100 -requests=10").arg(&trust);
            attack.args(flags).stdin(target.clone()).run()
        };
        let output = run(&[&format!("-proto={PROTO}")]);
        assert_eq!((output.status, output.messages().as_str()), (Some(0), ""));
        let error = format!("Grpc \"{server}/peer.v1.Calls/Unary\": {reason}");
        let expected = BTreeMap::from([(("", 0, None, &*error), 10)]);
        assert_eq!(outcomes(&sorted(&output.stdout)), expected);
        // Without the schema, the attack does not begin.
        let output = run(&[]);
        let method = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        let expected = format!(
            "drumfire attack: stdin: cannot get the schema by reflection from {server}: Grpc \
             \"{server}/{method}\": {reason}; -proto and -protoset give it without reflection\n"
        );
        assert_eq!((output.status, output.stderr), (Some(1), expected));
        assert!(output.stdout.is_empty());
    }
}
