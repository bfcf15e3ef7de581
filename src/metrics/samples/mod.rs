//! Sample records for tests, and exact quantiles to compare with.

pub(crate) mod chat;
pub(crate) mod sockets;

use std::time::Duration;

use crate::metrics::{Buckets, Metrics};
use crate::record::{
    Batch, BatchBuilder, Extras, FlowEnd, FlowStep, Kind, Messaging, Record, grpc_status_name,
};

/// The fields of a record that metrics need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    pub code: u16,
    pub timestamp_ns: i64,
    pub latency_ns: u64,
    pub lag_ns: Option<u64>,
    pub bytes_out: u64,
    pub bytes_in: u64,
    pub retries: u8,
    pub error: String,
    /// The target's own name; empty without one.
    pub name: String,
}

impl Sample {
    pub fn record(&self) -> Record<'_> {
        Record {
            attack: "",
            seq: 0,
            code: self.code,
            timestamp_ns: self.timestamp_ns,
            latency: Duration::from_nanos(self.latency_ns),
            lag: self.lag_ns.map(Duration::from_nanos),
            connect: None,
            first_byte: None,
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
            retries: self.retries,
            error: Some(self.error.as_str()).filter(|error| !error.is_empty()),
            body: b"",
            name: &self.name,
            method: "GET",
            url: "",
            headers: None,
            flow: None,
            messaging: None,
        }
    }
}

/// The fields of a request in a flow that metrics need.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlowSample {
    pub timestamp_ns: i64,
    pub latency_ns: u64,
    /// Empty on success.
    pub error: &'static str,
    pub step: FlowStep<'static>,
}

/// Returns requests of flows as one batch.
pub(crate) fn flow_batch(samples: &[FlowSample]) -> Batch {
    let mut builder = BatchBuilder::with_flows();
    for sample in samples {
        let plain = Sample {
            code: 200,
            timestamp_ns: sample.timestamp_ns,
            latency_ns: sample.latency_ns,
            lag_ns: Some(1_000),
            error: sample.error.to_owned(),
            ..Sample::default()
        };
        builder.push(&Record { flow: Some(sample.step), ..plain.record() });
    }
    builder.finish()
}

/// Returns 100 flows, one each 100 ms. Each has two requests of 10 ms with 1 s of thinking
/// between them. Every tenth one fails at its second request, every 25th one is cut.
pub(crate) fn flow_samples() -> Vec<FlowSample> {
    let step = |n: u64| {
        let (flow_seq, is_last) = (n / 2, n % 2 == 1);
        let failed = is_last && flow_seq.is_multiple_of(10);
        let ended = FlowEnd {
            time: Duration::from_millis(1_020 + flow_seq),
            thought: Duration::from_secs(1),
            failed,
        };
        FlowSample {
            timestamp_ns: (flow_seq as i64 * 100 + if is_last { 1_010 } else { 0 }) * 1_000_000,
            latency_ns: 10_000_000,
            error: if failed { "check: status" } else { "" },
            step: FlowStep {
                flow: "login",
                flow_seq,
                flow_hit: u32::from(is_last),
                checks: Some(if is_last { 3 } else { 1 }),
                checks_failed: Some(u16::from(failed)),
                ended: is_last.then_some(ended),
                ..FlowStep::default()
            },
        }
    };
    let is_cut = |step: &FlowStep<'_>| step.flow_hit > 0 && step.flow_seq % 25 == 24;
    (0..200).map(step).filter(|sample| !is_cut(&sample.step)).collect()
}

/// Returns [`flow_samples`] as one batch.
pub(crate) fn steady_flows() -> Batch {
    flow_batch(&flow_samples())
}

/// Returns a call of a server stream: of ten calls, one fails, and of a hundred, one has no status.
/// Each successful call receives 40 messages.
fn call(n: u64) -> (Messaging, Option<String>) {
    let grpc_status = match n {
        99 => None,
        _ if n % 20 == 9 => Some(5),
        _ if n % 20 == 19 => Some(14),
        _ => Some(0),
    };
    let is_good = grpc_status == Some(0);
    let micros = |micros: u64| is_good.then(|| Duration::from_micros(micros));
    let messaging = Messaging {
        kind: Kind::Call,
        grpc_status,
        sent: Some(Duration::from_micros(20 + n)),
        first_message: micros(2_000 + n * 10),
        gap_max: micros(100 + n * 10 + 9),
        messages_in: if is_good { 40 } else { 0 },
        messages_out: 1,
        ..Messaging::default()
    };
    let error = match grpc_status {
        Some(0) => None,
        Some(status) => {
            let name = grpc_status_name(status);
            Some(format!("rpc error: code = {name} desc = no such task"))
        }
        None => Some("rpc error: the stream ended without a status".to_owned()),
    };
    (messaging, error)
}

/// Adds a call every 10 ms, which takes 40 ms.
fn push_call(builder: &mut BatchBuilder, n: u64) {
    let (messaging, error) = call(n);
    builder.push(&Record {
        seq: n,
        code: 200,
        timestamp_ns: n as i64 * 10_000_000,
        latency: Duration::from_micros(40_000 + n * 100),
        lag: Some(Duration::from_micros(1)),
        bytes_out: 5,
        bytes_in: u64::from(messaging.messages_in) * 7,
        error: error.as_deref(),
        name: ["ai.tokens", "ai.answer"][n as usize % 2],
        method: "GRPC",
        url: "grpc://h:50051/ai.Model/Tokens",
        messaging: Some(messaging),
        ..Record::default()
    });
}

/// Returns 100 calls of server streams at 100/s, of which ten fail.
pub(crate) fn calls() -> Batch {
    let mut builder = BatchBuilder::with(Extras { messaging: true, ..Extras::default() });
    (0..100).for_each(|n| push_call(&mut builder, n));
    builder.finish()
}

/// Returns the 100 calls, each followed by a plain HTTP request and a message on a stream. Before
/// them, ten streams are opened; one of them cannot be opened.
pub(crate) fn mixed_calls() -> Batch {
    let mut builder = BatchBuilder::with(Extras { messaging: true, ..Extras::default() });
    for n in 0..10_u32 {
        let messaging = Messaging {
            kind: Kind::Connect,
            grpc_status: (n == 9).then_some(14),
            socket: Some(n),
            ..Messaging::default()
        };
        builder.push(&Record {
            code: 200,
            latency: Duration::from_millis(3 + u64::from(n)),
            lag: Some(Duration::ZERO),
            error: (n == 9).then_some("rpc error: code = Unavailable desc = too many streams"),
            method: "GRPC",
            messaging: Some(messaging),
            ..Record::default()
        });
    }
    for n in 0..100 {
        push_call(&mut builder, n);
        let timestamp_ns = n as i64 * 10_000_000 + 1_000_000;
        let plain = Sample { code: 200, timestamp_ns, latency_ns: 2_000_000, ..Sample::default() };
        builder.push(&plain.record());
        let message = Messaging {
            kind: Kind::Message,
            messages_in: 1,
            messages_out: 1,
            socket: Some(n as u32 % 9),
            ..Messaging::default()
        };
        let latency = Duration::from_millis(5);
        let messaging = Some(message);
        builder.push(&Record { timestamp_ns, latency, messaging, ..Record::default() });
    }
    builder.finish()
}

/// Folds samples; `buckets` is in the form of the flag.
pub(crate) fn fold(samples: &[Sample], buckets: Option<&str>) -> Metrics {
    let mut metrics = Metrics::new(buckets.map(|list| Buckets::parse(list).unwrap()));
    metrics.add_batch(&batch(samples));
    metrics
}

/// Returns samples as one batch.
pub(crate) fn batch(samples: &[Sample]) -> Batch {
    let mut builder = BatchBuilder::new();
    samples.iter().for_each(|sample| builder.push(&sample.record()));
    builder.finish()
}

/// Returns 5000 requests at 10 000/s, of which every third fails.
pub(crate) fn steady() -> Vec<Sample> {
    let sample = |i: u64| Sample {
        code: if i.is_multiple_of(3) { 500 } else { 200 },
        timestamp_ns: 1_700_000_000_000_000_000 + i as i64 * 100_000,
        latency_ns: i * 7919 % 10_007 * 1000 + 1,
        bytes_out: 1,
        bytes_in: 2,
        error: if i.is_multiple_of(3) { "500 x".to_owned() } else { String::new() },
        ..Sample::default()
    };
    (0..5000).map(sample).collect()
}

/// Returns the steady run with lag, a text of the server in the errors, and some retries.
pub(crate) fn scheduled() -> Vec<Sample> {
    let mut samples = steady();
    for (i, sample) in (0..).zip(&mut samples) {
        sample.lag_ns = Some(i % 100 * 700);
        sample.retries = u8::from(i % 1000 == 0);
        if i % 3 == 0 && i % 7 == 0 {
            sample.error = "500 \u{1b}[2J\tx\r\nRequests é \u{9b}".to_owned();
        }
    }
    samples
}

/// Returns Hazen's quantile, given in millionths, of sorted durations in ns, by whole numbers.
pub(crate) fn exact_quantile(sorted: &[u64], millionths: u64) -> u64 {
    let count = sorted.len() as u128;
    // The position from 0, in units of 1/2,000,000.
    let position = (2 * u128::from(millionths) * count).saturating_sub(1_000_000);
    let position = position.min((count - 1) * 2_000_000);
    let (place, share) = ((position / 2_000_000) as usize, position % 2_000_000);
    let [below, above] = [place, place + 1].map(|place| sorted[place.min(sorted.len() - 1)]);
    below + (u128::from(above - below) * share / 2_000_000) as u64
}

/// Fails unless a value is within 0.1 % of the exact quantile.
pub(crate) fn check_quantile(samples: &[Sample], millionths: u64, found_ns: u64) {
    let mut latencies: Vec<u64> = samples.iter().map(|sample| sample.latency_ns).collect();
    latencies.sort_unstable();
    let exact = exact_quantile(&latencies, millionths);
    assert!(
        found_ns.abs_diff(exact) <= exact / 1000 + 1,
        "quantile {millionths}/1000000: {found_ns}, expected {exact}"
    );
}
