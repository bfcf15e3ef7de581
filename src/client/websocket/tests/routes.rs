//! Sockets over TLS, through proxies and over Unix sockets.

use std::io::{Read, Write};
use std::thread;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tokio::io::copy_bidirectional;
use tokio::net::UnixListener;

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

/// Accepts a socket over TLS, sends a message and closes it.
fn greet_over_tls(stream: std::net::TcpStream, config: Arc<ServerConfig>) -> std::io::Result<()> {
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut piece = [0; 1000];
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            len => request.extend_from_slice(&piece[..len]),
        }
    }
    let head = accepting(str::from_utf8(&request).unwrap());
    stream.write_all(&[head.as_bytes(), b"\x81\x05hello\x88\x02\x03\xe8"].concat())?;
    stream.read(&mut [0; 1000]).map(drop)
}

/// Returns what a socket on a URL receives, or why it does not open.
async fn greeting(client: &Client, parts: SocketParts) -> Result<Vec<String>, String> {
    let prepared = client.prepare_socket(parts).unwrap();
    let mut outcome = Outcome::released_now();
    let Some((_sender, receiver)) = client.open_socket(&prepared, 0, &mut outcome).await else {
        return Err(outcome.error.unwrap());
    };
    let seen = Seen::default();
    let end = read(receiver, seen.clone()).await;
    assert_eq!(end, SocketEnd { close_code: Some(1000), error: None });
    Ok(seen.take())
}

#[test]
fn a_socket_over_tls_asks_for_http1_alone() {
    let refused = "Ws \"wss://a.test/chat\": remote error: tls: no application protocol";
    let hello = Ok(vec!["hello".to_owned()]);
    let table: [(&[&str], _); 3] =
        [(&["h2", "http/1.1"], hello.clone()), (&[], hello), (&["h2"], Err(refused.to_owned()))];
    for (protocols, expected) in table {
        let config = tls(protocols);
        let serve = async move |stream: TcpStream| {
            let stream = stream.into_std().unwrap();
            stream.set_nonblocking(false).unwrap();
            let config = config.clone();
            thread::spawn(move || greet_over_tls(stream, config));
        };
        with_server(serve, async |port| {
            assert_eq!(greeting(&client_with(options()), parts("wss", port)).await, expected);
        });
    }
}

/// Accepts a socket, sends a message and closes it.
async fn greet(stream: TcpStream) {
    let mut socket = accept(stream).await;
    socket.send(Message::text("hello")).await.unwrap();
    socket.close().await.unwrap();
}

#[test]
fn an_http_proxy_opens_a_tunnel() {
    let asked = Rc::new(RefCell::new(String::new()));
    let noted = asked.clone();
    // The same port is that of the proxy and that of the server: its first connection is a tunnel.
    let serve = async move |mut stream: TcpStream| {
        let port = stream.local_addr().unwrap().port();
        let mut first = [0; 8];
        stream.peek(&mut first).await.unwrap();
        if first != *b"CONNECT " {
            return greet(stream).await;
        }
        *noted.borrow_mut() = read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let _ = copy_bidirectional(&mut stream, &mut server).await;
    };
    with_server(serve, async |port| {
        let proxy = format!("http://127.0.0.1:{port}");
        let lookup = |name: &str| (name == "HTTP_PROXY").then(|| proxy.clone());
        let proxies = client::dial::Proxies::new(lookup).unwrap();
        let dial = client::dial::Options { proxies, ..client::dial::Options::default() };
        let client = client_with(Options { dial, ..options() });
        let mut parts = parts("ws", port);
        // Proxies are not used for loopback addresses.
        parts.address.set_host(Some("a.test")).unwrap();
        assert_eq!(greeting(&client, parts).await, Ok(vec!["hello".to_owned()]));
        assert!(asked.borrow().starts_with(&format!("CONNECT a.test:{port} HTTP/1.1\r\n")));
    });
}

#[test]
fn a_socket_may_go_over_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    let listening = path.clone();
    with_server(greet, async |port| {
        let listener = UnixListener::bind(&listening).unwrap();
        task::spawn_local(async move {
            let mut stream = listener.accept().await.unwrap().0;
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut server).await;
        });
        let unix_socket = Some(path.clone());
        let dial = client::dial::Options { unix_socket, ..client::dial::Options::default() };
        let client = client_with(Options { dial, ..options() });
        assert_eq!(greeting(&client, parts("ws", 1)).await, Ok(vec!["hello".to_owned()]));
    });
}
