//! Tests of the dispatch loop under a paused clock.

use super::*;
use crate::attack::stop::stop_signal;
use crate::units::Rate;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

const MS: Duration = Duration::from_millis(1);

const WHOLE: Shard = Shard { index: 0, of: 1 };

/// Endless targets that are always available.
struct Plenty;

impl HitTargets for Plenty {
    type Target = ();

    async fn next(&mut self, _seq: u64) -> Result<Option<()>, Error> {
        Ok(Some(()))
    }
}

/// Targets that become available over time, followed by an end or an error.
struct Producer {
    start: Instant,
    /// When each target becomes available, in ms from the start.
    at_ms: Vec<u64>,
    fails: bool,
    may_fall_silent: bool,
}

impl Producer {
    /// Returns a producer that ends without an error, and that may fall silent.
    fn new(at_ms: &[u64]) -> Self {
        let start = clock::now();
        Self { start, at_ms: at_ms.to_vec(), fails: false, may_fall_silent: true }
    }
}

impl HitTargets for Producer {
    type Target = u64;

    async fn next(&mut self, seq: u64) -> Result<Option<u64>, Error> {
        match self.at_ms.get(seq as usize) {
            Some(at) => Alarm::coarse().until(self.start + *at as u32 * MS).await,
            None if self.fails => return Err(Error::NoTargets),
            None => return Ok(None),
        }
        Ok(Some(seq))
    }

    fn may_fall_silent(&self) -> bool {
        self.may_fall_silent
    }
}

/// Runs a dispatch for a second and returns the released hits: number, and the times when due and
/// when released, in ms from the start. If `keep`, no hit ever ends.
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
    let (targets, readiness) = (&mut Plenty, &Readiness::default());
    let dispatch =
        Dispatch { pacer: &mut pacer, shard, start, admission: &admission, targets, readiness };
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

#[tokio::test(start_paused = true)]
async fn hits_are_released_at_their_slots_even_if_no_hit_before_them_ends() {
    let seen = released(at(100, 1_000 * MS, 50), WHOLE, None, true).await;
    let expected: Vec<_> = (0..50).map(|k| (k, u128::from(k) * 10, u128::from(k) * 10)).collect();
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn a_shard_releases_its_hits_at_the_slots_of_the_whole_schedule() {
    let seen = released(at(100, 1_000 * MS, 10), Shard { index: 1, of: 3 }, None, true).await;
    assert_eq!(seen, [(1, 10, 10), (4, 40, 40), (7, 70, 70)]);
}

#[tokio::test(start_paused = true)]
async fn a_hit_over_the_limit_waits_and_is_not_dropped() {
    let seen = released(at(100, 1_000 * MS, 5), WHOLE, Some(2), true).await;
    assert_eq!(seen, [(0, 0, 0), (1, 10, 10)]);
    let seen = released(at(100, 1_000 * MS, 5), WHOLE, Some(2), false).await;
    assert_eq!(seen.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn without_a_rate_hits_are_released_as_fast_as_the_limit_allows() {
    let start = clock::now();
    let mut pacer = Pacer::new(None, Some(10 * MS), None);
    let admission = Admission::new(Some(2), Arc::default());
    let (_stopper, mut stop) = stop_signal();
    let seqs = RefCell::new(Vec::new());
    let local = task::LocalSet::new();
    let (admission, targets) = (&admission, &mut Plenty);
    let readiness = &Readiness::default();
    let dispatch =
        Dispatch { pacer: &mut pacer, shard: WHOLE, start, admission, targets, readiness };
    let mut alarm = Alarm::coarse();
    local
        .run_until(dispatch.run(&mut alarm, &mut stop, |hit| {
            seqs.borrow_mut().push((hit.seq, hit.scheduled.is_none()));
            // Each hit takes 4 ms, so that two at a time make six hits in 10 ms.
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
async fn a_stop_ends_the_wait_for_a_slot_or_for_a_place() {
    for limit in [None, Some(1)] {
        let mut pacer = at(1, 3_000 * MS, 10);
        let admission = Admission::new(limit, Arc::default());
        let (stopper, mut stop) = stop_signal();
        let start = clock::now();
        let mut kept = Vec::new();
        let (admission, targets) = (&admission, &mut Plenty);
        let readiness = &Readiness::default();
        let dispatch =
            Dispatch { pacer: &mut pacer, shard: WHOLE, start, admission, targets, readiness };
        let mut alarm = Alarm::coarse();
        let run = dispatch.run(&mut alarm, &mut stop, |hit| kept.push(hit));
        let (run, ()) = tokio::join!(run, async {
            clock::pause(3_500 * MS).await;
            stopper.drain();
        });
        // With a limit of 1, hit 1 was due at 3 s and still waits for a place.
        assert_eq!(run.unwrap().as_millis(), if limit.is_some() { 500 } else { 0 });
        assert_eq!((clock::now() - start).as_millis(), 3_500);
        assert_eq!(kept.len(), if limit.is_some() { 1 } else { 2 });
    }
}

/// Runs a dispatch of 100 hits per second for 1 s, and stops it at `stop_at_ms`. Returns the
/// released hits as [`released`] does, the result of the dispatch, and when it ended, in ms.
async fn released_from(
    mut producer: Producer,
    stop_at_ms: u32,
) -> (Vec<(u64, u128, u128)>, Result<(), String>, u128) {
    let start = producer.start;
    let mut pacer = Pacer::new(Rate::new(100, 1_000 * MS), Some(1_000 * MS), None);
    let admission = &Admission::new(None, Arc::default());
    let (stopper, mut stop) = stop_signal();
    let mut seen = Vec::new();
    let targets = &mut producer;
    let readiness = &Readiness::default();
    let dispatch =
        Dispatch { pacer: &mut pacer, shard: WHOLE, start, admission, targets, readiness };
    let mut alarm = Alarm::coarse();
    let run = dispatch.run(&mut alarm, &mut stop, |hit| {
        let due = hit.scheduled.map_or(0, |slot| (slot - start).as_millis());
        seen.push((hit.target, due, (clock::now() - start).as_millis()));
    });
    let run = async { (run.await, (clock::now() - start).as_millis()) };
    let ((ended, end), ()) = tokio::join!(run, async {
        clock::pause(stop_at_ms * MS).await;
        stopper.drain();
    });
    (seen, ended.map(drop).map_err(|error| error.to_string()), end)
}

#[tokio::test(start_paused = true)]
async fn a_hit_waits_for_its_target_and_the_last_target_ends_the_attack() {
    let (seen, ended, end) = released_from(Producer::new(&[0, 0, 55, 55, 55]), 500).await;
    assert_eq!(seen, [(0, 0, 0), (1, 10, 10), (2, 20, 55), (3, 30, 55), (4, 40, 55)]);
    assert_eq!((ended, end), (Ok(()), 55));
}

#[tokio::test(start_paused = true)]
async fn a_silent_producer_does_not_delay_the_end_of_the_attack() {
    let (seen, ended, end) = released_from(Producer::new(&[0, 10, 10_000]), 9_000).await;
    assert_eq!((seen.len(), ended, end), (2, Ok(()), 1_000));
}

#[tokio::test(start_paused = true)]
async fn targets_that_cannot_fall_silent_are_waited_for_after_the_end() {
    let producer = Producer { may_fall_silent: false, ..Producer::new(&[2_000; 100]) };
    let (seen, ended, end) = released_from(producer, 9_000).await;
    assert_eq!((seen.len(), ended, end), (100, Ok(()), 2_000));
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_targets_ends_the_attack_after_the_hits_before_it() {
    let producer = Producer { fails: true, ..Producer::new(&[0, 0]) };
    let (seen, ended, end) = released_from(producer, 500).await;
    assert_eq!(seen, [(0, 0, 0), (1, 10, 10)]);
    assert_eq!((ended, end), (Err(Error::NoTargets.to_string()), 20));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait_for_a_target() {
    let (seen, ended, end) = released_from(Producer::new(&[0, 10_000]), 500).await;
    assert_eq!((seen.len(), ended, end), (1, Ok(()), 500));
}

#[tokio::test(start_paused = true)]
async fn a_late_engine_reads_responses_before_it_releases_more_hits() {
    let start = clock::now();
    clock::pause(1_000 * MS).await;
    let mut pacer = at(1_000, 1_000 * MS, 100);
    let admission = &Admission::new(None, Arc::default());
    let (_stopper, mut stop) = stop_signal();
    let readiness = &Readiness::default();
    let targets = &mut Plenty;
    let shard = WHOLE;
    let dispatch = Dispatch { pacer: &mut pacer, shard, start, admission, targets, readiness };
    let released = Cell::new(0);
    let mut alarm = Alarm::coarse();
    readiness.begin_wait();
    let run = dispatch.run(&mut alarm, &mut stop, |_| released.set(released.get() + 1));
    let responses = async {
        for _ in 0..50 {
            readiness.add_returned();
            assert!(released.get() <= 2 * BURST, "{}", released.get());
            task::yield_now().await;
        }
        // There are no more responses, and a slow server does not slow the schedule.
    };
    let (run, ()) = tokio::join!(run, responses);
    run.unwrap();
    assert_eq!(released.get(), 100);
}

#[tokio::test(start_paused = true)]
async fn after_a_stall_late_hits_are_released_together_and_the_next_are_on_time() {
    let at_ms: Vec<u64> = (0..60).map(|seq| if seq < 20 { 0 } else { 400 }).collect();
    let (seen, ..) = released_from(Producer::new(&at_ms), 9_000).await;
    let expected = (0..60).map(|seq| match seq {
        // The stall lasts from 200 ms, when hit 20 is due, to 400 ms.
        20..40 => (seq, u128::from(seq * 10), 400),
        _ => (seq, u128::from(seq * 10), u128::from(seq * 10)),
    });
    assert_eq!(seen, expected.collect::<Vec<_>>());
}
