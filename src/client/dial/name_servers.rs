//! Resolves names by name servers: their order, parallel queries and timeouts.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{Name, RecordType};

use crate::client::failure::dial::{NO_SUCH_HOST, of_name_server};
use crate::clock;

/// Time after which the next server is asked in parallel. Over UDP, a server that does not exist
/// sends no refusal.
const STAGGER: Duration = Duration::from_millis(250);

/// Time to wait for the second IP family after the first one has arrived.
///
/// Source: RFC 8305, section 3, Resolution Delay.
const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

/// Time after which a server is asked again.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Number of times that a server is asked again.
const RETRIES: usize = 2;

/// The answer of name servers: addresses, empty if the name has none, or why there is no answer.
type Answer = Result<Vec<IpAddr>, String>;

/// Name servers that take turns, over UDP, or over TCP if an answer is too long for UDP.
pub struct NameServers {
    /// One resolver per server, at least one.
    servers: Vec<TokioResolver>,
    /// Number of names resolved so far.
    asked: AtomicUsize,
}

impl NameServers {
    /// Creates the name servers at some addresses; None if there are none.
    pub fn new(addresses: &[SocketAddr]) -> Option<Self> {
        let servers: Option<Vec<_>> = addresses.iter().map(server).collect();
        let servers = servers.filter(|servers| !servers.is_empty())?;
        Some(Self { servers, asked: AtomicUsize::new(0) })
    }

    /// Returns the addresses of a host, IPv6 first. Both families are queried separately, so that a
    /// missing answer for one does not delay the other.
    ///
    /// # Errors
    ///
    /// Why no server answered, as a text for the record.
    pub async fn addresses(&self, host: &str) -> Answer {
        let first = self.asked.fetch_add(1, Ordering::Relaxed) % self.servers.len();
        let ask = |family| {
            let in_turn = self.servers.iter().cycle().skip(first).take(self.servers.len());
            let servers: Vec<_> = in_turn.cloned().collect();
            first_answer(
                servers.into_iter().map(move |server| ask(server, host.to_owned(), family)),
            )
        };
        let mut found = both(ask(RecordType::A), ask(RecordType::AAAA)).await?;
        found.sort_by_key(IpAddr::is_ipv4);
        Ok(found)
    }
}

fn server(address: &SocketAddr) -> Option<TokioResolver> {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = address.port();
    }
    let server = NameServerConfig::new(address.ip(), true, connections);
    let config = ResolverConfig::from_name_servers(vec![server]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    (options.timeout, options.attempts) = (TIMEOUT, RETRIES);
    // The user decides how long addresses are reused; see Keep.
    options.cache_size = 0;
    builder.build().ok()
}

async fn ask(server: TokioResolver, host: String, family: RecordType) -> Answer {
    // Names for hosts may have underscores, which IDNA refuses. A URL has its names in ASCII.
    let Ok(name) = Name::from_ascii(&host) else { return Ok(Vec::new()) };
    match server.lookup(name, family).await {
        Ok(found) => {
            Ok(found.answers().iter().filter_map(|record| record.data.ip_addr()).collect())
        }
        Err(NetError::Dns(DnsError::NoRecordsFound(_))) => Ok(Vec::new()),
        Err(error) => Err(of_name_server(&error)),
    }
}

/// Asks servers in order, the next one in parallel if the earlier ones are slow. Returns the first
/// successful answer.
async fn first_answer<A>(asks: impl Iterator<Item = A>) -> Answer
where
    A: Future<Output = Answer>,
{
    let mut waiting = asks.enumerate().peekable();
    let mut asked = FuturesUnordered::new();
    let mut problems = Vec::new();
    loop {
        if let Some((rank, ask)) = waiting.next() {
            asked.push(async move { (rank, ask.await) });
        }
        let deadline = waiting.peek().is_some().then(|| clock::now() + STAGGER);
        match clock::limit(deadline, asked.next()).await {
            Some(Some((_, Ok(found)))) => return Ok(found),
            Some(Some((rank, Err(problem)))) => problems.push((rank, problem)),
            Some(None) => break,
            None => {}
        }
    }
    // The order of failures is random. Reporting the first server keeps the text the same.
    let first = problems.into_iter().min_by_key(|(rank, _): &(usize, String)| *rank);
    Err(first.map_or_else(|| NO_SUCH_HOST.to_owned(), |(_, problem)| problem))
}

/// Returns the addresses of both families, or of one if the other is late.
async fn both(a: impl Future<Output = Answer>, b: impl Future<Output = Answer>) -> Answer {
    match select(pin!(a), pin!(b)).await {
        Either::Left((first, other)) => with_other(first, other).await,
        Either::Right((first, other)) => with_other(first, other).await,
    }
}

async fn with_other(first: Answer, other: impl Future<Output = Answer>) -> Answer {
    match first {
        Ok(mut found) if !found.is_empty() => {
            let deadline = clock::now() + RESOLUTION_DELAY;
            let other = clock::limit(Some(deadline), other).await;
            found.extend(other.into_iter().flatten().flatten());
            Ok(found)
        }
        first => match (first, other.await) {
            (_, Ok(found)) if !found.is_empty() => Ok(found),
            (Err(problem), _) | (Ok(_), Err(problem)) => Err(problem),
            (Ok(none), Ok(_)) => Ok(none),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers after `ms` with an address that ends in a number, without one for 0, or fails.
    async fn after(ms: u64, answer: Result<u8, &str>) -> Answer {
        clock::pause(Duration::from_millis(ms)).await;
        match answer {
            Ok(0) => Ok(Vec::new()),
            Ok(number) => Ok(vec![IpAddr::from([10, 0, 0, number])]),
            Err(problem) => Err(problem.to_owned()),
        }
    }

    /// Checks an answer, given by the numbers of its addresses, and the ms until it arrives.
    fn check(work: impl Future<Output = Answer>, expected: Result<&[u8], &str>, ms: u64) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        let (answer, took) = runtime.block_on(async {
            let began = clock::now();
            (work.await, clock::now() - began)
        });
        let numbers = |found: Vec<IpAddr>| -> Vec<u8> {
            let text = found.iter().map(ToString::to_string);
            text.map(|ip| ip.rsplit('.').next().unwrap().parse().unwrap()).collect()
        };
        let expected = expected.map(<[u8]>::to_vec).map_err(str::to_owned);
        assert_eq!(answer.map(numbers), expected);
        assert_eq!(took.as_millis() as u64, ms);
    }

    #[test]
    fn the_next_server_is_asked_if_one_fails_or_is_slow() {
        let ask = |asks: &'static [(u64, Result<u8, &str>)]| {
            first_answer(asks.iter().map(|(ms, answer)| after(*ms, *answer)))
        };
        check(ask(&[(10, Ok(1)), (0, Ok(2))]), Ok(&[1]), 10);
        check(ask(&[(10, Err("bad")), (10, Ok(2))]), Ok(&[2]), 20);
        check(ask(&[(9_000, Ok(1)), (10, Ok(2))]), Ok(&[2]), 260);
        check(ask(&[(300, Ok(1)), (100, Ok(2))]), Ok(&[1]), 300);
        check(ask(&[(10, Ok(0)), (10, Ok(2))]), Ok(&[]), 10);
        check(ask(&[(900, Err("slow")), (10, Err("bad"))]), Err("slow"), 900);
    }

    #[test]
    fn a_late_family_is_not_waited_for() {
        check(both(after(10, Ok(4)), after(20, Ok(6))), Ok(&[4, 6]), 20);
        check(both(after(70, Ok(4)), after(20, Ok(6))), Ok(&[6, 4]), 70);
        check(both(after(10, Ok(4)), after(9_000, Ok(6))), Ok(&[4]), 60);
        check(both(after(10, Ok(4)), after(20, Err("bad"))), Ok(&[4]), 20);
        check(both(after(10, Ok(0)), after(9_000, Ok(6))), Ok(&[6]), 9_000);
        check(both(after(10, Err("bad")), after(90, Ok(6))), Ok(&[6]), 90);
        check(both(after(10, Err("bad")), after(90, Ok(0))), Err("bad"), 90);
        check(both(after(10, Ok(0)), after(90, Ok(0))), Ok(&[]), 90);
    }
}
