//! The rules of the pool, tested with fake connections.

use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::units::Rate;

const MS: Duration = Duration::from_millis(1);

/// A connector that takes 10 ms, counts its dials, and fails if `fails`.
struct Fake {
    dials: Rc<Cell<usize>>,
    fails: bool,
    carries: usize,
    /// Whether a connection says only after 10 ms how many requests it carries.
    settles: bool,
    rate: Option<Rate>,
}

/// A handle on a connection that may be closed or silent.
struct Wire {
    closed: Rc<Cell<bool>>,
    carries: usize,
    settles_at: Instant,
    /// Whether the peer responds to a probe, if the connection is silent.
    responds: Rc<Cell<Option<bool>>>,
}

impl Connection for Wire {
    fn is_closed(&mut self) -> bool {
        self.closed.get()
    }

    fn split(&self) -> Option<Self> {
        let room = Rc::strong_count(&self.closed) < self.carries;
        (room && self.is_settled()).then(|| self.other())
    }

    fn spare(&self) -> Option<Self> {
        (!self.is_settled()).then(|| self.other())
    }

    async fn settled(&self) {
        clock::pause(self.settles_at - clock::now()).await;
    }

    fn carries(&self) -> Option<usize> {
        self.is_settled().then_some(self.carries)
    }

    fn is_overdrawn(&self) -> bool {
        self.is_settled() && Rc::strong_count(&self.closed) > self.carries
    }

    fn abandoned(&self) -> Fate {
        match self.responds.get() {
            _ if self.closed.get() || self.carries == 1 => Fate::Close,
            Some(_) => {
                self.closed.set(true);
                Fate::Probe
            }
            None => Fate::Keep,
        }
    }

    async fn probe(&self, limit: Option<Duration>) -> bool {
        let responds = self.responds.get() == Some(true);
        clock::pause(if responds { MS } else { limit.unwrap() }).await;
        self.closed.set(!responds);
        responds
    }
}

impl Wire {
    fn is_settled(&self) -> bool {
        clock::now() >= self.settles_at
    }

    fn other(&self) -> Self {
        let (closed, responds) = (self.closed.clone(), self.responds.clone());
        Self { closed, responds, ..*self }
    }
}

impl Connect for Fake {
    type Connection = Wire;

    async fn connect(&self) -> Result<Wire, String> {
        self.dials.set(self.dials.get() + 1);
        clock::pause(10 * MS).await;
        if self.fails {
            return Err("refused".to_owned());
        }
        let settles_at = clock::now() + if self.settles { 10 * MS } else { Duration::ZERO };
        let (closed, responds) = <_>::default();
        Ok(Wire { closed, carries: self.carries, settles_at, responds })
    }

    fn will_carry(&self) -> Option<usize> {
        (self.carries == 1 && !self.settles).then_some(1)
    }
}

/// Runs a test on a pool of fake connections under a paused clock; `dials` counts.
fn check<F: Future<Output = ()>>(
    open: usize,
    fake: Fake,
    test: impl FnOnce(Rc<Pool<Fake>>, Rc<Cell<usize>>) -> F,
) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    let dials = fake.dials.clone();
    let limits = Limits { idle: 100, open, dial: Some(1_000 * MS), rate: fake.rate };
    let pool = Pool::new(fake, limits, Rc::default());
    let local = task::LocalSet::new();
    local.block_on(&runtime, test(pool, dials));
}

fn carrying(carries: usize) -> Fake {
    Fake { dials: Rc::default(), fails: false, carries, settles: false, rate: None }
}

fn failing() -> Fake {
    Fake { fails: true, ..carrying(1) }
}

#[test]
fn a_waiting_hit_takes_a_returned_connection_before_a_dial() {
    check(100, carrying(1), async |pool, dials| {
        let first = pool.wait().await.ok().unwrap();
        let second = pool.wait();
        tokio::join!(async { assert!(second.await.ok().unwrap().is_reused()) }, async {
            first.give_back();
        });
        clock::pause(50 * MS).await;
        assert_eq!(dials.get(), 1, "the sockets were polled before the dial");
    });
}

#[test]
fn a_hit_that_still_waits_after_polling_gets_a_dial() {
    check(100, carrying(1), async |pool, dials| {
        let (a, b, c) = tokio::join!(pool.wait(), pool.wait(), pool.wait());
        assert_eq!(dials.get(), 3);
        for lease in [a, b, c] {
            assert!(!lease.ok().unwrap().is_reused());
        }
    });
}

#[test]
fn the_connection_of_a_hit_that_gave_up_goes_to_the_next() {
    check(1, carrying(1), async |pool, dials| {
        let hasty = clock::limit(Some(clock::now() + 5 * MS), pool.wait());
        let (hasty, patient) = tokio::join!(hasty, pool.wait());
        assert!(hasty.is_none());
        assert!(patient.is_ok());
        assert_eq!(dials.get(), 1);
    });
}

#[test]
fn the_limit_of_open_connections_holds_and_a_closed_one_makes_room() {
    check(2, carrying(1), async |pool, dials| {
        let (a, b) = tokio::join!(pool.wait(), pool.wait());
        let (a, b) = (a.ok().unwrap(), b.ok().unwrap());
        let late = clock::limit(Some(clock::now() + 100 * MS), pool.wait()).await;
        assert!(late.is_none());
        assert_eq!(dials.get(), 2);
        let (third, ()) = tokio::join!(pool.wait(), async { drop(a) });
        assert!(third.is_ok());
        assert_eq!(dials.get(), 3);
        drop(b);
    });
}

#[test]
fn each_failed_dial_fails_one_waiting_hit() {
    check(100, failing(), async |pool, dials| {
        let (a, b) = tokio::join!(pool.wait(), pool.wait());
        assert_eq!(a.err().as_deref(), Some("refused"));
        assert_eq!(b.err().as_deref(), Some("refused"));
        assert_eq!(dials.get(), 2);
    });
}

#[test]
fn hits_that_wait_after_a_failed_dial_get_their_own() {
    check(1, failing(), async |pool, dials| {
        let (a, b, c) = tokio::join!(pool.wait(), pool.wait(), pool.wait());
        for failed in [a, b, c] {
            assert_eq!(failed.err().as_deref(), Some("refused"));
        }
        assert_eq!(dials.get(), 3);
    });
}

#[test]
fn an_idle_connection_that_closed_is_skipped() {
    check(1, carrying(1), async |pool, dials| {
        let mut lease = pool.wait().await.ok().unwrap();
        let closed = lease.connection().closed.clone();
        lease.give_back();
        closed.set(true);
        assert!(pool.take_idle().is_none());
        assert!(pool.wait().await.is_ok());
        assert_eq!(dials.get(), 2);
    });
}

#[test]
fn one_dial_serves_all_until_a_connection_shows_what_it_carries() {
    check(100, carrying(3), async |pool, dials| {
        let hits = (0..7).map(|_| {
            task::spawn_local({
                let pool = pool.clone();
                async move { pool.wait().await.ok().unwrap() }
            })
        });
        let hits: Vec<_> = hits.collect();
        clock::pause(5 * MS).await;
        assert_eq!(dials.get(), 1);
        let mut leases = Vec::new();
        for hit in hits {
            leases.push(hit.await.unwrap());
        }
        assert_eq!(dials.get(), 3, "seven hits, three per connection");
    });
}

#[test]
fn a_hit_that_gives_up_leaves_a_connection_that_carries_others() {
    check(1, carrying(2), async |pool, dials| {
        let first = pool.wait().await.ok().unwrap();
        let second = pool.take_idle().unwrap();
        assert!(pool.take_idle().is_none(), "both places are taken");
        drop(second);
        let mut third = pool.take_idle().unwrap();
        third.connection().closed.set(true);
        drop((first, third));
        assert!(pool.take_idle().is_none());
        assert!(pool.wait().await.is_ok());
        assert_eq!(dials.get(), 2, "the closed one made room");
    });
}

/// Starts tasks that each wait for a connection and keep it.
fn waiting(pool: &Rc<Pool<Fake>>, n: usize) -> Vec<task::JoinHandle<Lease<Fake>>> {
    let wait = |pool: Rc<Pool<Fake>>| async move { pool.wait().await.ok().unwrap() };
    (0..n).map(|_| task::spawn_local(wait(pool.clone()))).collect()
}

#[test]
fn a_new_connection_serves_one_hit_until_it_says_how_many_it_carries() {
    for (carries, n_dials) in [(1, 3), (2, 2), (100, 1)] {
        check(100, Fake { settles: true, ..carrying(carries) }, async |pool, dials| {
            let hits = waiting(&pool, 3);
            clock::pause(15 * MS).await;
            let n_served = hits.iter().filter(|hit| hit.is_finished()).count();
            assert_eq!((n_served, dials.get()), (1, 1), "carries {carries}");
            clock::pause(100 * MS).await;
            assert!(hits.iter().all(task::JoinHandle::is_finished), "carries {carries}");
            assert_eq!(dials.get(), n_dials, "carries {carries}");
            // What the last one carried holds for the next one.
            let more = waiting(&pool, carries);
            clock::pause(100 * MS).await;
            assert!(more.iter().all(task::JoinHandle::is_finished), "carries {carries}");
            drop((hits, more));
        });
    }
}

#[test]
fn a_silent_connection_gets_no_hits_until_its_peer_responds() {
    for (responds, n_served) in [(true, 2), (false, 0)] {
        check(100, carrying(2), async |pool, dials| {
            let mut silent = pool.wait().await.ok().unwrap();
            let wire = silent.connection();
            let (closed, answer) = (wire.closed.clone(), wire.responds.clone());
            answer.set(Some(responds));
            drop(silent);
            assert!(pool.take_idle().is_none(), "it is being probed");
            assert!(closed.get());
            drop(closed);
            let hits = waiting(&pool, 5);
            clock::pause(5 * MS).await;
            // A dial takes longer, and the response to the probe does not.
            assert_eq!(hits.iter().filter(|hit| hit.is_finished()).count(), n_served);
            clock::pause(2_000 * MS).await;
            assert!(hits.iter().all(task::JoinHandle::is_finished));
            assert_eq!(dials.get(), 4, "three connections carry five hits");
        });
    }
}

/// Takes a connection, keeps it for one turn of the loop and gives it back.
async fn visit(pool: Rc<Pool<Fake>>) {
    let lease = match pool.take_idle() {
        Some(lease) => lease,
        None => pool.wait().await.ok().unwrap(),
    };
    task::yield_now().await;
    lease.give_back();
}

#[test]
fn a_stall_causes_no_dials_while_responses_arrive() {
    check(1_000, carrying(1), async |pool, dials| {
        pool.readiness.set_scheduled(true);
        visit(pool.clone()).await;
        let hits: Vec<_> = (0..500).map(|_| task::spawn_local(visit(pool.clone()))).collect();
        for hit in hits {
            hit.await.unwrap();
        }
        assert_eq!(dials.get(), 1, "each hit took the connection that came back");
    });
}

#[test]
fn hits_without_a_schedule_are_dialed_for_while_responses_arrive() {
    check(1_000, carrying(1), async |pool, dials| {
        visit(pool.clone()).await;
        let hits: Vec<_> = (0..500).map(|_| task::spawn_local(visit(pool.clone()))).collect();
        for hit in hits {
            hit.await.unwrap();
        }
        assert!(dials.get() > 100, "{}", dials.get());
    });
}

#[test]
fn a_server_that_never_responds_gets_a_connection_per_hit() {
    check(1_000, carrying(1), async |pool, dials| {
        let hits: Vec<_> = (0..500)
            .map(|_| {
                let pool = pool.clone();
                task::spawn_local(async move { pool.wait().await.ok().unwrap() })
            })
            .collect();
        let mut leases = Vec::new();
        for hit in hits {
            leases.push(hit.await.unwrap());
        }
        assert_eq!(dials.get(), 500);
    });
}

#[test]
fn closed_idle_connections_are_cleaned_up() {
    check(100, carrying(1), async |pool, _| {
        let (a, b) = tokio::join!(pool.wait(), pool.wait());
        let (mut a, b) = (a.ok().unwrap(), b.ok().unwrap());
        a.connection().closed.set(true);
        a.give_back();
        b.give_back();
        assert_eq!(pool.open.get(), 2);
        pool.clean_up();
        assert_eq!(pool.open.get(), 1);
        assert!(pool.take_idle().is_some());
    });
}

#[test]
fn dials_do_not_exceed_their_rate() {
    let rate = Rate::new(100, 1_000 * MS);
    check(1_000, Fake { rate, ..carrying(1) }, async |pool, dials| {
        let hits = (0..50).map(|_| {
            let pool = pool.clone();
            task::spawn_local(async move { pool.wait().await.ok().unwrap() })
        });
        let hits: Vec<_> = hits.collect();
        clock::pause(205 * MS).await;
        // The share of 50 ms at once, then one dial every 10 ms.
        assert!((24..=26).contains(&dials.get()), "{}", dials.get());
        drop(hits);
    });
}

#[test]
fn a_delayed_dial_is_dropped_if_no_hit_waits() {
    let rate = Rate::new(1, 1_000 * MS);
    check(1_000, Fake { rate, ..carrying(1) }, async |pool, dials| {
        let first = pool.wait().await.ok().unwrap();
        let (second, ()) = tokio::join!(pool.wait(), async {
            clock::pause(100 * MS).await;
            first.give_back();
        });
        second.ok().unwrap().give_back();
        clock::pause(5_000 * MS).await;
        assert_eq!(dials.get(), 1);
    });
}
