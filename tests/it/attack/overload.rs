//! More hits than the machine can send, over real sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

use crate::support::harness::drumfire;
use crate::support::results::records;

/// A server that responds at once and counts its connections.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

fn serve() -> Server {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let server = Server { address: listener.local_addr().unwrap(), connections: Arc::default() };
    let connections = server.connections.clone();
    thread::spawn(move || {
        runtime.block_on(async {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(converse(stream));
            }
        });
    });
    server
}

/// Treats each piece that arrives as one request, which is true of small requests on loopback.
async fn converse(mut stream: TcpStream) {
    let mut room = [0; 1024];
    while stream.read(&mut room).await.is_ok_and(|n_bytes| n_bytes > 0) {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

/// Offers far more hits than can be sent; returns the number of connections opened for them.
fn connections(threads: &str) -> usize {
    let server = serve();
    let output = drumfire("attack -rate=500000 -duration=40ms -connections=10000")
        .args(["-threads", threads])
        .stdin(format!("GET http://{}/\n", server.address))
        .run();
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let hits = records(&output.stdout);
    assert_eq!(hits.len(), 20_000);
    assert!(hits.iter().all(|hit| hit.code == 200));
    server.connections.load(Ordering::Relaxed)
}

#[test]
fn an_overload_sends_each_hit_and_opens_few_connections() {
    // Dialing for each hit that is due would open thousands of connections every time. A server
    // that other processes keep from its core may cause a few more.
    for threads in ["1", "4"] {
        let mut attacks = (0..5).map(|_| connections(threads));
        assert!(attacks.any(|n_opened| n_opened < 1_000), "with {threads} engines");
    }
}
