//! DNS: which name servers are asked, how often, and what happens with their responses.

use std::io::{Read, Write};
use std::iter;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::support::attacks::{check_hit, check_refused, hits};
use crate::support::servers::{Scripted, hello, scripted};

/// A query to a name server.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Question {
    name: String,
    /// Whether the query is for IPv6 addresses instead of IPv4.
    v6: bool,
    /// Whether the query came over TCP instead of UDP.
    tcp: bool,
}

/// The response of a name server.
enum Reply {
    /// The addresses that are of the requested family.
    Addresses(Vec<IpAddr>),
    /// A response that is too long for UDP.
    TooLong,
    NoSuchName,
    Misbehaving,
    Nothing,
}

/// A name server on a free port.
struct Dns {
    address: SocketAddr,
    questions: Receiver<Question>,
}

impl Dns {
    fn flag(&self) -> String {
        format!("-resolvers={}", self.address)
    }

    /// Returns the number of queries for each family so far; IPv4 first.
    fn asked(&self) -> [usize; 2] {
        let questions: Vec<_> = self.questions.try_iter().collect();
        let v6 = questions.iter().filter(|question| question.v6).count();
        [questions.len() - v6, v6]
    }
}

/// Starts a name server. `reply` returns the response to a query, from the query and the number of
/// earlier queries of the same family. The server ends with the process of the test.
fn dns(reply: impl Fn(&Question, usize) -> Reply + Send + Clone + 'static) -> Dns {
    let (udp, tcp) = iter::repeat_with(one_port).flatten().next().unwrap();
    let address = udp.local_addr().unwrap();
    let (sender, questions) = channel();
    let mut over_udp = Answerer { reply: reply.clone(), before: [0; 2], seen: sender.clone() };
    let mut over_tcp = Answerer { reply, before: [0; 2], seen: sender };
    thread::spawn(move || {
        let mut message = [0; 512];
        while let Ok((len, client)) = udp.recv_from(&mut message) {
            if let Some(answer) = over_udp.answer(&message[..len], false) {
                udp.send_to(&answer, client).unwrap();
            }
        }
    });
    thread::spawn(move || {
        for mut stream in tcp.incoming().map_while(Result::ok) {
            let mut len = [0; 2];
            while stream.read_exact(&mut len).is_ok() {
                let mut message = vec![0; u16::from_be_bytes(len).into()];
                stream.read_exact(&mut message).unwrap();
                let Some(answer) = over_tcp.answer(&message, true) else { continue };
                stream.write_all(&(answer.len() as u16).to_be_bytes()).unwrap();
                stream.write_all(&answer).unwrap();
            }
        }
    });
    Dns { address, questions }
}

/// Returns both kinds of sockets on one port. None if another process uses the TCP port.
fn one_port() -> Option<(UdpSocket, TcpListener)> {
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp = TcpListener::bind(udp.local_addr().unwrap()).ok()?;
    Some((udp, tcp))
}

struct Answerer<F> {
    reply: F,
    /// Queries so far, by family.
    before: [usize; 2],
    seen: Sender<Question>,
}

impl<F: Fn(&Question, usize) -> Reply> Answerer<F> {
    /// Returns the response to a message with one question. None for silence.
    ///
    /// Source: RFC 1035, section 4.
    fn answer(&mut self, message: &[u8], tcp: bool) -> Option<Vec<u8>> {
        let (name, end) = name_at(message, 12);
        let v6 = message[end..end + 2] == [0, 28];
        let question = Question { name, v6, tcp };
        let before = &mut self.before[usize::from(v6)];
        let reply = (self.reply)(&question, *before);
        *before += 1;
        self.seen.send(question).unwrap();

        let addresses: Vec<_> = match &reply {
            Reply::Addresses(all) => all.iter().filter(|ip| ip.is_ipv6() == v6).copied().collect(),
            _ => Vec::new(),
        };
        let (truncated, code) = match reply {
            Reply::Addresses(_) => (0, 0),
            Reply::TooLong => (2, 0),
            Reply::NoSuchName => (0, 3),
            Reply::Misbehaving => (0, 2),
            Reply::Nothing => return None,
        };
        let count = addresses.len() as u8;
        let flags = [0x81 | truncated, 0x80 | code];
        let counts = [0, 1, 0, count, 0, 0, 0, 0];
        let mut answer = [&message[..2], &flags, &counts, &message[12..end + 4]].concat();
        for address in addresses {
            let bytes = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            // The name of the question, its type and class, and a time to live of 60 s.
            answer.extend([0xC0, 12, 0, message[end + 1], 0, 1, 0, 0, 0, 60, 0, bytes.len() as u8]);
            answer.extend(bytes);
        }
        Some(answer)
    }
}

/// Reads a name; returns it and the offset of its end.
fn name_at(message: &[u8], mut at: usize) -> (String, usize) {
    let mut labels = Vec::new();
    while message[at] > 0 {
        let label = &message[at + 1..=at + usize::from(message[at])];
        labels.push(String::from_utf8(label.to_vec()).unwrap());
        at += 1 + label.len();
    }
    (labels.join("."), at + 1)
}

fn addresses<const N: usize>(list: [&str; N]) -> Reply {
    Reply::Addresses(list.map(|address| address.parse().unwrap()).into())
}

fn server() -> Scripted {
    scripted(|_| hello())
}

fn url(server: &Scripted) -> String {
    format!("http://a.test:{}/", server.address.port())
}

#[test]
fn a_name_is_asked_once_from_the_given_server() {
    let (server, dns) = (server(), dns(|_, _| addresses(["127.0.0.1"])));
    let hits = hits(&url(&server), 3, &[&dns.flag()]);
    assert!(hits.iter().all(|hit| hit.code == 200), "{hits:?}");
    let questions: Vec<_> = dns.questions.try_iter().collect();
    assert!(questions.iter().all(|question| question.name == "a.test" && !question.tcp));
    assert_eq!(questions.len(), 2, "once for each family");
    assert!(server.seen()[0].contains(&format!("Host: a.test:{}\n", server.address.port())));
}

#[test]
fn a_name_may_have_underscores() {
    let (server, dns) = (server(), dns(|_, _| addresses(["127.0.0.1"])));
    let url = format!("http://my_service.test:{}/", server.address.port());
    check_hit(&url, &[&dns.flag()], 200, "");
    assert!(dns.questions.try_iter().all(|question| question.name == "my_service.test"));
}

#[test]
fn a_response_too_long_for_udp_is_fetched_over_tcp() {
    let (server, dns) = (
        server(),
        dns(|question, _| match question.tcp {
            true => addresses(["127.0.0.1"]),
            false => Reply::TooLong,
        }),
    );
    check_hit(&url(&server), &[&dns.flag()], 200, "");
    assert!(dns.questions.try_iter().any(|question| question.tcp));
}

#[test]
fn servers_are_asked_in_turn() {
    let server = server();
    let both = [dns(|_, _| addresses(["127.0.0.1"])), dns(|_, _| addresses(["127.0.0.1"]))];
    let flag = format!("-resolvers={},{}", both[0].address, both[1].address);
    let hits = hits(&url(&server), 4, &[&flag, "-dns-ttl=-1"]);
    assert!(hits.iter().all(|hit| hit.code == 200), "{hits:?}");
    let asked = both.map(|dns| dns.asked().iter().sum::<usize>());
    assert_eq!(asked, [4, 4]);
}

#[test]
fn without_a_cache_each_connection_asks_again() {
    let (server, dns) = (server(), dns(|_, _| addresses(["127.0.0.1"])));
    hits(&url(&server), 3, &[&dns.flag(), "-dns-ttl=-1"]);
    assert_eq!(dns.asked(), [3, 3]);
}

#[test]
fn an_expired_address_is_asked_for_again_and_kept_if_that_fails() {
    let (server, dns) = (
        server(),
        dns(|_, before| match before {
            0 => addresses(["127.0.0.1"]),
            _ => Reply::NoSuchName,
        }),
    );
    let hits = hits(&url(&server), 50, &[&dns.flag(), "-dns-ttl=1ns"]);
    assert!(hits.iter().all(|hit| hit.code == 200), "{hits:?}");
    assert!(dns.asked()[0] > 1);
}

#[test]
fn a_name_without_an_address_is_asked_for_again() {
    let (server, dns) = (
        server(),
        dns(|_, before| match before {
            0 => Reply::NoSuchName,
            _ => addresses(["127.0.0.1"]),
        }),
    );
    let hits = hits(&url(&server), 2, &[&dns.flag()]);
    let error = format!("Get \"{}\": dial tcp: lookup a.test: no such host", url(&server));
    assert_eq!((hits[0].code, &hits[0].error), (0, &error));
    assert_eq!((hits[1].code, hits[1].error.as_str()), (200, ""));
}

#[test]
fn a_name_server_that_fails_is_a_record() {
    let dns = dns(|_, _| Reply::Misbehaving);
    let error = "Get \"URL\": dial tcp: lookup a.test: server misbehaving";
    check_hit("http://a.test/", &[&dns.flag()], 0, error);
}

#[test]
fn the_other_family_is_tried_if_one_fails() {
    let (server, dns) = (server(), dns(|_, _| addresses(["::1", "127.0.0.1"])));
    check_hit(&url(&server), &[&dns.flag()], 200, "");
    assert_eq!(dns.asked(), [1, 1]);
}

/// How long a name server without a response is awaited: 2 s, and as long again for two retries.
const SILENCE: Duration = Duration::from_secs(6);

#[test]
fn a_silent_name_server_does_not_delay_a_response_from_another() {
    let (server, silent) = (server(), dns(|_, _| Reply::Nothing));
    let dns = dns(|_, _| addresses(["127.0.0.1"]));
    let flag = format!("-resolvers={},{}", silent.address, dns.address);
    let hit = hits(&url(&server), 1, &[&flag]).remove(0);
    assert_eq!((hit.code, hit.error.as_str()), (200, ""));
    assert!(hit.latency < SILENCE, "{:?}", hit.latency);
    assert_eq!((silent.asked(), dns.asked()), ([1, 1], [1, 1]));
}

#[test]
fn a_family_without_a_response_is_not_awaited() {
    let (server, dns) = (
        server(),
        dns(|question, _| match question.v6 {
            true => Reply::Nothing,
            false => addresses(["127.0.0.1"]),
        }),
    );
    let hit = hits(&url(&server), 1, &[&dns.flag()]).remove(0);
    assert_eq!((hit.code, hit.error.as_str()), (200, ""));
    assert!(hit.latency < SILENCE, "{:?}", hit.latency);
}

#[test]
fn a_name_server_must_be_given_as_an_address() {
    let problem = "invalid value \"foo\" for flag -resolvers: expected IP or IP:PORT, an IPv6 \
                   address before a port in brackets";
    check_refused(&["-resolvers=127.0.0.1,foo"], problem);
}
