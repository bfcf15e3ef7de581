//! Opens tunnels through proxies: by CONNECT or SOCKS 5.

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderValue, USER_AGENT};
use http::{Method, Request, Response};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::ext::ReasonPhrase;
use hyper::rt::{Read, Write};
use hyper::upgrade::{self, Upgraded};
use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;

use crate::client::dial::address::Address;
use crate::client::dial::proxy::Proxy;
use crate::client::failure::dial::of_socks;
use crate::client::failure::tunnel::of_tunnel;
use crate::client::request::credentials::Credentials;
use crate::client::request::headers::PRODUCT;

/// Asks an HTTP proxy for a stream to an address, with additional headers.
///
/// Source: RFC 9110, section 9.3.6.
///
/// # Errors
///
/// Why there is none: the proxy's reason phrase, or how the connection to it failed.
///
/// # Cancel safety
///
/// Safe: the connection to the proxy is closed.
pub async fn by_connect(
    stream: impl Read + Write + Unpin + Send + 'static,
    to: &Address,
    headers: HeaderMap,
) -> Result<Upgraded, String> {
    let failed = |error: hyper::Error| of_tunnel(&error);
    let mut http = http1::Builder::new();
    let (mut sender, connection) =
        http.title_case_headers(true).handshake(stream).await.map_err(failed)?;
    // The task ends when the sender is dropped or the stream is taken. Failures reach the sender.
    tokio::spawn(async move {
        let _ = connection.with_upgrades().await;
    });
    let response = sender.send_request(connect(to, headers)?).await.map_err(failed)?;
    if !response.status().is_success() {
        return Err(refusal(&response));
    }
    upgrade::on(response).await.map_err(failed)
}

fn connect(to: &Address, headers: HeaderMap) -> Result<Request<Empty<Bytes>>, String> {
    let address = to.to_string();
    let bad = || format!("bad host {address:?}");
    let mut request = Request::new(Empty::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = address.parse().map_err(|_| bad())?;
    *request.headers_mut() = headers;
    let host = HeaderValue::from_str(&address).map_err(|_| bad())?;
    request.headers_mut().insert(HOST, host);
    request.headers_mut().entry(USER_AGENT).or_insert(HeaderValue::from_static(PRODUCT));
    Ok(request)
}

/// Returns a proxy's reason phrase, as in `Forbidden`; without one, that of its status.
fn refusal<B>(response: &Response<B>) -> String {
    let sent = response.extensions().get::<ReasonPhrase>().map(ReasonPhrase::as_bytes);
    let sent = sent.map(String::from_utf8_lossy).filter(|reason| !reason.is_empty());
    let status = response.status();
    let standard = status.canonical_reason().unwrap_or(status.as_str());
    sent.unwrap_or_else(|| standard.into()).into_owned()
}

/// Asks a SOCKS proxy for a stream to an address. The proxy resolves the name.
///
/// # Errors
///
/// Why there is none.
///
/// # Cancel safety
///
/// Safe: the connection to the proxy is closed.
pub async fn by_socks(stream: TcpStream, proxy: &Proxy, to: &Address) -> Result<TcpStream, String> {
    let target = (to.host.as_str(), to.port);
    let through = match proxy.credentials() {
        None => Socks5Stream::connect_with_socket(stream, target).await,
        Some(Credentials { user, password }) => {
            let user = String::from_utf8_lossy(&user);
            let password = String::from_utf8_lossy(&password);
            Socks5Stream::connect_with_password_and_socket(stream, target, &user, &password).await
        }
    };
    through
        .map(Socks5Stream::into_inner)
        .map_err(|error| format!("socks connect tcp {}->{to}: {}", proxy.address, of_socks(&error)))
}
