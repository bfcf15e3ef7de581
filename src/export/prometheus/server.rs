//! The server that Prometheus scrapes.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task;

use crate::clock;
use crate::export::prometheus::{Exporter, Form};

/// Answers every request, at any path, with the figures of that moment; for ever.
///
/// # Cancel safety
///
/// Connections that are open stay so; they end with the runtime.
pub async fn serve(listener: TcpListener, exporter: Arc<Exporter>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                task::spawn(answer(stream, exporter.clone()));
            }
            // Out of descriptors, or the peer has gone already: others may still come.
            Err(_) => clock::pause(Duration::from_millis(10)).await,
        }
    }
}

/// Answers the requests of one connection.
async fn answer(stream: TcpStream, exporter: Arc<Exporter>) {
    let service = service_fn(move |request| {
        let response = respond(&request, &exporter);
        async { Ok::<_, Infallible>(response) }
    });
    // How a connection ends is the scraper's affair.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn respond(request: &Request<Incoming>, exporter: &Exporter) -> Response<Full<Bytes>> {
    let form = wanted(request.headers());
    let kind = match form {
        Form::Plain => "text/plain; version=0.0.4; charset=utf-8",
        Form::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
    };
    let mut response = Response::new(Full::from(exporter.text(form)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Returns the form for whoever sends such headers.
fn wanted(headers: &HeaderMap) -> Form {
    let open = |value: &HeaderValue| {
        value.to_str().is_ok_and(|kinds| kinds.contains("application/openmetrics-text"))
    };
    if headers.get_all(ACCEPT).iter().any(open) { Form::OpenMetrics } else { Form::Plain }
}
