//! The graph of imports between source files.
//!
//! An import of a re-exported item leads to the file that defines the item. A `mod.rs` puts its
//! module together from the files in its directory. Using those files is therefore no import,
//! while each of them may import from its `mod.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::collect::{BINARY, Collector, LIBRARY, Module, Segments, add_test_modules};
use crate::rules::tree::{files, read};

/// Longest chain of re-exports that is followed.
const MAX_DEPTH: usize = 16;

/// The modules of the library and the binary, without code for tests.
pub struct Sources(BTreeMap<Segments, Module>);

/// Two files, relative to the repository, of which one imports from the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The file that imports.
    pub from: PathBuf,
    /// The file that defines what is imported.
    pub to: PathBuf,
}

/// All imports, each with the paths of what is imported.
pub type Imports = BTreeMap<Import, BTreeSet<String>>;

impl Sources {
    /// Parses all files under src.
    pub fn read() -> Self {
        let texts = files("src", &["rs"]).into_iter().map(|file| (read(&file), file));
        Self::parse(texts.map(|(text, file)| (file, text)))
    }

    /// Parses files, each given by its path and its text.
    pub fn parse(files: impl Iterator<Item = (PathBuf, String)>) -> Self {
        let (mut modules, mut for_tests) = (BTreeMap::new(), BTreeSet::new());
        for (file, text) in files {
            let module = module_of(&file);
            let syntax = syn::parse_file(&text).unwrap_or_else(|error| {
                panic!("{} cannot be parsed: {error}", file.display());
            });
            add_test_modules(&mut for_tests, &module, &syntax.items);
            Collector::new(&mut modules, &file, module).collect(&syntax.items);
        }
        modules.retain(|module, _| !for_tests.iter().any(|tests| module.starts_with(tests)));
        Self(modules)
    }

    /// Returns all imports between different files, without those of a `mod.rs` from its module.
    pub fn imports(&self) -> Imports {
        let mut found = Imports::new();
        for (here, module) in &self.0 {
            for path in module.paths.iter().filter_map(|path| self.absolute(here, path, 0)) {
                let to = self.definer(&path, 0).map(|module| &self.0[&module].file);
                if let Some(to) = to.filter(|to| !is_within(to, &module.file)) {
                    let import = Import { from: module.file.clone(), to: to.clone() };
                    found.entry(import).or_default().insert(path.join("::"));
                }
            }
        }
        found
    }

    /// Returns the path from its crate on. None if it leads to no module of this project.
    fn absolute(&self, here: &Segments, path: &[String], depth: usize) -> Option<Segments> {
        let (first, rest) = path.split_first()?;
        let at = |module: &[String]| Some([module, rest].concat());
        match first.as_str() {
            "crate" => at(&here[..1]),
            LIBRARY if here[0] == BINARY => at(&[LIBRARY.to_owned()]),
            "self" => self.absolute_within(here, rest, depth),
            "super" => self.absolute_within(&here[..here.len() - 1], rest, depth),
            _ if depth == MAX_DEPTH => None,
            name => self.by_name(here, name, rest, depth + 1),
        }
    }

    /// Returns the absolute form of a path that follows `self` or `super`.
    fn absolute_within(&self, here: &[String], rest: &[String], depth: usize) -> Option<Segments> {
        match rest.first().map(String::as_str) {
            Some("super") => self.absolute(&here.to_vec(), rest, depth),
            _ => Some([here, rest].concat()),
        }
    }

    /// Resolves a path that begins with a name: an imported one, or that of a child module.
    fn by_name(
        &self,
        here: &Segments,
        name: &str,
        rest: &[String],
        depth: usize,
    ) -> Option<Segments> {
        let module = self.0.get(here)?;
        if let Some(path) = module.names.get(name) {
            // `use name::…` of an external crate or a child module names itself.
            if path[0] != name {
                return self.absolute(here, &[path, rest].concat(), depth);
            }
            let child = [here.as_slice(), path].concat();
            return self.0.contains_key(&child[..=here.len()]).then(|| [&child, rest].concat());
        }
        let child = [here.as_slice(), &[name.to_owned()]].concat();
        if !rest.is_empty() && self.0.contains_key(&child) {
            return Some([&child, rest].concat());
        }
        let found = |glob: &Segments| {
            let module = self.absolute(here, glob, depth)?;
            let has = self.0.get(&module)?;
            let defined = has.items.contains(name) || has.names.contains_key(name);
            defined.then(|| [module.as_slice(), &[name.to_owned()], rest].concat())
        };
        module.globs.iter().find_map(found)
    }

    /// Returns the module that defines what an absolute path leads to.
    fn definer(&self, path: &[String], depth: usize) -> Option<Segments> {
        let mut here = path[..1].to_vec();
        for (n, name) in path.iter().enumerate().skip(1) {
            let child = [here.as_slice(), std::slice::from_ref(name)].concat();
            if self.0.contains_key(&child) {
                here = child;
                continue;
            }
            if self.0[&here].items.contains(name) || depth == MAX_DEPTH {
                return Some(here);
            }
            let target = self.by_name(&here, name, &path[n + 1..], depth + 1);
            return target.and_then(|path| self.definer(&path, depth + 1)).or(Some(here));
        }
        self.0.contains_key(&here).then_some(here)
    }
}

/// Returns whether a file is another one, or in the module of which the other is the `mod.rs`.
fn is_within(file: &Path, of: &Path) -> bool {
    file == of || of.ends_with("mod.rs") && of.parent().is_some_and(|dir| file.starts_with(dir))
}

/// Returns the module that is the whole of a file.
pub fn module_of(file: &Path) -> Segments {
    let inner = file.strip_prefix("src").unwrap().with_extension("");
    let mut module: Segments = inner.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    module.pop_if(|name| name == "mod");
    let root = if module[0] == "app" || module[0] == BINARY { BINARY } else { LIBRARY };
    if module == [BINARY] || module == ["lib"] {
        module.clear();
    }
    module.insert(0, root.to_owned());
    module
}

/// Returns the groups of files that import each other in a circle, each sorted.
pub fn cycles(imports: &Imports) -> Vec<Vec<PathBuf>> {
    let mut next: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
    for import in imports.keys() {
        next.entry(&import.from).or_default().insert(&import.to);
    }
    let reached = |start: &Path| {
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(file) = open.pop() {
            for file in next.get(file).into_iter().flatten() {
                if reached.insert(*file) {
                    open.push(file);
                }
            }
        }
        reached
    };
    let reach: BTreeMap<&Path, _> = next.keys().map(|file| (*file, reached(file))).collect();
    let mut found = BTreeSet::new();
    for (file, reached) in reach.iter().filter(|(file, reached)| reached.contains(*file)) {
        let back =
            reached.iter().filter(|other| reach.get(*other).is_some_and(|r| r.contains(file)));
        found.insert(back.map(|other| other.to_path_buf()).collect::<Vec<_>>());
    }
    found.into_iter().collect()
}
