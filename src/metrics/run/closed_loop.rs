//! A closed loop: users who wait for a response before they send the next request.

use std::time::Duration;

use crate::metrics::run::facts::RunFacts;
use crate::metrics::run::plan::RunPlan;
use crate::plan::Plan;
use crate::schedule::Users;

/// A closed loop, and the open loop with the same load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClosedLoop<'a> {
    /// Number of users over time, in the grammar of stages.
    pub users: &'a str,
    /// Time in which the users began flows, or sent requests without flows. Zero without records.
    pub time: Duration,
    /// The open loop with the same load. None without records.
    pub open: Option<OpenLoop>,
}

/// The open loop with the same load as a closed one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OpenLoop {
    /// Flows, or requests without flows, per second, > 0.
    Rate(f64),
    /// There is none, because each user made only one flow, or one request without flows.
    OneEach,
}

/// What is known of a run whose load is a closed loop.
pub(crate) struct Found<'a> {
    /// The plans of its attacks.
    pub plan: &'a RunPlan,
    /// The facts of its attacks.
    pub facts: &'a RunFacts,
    /// Number of flows that started. None without flows.
    pub flows: Option<u64>,
    /// Number of requests.
    pub requests: u64,
    /// Time from the first to the last request.
    pub measured: Duration,
    /// Whether all attacks recorded their ends, and may be parts of one attack.
    pub is_whole: bool,
}

impl<'a> ClosedLoop<'a> {
    /// Returns the closed loop of a run. None if its load was an open loop, or is unknown.
    pub(crate) fn of(found: &Found<'a>) -> Option<Self> {
        let plan = found.plan.agreed()?;
        let users = plan.users.as_deref()?;
        let count = found.flows.unwrap_or(found.requests);
        let time = found.time(plan, count);
        let is_one_each = is_endless(plan) || count <= most_users(users, found.plan.attacks());
        let open = match is_one_each {
            true => OpenLoop::OneEach,
            false => OpenLoop::Rate(per_second(count, time)),
        };
        Some(Self { users, time, open: Some(open).filter(|_| count > 0) })
    }
}

impl Found<'_> {
    /// Returns the time in which the users began flows, or sent requests without flows.
    fn time(&self, plan: &Plan, count: u64) -> Duration {
        let facts = self.facts.worst();
        let limit = plan.flow_count.unwrap_or(plan.requests);
        let is_stopped = facts.interrupted || facts.aborted.is_some();
        let has_reached_limit = limit > 0 && count >= limit;
        let planned = plan.duration().filter(|planned| {
            // The rows of a feed may have ended before the plan. Flows have one row for each user.
            let is_full = self.flows.is_some() || self.measured >= *planned / 2;
            self.is_whole && !is_stopped && !has_reached_limit && is_full
        });
        planned.unwrap_or(self.measured)
    }
}

/// Returns whether users who begin one of the flows never leave it. The others may make several.
fn is_endless(plan: &Plan) -> bool {
    plan.flows.iter().flatten().any(|flow| flow.endless)
}

/// Returns the greatest number of users of several attacks; 0 if the text has no known form.
fn most_users(users: &str, attacks: u64) -> u64 {
    Users::parse(users).map_or(0, |users| u64::from(users.most()).saturating_mul(attacks))
}

/// Divides unless the time is zero: then it returns the number.
fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / if time.is_zero() { 1.0 } else { time.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::plan::PlannedFlow;

    const SECOND: Duration = Duration::from_secs(1);

    fn plan() -> Plan {
        let users = Some("10".to_owned());
        Plan { users, duration_ns: 20_000_000_000, ..Plan::default() }
    }

    /// Returns the open loop of a run of 12 s, and the time of the closed one.
    fn found(plans: &[Plan], facts: Facts, flows: Option<u64>) -> (Option<OpenLoop>, Duration) {
        let (mut plan, mut all_facts) = (RunPlan::default(), RunFacts::default());
        plans.iter().for_each(|one| plan.add(one));
        plans.iter().for_each(|_| all_facts.add(&facts));
        let found = Found {
            plan: &plan,
            facts: &all_facts,
            flows,
            requests: 240,
            measured: 12 * SECOND,
            is_whole: true,
        };
        let closed = ClosedLoop::of(&found).unwrap();
        (closed.open, closed.time)
    }

    #[test]
    fn the_open_rate_begins_the_same_number_in_the_planned_time() {
        let rate = |rate| Some(OpenLoop::Rate(rate));
        let all = Facts::default;
        assert_eq!(found(&[plan()], all(), Some(60)), (rate(3.0), 20 * SECOND));
        assert_eq!(found(&[plan()], all(), None), (rate(12.0), 20 * SECOND));
        assert_eq!(found(&[plan()], all(), Some(0)).0, None);
        let stopped = Facts { interrupted: true, ..all() };
        assert_eq!(found(&[plan()], stopped, Some(60)), (rate(5.0), 12 * SECOND));
        let aborted = Facts { aborted: Some("p99>1s: 2s".to_owned()), ..all() };
        assert_eq!(found(&[plan()], aborted, Some(60)).1, 12 * SECOND);
        let counted = Plan { flow_count: Some(60), ..plan() };
        assert_eq!(found(&[counted], all(), Some(60)).1, 12 * SECOND);
        let unlimited = Plan { duration_ns: 0, ..plan() };
        assert_eq!(found(&[unlimited], all(), Some(60)).0, rate(5.0));
        // The rows of a list ended after 12 s.
        let long = Plan { duration_ns: 60_000_000_000, ..plan() };
        assert_eq!(found(std::slice::from_ref(&long), all(), None).0, rate(20.0));
        assert_eq!(found(&[long], all(), Some(60)).0, rate(1.0));
    }

    #[test]
    fn users_who_make_one_flow_each_have_no_open_rate() {
        let all = Facts::default;
        let flow = |endless| PlannedFlow { endless, ..PlannedFlow::default() };
        let mixed = Plan { flows: Some(vec![flow(false), flow(true)]), ..plan() };
        let finite = Plan { flows: Some(vec![flow(false)]), ..plan() };
        let one_each = (Some(OpenLoop::OneEach), 20 * SECOND);
        assert_eq!(found(&[plan()], all(), Some(10)), one_each);
        assert_eq!(found(&[mixed], all(), Some(60)), one_each);
        assert_eq!(found(&[finite], all(), Some(60)).0, Some(OpenLoop::Rate(3.0)));
        assert_eq!(found(&[plan(), plan()], all(), Some(20)), one_each);
        let unknown = Plan { users: Some("some".to_owned()), ..plan() };
        assert_eq!(found(&[unknown], all(), Some(5)).0, Some(OpenLoop::Rate(0.25)));
    }
}
