//! Reads target lists of any format, whole or target by target.

use std::io::BufRead;

use crate::error::Error;
use crate::targets::assemble::Assembler;
use crate::targets::lines::Lines;
use crate::targets::{Defaults, ReadMode, Target};

/// The grammar of a target list.
pub trait Format: Default {
    /// Reads the next target; None at the end of the list.
    ///
    /// # Errors
    ///
    /// [`Error::Line`] for a line that is not in the format, [`Error::Io`] if the input cannot be
    /// read.
    fn next_target<R: BufRead>(&mut self, list: &mut List<R>) -> Result<Option<Target>, Error>;
}

/// A list that is being read: its remaining lines, and the parts that all targets share.
pub struct List<R> {
    /// The lines that have not been read.
    pub lines: Lines<R>,
    /// How the list is read.
    pub mode: ReadMode,
    /// Makes targets from the parts that the format finds.
    pub assembler: Assembler,
}

/// Reads the targets of a list. Ends after the last target or the first error; a list without
/// targets is an error.
pub struct Reader<R, F> {
    list: List<R>,
    format: F,
    is_empty: bool,
    is_finished: bool,
}

impl<R: BufRead, F: Format> Reader<R, F> {
    /// Returns a reader of a list.
    pub fn new(input: R, defaults: Defaults, mode: ReadMode) -> Self {
        let assembler = Assembler::new(defaults, mode);
        let list = List { lines: Lines::new(input), mode, assembler };
        Self { list, format: F::default(), is_empty: true, is_finished: false }
    }

    /// Reads all targets.
    ///
    /// # Errors
    ///
    /// As the iteration; also [`Error::Line`] for a variable that turns out to be meant as one
    /// only by a later line, and that cannot be used.
    pub fn read_all(mut self) -> Result<Vec<Target>, Error> {
        let targets = self.by_ref().collect::<Result<_, _>>()?;
        self.list.assembler.finish_list(targets)
    }
}

impl<R: BufRead, F: Format> Iterator for Reader<R, F> {
    type Item = Result<Target, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        let read = match self.format.next_target(&mut self.list) {
            Ok(None) if self.is_empty => Err(Error::NoTargets),
            read => read,
        };
        self.is_empty = false;
        self.is_finished = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}
