//! Links of the documents: each leads to a file, and to a heading in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::expect_none;
use super::tree::{files, read};
use crate::support::markdown::{Document, Link};

/// Documents outside of docs.
const TOP: [&str; 4] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "targets/README.md"];
const SUMMARY: &str = "docs/SUMMARY.md";
/// Numbered records, which their own index lists.
const RECORDS: &str = "docs/contributing/decisions";

fn documents() -> BTreeMap<PathBuf, Document> {
    let top = TOP.iter().map(PathBuf::from);
    let paths = top.chain(files("docs", &["md"]));
    paths.map(|path| (path.clone(), Document::parse(&read(&path)))).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let documents = documents();
    let (mut broken, mut n_links) = (Vec::new(), 0);
    for (path, document) in &documents {
        for link in document.links.iter().filter(|link| !link.is_external()) {
            n_links += 1;
            if let Err(problem) = check(&documents, path, link) {
                broken.push(format!(
                    "{}:{}: {}: {problem}",
                    path.display(),
                    link.line,
                    link.target
                ));
            }
        }
    }
    expect_none("broken links", broken);
    assert!(n_links >= 50, "only {n_links} links are found");
}

/// Checks one link of a document.
fn check(documents: &BTreeMap<PathBuf, Document>, from: &Path, link: &Link) -> Result<(), String> {
    let (file, anchor) = match link.target.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor)),
        None => (link.target.as_str(), None),
    };
    let path = match file {
        "" => from.to_owned(),
        file => normal(&from.parent().unwrap().join(file)).ok_or("leaves the repository")?,
    };
    if !path.exists() {
        return Err(format!("no such file: {}", path.display()));
    }
    match (anchor, documents.get(&path)) {
        (None, _) => Ok(()),
        (Some(anchor), Some(document)) if document.anchors.contains(anchor) => Ok(()),
        (Some(_), Some(document)) => Err(format!("expected one of {:?}", document.anchors)),
        (Some(_), None) => Err("an anchor in a file that has no headings".to_owned()),
    }
}

/// Resolves `..` and `.` in a path. None if it leaves the repository.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut found = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => found.push(name),
            Component::ParentDir => found.pop().then_some(())?,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(found)
}

#[test]
fn the_summary_lists_every_page() {
    let documents = documents();
    let linked = |from: &str| -> BTreeSet<PathBuf> {
        let directory = Path::new(from).parent().unwrap();
        let links = documents[Path::new(from)].links.iter();
        links.filter_map(|link| normal(&directory.join(link.target.split('#').next()?))).collect()
    };
    let mut listed = linked(SUMMARY);
    let index = format!("{RECORDS}/README.md");
    if documents.contains_key(Path::new(&index)) {
        listed.extend(linked(&index));
    }
    let pages = documents.keys().filter(|path| path.starts_with("docs"));
    let missing: Vec<_> =
        pages.filter(|path| !listed.contains(*path) && *path != Path::new(SUMMARY)).collect();
    assert!(missing.is_empty(), "{SUMMARY} does not list {missing:?}");
}
