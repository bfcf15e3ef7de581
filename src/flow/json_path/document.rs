//! A JSON document, read as each path needs it.

use std::cell::{Cell, OnceCell};

use crate::flow::json_path::JsonPath;
use crate::flow::json_path::invalid::Invalid;
use crate::flow::json_path::tree::Tree;
use crate::flow::json_path::walk;
use crate::flow::value::Value;

/// Most walks over a document, which together take about as long as building a tree.
const MAX_WALKS: u8 = 8;

/// A JSON document.
pub struct Document<'t> {
    text: &'t str,
    n_walks: Cell<u8>,
    tree: OnceCell<Result<Tree<'t>, Invalid>>,
}

impl<'t> Document<'t> {
    /// Returns the document of a text, which is not read yet.
    pub fn new(text: &'t str) -> Self {
        Self { text, n_walks: Cell::new(0), tree: OnceCell::new() }
    }

    /// Returns what a path leads to: the node if there is one, the list of them if there are
    /// several. None if there is none.
    ///
    /// # Errors
    ///
    /// If the document cannot be used.
    pub fn find(&self, path: &JsonPath) -> Result<Option<Value>, Invalid> {
        let n_walks = self.n_walks.get();
        match &path.singular {
            Some(steps) if self.tree.get().is_none() && n_walks < MAX_WALKS => {
                self.n_walks.set(n_walks + 1);
                walk::find(self.text, steps)
            }
            _ => self.find_in_tree(path),
        }
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
