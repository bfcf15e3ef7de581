//! Connects to the first of several addresses that responds, trying both IP families.
//!
//! Source: RFC 8305, Happy Eyeballs Version 2, sections 4 and 5.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::client::failure::dial::{of_bind, of_dial};
use crate::clock;

/// Time after which the next address is tried in parallel.
///
/// Source: RFC 8305, section 5, Connection Attempt Delay.
const STAGGER: Duration = Duration::from_millis(250);

/// Connects to the first address that responds, from the local address if one is given.
///
/// IP families take turns, starting with that of the first address. Later attempts are closed.
///
/// # Errors
///
/// Why the first address could not be reached, if none could be.
///
/// # Cancel safety
///
/// Safe: all attempts are canceled.
pub async fn connect(
    addresses: Vec<SocketAddr>,
    local: Option<IpAddr>,
) -> Result<TcpStream, String> {
    if let [only] = addresses[..] {
        return attempt(only, local).await;
    }
    let mut waiting = alternating(addresses).into_iter().enumerate();
    let mut attempts = JoinSet::new();
    let mut problems = Vec::new();
    loop {
        if let Some((rank, address)) = waiting.next() {
            attempts.spawn(async move { (rank, attempt(address, local).await) });
        }
        let deadline = (waiting.len() > 0).then(|| clock::now() + STAGGER);
        match clock::limit(deadline, attempts.join_next()).await {
            Some(Some(Ok((_, Ok(stream))))) => return Ok(stream),
            Some(Some(Ok((rank, Err(problem))))) => problems.push((rank, problem)),
            // Every attempt has failed.
            Some(None) => break,
            // The task of an attempt panicked, or it is time for another attempt.
            Some(Some(Err(_))) | None => {}
        }
    }
    // The order of failures is random. Reporting the first address keeps the text the same.
    let first = problems.into_iter().min_by_key(|(rank, _): &(usize, String)| *rank);
    Err(first.map_or_else(|| "dial tcp: no address".to_owned(), |(_, problem)| problem))
}

/// Reorders addresses so that IP families take turns while both have addresses left.
fn alternating(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv4() == first_is_v4);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(first.next());
        all.extend(second.next());
        if all.len() == before {
            return all;
        }
    }
}

async fn attempt(address: SocketAddr, local: Option<IpAddr>) -> Result<TcpStream, String> {
    let stream = match local {
        None => TcpStream::connect(address).await,
        Some(local) => {
            let socket = bound(local).map_err(|error| of_bind(address, &error))?;
            socket.connect(address).await
        }
    };
    let ready = stream.and_then(|stream| {
        // A request must be sent at once, without the delay of Nagle's algorithm.
        stream.set_nodelay(true)?;
        Ok(stream)
    });
    ready.map_err(|error| of_dial(address, &error))
}

/// Returns a socket that is bound to a local address and any port.
fn bound(local: IpAddr) -> io::Result<TcpSocket> {
    let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(SocketAddr::new(local, 0))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    fn addresses(list: &str) -> Vec<SocketAddr> {
        list.split_whitespace().map(|ip| SocketAddr::new(ip.parse().unwrap(), 80)).collect()
    }

    fn check(test: impl AsyncFnOnce()) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(test());
    }

    async fn listening() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[test]
    fn families_take_turns_starting_with_the_first_address() {
        let table = [
            ("", ""),
            ("1.1.1.1", "1.1.1.1"),
            ("1.1.1.1 1.1.1.2 ::1 ::2", "1.1.1.1 ::1 1.1.1.2 ::2"),
            ("::1 1.1.1.1 1.1.1.2 1.1.1.3", "::1 1.1.1.1 1.1.1.2 1.1.1.3"),
            ("::1 ::2 ::3 1.1.1.1", "::1 1.1.1.1 ::2 ::3"),
        ];
        for (given, expected) in table {
            assert_eq!(alternating(addresses(given)), addresses(expected), "{given}");
        }
    }

    #[test]
    fn after_a_refusal_the_next_address_is_tried_at_once() {
        check(async || {
            let (closed, refusing) = listening().await;
            drop(closed);
            let (_listener, open) = listening().await;
            let began = clock::now();
            let stream = connect(vec![refusing, open], None).await.unwrap();
            assert_eq!(stream.peer_addr().unwrap(), open);
            assert!(clock::now() - began < STAGGER);
        });
    }

    #[test]
    fn after_silence_the_next_address_is_tried_later() {
        check(async || {
            // Unless the program accepts them, the system completes only a few connections.
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
            let full = socket.listen(1).unwrap();
            let silent = full.local_addr().unwrap();
            let fill = || std::net::TcpStream::connect_timeout(&silent, STAGGER).ok();
            let _fillers: Vec<_> = std::iter::from_fn(fill).collect();
            // From here on, the clock advances only when no task can run.
            tokio::time::pause();
            let (_listener, open) = listening().await;
            let began = clock::now();
            let stream = connect(vec![silent, open], None).await.unwrap();
            assert_eq!(stream.peer_addr().unwrap(), open);
            assert!(clock::now() - began >= STAGGER);
        });
    }

    #[test]
    fn the_failure_of_the_first_address_is_reported() {
        check(async || {
            let (first, one) = listening().await;
            let (second, other) = listening().await;
            drop((first, second));
            let problem = connect(vec![one, other], None).await.unwrap_err();
            assert_eq!(problem, format!("dial tcp {one}: connect: connection refused"));
        });
    }
}
