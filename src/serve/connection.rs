//! Connections: HTTP/1.1 or HTTP/2, by the first bytes that the client sends.

use std::convert::Infallible;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::task;

use crate::clock;
use crate::serve::calls;
use crate::serve::grpc::{self, CallBody};
use crate::serve::handshakes;
use crate::serve::server::Server;
use crate::serve::websocket;

/// Number of requests of an HTTP/2 connection that may be in progress at once.
const MAX_STREAMS: u32 = 1_000;

/// Size in bytes of the window for all request bodies of an HTTP/2 connection. The number of small
/// frames that may wait to be read depends on it too.
const CONNECTION_WINDOW: u32 = 64 << 20;

/// Size in bytes of the headers that an HTTP/2 request may have, each with 32 bytes more.
///
/// Source: RFC 9113, section 6.5.2, `SETTINGS_MAX_HEADER_LIST_SIZE`.
const MAX_HEADERS: u32 = 256 << 10;

/// Accepts connections forever.
pub(super) async fn accept(listener: TcpListener, server: &Rc<Server>) {
    let mut builder = Builder::new(Local);
    builder
        .http2()
        .max_concurrent_streams(MAX_STREAMS)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(MAX_HEADERS);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                task::spawn_local(serve(stream, builder.clone(), server.clone()));
            }
            // The process has no file descriptor left, or the peer has gone: the next may succeed.
            Err(_) => clock::pause(Duration::from_millis(10)).await,
        }
    }
}

/// Responds to the requests of one connection.
async fn serve(stream: TcpStream, builder: Builder<Local>, server: Rc<Server>) {
    let service = service_fn(move |request| {
        let server = server.clone();
        async move { Ok::<_, Infallible>(respond(server, request).await) }
    });
    // If this fails, responses are only less punctual.
    let _ = stream.set_nodelay(true);
    // An error of a connection concerns only its client.
    let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
}

/// Returns the response to a request.
async fn respond(
    server: Rc<Server>,
    request: Request<Incoming>,
) -> Response<Either<Full<Bytes>, CallBody>> {
    if grpc::is_call(&request) {
        return calls::respond(server, request).await.map(Either::Right);
    }
    match websocket::is_upgrade(&request) {
        true => handshakes::respond(server, request).await.map(Either::Left),
        false => server.respond(request).await.map(Either::Left),
    }
}

/// Runs the requests of HTTP/2 connections on the thread of the server.
#[derive(Clone)]
struct Local;

impl<F: Future + 'static> Executor<F> for Local {
    fn execute(&self, request: F) {
        task::spawn_local(async { drop(request.await) });
    }
}
