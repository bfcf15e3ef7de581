//! What the release of a hit costs, without a network: slots, places in flight, a task for each,
//! and the values of its variables.
//!
//! `make bench` runs it. Two figures of one run may be compared; figures of two machines may not.

use std::future::{Future, ready};
use std::hint::black_box;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use drumfire::attack::{Admission, Backlog, Dispatch, Pacer, Release, Shard, Supply, stop_signal};
use drumfire::client::Traffic;
use drumfire::clock::{self, Alarm};
use drumfire::error::Error;
use drumfire::feed::Row;
use drumfire::seed::{Seed, Use};
use drumfire::stages::parse_stages;
use drumfire::target::{Defaults, Scope, Values, read_http};
use drumfire::units::Rate;
use tokio::runtime::{self, Runtime};
use tokio::task::{self, LocalSet};

/// Hits of a schedule.
const N: u64 = 1_000;

/// Limits of hits in flight: none, one that never binds, and one that does.
const LIMITS: [u64; 3] = [0, N, 4];

/// A target with every kind of variable.
const TEMPLATED: &str = r#"POST http://127.0.0.1:8080/users/{{id}}?at={{$timestamp}}
Content-Type: application/json
X-Request-Id: {{$uuid}}
# @body

{"id": {{id}}, "name": "{{name|json}}", "n": {{$seq}}, "dice": {{$randomInt 1 7}}}"#;

/// Schedules of about 10 000 hits a second: each form of a stage, and chance.
const SCHEDULES: [&str; 4] = ["24h@10000", "24h@5000..15000", "24h@10000~5000/1h", "poisson"];

fn main() {
    divan::main();
}

/// Targets without end, always at hand.
struct Plenty;

impl Supply for Plenty {
    type Route = ();

    fn next(&mut self, _seq: u64) -> impl Future<Output = Result<Option<()>, Error>> {
        ready(Ok(Some(())))
    }
}

fn runtime() -> Runtime {
    runtime::Builder::new_current_thread().enable_all().build().expect("there are descriptors")
}

/// Releases a schedule whose slots are all past, so that nothing is waited for but room: 0 for as
/// many hits in flight as there are.
async fn dispatch(in_flight: u64, release: impl FnMut(Release<()>)) {
    let mut pacer = Pacer::new(Rate::new(1_000_000, Duration::from_secs(1)), None, Some(N));
    let limit = Some(in_flight).filter(|limit| *limit > 0);
    let dispatch = Dispatch {
        pacer: &mut pacer,
        shard: Shard { index: 0, of: 1 },
        start: clock::now() - Duration::from_secs(1),
        admission: &Admission::new(limit, Backlog::default().into()),
        supply: &mut Plenty,
        traffic: &Traffic::default(),
    };
    let (_stopper, mut stop) = stop_signal();
    let released = dispatch.run(&mut Alarm::coarse(), &mut stop, release).await;
    released.expect("there is always a target");
}

/// Slots alone, from the midst of a day on; by chance from its beginning.
#[divan::bench(args = SCHEDULES)]
fn slots(bencher: Bencher, schedule: &str) {
    let by_chance = schedule == "poisson";
    let stages = if by_chance { SCHEDULES[0] } else { schedule };
    let pacer = Pacer::staged(parse_stages(stages).expect("it is one of the schedules"), None);
    let first = if by_chance { 0 } else { 400_000_000 };
    let pacer = if by_chance { pacer.by_chance(Seed(1)) } else { pacer };
    bencher.counter(ItemsCount::new(N)).with_inputs(|| pacer.clone()).bench_local_values(
        |mut pacer| (first..first + N).filter_map(|k| pacer.start_of(black_box(k))).max(),
    );
}

/// The loop alone: hits are done as they are released.
#[divan::bench]
fn release(bencher: Bencher) {
    let runtime = runtime();
    bencher.counter(ItemsCount::new(N)).bench_local(|| runtime.block_on(dispatch(0, drop)));
}

/// With a task for each hit, as an engine has it, whose client answers in its first turn.
#[divan::bench(args = LIMITS)]
fn release_to_a_task(bencher: Bencher, in_flight: u64) {
    let runtime = runtime();
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        let hits = LocalSet::new();
        let release = |hit: Release<()>| {
            task::spawn_local(async move { drop(hit) });
        };
        hits.block_on(&runtime, dispatch(in_flight, release));
        runtime.block_on(hits);
    });
}

/// The variables of a target with a cell in URL and header and a templated body, for each hit.
#[divan::bench]
fn expand(bencher: Bencher) {
    let scope = Scope { columns: Some(vec!["id".into(), "name".into()]), ..Scope::default() };
    let defaults = Defaults { scope, ..Defaults::default() };
    let target = read_http(TEMPLATED.as_bytes(), &defaults).expect("the list is sound").remove(0);
    let (row, dice) = (Row::from_iter(["4711", "Zoë & Co"]), Seed(1).dice(Use::Values));
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        for seq in 0..N {
            let values = &mut Values::new(seq, 1_700_000_000, Some(&row), &dice);
            black_box(target.expand(values).expect("the row can be sent"));
        }
    });
}
