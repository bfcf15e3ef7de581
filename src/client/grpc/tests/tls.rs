//! Calls over TLS: what the server agrees on.

use std::io::{Read, Write};
use std::thread;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::raw::{SETTINGS, has_request_end, ok};
use super::*;

/// Returns the settings of a server that agrees on some protocols.
fn tls(protocols: &[&str]) -> Arc<ServerConfig> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let mut config = builder.with_single_cert(vec![cert.der().clone()], key).unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}

/// Answers a call over TLS.
fn answer_over_tls(stream: std::net::TcpStream, config: Arc<ServerConfig>) -> std::io::Result<()> {
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    stream.write_all(SETTINGS)?;
    let mut seen = Vec::new();
    while !has_request_end(&seen) {
        let mut piece = [0; 1000];
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            len => seen.extend_from_slice(&piece[..len]),
        }
    }
    stream.write_all(&ok().concat())?;
    // The end of the connection of the client.
    stream.read(&mut [0; 1000]).map(drop)
}

#[test]
fn a_server_must_agree_on_http2() {
    let refused = "http2: the server did not agree on HTTP/2, which gRPC needs: expected 'h2' in \
                   the ALPN of its TLS handshake";
    let table: [(&[&str], _); 3] =
        [(&["http/1.1", "h2"], None), (&["http/1.1"], Some(refused)), (&[], Some(refused))];
    for (protocols, cause) in table {
        let config = tls(protocols);
        let serve = async move |stream: TcpStream| {
            let stream = stream.into_std().unwrap();
            stream.set_nonblocking(false).unwrap();
            let config = config.clone();
            thread::spawn(move || answer_over_tls(stream, config));
        };
        with_server(serve, async |port| {
            let trust = Trust { insecure: true, ..Trust::default() };
            let tls = client::tls_config(&trust).unwrap();
            let client = Client::new(options(CallOptions::default()), tls);
            let mut parts = call(port, UNARY, &[b"x"]);
            parts.address = format!("https://127.0.0.1:{port}/").parse().unwrap();
            parts.text = "grpcs://a.test/b.C/D".to_owned();
            let outcome = outcome(&client, parts).await;
            let error = cause.map(|cause| format!("Grpc \"grpcs://a.test/b.C/D\": {cause}"));
            assert_eq!(outcome.error, error);
            assert_eq!(messaging(&outcome).grpc_status, cause.is_none().then_some(0));
        });
    }
}
