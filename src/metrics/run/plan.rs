//! What the attacks of a stream set out to do, as far as they agree.

use crate::plan::Plan;

/// The plans so far, folded to one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Planned {
    /// No plan so far.
    #[default]
    Nothing,
    /// One plan, or the sum of several of the same rate or stages and duration, and how many attacks it is of.
    Agreed(Box<Plan>, u64),
    /// Plans of different rates, stages or durations, which have no sum.
    Mixed,
}

impl Planned {
    /// Adds one plan.
    pub fn add(&mut self, plan: &Plan) {
        self.merge(&Planned::Agreed(Box::new(plan.clone()), 1));
    }

    /// Adds the plans of another part of the run.
    pub fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Planned::Nothing) => {}
            (Planned::Nothing, _) => *self = other.clone(),
            (Planned::Agreed(sum, attacks), Planned::Agreed(plan, more)) if is_alike(sum, plan) => {
                sum.requests = sum_of(sum.requests, plan.requests);
                sum.seed = sum.seed.filter(|seed| plan.seed == Some(*seed));
                keep_if_same(&mut sum.command, &plan.command);
                keep_if_same(&mut sum.version, &plan.version);
                keep_if_same(&mut sum.host, &plan.host);
                *attacks += more;
            }
            _ => *self = Planned::Mixed,
        }
    }

    /// Returns the plan, where there is one.
    pub fn agreed(&self) -> Option<&Plan> {
        match self {
            Planned::Agreed(plan, _) => Some(plan),
            Planned::Nothing | Planned::Mixed => None,
        }
    }

    /// Number of attacks whose plans agree; 0 where there are none, or they do not.
    pub fn attacks(&self) -> u64 {
        match self {
            Planned::Agreed(_, attacks) => *attacks,
            Planned::Nothing | Planned::Mixed => 0,
        }
    }
}

fn is_alike(one: &Plan, other: &Plan) -> bool {
    let load = |plan: &Plan| (plan.rate.clone(), plan.arrivals.clone(), plan.duration_ns);
    load(one) == load(other)
}

/// Empties a text that is another one in the next plan. Once empty it stays so.
fn keep_if_same(text: &mut String, other: &str) {
    if text != other {
        text.clear();
    }
}

/// Adds numbers of requests; 0 is an open number, and so is any sum with it.
fn sum_of(one: u64, other: u64) -> u64 {
    if one == 0 || other == 0 { 0 } else { one.saturating_add(other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_of_other_stages_have_no_sum() {
        let plan =
            |stages: &str| Plan { rate: stages.parse().unwrap(), requests: 4, ..Plan::default() };
        let mut alike = Planned::default();
        [plan("1s@0..8"), plan("1s@0..8")].iter().for_each(|plan| alike.add(plan));
        assert_eq!(alike.agreed(), Some(&Plan { requests: 8, ..plan("1s@0..8") }));
        alike.add(&plan("1s@8..0"));
        assert_eq!(alike.agreed(), None);
    }

    #[test]
    fn plans_of_other_commands_add_up_and_tell_no_command() {
        let plan = |command: &str| Plan {
            command: command.to_owned(),
            host: "linux x86_64, 2 cores".to_owned(),
            requests: 4,
            ..Plan::default()
        };
        let mut planned = Planned::default();
        [plan("a"), plan("a")].iter().for_each(|plan| planned.add(plan));
        assert_eq!(planned.agreed(), Some(&Plan { requests: 8, ..plan("a") }));
        [plan("b"), plan("a")].iter().for_each(|plan| planned.add(plan));
        assert_eq!(planned.agreed(), Some(&Plan { requests: 16, ..plan("") }));
    }

    fn check(plans: &[(&str, u64, u64)], expected: Option<(&str, u64, u64)>) {
        let plan = |(rate, duration_ns, requests): (&str, u64, u64)| Plan {
            rate: rate.parse().unwrap(),
            duration_ns,
            requests,
            ..Plan::default()
        };
        let mut one_by_one = Planned::default();
        let mut merged = Planned::default();
        for part in plans.iter().copied().map(plan) {
            one_by_one.add(&part);
            merged.merge(&Planned::Agreed(Box::new(part), 1));
        }
        assert_eq!(one_by_one.agreed(), expected.map(plan).as_ref(), "{plans:?}");
        let attacks = expected.map_or(0, |_| plans.len() as u64);
        assert_eq!(one_by_one.attacks(), attacks, "{plans:?}");
        assert_eq!(merged, one_by_one, "{plans:?}");
    }

    #[test]
    fn plans_add_up_where_they_agree() {
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
