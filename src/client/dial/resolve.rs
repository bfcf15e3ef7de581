//! Resolves names and reuses their addresses for some time.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::time::Instant;

use crate::client::failure::dial::NO_SUCH_HOST;
use crate::clock;
use crate::error::Error;
use crate::units::parse_duration;

/// How long the addresses of a name are reused. A failed lookup is never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Each connection resolves the name again.
    Never,
    /// For this time. Then they are resolved again, and the old ones are used until the new ones
    /// arrive.
    For(Duration),
    /// For the whole attack.
    #[default]
    Always,
}

/// Parses how long addresses are reused: a duration, 0 for the whole attack, `-1` or any negative
/// duration for never.
///
/// # Errors
///
/// [`Error::Value`] if the text is not a duration.
pub fn parse_dns_ttl(text: &str) -> Result<Keep, Error> {
    if text == "-1" {
        return Ok(Keep::Never);
    }
    let ttl = parse_duration(text)?;
    Ok(match Duration::try_from(ttl) {
        Err(_) => Keep::Never,
        Ok(Duration::ZERO) => Keep::Always,
        Ok(ttl) => Keep::For(ttl),
    })
}

/// Looks up the addresses of names.
pub trait Ask: Clone + Send + 'static {
    /// Returns the addresses of a host, the preferred ones first.
    ///
    /// # Errors
    ///
    /// Why there are none, as a text for the record.
    fn ask(self, host: String) -> impl Future<Output = Result<Vec<IpAddr>, String>> + Send;
}

/// Resolves names and caches their addresses.
#[derive(Clone)]
pub struct Resolver<A>(Arc<Inner<A>>);

struct Inner<A> {
    lookup: A,
    keep: Keep,
    names: Mutex<HashMap<String, Name>>,
}

/// An answer: the addresses, at least one, or why there are none.
type Answer = Result<Arc<[IpAddr]>, String>;

/// The state of one name.
#[derive(Default)]
struct Name {
    /// None before the first answer.
    known: Option<Known>,
    /// The query in progress, shared by all callers; None if there is none.
    query: Option<Shared<BoxFuture<'static, Answer>>>,
}

struct Known {
    addresses: Arc<[IpAddr]>,
    since: Instant,
    /// Number of times that the addresses were used.
    n_used: usize,
}

impl<A: Ask + Sync> Resolver<A> {
    /// Creates a resolver with an empty cache.
    pub fn new(lookup: A, keep: Keep) -> Self {
        Self(Arc::new(Inner { lookup, keep, names: Mutex::default() }))
    }

    /// Returns the addresses of a host, at least one. The host may itself be an address.
    ///
    /// Each call rotates the cached addresses of each family by one, so that connections spread
    /// over them.
    ///
    /// # Errors
    ///
    /// Why there is none, as a text for the record.
    ///
    /// # Cancel safety
    ///
    /// Safe: a query that other callers share continues.
    pub async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, String> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        if let Some(known) = self.known(host) {
            return Ok(known);
        }
        let answer = self.query(host).await?;
        Ok(self.known(host).unwrap_or_else(|| answer.to_vec()))
    }

    /// Returns the cached addresses, and starts a query if they are too old; None if there are none.
    fn known(&self, host: &str) -> Option<Vec<IpAddr>> {
        let mut names = self.names();
        let known = names.get_mut(host)?.known.as_mut()?;
        let rotated = rotated(&known.addresses, known.n_used);
        known.n_used += 1;
        if let Keep::For(ttl) = self.0.keep
            && known.since + ttl <= clock::now()
        {
            // The next call does not start another query, even if this one fails.
            known.since = clock::now();
            let (resolver, host) = (self.clone(), host.to_owned());
            tokio::spawn(async move { resolver.query(&host).await });
        }
        Some(rotated)
    }

    /// Queries addresses, or joins the query in progress, and caches the answer.
    async fn query(&self, host: &str) -> Answer {
        let query = {
            let mut names = self.names();
            let name = names.entry(host.to_owned()).or_default();
            let begin = || query(self.0.lookup.clone(), host.to_owned()).boxed().shared();
            name.query.get_or_insert_with(begin).clone()
        };
        let answer = query.await;
        let mut names = self.names();
        let name = names.entry(host.to_owned()).or_default();
        // The first caller to resume removes the query and caches its answer.
        if name.query.take_if(|query| query.peek().is_some()).is_some()
            && let (Ok(addresses), Keep::For(_) | Keep::Always) = (&answer, self.0.keep)
        {
            let addresses = addresses.clone();
            name.known = Some(Known { addresses, since: clock::now(), n_used: 0 });
        }
        answer
    }

    fn names(&self) -> MutexGuard<'_, HashMap<String, Name>> {
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn query(lookup: impl Ask, host: String) -> Answer {
    let found = lookup.ask(host).await?;
    if found.is_empty() { Err(NO_SUCH_HOST.to_owned()) } else { Ok(found.into()) }
}

/// Rotates the addresses of each family by a number of places.
fn rotated(addresses: &[IpAddr], places: usize) -> Vec<IpAddr> {
    let mut families: [Vec<IpAddr>; 2] = Default::default();
    for address in addresses {
        families[usize::from(address.is_ipv6())].push(*address);
    }
    let mut next = families.map(|family| {
        let from = places % family.len().max(1);
        family.into_iter().cycle().skip(from)
    });
    addresses.iter().filter_map(|place| next[usize::from(place.is_ipv6())].next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const MS: Duration = Duration::from_millis(1);

    /// Answers in 10 ms with an address that ends in the number of the query, from 1. The queries in
    /// `failing` fail.
    #[derive(Clone)]
    struct Fake {
        asked: Arc<AtomicUsize>,
        failing: Arc<[usize]>,
    }

    impl Ask for Fake {
        async fn ask(self, _host: String) -> Result<Vec<IpAddr>, String> {
            let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
            clock::pause(10 * MS).await;
            if self.failing.contains(&number) {
                return Err(NO_SUCH_HOST.to_owned());
            }
            Ok(vec![IpAddr::from([10, 0, 0, number as u8])])
        }
    }

    /// Runs a test on a resolver under a paused clock.
    fn check(keep: Keep, failing: &[usize], test: impl AsyncFnOnce(Resolver<Fake>, Fake)) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        let fake = Fake { asked: Arc::default(), failing: failing.into() };
        let resolver = Resolver::new(fake.clone(), keep);
        runtime.block_on(test(resolver, fake));
    }

    /// Returns the last byte of the address that a name resolves to, and how long that took.
    async fn resolve(resolver: &Resolver<Fake>) -> (Result<u8, String>, Duration) {
        let began = clock::now();
        let found = resolver.resolve("a.test").await.map(|found| match found[..] {
            [IpAddr::V4(address)] => address.octets()[3],
            _ => 0,
        });
        (found, clock::now() - began)
    }

    #[test]
    fn addresses_are_reused_for_the_attack_or_for_one_connection() {
        check(Keep::Always, &[], async |resolver, fake| {
            for _ in 0..3 {
                assert_eq!(resolve(&resolver).await.0, Ok(1));
                clock::pause(1_000 * MS).await;
            }
            assert_eq!(fake.asked.load(Ordering::Relaxed), 1);
        });
        check(Keep::Never, &[], async |resolver, _| {
            for number in 1..=3 {
                assert_eq!(resolve(&resolver).await, (Ok(number), 10 * MS));
            }
        });
    }

    #[test]
    fn old_addresses_are_used_during_a_new_query() {
        check(Keep::For(100 * MS), &[], async |resolver, fake| {
            assert_eq!(resolve(&resolver).await, (Ok(1), 10 * MS));
            clock::pause(99 * MS).await;
            assert_eq!(resolve(&resolver).await, (Ok(1), Duration::ZERO));
            clock::pause(2 * MS).await;
            assert_eq!(resolve(&resolver).await, (Ok(1), Duration::ZERO));
            assert_eq!(resolve(&resolver).await, (Ok(1), Duration::ZERO));
            clock::pause(20 * MS).await;
            assert_eq!(resolve(&resolver).await, (Ok(2), Duration::ZERO));
            assert_eq!(fake.asked.load(Ordering::Relaxed), 2);
        });
    }

    #[test]
    fn a_failure_is_never_cached_and_replaces_no_addresses() {
        check(Keep::Always, &[1], async |resolver, _| {
            assert_eq!(resolve(&resolver).await.0, Err("no such host".to_owned()));
            assert_eq!(resolve(&resolver).await.0, Ok(2));
        });
        check(Keep::For(100 * MS), &[2], async |resolver, _| {
            for expected in [1, 1, 1, 3] {
                assert_eq!(resolve(&resolver).await.0, Ok(expected));
                clock::pause(150 * MS).await;
            }
        });
    }

    #[test]
    fn concurrent_callers_share_one_query() {
        check(Keep::Never, &[], async |resolver, fake| {
            let (a, b) = tokio::join!(resolve(&resolver), resolve(&resolver));
            assert_eq!((a.0, b.0), (Ok(1), Ok(1)));
            assert_eq!(fake.asked.load(Ordering::Relaxed), 1);
        });
    }

    #[test]
    fn addresses_of_each_family_rotate() {
        let all = |list: &str| -> Vec<IpAddr> {
            list.split_whitespace().map(|address| address.parse().unwrap()).collect()
        };
        let table = [
            ("::1 ::2 1.1.1.1 1.1.1.2 1.1.1.3", 0, "::1 ::2 1.1.1.1 1.1.1.2 1.1.1.3"),
            ("::1 ::2 1.1.1.1 1.1.1.2 1.1.1.3", 1, "::2 ::1 1.1.1.2 1.1.1.3 1.1.1.1"),
            ("::1 ::2 1.1.1.1 1.1.1.2 1.1.1.3", 2, "::1 ::2 1.1.1.3 1.1.1.1 1.1.1.2"),
            ("1.1.1.1 ::1", 7, "1.1.1.1 ::1"),
            ("1.1.1.1", 1, "1.1.1.1"),
        ];
        for (given, places, expected) in table {
            assert_eq!(rotated(&all(given), places), all(expected), "{given} by {places}");
        }
    }

    #[test]
    fn a_ttl_is_parsed_as_vegeta_parses_it() {
        let table = [
            ("0", Keep::Always),
            ("0s", Keep::Always),
            ("1m30s", Keep::For(Duration::from_secs(90))),
            ("-1", Keep::Never),
            ("-5s", Keep::Never),
        ];
        for (text, keep) in table {
            assert_eq!(parse_dns_ttl(text).unwrap(), keep, "{text}");
        }
        assert!(parse_dns_ttl("5").is_err());
    }
}
