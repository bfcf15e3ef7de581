//! nginx at the end of every direct connection: addresses, Unix sockets, TLS, HTTP/2.

use std::fs;

use crate::servers::nginx::{n_connections, nginx_at};
use crate::setup::attacks::{N_REQUESTS, attack, check_success, hits};
use crate::setup::certificates::Certified;

#[test]
fn hits_come_from_the_local_address() {
    let table = [("127.0.0.1:PORT", "127.0.0.1", "127.0.0.2"), ("[::1]:PORT", "[::1]", "::1")];
    for (socket, host, from) in table {
        let nginx = nginx_at(&[socket], "", "$server_protocol $remote_addr");
        hits(&format!("http://{host}:{}/x", nginx.port), &["-laddr", from]);
        nginx.check(&[(&format!("HTTP/1.1 {from}"), N_REQUESTS)]);
    }
}

#[test]
fn headers_arrive_as_they_were_given() {
    let way = "$server_protocol $host $http_user_agent $http_x_trace $http_x_own";
    let table = [("", "-h2c=false", "1.1"), (" http2", "-h2c", "2.0")];
    for (options, flag, version) in table {
        let nginx = nginx_at(&[&format!("127.0.0.1:PORT{options}")], "", way);
        let target = format!("GET http://127.0.0.1:{}/x\nX-Own: 8", nginx.port);
        let flags = ["-header=Host: a.test", "-header=User-Agent: odd/1", "-header=X-Trace: 7"];
        check_success(attack(&target, &[&flags[..], &[flag]].concat()).spawn());
        nginx.check(&[(&format!("HTTP/{version} a.test odd/1 7 8"), N_REQUESTS)]);
    }
}

#[test]
fn mapped_addresses_are_used_in_turn() {
    let sockets = ["127.0.0.1:PORT", "127.0.0.2:PORT", "[::1]:PORT"];
    let nginx = nginx_at(&sockets, "", "$http_host $server_addr");
    let detour = |to: &str| format!("-connect-to=a.test:80:{to}:{}", nginx.port);
    let detours = ["127.0.0.1", "127.0.0.2", "[::1]"].map(detour);
    let flags = detours.each_ref().map(String::as_str);
    hits("http://a.test/x", &[&flags[..], &["-keepalive=false"]].concat());
    let share = N_REQUESTS / 3;
    nginx.check(&[("a.test 127.0.0.1", share), ("a.test 127.0.0.2", share), ("a.test ::1", share)]);
}

#[test]
fn a_unix_socket_takes_both_versions_of_http() {
    for (options, flag, version) in [("", "-h2c=false", "1.1"), (" http2", "-h2c", "2.0")] {
        let socket = format!("unix:DIR/nginx.sock{options}");
        let nginx = nginx_at(&[&socket], "", "$server_protocol $host $remote_addr");
        let path = format!("-unix-socket={}", nginx.path("nginx.sock"));
        hits("http://nosuch.invalid/x", &[&path, flag]);
        nginx.check(&[(&format!("HTTP/{version} nosuch.invalid unix:"), N_REQUESTS)]);
    }
}

#[test]
fn a_client_certificate_reaches_the_server() {
    let certified = Certified::new("a.test");
    let authority = certified.authority.roots.path().display();
    let directives = format!(
        "{} ssl_verify_client on; ssl_client_certificate {authority};",
        certified.directives()
    );
    let way = "$server_protocol $ssl_server_name $ssl_client_verify $ssl_client_s_dn";
    for (flag, version) in [("-http2", "2.0"), ("-http2=false", "1.1")] {
        let nginx = nginx_at(&["127.0.0.1:PORT ssl http2"], &directives, way);
        let flags = [
            flag.to_owned(),
            certified.authority.trust(),
            format!("-cert={}", certified.path("client.pem")),
            format!("-key={}", certified.path("client.pem.key")),
            format!("-connect-to=a.test:443:127.0.0.1:{}", nginx.port),
        ];
        hits("https://a.test/x", &flags.each_ref().map(String::as_str));
        nginx.check(&[(&format!("HTTP/{version} a.test SUCCESS CN=client"), N_REQUESTS)]);
    }
}

#[test]
fn sessions_are_resumed_in_both_versions_of_tls() {
    let certified = Certified::new("a.test");
    for version in ["TLSv1.2", "TLSv1.3"] {
        let directives = format!("{} ssl_protocols {version};", certified.directives());
        let way = "$ssl_protocol $ssl_session_reused";
        let nginx = nginx_at(&["127.0.0.1:PORT ssl"], &directives, way);
        let flags = [
            "-session-tickets",
            "-keepalive=false",
            // One after the other, so that each connection has the ticket of the one before.
            "-max-workers=1",
            &certified.authority.trust(),
            &format!("-connect-to=a.test:443:127.0.0.1:{}", nginx.port),
        ];
        hits("https://a.test/x", &flags);
        let [full, resumed] = [".", "r"].map(|reused| format!("{version} {reused}"));
        nginx.check(&[(&full, 1), (&resumed, N_REQUESTS - 1)]);
    }
}

#[test]
fn a_server_that_closes_http2_connections_fails_no_hit() {
    let nginx = nginx_at(&["127.0.0.1:PORT http2"], "keepalive_requests 20;", "$server_protocol");
    // A stream that crosses GOAWAY is sent again, and nginx receives it only once. Fewer hits at
    // once than one connection takes, so that none is late repeatedly.
    hits(&format!("http://127.0.0.1:{}/x", nginx.port), &["-h2c", "-max-workers=10"]);
    let seen = nginx.check(&[("HTTP/2.0", N_REQUESTS)]);
    assert!(n_connections(&seen) >= N_REQUESTS / 20, "{}", n_connections(&seen));
}

#[test]
fn a_compressed_body_is_requested_and_decompressed() {
    let directives = "gzip on; gzip_types text/plain; gzip_min_length 1;";
    let way = "$http_accept_encoding $sent_http_content_encoding";
    let nginx = nginx_at(&["127.0.0.1:PORT"], directives, way);
    let hits = hits(&format!("http://127.0.0.1:{}/x", nginx.port), &[]);
    assert!(hits.iter().all(|hit| hit.body == b"hello" && hit.bytes_in == 5));
    nginx.check(&[("gzip gzip", N_REQUESTS)]);
}

#[test]
fn a_body_is_sent_in_chunks_if_the_flag_is_set() {
    let nginx = nginx_at(&["127.0.0.1:PORT"], "", "$http_transfer_encoding $http_content_length");
    let target = format!("POST http://127.0.0.1:{}/x", nginx.port);
    let hits = check_success(attack(&target, &["-chunked", "-body=rustfmt.toml"]).spawn());
    let len = fs::metadata("rustfmt.toml").unwrap().len();
    assert!(hits.iter().all(|hit| hit.bytes_out == len));
    nginx.check(&[("chunked -", N_REQUESTS)]);
}
