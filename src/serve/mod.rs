//! The server of `drumfire serve`: a target for demos, tests and benchmarks.

mod arrival_log;
mod delays;
mod connection;
mod calls;
mod handshakes;
mod server;
mod routes;
mod grpc;
mod websocket;
mod response;
mod status_mix;
mod dynamic;
mod template;
mod toml_text;

pub use arrival_log::ArrivalLog;
pub use response::{ResponseSpec, body_of_size};
pub use routes::Routes;
pub use status_mix::StatusMix;

use std::future::Future;
use std::rc::Rc;

use tokio::net::TcpListener;
use tokio::task::LocalSet;

use crate::error::Error;
use server::Server;

/// The configuration of a server.
pub struct Config {
    /// The response to each request.
    pub routes: Routes,
    /// Seed of the random delays, errors, statuses and UUIDs.
    pub seed: u64,
    /// Log of the arrivals. None for no log.
    pub arrivals: Option<ArrivalLog>,
}

/// Responds to HTTP/1.1 and HTTP/2 requests until `shutdown` completes. Then it ends immediately, or
/// after the closing handshakes of open WebSockets, for which it waits a second at most.
///
/// # Errors
///
/// [`Error::Io`] if the arrival log cannot be written.
pub async fn serve(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let server = Rc::new(Server::new(config));
    let local = LocalSet::new();
    let outcome = local
        .run_until(async {
            let outcome = tokio::select! {
                () = shutdown => Ok(()),
                outcome = server.flush_regularly() => outcome,
                () = server.end_delays() => Ok(()),
                () = connection::accept(listener, &server) => Ok(()),
            };
            server.hub.end_all().await;
            outcome
        })
        .await;
    // Requests without a response are logged when they are dropped.
    drop(local);
    server.flush()?;
    Ok(outcome?)
}
