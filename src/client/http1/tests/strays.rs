//! Responses that no request asked for.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use http::HeaderMap;
use url::Url;

use super::*;
use crate::client::request::headers::{ClientHeaders, HeaderCache};
use crate::client::request::origin::Origin;
use crate::client::request::{Parts, Request};

const RESPONSE: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

fn request() -> Request {
    let url = Url::parse("http://a.test/").unwrap();
    let parts = Parts {
        method: Method::GET,
        text: url.to_string(),
        path: "/".parse().unwrap(),
        headers: Vec::new(),
        body: Default::default(),
        has_referer_of_client: false,
        url: url.clone(),
    };
    let origin = Rc::new(Origin::new(&url, None).unwrap());
    Request::new(origin, parts, &ClientHeaders::default(), &HeaderCache::default()).unwrap()
}

/// Sends a request, and lets the server respond once it has it.
async fn exchange(connection: &mut Connection, server: &mut TcpStream) -> Result<Head, Error> {
    let lines = HeaderLines::new(&HeaderMap::new());
    let request = request();
    let respond = async {
        let mut buffer = [0; 1024];
        while server.read(&mut buffer).is_err() {
            tokio::task::yield_now().await;
        }
        server.write_all(RESPONSE).unwrap();
    };
    tokio::join!(connection.send(&request, &lines, 0), respond).0
}

/// Lets a server send a response that no request asked for after its first one, before the
/// runtime polls the sockets. Returns whether the next request is sent.
async fn is_sent_after_a_stray(unsolicited: Rc<Unsolicited>) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    let mut connection = Connection::new(Transport::from(ours), Rc::default(), unsolicited);
    exchange(&mut connection, &mut server).await.unwrap();
    assert!(!connection.is_closed());
    server.write_all(RESPONSE).unwrap();
    while !connection.stream.has_unread() {
        std::thread::yield_now();
    }
    // The runtime has not polled the socket since, so that it does not know of these bytes.
    assert!(!connection.is_closed());
    let lines = HeaderLines::new(&HeaderMap::new());
    let request = request();
    let sent = connection.send(&request, &lines, 1).await;
    assert_eq!(sent.is_err(), connection.is_unsent());
    sent.is_ok()
}

#[tokio::test]
async fn a_server_that_sent_a_stray_is_asked_before_each_request() {
    let unsolicited = Rc::new(Unsolicited::default());
    assert!(is_sent_after_a_stray(unsolicited.clone()).await, "nothing is known about the server");
    unsolicited.0.set(true);
    assert!(!is_sent_after_a_stray(unsolicited).await);
}

#[tokio::test]
async fn a_stray_is_remembered_for_the_server() {
    let unsolicited = Rc::new(Unsolicited::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    let stream = Transport::from(ours);
    let mut connection = Connection::new(stream, Rc::default(), unsolicited.clone());
    exchange(&mut connection, &mut server).await.unwrap();
    assert!(!unsolicited.0.get());
    server.write_all(RESPONSE).unwrap();
    while !connection.is_closed() {
        tokio::task::yield_now().await;
    }
    assert!(unsolicited.0.get());
}
