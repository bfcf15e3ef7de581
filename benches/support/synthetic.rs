//! Runs with a known truth: latencies that each depend on the previous one.

use std::f64::consts::TAU;
use std::time::Duration;

use drumfire::metrics::Metrics;
use drumfire::record::{BatchBuilder, Record};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Hits per second.
const RATE: i64 = 1_000;

/// Share of the hits that succeed.
const SUCCESS: f64 = 0.99;

/// Distribution of the latencies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Log-normal around 5 ms with sigma 0.5; the logarithm of each hit keeps this share of the
    /// previous one.
    LogNormal(f64),
    /// About 2 ms (7 of 10) or about 20 ms (3 of 10), in spells of 35 and 15 hits on average.
    Bimodal,
}

/// An endless sequence of latencies.
pub struct Latencies {
    shape: Shape,
    random: Xoshiro256PlusPlus,
    /// Standard normal, and dependent on the previous one.
    state: f64,
    is_slow: bool,
}

impl Latencies {
    /// Returns latencies that are the same for the same seed.
    pub fn new(shape: Shape, seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (state, is_slow) = (normal(&mut random), random.random_bool(0.3));
        Self { shape, random, state, is_slow }
    }

    fn next_ms(&mut self) -> f64 {
        let kept = if let Shape::LogNormal(kept) = self.shape { kept } else { 0.5 };
        let news = (1.0 - kept * kept).sqrt() * normal(&mut self.random);
        self.state = kept * self.state + news;
        match self.shape {
            Shape::LogNormal(_) => 5.0 * (0.5 * self.state).exp(),
            Shape::Bimodal => {
                let end = if self.is_slow { 1.0 / 15.0 } else { 1.0 / 35.0 };
                self.is_slow ^= self.random.random_bool(end);
                let mode = if self.is_slow { 20.0 } else { 2.0 };
                mode * (0.1 * self.state).exp()
            }
        }
    }

    /// Returns the metrics of `hits` hits, with each latency multiplied by `scale`.
    pub fn run(&mut self, hits: i64, scale: f64) -> Metrics {
        let mut builder = BatchBuilder::new();
        for n in 0..hits {
            let latency = Duration::from_secs_f64(self.next_ms() * scale / 1e3);
            let code = if self.random.random_bool(SUCCESS) { 200 } else { 500 };
            let timestamp_ns = n * (1_000_000_000 / RATE);
            builder.push(&Record { code, timestamp_ns, latency, ..Record::default() });
        }
        let mut metrics = Metrics::default().sliced();
        metrics.add_batch(&builder.finish());
        metrics
    }
}

/// Draws a standard normal deviate.
///
/// Source: G. E. P. Box, Mervin E. Muller, A Note on the Generation of Random Normal Deviates, Annals
/// of Mathematical Statistics 29 (2), 1958.
fn normal(random: &mut Xoshiro256PlusPlus) -> f64 {
    let [one, other]: [f64; 2] = [random.random(), random.random()];
    (-2.0 * (1.0 - one).ln()).sqrt() * (TAU * other).cos()
}
