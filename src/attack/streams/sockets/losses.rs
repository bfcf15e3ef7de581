//! Sockets that are closed or dropped on purpose, on schedule.

use std::rc::Rc;

use rand::seq::SliceRandom;
use tokio::task::{spawn_local, yield_now};
use tokio::time::Instant;

use crate::attack::streams::long_stream::{Cause, LongStream};
use crate::attack::streams::options::DropOptions;
use crate::attack::streams::sockets::{OpenSocket, Sockets};
use crate::client::SocketSender;
use crate::clock;
use crate::schedule::Pacer;
use crate::schedule::seed::{Purpose, Seed};

/// The sockets of an engine, in order.
type OwnSockets = Rc<[Rc<LongStream<SocketSender>>]>;

/// Begins to close and drop sockets of an engine as its options say. The first message is due at
/// `first`.
pub fn begin(all: &Rc<Sockets>, own: &OwnSockets, first: Instant) {
    if all.options.churn.is_some() {
        spawn_local(churn(all.clone(), own.clone(), first));
    }
    for (number, drop) in (0..).zip(all.options.drops.clone()) {
        spawn_local(drop_at(all.clone(), own.clone(), (number, drop), first));
    }
}

/// Closes the sockets of an engine in turn, which are then opened again.
async fn churn(all: Rc<Sockets>, own: OwnSockets, first: Instant) {
    let mut pacer = Pacer::new(all.options.churn, None, None);
    let mut number = all.shard.index;
    // The first one is closed an interval after the first message.
    while let Some(slot) = pacer.slot(number + 1) {
        if !wait_until(&all, first + slot).await {
            return;
        }
        let turn = all.opening.turn_of(all.shard, number);
        let closed = own.get(turn.stream).and_then(|socket| {
            let opened = socket.opened()?;
            socket.close(Cause::Churn).then(|| OpenSocket { socket: socket.clone(), opened })
        });
        // A socket that is not open now is being opened anyway.
        if let Some(closed) = closed {
            all.closings.add(clock::now(), closed);
        }
        number += all.shard.of;
    }
}

/// Drops the sockets of an engine that a drop concerns.
async fn drop_at(
    all: Rc<Sockets>,
    own: OwnSockets,
    (number, DropOptions { share, at }): (u64, DropOptions),
    first: Instant,
) {
    let n_sockets = all.opening.n_streams;
    let mut chosen = vec![false; own.len()];
    let part = all.shard.of;
    for socket in dropped(all.seed, number, n_sockets, share) {
        let (engine, place) = (u64::from(socket) % part, u64::from(socket) / part);
        if let Some(chosen) = chosen.get_mut(place as usize).filter(|_| engine == all.shard.index) {
            *chosen = true;
        }
    }
    if wait_until(&all, first + at).await {
        let chosen = own.iter().zip(chosen).filter(|(_, is_chosen)| *is_chosen);
        chosen.for_each(|(socket, _)| socket.abort(Cause::Drop));
    }
}

/// Returns the numbers of the sockets that a drop concerns, a random share of all.
fn dropped(seed: Seed, number: u64, n_sockets: u32, share: f64) -> Vec<u32> {
    let mut sockets: Vec<u32> = (0..n_sockets).collect();
    sockets.shuffle(&mut seed.rngs(Purpose::Drops).for_hit(number));
    sockets.truncate((f64::from(n_sockets) * share).round() as usize);
    sockets
}

/// Waits until an instant. Returns false if the attack ends first.
async fn wait_until(all: &Sockets, at: Instant) -> bool {
    let left = at.saturating_duration_since(clock::now());
    if left.is_zero() {
        // A rate that cannot be kept must not keep the engine from everything else.
        yield_now().await;
        return !all.is_over.is_cancelled();
    }
    tokio::select! {
        biased;
        () = all.is_over.cancelled() => false,
        () = clock::pause(left) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_share_of_the_sockets_is_dropped_by_the_seed() {
        let table =
            [(1_000, 1.0, 1_000), (1_000, 0.05, 50), (3, 0.5, 2), (10, 0.01, 0), (1, 1.0, 1)];
        for (n_sockets, share, expected) in table {
            let sockets = dropped(Seed(1), 0, n_sockets, share);
            let distinct: BTreeSet<_> =
                sockets.iter().filter(|number| **number < n_sockets).collect();
            assert_eq!(
                (sockets.len(), distinct.len()),
                (expected, expected),
                "{n_sockets} {share}"
            );
        }
        let half = |seed, number| dropped(Seed(seed), number, 1_000, 0.5);
        assert_eq!(half(1, 0), half(1, 0));
        assert!(half(1, 0) != half(1, 1) && half(1, 0) != half(2, 0));
    }
}
