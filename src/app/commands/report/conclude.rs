//! What a report means for the exit code.

use anyhow::bail;
use drumfire::metrics::Metrics;
use drumfire::threshold::ThresholdResults;

use crate::app::commands::report::fold::Fold;
use crate::app::console::Console;
use crate::app::exit::{Limited, Missed};

/// Checks the verdict, if it is required, and the thresholds.
///
/// The verdict takes precedence: if the generator could not keep up, it may be the reason why a
/// threshold is missed or met.
///
/// # Errors
///
/// [`Limited`] if the verdict must be valid and is not; another error if there is no verdict.
/// [`Missed`] if a threshold is missed or cannot be evaluated.
pub fn conclude(fold: &Fold, requires_valid: bool, console: &Console) -> anyhow::Result<()> {
    let results = fold.threshold_results();
    let missed = results.as_ref().and_then(ThresholdResults::missed);
    if requires_valid && let Err(limited) = check_verdict(&fold.metrics) {
        console.print_all(&missed);
        return Err(limited);
    }
    if let Some(limited) = results.as_ref().and_then(ThresholdResults::limited) {
        console.print(&format!("the thresholds were checked on a run that was {limited}"));
    }
    missed.map_or(Ok(()), |missed| Err(Missed(missed).into()))
}

fn check_verdict(metrics: &Metrics) -> anyhow::Result<()> {
    match metrics.verdict() {
        Some(verdict) if verdict.is_valid() => Ok(()),
        Some(verdict) => Err(Limited(verdict).into()),
        None => bail!(
            "no verdict for -require-valid: expected a stream with lag, as attack writes it unless \
             -rate is 0"
        ),
    }
}
