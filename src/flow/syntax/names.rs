//! Names of variables, each with its slot, and the lines that use or set them.

use indexmap::IndexSet;

use crate::flow::tree::template::Slot;

/// Most variables of a flow.
const MAX_NAMES: usize = 10_000;

/// The variables of a flow, over all its files.
#[derive(Debug, Default)]
pub struct Names {
    names: IndexSet<Box<str>>,
    /// Placeholders, in the order of the files; some repeat.
    uses: Vec<Mention>,
    /// Captures and options that set a variable, in the order of the files.
    sets: Vec<Mention>,
    /// Number of the file that is being read, from 0.
    file: usize,
}

/// A variable in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The variable.
    pub slot: Slot,
    /// The line.
    pub place: Place,
}

/// A line of one of the files of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the file, from 0.
    pub file: usize,
    /// Line in the file, from 1.
    pub line: usize,
}

impl Names {
    /// Begins the next file.
    pub fn begin(&mut self, file: usize) {
        self.file = file;
    }

    /// Returns the slot of a variable that a line uses. None if there are too many variables.
    pub fn used(&mut self, name: &str, line: usize) -> Option<Slot> {
        let mention = self.mention(name, line)?;
        self.uses.push(mention);
        Some(mention.slot)
    }

    /// Returns the slot of a variable that a line sets. None if there are too many variables.
    pub fn set(&mut self, name: &str, line: usize) -> Option<Slot> {
        let mention = self.mention(name, line)?;
        self.sets.push(mention);
        Some(mention.slot)
    }

    fn mention(&mut self, name: &str, line: usize) -> Option<Mention> {
        let place = Place { file: self.file, line };
        if let Some(index) = self.names.get_index_of(name) {
            return u16::try_from(index).ok().map(|slot| Mention { slot: Slot(slot), place });
        }
        if self.names.len() >= MAX_NAMES {
            return None;
        }
        let (index, _) = self.names.insert_full(name.into());
        u16::try_from(index).ok().map(|slot| Mention { slot: Slot(slot), place })
    }

    /// Returns the slot of a name. None if no line has it.
    pub fn find(&self, name: &str) -> Option<Slot> {
        let index = self.names.get_index_of(name)?;
        u16::try_from(index).ok().map(Slot)
    }

    /// Returns the name of a slot.
    pub fn name(&self, slot: Slot) -> &str {
        self.names.get_index(usize::from(slot.0)).map_or("", |name| name)
    }

    /// Returns the first line from `from` to `to`, both included, that uses a variable. None if
    /// no line does.
    pub fn first_use(&self, slot: Slot, from: Place, to: Place) -> Option<Place> {
        let uses = self.uses.iter().filter(|used| used.slot == slot);
        uses.map(|used| used.place).filter(|place| (from..=to).contains(place)).min()
    }

    /// Returns the lines that set a variable, in order.
    pub fn sets(&self, slot: Slot) -> impl Iterator<Item = Place> {
        self.sets.iter().filter(move |set| set.slot == slot).map(|set| set.place)
    }

    /// Returns whether a line uses a variable.
    pub fn is_used(&self, slot: Slot) -> bool {
        self.uses.iter().any(|used| used.slot == slot)
    }

    /// Returns the number of variables.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns the variables that a line sets, each once.
    pub fn all_set(&self) -> Vec<Slot> {
        let mut set: Vec<Slot> = self.sets.iter().map(|set| set.slot).collect();
        set.sort();
        set.dedup();
        set
    }

    /// Returns all names, in the order of their slots.
    pub fn into_names(self) -> Box<[Box<str>]> {
        self.names.into_iter().collect()
    }
}
