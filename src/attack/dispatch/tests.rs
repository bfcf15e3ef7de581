//! Tests of the dispatch loop under a paused clock.

use super::*;
use crate::attack::stop::stop_signal;
use crate::units::Rate;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

const MS: Duration = Duration::from_millis(1);

/// Targets without end, always at hand.
struct Plenty;

impl Supply for Plenty {
    type Route = ();

    async fn next(&mut self, _seq: u64) -> Result<Option<()>, Error> {
        Ok(Some(()))
    }
}

/// Targets that come at so many ms from the start; then an end or an error. Those of somebody
/// else may never come.
struct Coming {
    start: Instant,
    at: Vec<u64>,
    fails: bool,
    is_foreign: bool,
}

impl Supply for Coming {
    type Route = u64;

    async fn next(&mut self, seq: u64) -> Result<Option<u64>, Error> {
        match self.at.get(seq as usize) {
            Some(at) => Alarm::coarse().until(self.start + *at as u32 * MS).await,
            None if self.fails => return Err(Error::NoTargets),
            None => return Ok(None),
        }
        Ok(Some(seq))
    }

    fn may_fall_silent(&self) -> bool {
        self.is_foreign
    }
}

/// Runs a dispatch under a paused clock; returns what was released: seq, ms from the start
/// when due and when released. `keep` says whether a hit never answers.
async fn released(
    mut pacer: Pacer,
    shard: Shard,
    in_flight: Option<u64>,
    keep: bool,
) -> Vec<(u64, u128, u128)> {
    let start = clock::now() + MS;
    let admission = Admission::new(in_flight, Arc::default());
    let (_stopper, mut stop) = stop_signal();
    let (mut seen, mut kept) = (Vec::new(), Vec::new());
    let (supply, traffic) = (&mut Plenty, &Traffic::default());
    let dispatch =
        Dispatch { pacer: &mut pacer, shard, start, admission: &admission, supply, traffic };
    let mut alarm = Alarm::coarse();
    let run = dispatch.run(&mut alarm, &mut stop, |hit| {
        let due = hit.scheduled.map_or(0, |slot| (slot - start).as_millis());
        seen.push((hit.seq, due, (clock::now() - start).as_millis()));
        if keep {
            kept.push(hit.permit);
        }
    });
    assert!(clock::limit(Some(start + 1_000 * MS), run).await.is_none_or(|run| run.is_ok()));
    seen
}

fn at(hits: u64, per: Duration, requests: u64) -> Pacer {
    Pacer::new(Rate::new(hits, per), None, Some(requests))
}

const WHOLE: Shard = Shard { index: 0, of: 1 };

#[tokio::test(start_paused = true)]
async fn hit_k_is_released_at_its_slot_although_none_before_it_answers() {
    let seen = released(at(100, 1_000 * MS, 50), WHOLE, None, true).await;
    let expected: Vec<_> = (0..50).map(|k| (k, u128::from(k) * 10, u128::from(k) * 10)).collect();
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn a_shard_releases_its_own_hits_at_the_slots_of_the_whole() {
    let seen = released(at(100, 1_000 * MS, 10), Shard { index: 1, of: 3 }, None, true).await;
    assert_eq!(seen, [(1, 10, 10), (4, 40, 40), (7, 70, 70)]);
}

#[tokio::test(start_paused = true)]
async fn a_hit_over_the_limit_waits_instead_of_being_dropped() {
    let seen = released(at(100, 1_000 * MS, 5), WHOLE, Some(2), true).await;
    assert_eq!(seen, [(0, 0, 0), (1, 10, 10)]);
    let seen = released(at(100, 1_000 * MS, 5), WHOLE, Some(2), false).await;
    assert_eq!(seen.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn without_a_rate_hits_go_as_fast_as_the_limit_allows_until_the_end() {
    let start = clock::now();
    let mut pacer = Pacer::new(None, Some(10 * MS), None);
    let admission = Admission::new(Some(2), Arc::default());
    let (_stopper, mut stop) = stop_signal();
    let seqs = RefCell::new(Vec::new());
    let local = task::LocalSet::new();
    let (admission, supply) = (&admission, &mut Plenty);
    let traffic = &Traffic::default();
    let dispatch = Dispatch { pacer: &mut pacer, shard: WHOLE, start, admission, supply, traffic };
    let mut alarm = Alarm::coarse();
    local
        .run_until(dispatch.run(&mut alarm, &mut stop, |hit| {
            seqs.borrow_mut().push((hit.seq, hit.scheduled.is_none()));
            // Each hit takes 4 ms, so that two at a time make six in ten.
            task::spawn_local(async move {
                clock::pause(4 * MS).await;
                drop(hit.permit);
            });
        }))
        .await
        .unwrap();
    let expected: Vec<_> = (0..6).map(|seq| (seq, true)).collect();
    assert_eq!(seqs.into_inner(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_release_at_once_though_a_hit_waits_for_its_slot_or_for_room() {
    for limit in [None, Some(1)] {
        let mut pacer = at(1, 3_000 * MS, 10);
        let admission = Admission::new(limit, Arc::default());
        let (stopper, mut stop) = stop_signal();
        let start = clock::now();
        let mut kept = Vec::new();
        let (admission, supply) = (&admission, &mut Plenty);
        let traffic = &Traffic::default();
        let dispatch =
            Dispatch { pacer: &mut pacer, shard: WHOLE, start, admission, supply, traffic };
        let mut alarm = Alarm::coarse();
        let run = dispatch.run(&mut alarm, &mut stop, |hit| kept.push(hit));
        let (run, ()) = tokio::join!(run, async {
            clock::pause(3_500 * MS).await;
            stopper.drain();
        });
        // With one place, hit 1 was due at 3 s.
        assert_eq!(run.unwrap().as_millis(), if limit.is_some() { 500 } else { 0 });
        assert_eq!((clock::now() - start).as_millis(), 3_500);
        assert_eq!(kept.len(), if limit.is_some() { 1 } else { 2 });
    }
}

/// Runs a dispatch of 100 hits a second whose targets come; returns what each went to with
/// the ms when due and when released, and how the dispatch ended and when.
async fn released_as_targets_come(
    at: &[u64],
    (fails, is_foreign): (bool, bool),
    stop_at: u64,
) -> (Vec<(u64, u128, u128)>, Result<(), String>, u128) {
    let start = clock::now();
    let mut pacer = Pacer::new(Rate::new(100, 1_000 * MS), Some(1_000 * MS), None);
    let admission = &Admission::new(None, Arc::default());
    let (stopper, mut stop) = stop_signal();
    let mut seen = Vec::new();
    let supply = &mut Coming { start, at: at.to_vec(), fails, is_foreign };
    let traffic = &Traffic::default();
    let dispatch = Dispatch { pacer: &mut pacer, shard: WHOLE, start, admission, supply, traffic };
    let mut alarm = Alarm::coarse();
    let run = dispatch.run(&mut alarm, &mut stop, |hit| {
        let due = hit.scheduled.map_or(0, |slot| (slot - start).as_millis());
        seen.push((hit.route, due, (clock::now() - start).as_millis()));
    });
    let run = async { (run.await, (clock::now() - start).as_millis()) };
    let ((ended, end), ()) = tokio::join!(run, async {
        clock::pause(stop_at as u32 * MS).await;
        stopper.drain();
    });
    (seen, ended.map(drop).map_err(|error| error.to_string()), end)
}

#[tokio::test(start_paused = true)]
async fn a_hit_waits_for_its_target_and_the_last_one_ends_the_attack() {
    let (seen, ended, end) =
        released_as_targets_come(&[0, 0, 55, 55, 55], (false, true), 500).await;
    let waited = [(2, 20, 55), (3, 30, 55), (4, 40, 55)];
    assert_eq!(seen[..2], [(0, 0, 0), (1, 10, 10)]);
    assert_eq!(seen[2..], waited);
    assert_eq!((ended, end), (Ok(()), 55));
}

#[tokio::test(start_paused = true)]
async fn a_producer_that_falls_silent_does_not_keep_the_attack_beyond_its_end() {
    let (seen, ended, end) = released_as_targets_come(&[0, 10, 10_000], (false, true), 9_000).await;
    assert_eq!((seen.len(), ended, end), (2, Ok(()), 1_000));
}

#[tokio::test(start_paused = true)]
async fn what_will_come_is_waited_for_beyond_the_end_and_no_hit_is_left_out() {
    let at = vec![2_000; 100];
    let (seen, ended, end) = released_as_targets_come(&at, (false, false), 9_000).await;
    assert_eq!((seen.len(), ended, end), (100, Ok(()), 2_000));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_cannot_be_read_ends_the_attack_behind_the_hits_before_it() {
    let (seen, ended, end) = released_as_targets_come(&[0, 0], (true, true), 500).await;
    assert_eq!(seen, [(0, 0, 0), (1, 10, 10)]);
    assert_eq!((ended, end), (Err(Error::NoTargets.to_string()), 20));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait_for_a_target() {
    let (seen, ended, end) = released_as_targets_come(&[0, 10_000], (false, true), 500).await;
    assert_eq!((seen.len(), ended, end), (1, Ok(()), 500));
}

#[tokio::test(start_paused = true)]
async fn whoever_is_behind_lets_answers_come_before_the_next_hits_while_one_waits() {
    let start = clock::now();
    clock::pause(1_000 * MS).await;
    let mut pacer = at(1_000, 1_000 * MS, 100);
    let admission = &Admission::new(None, Arc::default());
    let (_stopper, mut stop) = stop_signal();
    let traffic = &Traffic::default();
    let supply = &mut Plenty;
    let shard = WHOLE;
    let dispatch = Dispatch { pacer: &mut pacer, shard, start, admission, supply, traffic };
    let released = Cell::new(0);
    let mut alarm = Alarm::coarse();
    traffic.begins_to_wait();
    let run = dispatch.run(&mut alarm, &mut stop, |_| released.set(released.get() + 1));
    let answers = async {
        for _ in 0..50 {
            traffic.returned();
            assert!(released.get() <= 2 * BURST, "{}", released.get());
            task::yield_now().await;
        }
        // The sockets bring nothing any more: a slow server does not slow the schedule.
    };
    let (run, ()) = tokio::join!(run, answers);
    run.unwrap();
    assert_eq!(released.get(), 100);
}

#[tokio::test(start_paused = true)]
async fn after_a_stall_what_it_held_up_goes_at_once_and_the_next_hits_are_on_time() {
    let (seen, ..) = released_as_targets_come(&stalled(), (false, true), 9_000).await;
    let late = |(seq, due, released): &(u64, u128, u128)| (*seq, released - due);
    let expected = (0..60).map(|seq| match seq {
        // Held up from 200 ms, when hit 20 was due, to 400 ms: all due until then went together.
        20..40 => (seq, u128::from(400 - seq * 10)),
        _ => (seq, 0),
    });
    assert!(seen.iter().map(late).eq(expected), "{seen:?}");
}

/// Returns when targets come: the 20th, and so all behind it, no sooner than at 400 ms.
fn stalled() -> Vec<u64> {
    (0..60).map(|seq| if seq < 20 { 0 } else { 400 }).collect()
}
