//! Keeps the connection of an ended socket until the server closes it.
//!
//! The side that closes first keeps the port of the connection for a minute, and an attack may close
//! thousands. A connection that closes while bytes are unread is reset, so that the server may not
//! see why.
//!
//! Source: RFC 6455, section 7.1.1.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_util::Sink;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task;
use tokio_websockets::WebSocketStream;

use crate::client::websocket::wire::Wire;
use crate::clock;

/// How long a server may take to close the connection.
const LONGEST: Duration = Duration::from_secs(1);

/// Maximum number of bytes that are read and discarded.
const MAX_DISCARDED: usize = 1 << 20;

/// Writes what is left, and drops the connection when the server has closed it.
pub fn until_closed(stream: WebSocketStream<Wire>) {
    if stream.get_ref().is_ended() {
        return;
    }
    task::spawn_local(async move {
        let deadline = clock::now() + LONGEST;
        clock::limit(Some(deadline), discard(stream)).await;
    });
}

async fn discard(mut stream: WebSocketStream<Wire>) {
    if poll_fn(|context| Pin::new(&mut stream).poll_flush(context)).await.is_err() {
        return;
    }
    let mut wire = stream.into_inner();
    let (mut n_discarded, mut piece) = (0, [0; 512]);
    while n_discarded < MAX_DISCARDED {
        wire.begin_turn();
        match wire.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(n_bytes) => n_discarded += n_bytes,
        }
    }
    // The closing message of TLS.
    let _ = wire.shutdown().await;
}
