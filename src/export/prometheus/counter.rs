//! A counter with one of Vegeta's names.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// A count that only rises. Its clones share one value.
///
/// Its type in OpenMetrics is `unknown`, since counters there must end in `_total` and Vegeta's
/// names do not; Vegeta's exporter does the same. In the plain format both call it a counter.
#[derive(Clone, Debug, Default)]
pub struct Count(Arc<AtomicU64>);

impl Count {
    /// Adds to the count.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }
}

impl TypedMetric for Count {
    const TYPE: MetricType = MetricType::Unknown;
}

impl EncodeMetric for Count {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.encode_gauge(&self.0.load(Relaxed))
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}
