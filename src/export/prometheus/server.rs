//! The HTTP server that Prometheus scrapes.

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

/// Responds to every request, at any path, with the current metrics; never returns.
///
/// # Cancel safety
///
/// Open connections stay open until the runtime ends.
pub async fn serve(listener: TcpListener, exporter: Arc<Exporter>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                task::spawn(serve_connection(stream, exporter.clone()));
            }
            // No free descriptor, or the peer has already left. Others may still connect.
            Err(_) => clock::pause(Duration::from_millis(10)).await,
        }
    }
}

/// Responds to the requests of one connection.
async fn serve_connection(stream: TcpStream, exporter: Arc<Exporter>) {
    let service = service_fn(move |request| {
        let response = respond(&request, &exporter);
        async { Ok::<_, Infallible>(response) }
    });
    // An error on a connection concerns only the scraper.
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

/// Returns the format that the headers of a request ask for.
fn wanted(headers: &HeaderMap) -> Form {
    let open = |value: &HeaderValue| {
        value.to_str().is_ok_and(|kinds| kinds.contains("application/openmetrics-text"))
    };
    if headers.get_all(ACCEPT).iter().any(open) { Form::OpenMetrics } else { Form::Plain }
}
