//! Collects from the syntax of one source file what it defines and which paths it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, ImplItemFn, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// The name of the library in paths of the binary.
pub const LIBRARY: &str = "drumfire";
/// The binary, whose modules are those under src/app.
pub const BINARY: &str = "main";

/// The path of a module or an item: the crate, then its modules, then the item.
pub type Segments = Vec<String>;

/// A module: a file, or an inline module within one.
#[derive(Debug, Default)]
pub struct Module {
    /// The file that holds the module, relative to the repository.
    pub file: PathBuf,
    /// The items that the module defines.
    pub items: BTreeSet<String>,
    /// The names that `use` brings into the module, each with the path as it is written.
    pub names: BTreeMap<String, Segments>,
    /// The paths whose whole content `use` brings into the module.
    pub globs: Vec<Segments>,
    /// The paths that the module's code names, as they are written. A re-export is not one.
    pub paths: BTreeSet<Segments>,
}

/// Collects the modules of one file. Code for tests is left out.
pub struct Collector<'a> {
    /// The modules found so far.
    modules: &'a mut BTreeMap<Segments, Module>,
    file: &'a Path,
    here: Segments,
}

impl<'a> Collector<'a> {
    /// Creates a collector for the module that is the whole of a file.
    pub fn new(
        modules: &'a mut BTreeMap<Segments, Module>,
        file: &'a Path,
        module: Segments,
    ) -> Self {
        Self { modules, file, here: module }
    }

    /// Collects a module from its items.
    pub fn collect(&mut self, items: &[Item]) {
        let module = Module { file: self.file.to_owned(), ..Module::default() };
        self.modules.insert(self.here.clone(), module);
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            if let Some(name) = name(item) {
                self.module().items.insert(name.to_string());
            }
            self.visit_item(item);
        }
    }

    fn module(&mut self) -> &mut Module {
        self.modules.get_mut(&self.here).expect("a module is inserted before its items")
    }

    /// Adds the names of a `use`. `is_import` is false for a re-export.
    fn add_use(&mut self, prefix: &Segments, tree: &UseTree, is_import: bool) {
        match tree {
            UseTree::Path(path) => {
                let prefix = joined(prefix, &path.ident);
                self.add_use(&prefix, &path.tree, is_import);
            }
            UseTree::Name(name) if name.ident == "self" => {
                let name = prefix.last().expect("`self` follows a path").clone();
                self.add_name(name, prefix.clone(), is_import);
            }
            UseTree::Name(name) => {
                self.add_name(name.ident.to_string(), joined(prefix, &name.ident), is_import);
            }
            UseTree::Rename(rename) => {
                let path = joined(prefix, &rename.ident);
                self.add_name(rename.rename.to_string(), path, is_import);
            }
            UseTree::Glob(_) => {
                self.module().globs.push(prefix.clone());
                if is_import {
                    self.module().paths.insert(prefix.clone());
                }
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.add_use(prefix, tree, is_import));
            }
        }
    }

    fn add_name(&mut self, name: String, path: Segments, is_import: bool) {
        if is_import {
            self.module().paths.insert(path.clone());
        }
        self.module().names.insert(name, path);
    }

    /// Adds the paths in the arguments of a macro, which are not parsed.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path = Segments::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.add_path(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                }
                TokenTree::Group(group) => {
                    self.add_path(std::mem::take(&mut path));
                    self.add_tokens(group.stream());
                }
                _ => self.add_path(std::mem::take(&mut path)),
            }
            colons = 0;
        }
        self.add_path(path);
    }

    fn add_path(&mut self, path: Segments) {
        if !path.is_empty() {
            self.module().paths.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let module = joined(&self.here, &item.ident);
        // A module in its own file is declared here, which imports nothing from it.
        if let Some((_, items)) = &item.content {
            let outer = std::mem::replace(&mut self.here, module);
            self.collect(items);
            self.here = outer;
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_import = matches!(item.vis, Visibility::Inherited);
        if item.leading_colon.is_none() {
            self.add_use(&Segments::new(), &item.tree, is_import);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    /// Leaves out `pub(super)` and the like, which name a module without importing it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter().map(|segment| segment.ident.to_string());
            self.add_path(segments.collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.visit_path(&item.path);
        self.add_tokens(item.tokens.clone());
    }
}

/// Records the modules that a file declares for tests only.
pub fn add_test_modules(found: &mut BTreeSet<Segments>, here: &Segments, items: &[Item]) {
    for item in items {
        if let Item::Mod(module) = item
            && is_for_tests(&module.attrs)
        {
            found.insert(joined(here, &module.ident));
        }
    }
}

fn joined(prefix: &Segments, ident: &Ident) -> Segments {
    let mut path = prefix.clone();
    path.push(ident.to_string());
    path
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<Ident>().is_ok_and(|option| option == "test")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns the name that an item defines. None if it defines none, or a module.
fn name(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Macro(item) => item.ident.as_ref(),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        _ => None,
    }
}
