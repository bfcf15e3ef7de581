//! Compares recorded latencies with the delays of the server.

use anyhow::ensure;

use crate::punctuality::micros;
use crate::quantile::quantile;
use crate::run::Seen;

/// What recorded latencies contain in addition to the server's delay: the way there and back,
/// through both kernels, and the overhead of the generator.
#[derive(Debug)]
pub struct Bias {
    /// The server's delays, in ns, sorted.
    delays_ns: Vec<i64>,
    /// The latencies of the same hits, in ns, sorted.
    latencies_ns: Vec<i64>,
    /// Latency minus delay of each hit, in ns, sorted.
    pub biases_ns: Vec<i64>,
    /// From the release to the moment the server had read the head, in ns, sorted.
    there_ns: Vec<i64>,
    /// From the moment the server handed over the response to the end of the latency, in ns,
    /// sorted.
    back_ns: Vec<i64>,
}

impl Bias {
    /// Compares both sides of each hit.
    ///
    /// # Errors
    ///
    /// A request arrived before it was released, or a response before it was sent. Then the clocks
    /// of the two sides do not agree, and no number of the run can be trusted.
    pub fn of(seen: &Seen) -> anyhow::Result<Self> {
        let pairs = seen.arrivals.iter().filter_map(|arrival| {
            let hit = seen.hits.get(&arrival.seq?)?;
            Some((hit, arrival.timestamp_ns, i64::try_from(arrival.delay_ns?).ok()?))
        });
        let (mut delays_ns, mut latencies_ns) = (Vec::new(), Vec::new());
        let (mut biases_ns, mut there_ns, mut back_ns) = (Vec::new(), Vec::new(), Vec::new());
        for (hit, arrived_ns, delay_ns) in pairs {
            delays_ns.push(delay_ns);
            latencies_ns.push(hit.latency_ns);
            biases_ns.push(hit.latency_ns - delay_ns);
            there_ns.push(arrived_ns - hit.released_ns);
            back_ns.push(hit.released_ns + hit.latency_ns - arrived_ns - delay_ns);
        }
        for lengths in
            [&mut delays_ns, &mut latencies_ns, &mut biases_ns, &mut there_ns, &mut back_ns]
        {
            lengths.sort_unstable();
        }
        let bias = Self { delays_ns, latencies_ns, biases_ns, there_ns, back_ns };
        let (before, after) = bias.clock_bounds();
        ensure!(
            before >= 0 && after >= 0,
            "the clocks of server and generator differ (least way there {} µs, back {} µs): was \
             the wall clock set meanwhile? run the audit again",
            micros(before),
            micros(after),
        );
        Ok(bias)
    }

    /// Returns the shortest way there and the shortest way back, in ns. The server's clock can be
    /// ahead of the generator's by at most the first, and late by at most the second.
    pub fn clock_bounds(&self) -> (i64, i64) {
        (quantile(&self.there_ns, 0.0), quantile(&self.back_ns, 0.0))
    }

    /// Returns the cells of the table of bias.
    pub fn cells(&self) -> Vec<String> {
        let delays = [0.5, 0.99].map(|q| micros(quantile(&self.delays_ns, q)));
        let biases = [0.5, 0.9, 0.99, 1.0].map(|q| micros(quantile(&self.biases_ns, q)));
        let of_quantiles = [0.5, 0.99]
            .map(|q| micros(quantile(&self.latencies_ns, q) - quantile(&self.delays_ns, q)));
        let ways = [&self.there_ns, &self.back_ns].map(|way| micros(quantile(way, 0.5)));
        delays.into_iter().chain(biases).chain(of_quantiles).chain(ways).collect()
    }
}
