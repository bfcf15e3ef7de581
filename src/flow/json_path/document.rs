//! A JSON document, read as its paths need it.

use std::cell::{Cell, OnceCell};
use std::ptr;

use crate::flow::json_path::JsonPath;
use crate::flow::json_path::invalid::Invalid;
use crate::flow::json_path::tree::Tree;
use crate::flow::json_path::walk::{self, MAX_PATHS};
use crate::flow::value::Value;

/// Most walks over a document, which together take about as long as building a tree.
const MAX_WALKS: u8 = 4;

/// A JSON document.
pub struct Document<'t> {
    text: &'t str,
    /// Singular paths that are known beforehand.
    paths: Vec<&'t JsonPath>,
    /// What each of them leads to, once one of them was asked for.
    found: OnceCell<Result<Vec<Option<Value>>, Invalid>>,
    n_walks: Cell<u8>,
    tree: OnceCell<Result<Tree<'t>, Invalid>>,
}

impl<'t> Document<'t> {
    /// Returns the document of a text, which is not read yet.
    pub fn new(text: &'t str) -> Self {
        Self::with_paths(text, [])
    }

    /// Returns the same for paths of which most will be asked for. The singular ones among them
    /// take one walk over the text together.
    pub fn with_paths(text: &'t str, paths: impl IntoIterator<Item = &'t JsonPath>) -> Self {
        let paths = paths.into_iter().filter(|path| path.singular.is_some()).take(MAX_PATHS);
        let paths = paths.collect();
        Self { text, paths, found: OnceCell::new(), n_walks: Cell::new(0), tree: OnceCell::new() }
    }

    /// Returns what a path leads to: the node if there is one, the list of them if there are
    /// several. None if there is none.
    ///
    /// # Errors
    ///
    /// If the document cannot be used.
    pub fn find(&self, path: &JsonPath) -> Result<Option<Value>, Invalid> {
        match self.walk_to(path) {
            // Only a tree takes numbers of any size.
            None | Some(Err(Invalid::OutOfRange)) => self.find_in_tree(path),
            Some(found) => found,
        }
    }

    /// Returns what a walk finds. None if a tree is the better way.
    fn walk_to(&self, path: &JsonPath) -> Option<Result<Option<Value>, Invalid>> {
        if let Some(place) = self.paths.iter().position(|known| ptr::eq(*known, path)) {
            let found = self.found.get_or_init(|| walk(self.text, &self.paths)).as_ref();
            let at_place = |found: &Vec<Option<Value>>| found.get(place).cloned().flatten();
            return Some(found.map(at_place).map_err(|invalid| *invalid));
        }
        let n_walks = self.n_walks.get();
        if path.singular.is_some() && self.tree.get().is_none() && n_walks < MAX_WALKS {
            self.n_walks.set(n_walks + 1);
            return Some(walk(self.text, &[path]).map(|mut found| found.pop().flatten()));
        }
        None
    }

    /// Returns the same as [`Document::find`], always from a tree.
    ///
    /// # Errors
    ///
    /// If the document cannot be used.
    pub fn find_in_tree(&self, path: &JsonPath) -> Result<Option<Value>, Invalid> {
        let tree = self.tree.get_or_init(|| Tree::parse(self.text)).as_ref().map_err(|it| *it)?;
        let mut nodes = tree.find(&path.full)?;
        Ok(match nodes.len() {
            0 | 1 => nodes.pop(),
            _ => Some(Value::List(nodes.into())),
        })
    }
}

/// Returns what singular paths lead to, with one walk.
fn walk(text: &str, paths: &[&JsonPath]) -> Result<Vec<Option<Value>>, Invalid> {
    let steps: Vec<_> =
        paths.iter().map(|path| path.singular.as_deref().unwrap_or_default()).collect();
    walk::find(text, &steps)
}
