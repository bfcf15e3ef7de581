//! Which flow an arrival begins.

use crate::attack::target_choice::HitTargets;
use crate::attack::target_choice::mix::{Even, Mix, Turns};
use crate::attack::target_choice::row_reader::RowReader;
use crate::error::Error;
use crate::feed::Row;

/// A flow that is about to begin.
#[derive(Debug)]
pub struct Arrival {
    /// Index of the flow.
    pub flow: usize,
    /// The row with the values of its variables. None without a feed.
    pub row: Option<Row>,
}

/// The flows of an engine's arrivals.
pub struct FlowArrivals {
    mix: Mix,
    /// The rows of the engine's arrivals; None without a feed.
    rows: Option<RowReader>,
}

impl FlowArrivals {
    /// Takes the weights of at least one flow.
    pub fn new(weights: Vec<u32>, rows: Option<RowReader>) -> Self {
        let mix = match weights.iter().all(|weight| *weight == weights[0]) {
            true => Mix::Turns(Turns { n_listed: weights.len() as u64, stride: 1 }),
            false => Mix::Even(Even::new(weights)),
        };
        Self { mix, rows }
    }
}

impl HitTargets for FlowArrivals {
    type Target = Arrival;

    async fn next(&mut self, seq: u64) -> Result<Option<Arrival>, Error> {
        let row = match &mut self.rows {
            None => None,
            Some(rows) => match rows.next().await? {
                // The feed has ended, and with it the attack.
                None => return Ok(None),
                row => row,
            },
        };
        Ok(Some(Arrival { flow: self.mix.index_of(seq), row }))
    }

    fn waits(&self) -> u64 {
        self.rows.as_ref().map_or(0, RowReader::waits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn flows(weights: &[u32], numbers: impl Iterator<Item = u64>) -> Vec<usize> {
        let mut arrivals = FlowArrivals::new(weights.to_vec(), None);
        let mut flows = Vec::new();
        for number in numbers {
            flows.push(arrivals.next(number).await.unwrap().unwrap().flow);
        }
        flows
    }

    #[tokio::test]
    async fn the_flow_of_an_arrival_does_not_depend_on_the_number_of_engines() {
        for weights in [&[1, 1, 1][..], &[3, 5, 2]] {
            let whole = flows(weights, 0..60).await;
            for engine in 0..4 {
                let part = flows(weights, (engine..60).step_by(4)).await;
                let expected: Vec<_> =
                    whole.iter().skip(engine as usize).step_by(4).copied().collect();
                assert_eq!(part, expected);
            }
            for (flow, weight) in weights.iter().enumerate() {
                let n = whole.iter().filter(|chosen| **chosen == flow).count() as u32;
                assert_eq!(n, 60 * weight / weights.iter().sum::<u32>());
            }
        }
    }
}
