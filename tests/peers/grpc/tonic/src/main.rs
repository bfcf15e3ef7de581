//! Serves calls.proto with tonic, until it is killed.
//!
//! Prints the port, and logs each call as a line of JSON. Environment: PROTO is the path of
//! calls.proto, LOG that of the log.

mod raw;
mod call;

use std::convert::Infallible;
use std::error::Error;
use std::path::Path;
use std::task::{Context, Poll};
use std::{env, future::Future, pin::Pin};

use prost::Message;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::server::{Grpc, NamedService};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower::{Service, service_fn};

use crate::raw::Raw;

/// The service. On the wire, all of its methods are bidirectional streams.
#[derive(Clone)]
struct Calls;

impl NamedService for Calls {
    const NAME: &'static str = "peer.v1.Calls";
}

impl Service<http::Request<Body>> for Calls {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let path = request.uri().path().to_owned();
        let method = path.rsplit('/').next().unwrap_or_default().to_owned();
        Box::pin(async move {
            let answer = service_fn(move |request| call::answer(method.clone(), request));
            let grpc = Grpc::new(Raw).accept_compressed(CompressionEncoding::Gzip);
            Ok(grpc.send_compressed(CompressionEncoding::Gzip).streaming(answer, request).await)
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let proto = env::var("PROTO")?;
    let folder = Path::new(&proto).parent().expect("the path of a file has a folder");
    let schema = protox::compile([&proto], [folder])?.encode_to_vec();
    let reflection = || {
        tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(&schema)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    Server::builder()
        .add_service(Calls)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .serve_with_incoming(TcpIncoming::from(listener))
        .await?;
    Ok(())
}
