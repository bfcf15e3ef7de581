//! The cost of releasing a hit, without a network: slots, places in flight, a task, variables.
//!
//! `make bench` runs it. Results of one run can be compared; results of two machines cannot.

use std::future::{Future, ready};
use std::hint::black_box;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use drumfire::attack::{Admission, Backlog, Dispatch, HitTargets, Release, stop_signal};
use drumfire::client::Readiness;
use drumfire::clock::{self, Alarm};
use drumfire::error::Error;
use drumfire::feed::Row;
use drumfire::protobuf::{JsonPiece, Schema};
use drumfire::schedule::seed::{Purpose, Seed};
use drumfire::schedule::stages::parse_stages;
use drumfire::schedule::{Pacer, Shard};
use drumfire::targets::{Defaults, Scope, Values, read_http};
use drumfire::units::Rate;
use tokio::runtime::{self, Runtime};
use tokio::task::{self, LocalSet};

/// Hits of a schedule.
const N: u64 = 1_000;

/// Limits for hits in flight: none, one that is never reached, and one that is.
const LIMITS: [u64; 3] = [0, N, 4];

/// A target with every kind of variable.
const TEMPLATED: &str = r#"POST http://127.0.0.1:8080/users/{{id}}?at={{$timestamp}}
Content-Type: application/json
X-Request-Id: {{$uuid}}
# @body

{"id": {{id}}, "name": "{{name|json}}", "n": {{$seq}}, "dice": {{$randomInt 1 7}}}"#;

/// A method whose message has every part of [`MESSAGE`].
const METHOD: &str = "drumfire.v1.Echo/Unary";

/// A gRPC message with three variables.
const MESSAGE: [JsonPiece<'_>; 7] = [
    JsonPiece::Fixed(r#"{"text": "Hello "#),
    JsonPiece::Hole { json: false },
    JsonPiece::Fixed(r#", how are you doing today?", "count": "#),
    JsonPiece::Hole { json: false },
    JsonPiece::Fixed(r#", "payload": ""#),
    JsonPiece::Hole { json: false },
    JsonPiece::Fixed(r#""}"#),
];

/// The values of its variables.
const VALUES: [&str; 3] = ["Zoë & Co", "4711", "aGVsbG8sIHdvcmxk"];

/// Schedules of about 10 000 hits per second: each form of a stage, and Poisson arrivals.
const SCHEDULES: [&str; 4] = ["24h@10000", "24h@5000..15000", "24h@10000~5000/1h", "poisson"];

fn main() {
    divan::main();
}

/// An endless supply of targets that never waits.
struct Plenty;

impl HitTargets for Plenty {
    type Target = ();

    fn next(&mut self, _seq: u64) -> impl Future<Output = Result<Option<()>, Error>> {
        ready(Ok(Some(())))
    }
}

fn runtime() -> Runtime {
    runtime::Builder::new_current_thread().enable_all().build().expect("there are descriptors")
}

/// Releases a schedule whose slots are all in the past, so that it waits only for places in flight;
/// 0 means no limit.
async fn dispatch(in_flight: u64, release: impl FnMut(Release<()>)) {
    let mut pacer = Pacer::new(Rate::new(1_000_000, Duration::from_secs(1)), None, Some(N));
    let limit = Some(in_flight).filter(|limit| *limit > 0);
    let dispatch = Dispatch {
        pacer: &mut pacer,
        shard: Shard { index: 0, of: 1 },
        start: clock::now() - Duration::from_secs(1),
        admission: &Admission::new(limit, Backlog::default().into()),
        targets: &mut Plenty,
        readiness: &Readiness::default(),
    };
    let (_stopper, mut stop) = stop_signal();
    let released = dispatch.run(&mut Alarm::coarse(), &mut stop, release).await;
    released.expect("there is always a target");
}

/// Slots alone, from the middle of a day on; Poisson arrivals from their beginning.
#[divan::bench(args = SCHEDULES)]
fn slots(bencher: Bencher, schedule: &str) {
    let by_chance = schedule == "poisson";
    let stages = if by_chance { SCHEDULES[0] } else { schedule };
    let pacer = Pacer::staged(parse_stages(stages).expect("it is one of the schedules"), None);
    let first = if by_chance { 0 } else { 400_000_000 };
    let pacer = if by_chance { pacer.with_poisson_arrivals(Seed(1)) } else { pacer };
    bencher.counter(ItemsCount::new(N)).with_inputs(|| pacer.clone()).bench_local_values(
        |mut pacer| (first..first + N).filter_map(|k| pacer.slot(black_box(k))).max(),
    );
}

/// The loop alone: hits end when they are released.
#[divan::bench]
fn release(bencher: Bencher) {
    let runtime = runtime();
    bencher.counter(ItemsCount::new(N)).bench_local(|| runtime.block_on(dispatch(0, drop)));
}

/// With a task for each hit, as in an engine; the client responds in its first turn.
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

/// Expands the variables of a target, in URL, header and body, for each hit.
#[divan::bench]
fn expand(bencher: Bencher) {
    let scope = Scope { columns: Some(vec!["id".into(), "name".into()]), ..Scope::default() };
    let defaults = Defaults { scope, ..Defaults::default() };
    let target = read_http(TEMPLATED.as_bytes(), &defaults).expect("the list is sound").remove(0);
    let (row, rngs) = (Row::from_iter(["4711", "Zoë & Co"]), Seed(1).rngs(Purpose::Values));
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        for seq in 0..N {
            let values = &mut Values::new(seq, 1_700_000_000, Some(&row), &rngs);
            black_box(target.expand(values).expect("the row can be sent"));
        }
    });
}

/// Fills in the variables of a gRPC message, for each hit.
#[divan::bench]
fn fill_message(bencher: Bencher) {
    let method = Schema::builtin().method(METHOD).expect("the schema has the method");
    let template = method.compile(&MESSAGE).expect("the message is sound");
    let mut wire = Vec::new();
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        for _ in 0..N {
            wire.clear();
            let mut value = |n: usize, text: &mut String| text.push_str(VALUES[n]);
            template.fill(&mut value, &mut wire).expect("the values fit");
            black_box(&wire);
        }
    });
}

/// Encodes a gRPC message from its JSON text, as without templates for each hit.
#[divan::bench]
fn encode_message(bencher: Bencher) {
    let method = Schema::builtin().method(METHOD).expect("the schema has the method");
    let mut texts = VALUES.into_iter();
    let text = MESSAGE.map(|piece| match piece {
        JsonPiece::Fixed(text) => text,
        JsonPiece::Hole { .. } => texts.next().expect("there is a value for each hole"),
    });
    let text = text.concat();
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        for _ in 0..N {
            black_box(method.encode(black_box(&text)).expect("the message is sound"));
        }
    });
}
