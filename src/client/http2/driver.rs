//! Starts a connection and drives it: one task reads and writes for all streams.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;
use h2::client::{Builder, Connection, SendRequest};
use tokio::task;

use crate::client::dial::Transport;
use crate::client::http2::state::{MAX_HEADER_LIST, State};
use crate::client::http2::wire::Wire;

/// Window of a connection in bytes, the largest there is: a body that is read slowly only blocks
/// its own stream. h2 also derives from it how many small DATA frames may wait to be read.
///
/// Source: RFC 9113, section 6.9.1; Go, package net/http, http2 transportDefaultConnFlow, 2^30.
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;

/// Window of a stream in bytes, and so the most that one body can have waiting to be read.
const STREAM_WINDOW: u32 = 2 << 20;

/// Number of streams that were reset, as after a timeout, and whose late frames are ignored. The
/// frames of earlier ones are answered, one by one, with another reset.
const MAX_RESET_STREAMS: usize = 1_000;

/// Starts HTTP/2 on a stream of bytes.
///
/// # Errors
///
/// If the stream ends before the first bytes are written.
pub async fn start(stream: Transport, state: &Rc<State>) -> Result<SendRequest<Bytes>, h2::Error> {
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .initial_window_size(STREAM_WINDOW)
        .max_header_list_size(MAX_HEADER_LIST)
        .max_concurrent_reset_streams(MAX_RESET_STREAMS)
        // However many responses are malformed, each costs only its own request.
        .max_local_error_reset_streams(None)
        // Until the server announces its limit.
        .initial_max_send_streams(1);
    let handshake = builder.handshake(Wire::new(stream, state.clone()));
    let (sender, mut connection) = handshake.await?;
    let pings = connection.ping_pong();
    let driver = task::spawn_local(drive(connection, End(state.clone())));
    state.set_driver(pings, driver.abort_handle());
    Ok(sender)
}

/// Reads and writes until the connection ends. Its failures reach the streams.
async fn drive(mut connection: Connection<Wire, Bytes>, end: End) {
    let state = &end.0;
    let _ = poll_fn(|context| {
        state.begin_turn();
        let polled = Pin::new(&mut connection).poll(context);
        state.end_turn(connection.max_concurrent_send_streams());
        polled
    })
    .await;
}

/// Ends a connection when dropped, also if its task is aborted.
struct End(Rc<State>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}
