//! A gRPC client that knows no schema: messages are bytes.

use std::collections::BTreeMap;
use std::io::Read;

use bytes::{Buf, Bytes, BytesMut};
use flate2::read::GzDecoder;
use h2::client::handshake;
use http::{HeaderMap, Request};
use tokio::net::TcpStream;

use crate::support::servers::Serve;

/// The response to a call.
#[derive(Debug)]
pub struct Reply {
    /// The status of gRPC, from the trailers, or from the head if there are no trailers.
    pub status: u8,
    /// The explanation of the status.
    pub message: String,
    /// Messages without their prefixes, decompressed.
    pub messages: Vec<Bytes>,
    /// Headers of the head.
    pub headers: BTreeMap<String, String>,
    /// Trailers. None if the head ends the response.
    pub trailers: Option<BTreeMap<String, String>>,
}

/// Returns a message with its prefix.
pub fn framed(message: &[u8]) -> Vec<u8> {
    [&[0], &u32::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

/// Calls a method with headers and messages without prefixes.
pub fn call(server: &Serve, path: &str, headers: &[(&str, &str)], messages: &[&[u8]]) -> Reply {
    let body: Vec<_> = messages.iter().flat_map(|message| framed(message)).collect();
    call_with(server, path, headers, body)
}

/// Calls a method with headers and a body.
pub fn call_with(server: &Serve, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
    let mut request = Request::post(format!("{}{path}", server.url))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
    let address = server.url.trim_start_matches("http://").to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut client, connection) =
            handshake(TcpStream::connect(address).await.unwrap()).await.unwrap();
        tokio::spawn(connection);
        let (response, mut stream) = client.send_request(request, false).unwrap();
        stream.send_data(body.into(), true).unwrap();
        let response = response.await.unwrap();
        assert_eq!(response.status(), 200);
        let (head, mut body) = response.into_parts();
        assert_eq!(head.headers["content-type"], "application/grpc");
        let mut data = BytesMut::new();
        while let Some(piece) = body.data().await {
            let piece = piece.unwrap();
            body.flow_control().release_capacity(piece.len()).unwrap();
            data.extend_from_slice(&piece);
        }
        let trailers = body.trailers().await.unwrap();
        let last = trailers.as_ref().unwrap_or(&head.headers);
        let text = |name: &str| last.get(name).map_or("", |value| value.to_str().unwrap());
        Reply {
            status: text("grpc-status").parse().unwrap(),
            message: text("grpc-message").to_owned(),
            messages: split(data.freeze()),
            headers: texts(&head.headers),
            trailers: trailers.as_ref().map(texts),
        }
    })
}

fn texts(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// Splits a body into messages, decompressed.
fn split(mut data: Bytes) -> Vec<Bytes> {
    let mut messages = Vec::new();
    while !data.is_empty() {
        let is_compressed = data.get_u8() == 1;
        let length = data.get_u32() as usize;
        let message = data.split_to(length);
        let mut plain = Vec::new();
        messages.push(match is_compressed {
            true => {
                GzDecoder::new(&message[..]).read_to_end(&mut plain).unwrap();
                plain.into()
            }
            false => message,
        });
    }
    messages
}
