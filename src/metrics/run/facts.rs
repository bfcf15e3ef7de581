//! Facts that the attacks of a stream recorded at their ends, each with its worst value.

use crate::facts::{Facts, FlowFacts};

/// The facts of all attacks so far, folded to one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RunFacts {
    /// Attacks that recorded facts.
    attacks: u64,
    /// Only the greatest CPU time is kept.
    worst: Facts,
}

impl RunFacts {
    /// Adds the facts of one attack.
    pub fn add(&mut self, facts: &Facts) {
        self.merge(&Self { attacks: 1, worst: facts.clone() });
    }

    /// Adds the facts of another part of the run.
    pub fn merge(&mut self, other: &Self) {
        let (ours, theirs) = (&mut self.worst, &other.worst);
        self.attacks += other.attacks;
        ours.interrupted |= theirs.interrupted;
        ours.aborted = ours.aborted.take().or_else(|| theirs.aborted.clone());
        ours.engine_cpu.extend(&theirs.engine_cpu);
        ours.engine_cpu = ours.engine_cpu.iter().copied().reduce(f64::max).into_iter().collect();
        ours.stolen = greater(ours.stolen, theirs.stolen);
        ours.throttled = greater(ours.throttled, theirs.throttled);
        ours.descriptors = ours.descriptors.into_iter().chain(theirs.descriptors).min();
        ours.waited_for_place = ours.waited_for_place.saturating_add(theirs.waited_for_place);
        ours.waited_for_reader = ours.waited_for_reader.saturating_add(theirs.waited_for_reader);
        ours.waited_for_target = ours.waited_for_target.saturating_add(theirs.waited_for_target);
        ours.truncated_bodies = ours.truncated_bodies.saturating_add(theirs.truncated_bodies);
        ours.overdue_ns = ours.overdue_ns.max(theirs.overdue_ns);
        ours.flows = sum_of(ours.flows, theirs.flows);
    }

    /// Number of attacks that recorded facts.
    pub fn attacks(&self) -> u64 {
        self.attacks
    }

    /// The facts, each with its worst value; default values if no attack recorded facts.
    pub fn worst(&self) -> &Facts {
        &self.worst
    }
}

/// Adds the facts about flows: the numbers of all attacks, and the mean over all cut flows.
fn sum_of(one: Option<FlowFacts>, other: Option<FlowFacts>) -> Option<FlowFacts> {
    let (Some(ours), Some(theirs)) = (one, other) else { return one.or(other) };
    let total = |facts: FlowFacts| u128::from(facts.cut) * u128::from(facts.cut_mean_ns);
    let cut = ours.cut.saturating_add(theirs.cut);
    let mean = (total(ours) + total(theirs)).checked_div(cut.into()).unwrap_or_default();
    Some(FlowFacts {
        started: ours.started.saturating_add(theirs.started),
        cut,
        cut_mean_ns: u64::try_from(mean).unwrap_or(u64::MAX),
        cut_longest_ns: ours.cut_longest_ns.max(theirs.cut_longest_ns),
        waited_for_place: ours.waited_for_place.saturating_add(theirs.waited_for_place),
    })
}

fn greater(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_cut_flows_is_over_all_of_them() {
        let flows = |cut, cut_mean_ns, cut_longest_ns| FlowFacts {
            started: 10,
            cut,
            cut_mean_ns,
            cut_longest_ns,
            waited_for_place: 1,
        };
        let table = [
            ((0, 0, 0), (0, 0, 0), (0, 0, 0)),
            ((1, 10, 10), (3, 50, 90), (4, 40, 90)),
            ((0, 0, 0), (2, 5, 6), (2, 5, 6)),
        ];
        for (one, other, expected) in table {
            let mut found = RunFacts::default();
            for (cut, mean_ns, longest_ns) in [one, other] {
                let flows = Some(flows(cut, mean_ns, longest_ns));
                found.add(&Facts { flows, ..Facts::default() });
            }
            let (cut, mean_ns, longest_ns) = expected;
            let sum =
                FlowFacts { started: 20, waited_for_place: 2, ..flows(cut, mean_ns, longest_ns) };
            assert_eq!(found.worst().flows, Some(sum));
        }
    }

    #[test]
    fn of_several_attacks_the_worst_value_counts() {
        let quiet = Facts {
            engine_cpu: vec![0.125, 0.25],
            stolen: Some(0.0),
            descriptors: Some(1024),
            waited_for_place: 3,
            ..Facts::default()
        };
        let busy = Facts {
            interrupted: true,
            aborted: Some("p99>2s for 10s: 3s".to_owned()),
            engine_cpu: vec![0.5],
            throttled: Some(0.125),
            descriptors: Some(512),
            waited_for_place: 4,
            waited_for_reader: 5,
            waited_for_target: 6,
            overdue_ns: 8,
            truncated_bodies: 9,
            flows: Some(FlowFacts { started: 10, cut: 1, cut_mean_ns: 7, ..FlowFacts::default() }),
            ..Facts::default()
        };
        let mut found = RunFacts::default();
        found.add(&quiet);
        assert_eq!(found.worst(), &Facts { engine_cpu: vec![0.25], ..quiet });
        found.add(&busy);
        assert_eq!(found.attacks(), 2);
        let worst = Facts { stolen: Some(0.0), waited_for_place: 7, ..busy };
        assert_eq!(found.worst(), &worst);
    }
}
