//! Definite assignment: no step uses a variable that may not be set yet.

use crate::flow::program::block::{Node, Step};
use crate::flow::program::uses;
use crate::flow::syntax::names::{Names, Place};
use crate::flow::tree::options::Setting;
use crate::flow::tree::template::{Placeholder, Slot};

/// The variables that are surely set at a point of the flow, by slot. They only grow in number.
#[derive(Clone, Debug)]
pub struct Known(Vec<bool>);

/// A step that uses a variable which may not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unset {
    /// The variable.
    pub slot: Slot,
    /// The step that uses it.
    pub step: Place,
}

impl Known {
    /// Begins with the variables that are set before the flow begins.
    pub fn new(n_slots: usize, set: impl Iterator<Item = Slot>) -> Self {
        let mut known = Self(vec![false; n_slots]);
        set.for_each(|slot| known.set(slot));
        known
    }

    fn set(&mut self, slot: Slot) {
        if let Some(is_set) = self.0.get_mut(usize::from(slot.0)) {
            *is_set = true;
        }
    }

    fn has(&self, slot: Slot) -> bool {
        self.0.get(usize::from(slot.0)).is_some_and(|is_set| *is_set)
    }

    /// Keeps what is set here and there.
    fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(here, there)| *here &= there);
    }
}

/// Follows blocks, and adds the variables that they surely set.
///
/// # Errors
///
/// At the first step that uses a variable which may not be set.
pub fn check(nodes: &[Node], known: &mut Known) -> Result<(), Unset> {
    for node in nodes {
        match node {
            Node::Think(_) => {}
            Node::Step(step) => {
                let mut after = known.clone();
                check_step(step, &mut after)?;
                if step.chance.is_none_or(|share| share >= 1.0) {
                    *known = after;
                }
            }
            Node::Loop(inner) => {
                // A later round knows at least what the first one does.
                let mut after = known.clone();
                check(&inner.body, &mut after)?;
                if inner.rounds.least() > 0 {
                    *known = after;
                }
            }
            Node::Pick(alternatives) => {
                let mut all: Option<Known> = None;
                for alternative in alternatives {
                    let mut after = known.clone();
                    check(&alternative.body, &mut after)?;
                    match &mut all {
                        Some(all) => all.intersect(&after),
                        None => all = Some(after),
                    }
                }
                *known = all.unwrap_or_else(|| known.clone());
            }
        }
    }
    Ok(())
}

/// Follows a step in the order of its evaluation.
fn check_step(step: &Step, known: &mut Known) -> Result<(), Unset> {
    let entry = &step.entry;
    for (slot, value) in &entry.options.variables {
        find_unset(step, known, |visit| uses::of_value(value, visit))?;
        known.set(*slot);
    }
    find_unset(step, known, |visit| uses::of_options(&entry.options, visit))?;
    if matches!(entry.options.skip, Setting::Fixed(true)) {
        return Ok(());
    }
    let mut after = known.clone();
    find_unset(step, &after, |visit| uses::of_request(entry, visit))?;
    if let Some(expected) = &entry.expected {
        for capture in &expected.captures {
            find_unset(step, &after, |visit| uses::of_capture(capture, visit))?;
            after.set(capture.slot);
        }
        find_unset(step, &after, |visit| uses::of_expected(expected, visit))?;
    }
    if is_surely_made(step) {
        *known = after;
    }
    Ok(())
}

/// Returns whether the flow goes on only if the step has been made and has not failed.
fn is_surely_made(step: &Step) -> bool {
    let options = &step.entry.options;
    let is_skipped = !matches!(options.skip, Setting::Fixed(false));
    let may_be_zero = |repeat: &Setting<u32>| !matches!(repeat, Setting::Fixed(1..));
    let is_zero = options.repeat.as_ref().is_some_and(may_be_zero);
    !(step.goes_on || is_skipped || is_zero)
}

/// Returns the first variable that a part of a step uses and that may not be set.
fn find_unset(step: &Step, known: &Known, part: impl FnOnce(uses::Visit<'_>)) -> Result<(), Unset> {
    let mut found = None;
    part(&mut |placeholder| {
        if let Placeholder::Variable(slot) = placeholder
            && !known.has(slot)
        {
            found.get_or_insert(slot);
        }
    });
    found.map_or(Ok(()), |slot| Err(Unset { slot, step: step.place }))
}

impl Unset {
    /// Returns the line that uses the variable, and what is wrong with it. `next` is the step after
    /// this one in its file; None if it is the last.
    pub fn problem(self, names: &Names, next: Option<Place>) -> (Place, String) {
        let name = names.name(self.slot);
        let end = match next {
            Some(next) if next.file == self.step.file => Place { line: next.line - 1, ..next },
            _ => Place { line: usize::MAX, ..self.step },
        };
        let place = names.first_use(self.slot, self.step, end).unwrap_or(self.step);
        let expected = format!("expected it earlier, or -variable={name}=…");
        let lines: Vec<Place> = names.sets(self.slot).collect();
        let text = match lines.as_slice() {
            [] => format!(
                "'{name}' is not set: expected a capture before this line, -variable={name}=… or \
                 a column of -feed"
            ),
            [only] => {
                format!(
                    "'{name}' may be unset here: set in {} only; {expected}",
                    show(*only, place)
                )
            }
            many => {
                let lines: Vec<String> = many.iter().map(|line| show(*line, place)).collect();
                format!("'{name}' may be unset here: set in {} only; {expected}", lines.join(", "))
            }
        };
        (place, text)
    }
}

/// Returns a line for a message about another line, which may be in another file.
fn show(line: Place, from: Place) -> String {
    if line.file == from.file {
        format!("line {}", line.line)
    } else {
        format!("line {} of file {}", line.line, line.file + 1)
    }
}
