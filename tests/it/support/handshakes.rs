//! TLS servers that report the handshakes of their clients.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use rustls::{HandshakeKind, ProtocolVersion, ServerConfig, ServerConnection, StreamOwned};

use crate::support::servers::{Scripted, hello, scripted_over};

/// What a server learned about a client from the handshake.
#[derive(Debug, PartialEq)]
pub struct Handshake {
    /// The negotiated version of TLS.
    pub version: ProtocolVersion,
    /// Whether the handshake was full or resumed.
    pub kind: HandshakeKind,
}

/// Starts a server that reports each successful handshake.
pub fn start(config: ServerConfig) -> (Scripted, Receiver<Handshake>) {
    let (sender, handshakes) = channel();
    let config = Arc::new(config);
    let dress = move |mut stream| {
        let mut tls = ServerConnection::new(config.clone()).unwrap();
        if tls.complete_io(&mut stream).is_err() {
            // Closing with unread data would reset the connection, and the alert could get lost.
            let _ = io::copy(&mut stream, &mut io::sink());
        } else if let (Some(version), Some(kind)) = (tls.protocol_version(), tls.handshake_kind()) {
            let _ = sender.send(Handshake { version, kind });
        }
        StreamOwned::new(tls, stream)
    };
    (scripted_over(dress, |_| hello()), handshakes)
}
