//! One of two compared runs.

use crate::metrics::{Groups, Metrics};

/// One of the two runs.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The name of its input.
    pub name: &'a str,
    /// Its metrics, which must be [sliced](Metrics::sliced).
    pub whole: &'a Metrics,
    /// The metrics of each group, also sliced; None if only the whole runs are compared.
    pub groups: Option<&'a Groups>,
}
