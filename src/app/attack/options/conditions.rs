//! The conditions of `-abort`, compared with what the attack has.

use drumfire::attack::{Attack, FlowList, Work};
use drumfire::markup::redact::shown;
use drumfire::threshold::{Abort, Metric, Scope, Threshold};

use crate::app::attack::options::Options;
use crate::app::exit::Usage;
use crate::app::flags::thresholds::TargetNames;

impl Options {
    /// Checks that every condition of `-abort` can hold: its target or flow exists, if the attack
    /// knows the names, and the attack has what the metric is about.
    ///
    /// # Errors
    ///
    /// [`Usage`] if a condition can never hold.
    pub fn check_conditions(&self, attack: &Attack) -> Result<(), Usage> {
        // A long list has many names.
        if self.abort.is_empty() {
            return Ok(());
        }
        let conditions: Vec<Threshold> =
            self.abort.iter().map(|abort| abort.condition.clone()).collect();
        let mut names = TargetNames::default();
        names.add(&attack.plan());
        names.check(1, &conditions)?;
        let has_calls = attack.plan().calls;
        self.abort.iter().try_for_each(|abort| check(abort, &attack.work, has_calls))
    }
}

/// Rejects a condition on flows, checks or calls if there are none.
fn check(abort: &Abort, work: &Work, has_calls: bool) -> Result<(), Usage> {
    let Threshold { metric, scope, kind, .. } = &abort.condition;
    let problem = match work {
        Work::Hits(_) if metric.is_of_flows() => {
            "the attack has no flows: give -flow=FILE, or use a metric of requests, such as p95"
        }
        Work::Hits(_) if *metric == Metric::Checks => {
            "the attack has no flows, and only flows have checks: give -flow=FILE, or use success"
        }
        Work::Flows(list) if *metric == Metric::Checks && !is_checked(list, scope) => {
            "no step that it covers has a check: add a line such as 'HTTP 200' to a request, or \
             use success"
        }
        _ if !has_calls && (kind.is_of_calls() || metric.is_of_calls()) => {
            "the attack makes no gRPC calls and opens no WebSockets: use a metric of requests, \
             such as p95"
        }
        _ => return Ok(()),
    };
    Err(Usage(format!("bad abort condition '{}': {problem}", abort.expr)))
}

/// Returns whether a scope covers a step with checks. A name is that of the step or of its flow.
fn is_checked(list: &FlowList, scope: &Scope) -> bool {
    let covers = |name: &str| *scope == Scope::Whole || scope.covers(&shown(name));
    list.flows.iter().any(|flow| {
        let mut steps = flow.checked_steps();
        steps.any(|step| covers(flow.name()) || covers(step))
    })
}
