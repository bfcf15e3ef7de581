//! Proxies: which one is used, and what `attack` sends to it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::attacks::{self, check_failure, check_success, hits_of};
use crate::support::certificates::Authority;
use crate::support::harness::Run;
use crate::support::http2;
use crate::support::servers::{
    Answer, converse, hello, read_head, refusing, response, scripted, scripted_over,
};

fn attack(url: &str, variables: &[(&str, &str)], flags: &[&str]) -> Run {
    let run = attacks::attack(format!("GET {url}\n"), 2, flags);
    variables.iter().fold(run, |run, (name, value)| run.env(name, value))
}

#[track_caller]
fn check_trusted(url: &str, variables: &[(&str, &str)], flags: &[&str]) {
    check_success(&hits_of(attack(url, variables, flags)));
}

/// Checks the errors of hits.
#[track_caller]
fn check_failed(url: &str, variables: &[(&str, &str)], cause: &str) {
    check_failure(&hits_of(attack(url, variables, &[])), url, cause);
}

/// Checks the error that ends an attack before it starts.
#[track_caller]
fn check_refused(variables: &[(&str, &str)], flags: &[&str], problem: &str) {
    let output = attack("http://a.test/", variables, flags).run();
    let line = format!("drumfire attack: {problem}\n");
    assert_eq!((output.status, output.stderr), (Some(1), line));
}

/// A proxy with a handshake that then also plays the server.
struct Proxy {
    address: SocketAddr,
    /// The requests to the proxy, and those to the server.
    heads: Receiver<String>,
}

impl Proxy {
    /// `open` performs the handshake of the proxy, and returns the stream to the server.
    fn start<S: Read + Write>(
        open: impl Fn(TcpStream, &Sender<String>) -> io::Result<S> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, heads) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // The test checks what the client received.
                let _ = open(stream, &sender).and_then(|stream| {
                    converse(stream, |_| hello(), |head| drop(sender.send(head)))
                });
            }
        });
        Self { address, heads }
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    fn seen(&self) -> Vec<String> {
        self.heads.try_iter().collect()
    }
}

/// Reads a CONNECT request, responds to it and returns the stream.
fn connect<S: Read + Write>(mut stream: S, answer: &str, seen: &Sender<String>) -> io::Result<S> {
    // One byte at a time, since what follows the head belongs to the tunnel.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let _ = seen.send(read_head(&mut head.as_slice())?);
    stream.write_all(answer.as_bytes())?;
    stream.flush()?;
    Ok(stream)
}

fn secure<S: Read + Write>(
    stream: S,
    config: &Arc<ServerConfig>,
) -> StreamOwned<ServerConnection, S> {
    StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream)
}

const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

#[test]
fn a_plain_request_to_a_proxy_has_the_whole_url() {
    let proxy = scripted(|_| hello());
    let url = format!("http://me:se%20cret@{}", proxy.address);
    check_trusted(
        "http://a.test:8080/x?q=1",
        &[("HTTP_PROXY", &url)],
        &["-proxy-header=X-Only: tunnels"],
    );
    let heads = proxy.seen();
    assert_eq!(heads.len(), 2);
    assert!(heads[0].starts_with("GET http://a.test:8080/x?q=1 HTTP/1.1\n"), "{}", heads[0]);
    assert!(heads[0].contains("Host: a.test:8080\n"));
    assert!(heads[0].contains("Proxy-Authorization: Basic bWU6c2UgY3JldA==\n"));
    assert!(!heads[0].contains("X-Only"));
}

#[test]
fn a_proxy_password_is_sent_only_to_the_proxy() {
    let server = scripted(|_| hello());
    let location = format!("Location: {}\r\n", server.url("/direct"));
    let proxy = scripted(move |_| Answer::Text(response("302 Found", &location, "")));
    let url = format!("http://me:secret@{}", proxy.address);
    check_trusted("http://a.test/", &[("HTTP_PROXY", &url)], &[]);
    assert!(proxy.seen()[0].contains("Proxy-Authorization: "));
    let head = server.seen().remove(0);
    assert!(head.starts_with("GET /direct HTTP/1.1\n") && !head.contains("Proxy-"), "{head}");
}

#[test]
fn an_https_target_is_reached_through_a_tunnel() {
    let authority = Authority::new("tunnel");
    let config = Arc::new(authority.issue(&["a.test"]).server());
    let proxy =
        Proxy::start(move |stream, seen| Ok(secure(connect(stream, ESTABLISHED, seen)?, &config)));
    let url = format!("http://me:secret@{}", proxy.address);
    let flags = [&authority.trust(), "-proxy-header=X-Trace: 7", "-proxy-header=X-Trace: 8"];
    check_trusted("https://a.test/x", &[("https_proxy", &url)], &flags);
    let [tunnel, first, second] = <[String; 3]>::try_from(proxy.seen()).unwrap();
    let product = concat!("drumfire/", env!("CARGO_PKG_VERSION"));
    let mut lines: Vec<_> = tunnel.lines().collect();
    lines[1..].sort_unstable();
    let agent = format!("User-Agent: {product}");
    let expected = [
        "CONNECT a.test:443 HTTP/1.1",
        "Host: a.test:443",
        "Proxy-Authorization: Basic bWU6c2VjcmV0",
        &agent,
        "X-Trace: 7",
        "X-Trace: 8",
    ];
    assert_eq!(lines, expected);
    for head in [first, second] {
        assert!(head.starts_with("GET /x HTTP/1.1\n"), "{head}");
        assert!(!head.contains("Proxy-") && !head.contains("X-Trace"), "{head}");
    }
}

/// Copies bytes both ways until the client closes.
fn relay(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut from_server, &mut to_client));
    let (mut from_client, mut to_server) = (client, server);
    io::copy(&mut from_client, &mut to_server)?;
    to_server.shutdown(Shutdown::Both)
}

#[test]
fn http_2_without_tls_goes_through_a_tunnel() {
    let server = http2::serve(100, |_| http2::Answer::Body(5));
    let address = server.address;
    let proxy = Proxy::start(move |stream, seen| {
        let stream = connect(stream, ESTABLISHED, seen)?;
        relay(stream.try_clone()?, TcpStream::connect(address)?)?;
        Ok(stream)
    });
    let url = format!("http://me:secret@{}", proxy.address);
    let hits = hits_of(attack("http://a.test/x", &[("HTTP_PROXY", &url)], &["-h2c"]));
    let codes: Vec<_> = hits.iter().map(|hit| (hit.code, hit.error.as_str())).collect();
    assert_eq!(codes, [(200, ""), (200, "")]);
    let [tunnel] = <[String; 1]>::try_from(proxy.seen()).unwrap();
    assert!(tunnel.starts_with("CONNECT a.test:80 HTTP/1.1\n"), "{tunnel}");
    assert!(tunnel.contains("Proxy-Authorization: Basic bWU6c2VjcmV0\n"), "{tunnel}");
}

#[test]
fn a_refused_tunnel_is_a_record_in_the_words_of_the_proxy() {
    let table = [
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "Forbidden"),
        ("HTTP/1.1 407 Who Are You\r\n\r\n", "Who Are You"),
        ("HTTP/1.1 502 \r\n\r\n", "Bad Gateway"),
        ("", "EOF"),
    ];
    for (answer, cause) in table {
        let proxy = Proxy::start(move |stream, seen| {
            connect(stream, answer, seen)?;
            Err::<TcpStream, _>(io::ErrorKind::ConnectionRefused.into())
        });
        check_failed("https://a.test/", &[("HTTPS_PROXY", &proxy.url("http"))], cause);
    }
}

#[test]
fn an_unreachable_proxy_is_a_record() {
    let address = refusing().to_string();
    let cause = format!("proxyconnect tcp: dial tcp {address}: connect: connection refused");
    for url in ["http://a.test/", "https://a.test/"] {
        check_failed(url, &[("ALL_PROXY", &address)], &cause);
    }
    check_failed("http://a.test/", &[("ALL_PROXY", &format!("socks5://{address}"))], &cause);
}

#[test]
fn a_proxy_may_itself_be_reached_over_tls() {
    let authority = Authority::new("proxy");
    let config = Arc::new(authority.issue(&["localhost"]).server());
    let proxy = scripted_over(move |stream| secure(stream, &config), |_| hello());
    let url = format!("https://localhost:{}", proxy.address.port());
    check_trusted("http://a.test/x", &[("HTTP_PROXY", &url)], &[&authority.trust()]);
    assert!(proxy.seen()[0].starts_with("GET http://a.test/x HTTP/1.1\n"));

    let outer = Arc::new(authority.issue(&["localhost"]).server());
    let inner = Arc::new(authority.issue(&["a.test"]).server());
    let proxy = Proxy::start(move |stream, seen| {
        Ok(secure(connect(secure(stream, &outer), ESTABLISHED, seen)?, &inner))
    });
    let url = format!("https://localhost:{}", proxy.address.port());
    check_trusted("https://a.test/x", &[("HTTPS_PROXY", &url)], &[&authority.trust()]);
    assert!(proxy.seen()[0].starts_with("CONNECT a.test:443 HTTP/1.1\n"));
}

/// Plays a SOCKS 5 proxy up to its reply; returns user, password and target.
///
/// Source: RFC 1928, sections 3 to 6; RFC 1929, section 2.
fn socks(mut stream: TcpStream, reply: u8, seen: &Sender<String>) -> io::Result<TcpStream> {
    let offered = read(&mut stream, 2)?[1];
    let mut target = String::new();
    if read(&mut stream, offered)?.contains(&2) {
        stream.write_all(&[5, 2])?;
        read(&mut stream, 1)?;
        target = format!("{}:{}@", read_text(&mut stream)?, read_text(&mut stream)?);
        stream.write_all(&[1, u8::from(target != "me:secret@")])?;
    } else {
        stream.write_all(&[5, 0])?;
    }
    target += &match read(&mut stream, 4)?[3] {
        3 => read_text(&mut stream)?,
        _ => format!("{:?}", read(&mut stream, 4)?),
    };
    let port = read(&mut stream, 2)?;
    let _ = seen.send(format!("{target}:{}", u16::from_be_bytes([port[0], port[1]])));
    stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(stream)
}

fn read(stream: &mut TcpStream, len: u8) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len.into()];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads a text that is preceded by its length in one byte.
fn read_text(stream: &mut TcpStream) -> io::Result<String> {
    let len = read(stream, 1)?[0];
    Ok(String::from_utf8(read(stream, len)?).unwrap())
}

#[test]
fn a_socks_proxy_receives_the_host_name_and_passes_bytes_on() {
    let proxy = Proxy::start(|stream, seen| socks(stream, 0, seen));
    for (scheme, user, target) in [
        ("socks5", "", "a.test:80"),
        ("socks5h", "", "a.test:80"),
        ("socks5", "me:secret@", "me:secret@a.test:80"),
    ] {
        let url = format!("{scheme}://{user}{}", proxy.address);
        check_trusted("http://a.test/x", &[("HTTP_PROXY", &url)], &[]);
        let [handshake, first, _] = <[String; 3]>::try_from(proxy.seen()).unwrap();
        assert_eq!(handshake, target);
        assert!(first.starts_with("GET /x HTTP/1.1\n"), "{first}");
    }
    check_trusted("http://10.1.2.3:81/", &[("HTTP_PROXY", &proxy.url("socks5"))], &[]);
    assert_eq!(proxy.seen()[0], "[10, 1, 2, 3]:81");
}

#[test]
fn an_https_target_is_reached_through_a_socks_proxy() {
    let authority = Authority::new("socks");
    let config = Arc::new(authority.issue(&["a.test"]).server());
    let proxy = Proxy::start(move |stream, seen| Ok(secure(socks(stream, 0, seen)?, &config)));
    let flags = [authority.trust()];
    let flags = flags.each_ref().map(String::as_str);
    check_trusted("https://a.test/x", &[("ALL_PROXY", &proxy.url("socks5"))], &flags);
    assert_eq!(proxy.seen()[0], "a.test:443");
}

#[test]
fn a_refusal_of_a_socks_proxy_is_a_record() {
    for (reply, cause) in [
        (1, "unknown error general SOCKS server failure"),
        (2, "unknown error connection not allowed by ruleset"),
        (5, "unknown error connection refused"),
        (6, "unknown error TTL expired"),
    ] {
        let proxy = Proxy::start(move |stream, seen| socks(stream, reply, seen));
        let cause = format!("socks connect tcp {}->a.test:80: {cause}", proxy.address);
        check_failed("http://a.test/", &[("HTTP_PROXY", &proxy.url("socks5"))], &cause);
    }
    let proxy = Proxy::start(|stream, seen| socks(stream, 0, seen));
    let cause = format!(
        "socks connect tcp {}->a.test:80: username/password authentication failed",
        proxy.address
    );
    let url = format!("socks5://me:wrong@{}", proxy.address);
    check_failed("http://a.test/", &[("HTTP_PROXY", &url)], &cause);
}

#[test]
fn localhost_and_hosts_in_no_proxy_are_reached_directly() {
    let server = scripted(|_| hello());
    let dead = refusing().to_string();
    let named = server.url("/").replace("127.0.0.1", "localhost");
    for url in [server.url("/"), named] {
        check_trusted(&url, &[("HTTP_PROXY", &dead)], &[]);
    }
    let detour = format!("-connect-to=a.test:80:{}", server.address);
    let variables = [("HTTP_PROXY", dead.as_str()), ("NO_PROXY", "b.test, .test")];
    check_trusted("http://a.test/", &variables, &[&detour]);
}

#[test]
fn flags_that_conflict_with_a_proxy_are_refused() {
    let proxy = ("HTTP_PROXY", "http://127.0.0.1:1");
    let way = "has no effect on a.test:80, which HTTP_PROXY sends to a proxy: unset it, or name \
               the host in NO_PROXY";
    check_refused(&[proxy], &["-unix-socket=x.sock"], &format!("-unix-socket {way}"));
    check_refused(&[proxy], &["-lazy", "-unix-socket=x.sock"], &format!("-unix-socket {way}"));
    let detour = "-connect-to=a.test:80:b.test:80";
    check_refused(&[proxy], &[detour], &format!("-connect-to {way}"));
    let problem = "bad HTTP_PROXY in the environment: expected http, https, socks5 or socks5h, \
                   as in http://127.0.0.1:3128";
    check_refused(&[("HTTP_PROXY", "ftp://me:secret@p")], &[], problem);
}
