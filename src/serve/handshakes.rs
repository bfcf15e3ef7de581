//! What the server does with a request for a WebSocket.

use std::rc::Rc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, SEC_WEBSOCKET_VERSION};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::upgrade::{self, OnUpgrade};
use hyper_util::rt::TokioIo;
use tokio::task;
use tokio::time::Instant;

use crate::clock;
use crate::serve::server::Server;
use crate::serve::websocket::{self, Asked, Handshake, Refusal, ServedSocket, Service};

/// A socket that is opened.
struct Accepted {
    served: Rc<ServedSocket>,
    asked: Asked,
    /// Number of the socket, from 1.
    number: u64,
}

/// Returns the response to a handshake after its delay. If the handshake is accepted, the socket
/// runs until it ends.
pub(super) async fn respond(
    server: Rc<Server>,
    mut request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let arrived = clock::now();
    let upgrade = upgrade::on(&mut request);
    let (mut head, _) = request.into_parts();
    let handshake = Handshake::of(&head);
    // The method of all handshakes is GET; this one says in the log what the line is about.
    head.method = Method::from_bytes(b"WS").expect("it has capital letters");
    let served = server.routes.socket(head.uri.path());
    let route = served.as_ref().map_or("", |served| served.route.as_str());
    let mut arrival = server.log(&head, arrived, route);
    let response = match handshake {
        Ok(handshake) => match accept(&server, &head, served.as_ref(), arrived).await {
            Ok(accepted) => {
                if let Some(arrival) = &mut arrival {
                    arrival.opens(accepted.number);
                }
                task::spawn_local(run(server.clone(), accepted, head.clone(), upgrade));
                switched(handshake)
            }
            Err(refusal) => refused(refusal),
        },
        Err(refusal) => refused(refusal),
    };
    if let Some(arrival) = arrival {
        arrival.responded(response.status().as_u16(), clock::now() - arrived);
    }
    response
}

/// Waits for the delay of a handshake, and decides whether it is accepted. `served` is None for a
/// path without sockets.
async fn accept(
    server: &Server,
    head: &Parts,
    served: Option<&Rc<ServedSocket>>,
    arrived: Instant,
) -> Result<Accepted, Refusal> {
    let served = served.ok_or_else(|| {
        let line = format!("no WebSocket at {}", head.uri.path());
        Refusal { status: StatusCode::NOT_FOUND, line }
    })?;
    let asked = Asked::of(head.uri.query().unwrap_or_default(), &served.answer);
    let asked = asked
        .map_err(|error| Refusal { status: StatusCode::BAD_REQUEST, line: error.to_string() })?;
    let (delay, status) = served.spec.draw_handshake(&mut server.state.borrow_mut().random);
    if !delay.is_zero() {
        server.delays.until(arrived + delay).await;
    }
    match status {
        Some(status) => {
            let reason = status.canonical_reason().unwrap_or("refused");
            Err(Refusal { status, line: reason.to_lowercase() })
        }
        None => Ok(Accepted { served: served.clone(), asked, number: server.hub.number() }),
    }
}

/// Returns the response to an accepted handshake.
fn switched(handshake: Handshake) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = handshake.headers();
    response
}

/// Returns the response to a refused handshake.
fn refused(Refusal { status, line }: Refusal) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(line + "\n"));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    if status == StatusCode::UPGRADE_REQUIRED {
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    response
}

/// Runs a socket after the response to its handshake.
async fn run(server: Rc<Server>, accepted: Accepted, head: Parts, upgrade: OnUpgrade) {
    // It fails if the client has gone.
    let Ok(connection) = upgrade.await else { return };
    let Accepted { served, asked, number } = accepted;
    let service = Service {
        served: &served,
        asked,
        head: &head,
        number,
        journal: server.journal(head.uri.path(), &served.route, number),
        delays: &server.delays,
        state: &server.state,
        hub: &server.hub,
    };
    websocket::run(service, TokioIo::new(connection)).await;
}
