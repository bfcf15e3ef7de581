//! The plan that the attacks of a stream share.

use crate::plan::Plan;

/// The plans of all attacks so far, folded to one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum RunPlan {
    /// No plan so far.
    #[default]
    Nothing,
    /// One plan, or the sum of several with the same load and duration, and the number of attacks.
    Agreed(Box<Plan>, u64),
    /// Plans with different loads or durations, which have no sum.
    Mixed,
}

impl RunPlan {
    /// Adds one plan.
    pub fn add(&mut self, plan: &Plan) {
        self.merge(&RunPlan::Agreed(Box::new(plan.clone()), 1));
    }

    /// Adds the plans of another part of the run.
    pub fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, RunPlan::Nothing) => {}
            (RunPlan::Nothing, _) => *self = other.clone(),
            (RunPlan::Agreed(sum, attacks), RunPlan::Agreed(plan, more)) if is_alike(sum, plan) => {
                sum.requests = sum_of(sum.requests, plan.requests);
                sum.flow_count =
                    sum.flow_count.zip(plan.flow_count).map(|(a, b)| a.saturating_add(b));
                if let (Some(ours), Some(theirs)) = (&mut sum.streams, plan.streams) {
                    ours.count = ours.count.saturating_add(theirs.count);
                }
                sum.max_flows = sum.max_flows.zip(plan.max_flows).map(|(a, b)| a.saturating_add(b));
                sum.seed = sum.seed.filter(|seed| plan.seed == Some(*seed));
                keep_if_same(&mut sum.command, &plan.command);
                keep_if_same(&mut sum.version, &plan.version);
                keep_if_same(&mut sum.host, &plan.host);
                *attacks += more;
            }
            _ => *self = RunPlan::Mixed,
        }
    }

    /// Returns the plan; None without a plan, and if plans differ.
    pub fn agreed(&self) -> Option<&Plan> {
        match self {
            RunPlan::Agreed(plan, _) => Some(plan),
            RunPlan::Nothing | RunPlan::Mixed => None,
        }
    }

    /// Returns whether there are plans with different loads or durations.
    pub fn is_mixed(&self) -> bool {
        matches!(self, RunPlan::Mixed)
    }

    /// Number of attacks if their plans agree; 0 without a plan, and if plans differ.
    pub fn attacks(&self) -> u64 {
        match self {
            RunPlan::Agreed(_, attacks) => *attacks,
            RunPlan::Nothing | RunPlan::Mixed => 0,
        }
    }
}

fn is_alike(one: &Plan, other: &Plan) -> bool {
    let opening = |plan: &Plan| plan.streams.map(|streams| streams.opening_ns);
    let load =
        |plan: &Plan| (plan.rate.clone(), plan.arrivals.clone(), plan.duration_ns, opening(plan));
    load(one) == load(other) && one.users == other.users && one.flows == other.flows
}

/// Clears a text that differs in the next plan. Once empty it stays empty.
fn keep_if_same(text: &mut String, other: &str) {
    if text != other {
        text.clear();
    }
}

/// Adds numbers of requests; 0 is an open number, and the sum of an open number is open.
fn sum_of(one: u64, other: u64) -> u64 {
    if one == 0 || other == 0 { 0 } else { one.saturating_add(other) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlannedStreams;

    #[test]
    fn plans_with_different_stages_have_no_sum() {
        let plan =
            |stages: &str| Plan { rate: stages.parse().unwrap(), requests: 4, ..Plan::default() };
        let mut alike = RunPlan::default();
        [plan("1s@0..8"), plan("1s@0..8")].iter().for_each(|plan| alike.add(plan));
        assert_eq!(alike.agreed(), Some(&Plan { requests: 8, ..plan("1s@0..8") }));
        alike.add(&plan("1s@8..0"));
        assert_eq!(alike.agreed(), None);
    }

    #[test]
    fn plans_with_different_commands_add_up_without_a_command() {
        let plan = |command: &str| Plan {
            command: command.to_owned(),
            host: "linux x86_64, 2 cores".to_owned(),
            requests: 4,
            ..Plan::default()
        };
        let mut run_plan = RunPlan::default();
        [plan("a"), plan("a")].iter().for_each(|plan| run_plan.add(plan));
        assert_eq!(run_plan.agreed(), Some(&Plan { requests: 8, ..plan("a") }));
        [plan("b"), plan("a")].iter().for_each(|plan| run_plan.add(plan));
        assert_eq!(run_plan.agreed(), Some(&Plan { requests: 16, ..plan("") }));
    }

    #[test]
    fn streams_add_up_if_their_messages_begin_at_the_same_time() {
        let plan = |count, opening_ns| Plan {
            streams: Some(PlannedStreams { count, opening_ns, sockets: false }),
            requests: 4,
            ..Plan::default()
        };
        let mut run_plan = RunPlan::default();
        [plan(10, 7), plan(20, 7)].iter().for_each(|plan| run_plan.add(plan));
        assert_eq!(run_plan.agreed(), Some(&Plan { requests: 8, ..plan(30, 7) }));
        run_plan.add(&plan(10, 8));
        assert!(run_plan.is_mixed());
    }

    fn check(plans: &[(&str, u64, u64)], expected: Option<(&str, u64, u64)>) {
        let plan = |(rate, duration_ns, requests): (&str, u64, u64)| Plan {
            rate: rate.parse().unwrap(),
            duration_ns,
            requests,
            ..Plan::default()
        };
        let mut one_by_one = RunPlan::default();
        let mut merged = RunPlan::default();
        for part in plans.iter().copied().map(plan) {
            one_by_one.add(&part);
            merged.merge(&RunPlan::Agreed(Box::new(part), 1));
        }
        assert_eq!(one_by_one.agreed(), expected.map(plan).as_ref(), "{plans:?}");
        let attacks = expected.map_or(0, |_| plans.len() as u64);
        assert_eq!(one_by_one.attacks(), attacks, "{plans:?}");
        assert_eq!(merged, one_by_one, "{plans:?}");
    }

    #[test]
    fn plans_that_agree_add_up() {
        check(&[], None);
        check(&[("50/1s", 60, 3000)], Some(("50/1s", 60, 3000)));
        check(&[("50/1s", 60, 3000), ("50/1s", 60, 3000)], Some(("50/1s", 60, 6000)));
        check(&[("50/1s", 60, 3000), ("60/1s", 60, 3600)], None);
        check(&[("50/1s", 60, 3000), ("50/1s", 30, 1500)], None);
        check(&[("5/1s", 1, 5), ("6/1s", 1, 6), ("5/1s", 1, 5)], None);
    }

    #[test]
    fn an_open_number_of_requests_stays_open() {
        check(&[("50/1s", 0, 100), ("50/1s", 0, 0)], Some(("50/1s", 0, 0)));
        check(&[("50/1s", 0, 0), ("50/1s", 0, 100)], Some(("50/1s", 0, 0)));
    }
}
