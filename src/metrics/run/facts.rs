//! Facts that the attacks of a stream recorded at their ends, each with its worst value.

use crate::facts::Facts;

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

fn greater(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

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
