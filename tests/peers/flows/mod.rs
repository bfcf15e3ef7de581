//! Flow files, compared with what hurl did with them. `make conformance` records that in
//! `tests/golden/hurl`, so these tests need no hurl.

mod oracle;
mod snippets;
mod trial;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Number of processes that wait for each other at a time. Most of the time of a run is waiting.
const N_THREADS: usize = 8;

/// Returns the path of a recording or of something that it needs.
fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/hurl").join(name)
}

/// Calls `check` for each item, on several threads, and fails with all that it complains about.
#[track_caller]
fn check_all<T: Sync>(items: &[T], check: impl Fn(&T) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let complaints = || -> Vec<String> {
        let indexes = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let items = indexes.map_while(|index| items.get(index));
        items.filter_map(|item| check(item).err()).collect()
    };
    let mut complaints: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..N_THREADS).map(|_| scope.spawn(complaints)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    complaints.sort();
    let (n_items, n_wrong) = (items.len(), complaints.len());
    assert!(n_wrong == 0, "{n_wrong} of {n_items} differ from hurl\n\n{}", complaints.join("\n\n"));
}
