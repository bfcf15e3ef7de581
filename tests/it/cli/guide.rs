//! Runs every shell block of README.md and docs/guide.
//!
//! Blocks of `sh` run as scripts that stop at the first failure. Of blocks of `console`, the lines
//! after `$ ` run. Blocks of a page run in order, in one directory, and attack a server of the
//! test in place of the one on port 8080. Blocks of `sh ignore` do not run.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use crate::rules::tree::{all_files, files, read};
use crate::support::harness::program;
use crate::support::markdown::{Block, Document};
use crate::support::patient::patient;
use crate::support::servers::{Serve, serve};

/// Longest time that a block may take, in s. Only a failure takes that long.
const MAX_SECONDS: &str = "300";

/// Fewest blocks that are found in all pages.
const MIN_BLOCKS: usize = 30;

/// The names under which the program is installed.
const LINKS: [&str; 5] = ["drumfire", "attack", "report", "plot", "encode"];

/// Directories of the repository that the blocks read.
const SAMPLES: [&str; 2] = ["targets", "feeds"];

/// One test for each page, so that pages run in parallel.
macro_rules! pages {
    ($($test:ident: $page:literal,)*) => {
        /// The pages that have a test.
        const PAGES: &[&str] = &[$($page),*];
        $(
            #[test]
            fn $test() {
                run($page);
            }
        )*
    };
}

pages! {
    readme: "README.md",
    charts: "docs/guide/charts.md",
    compare: "docs/guide/compare.md",
    connections: "docs/guide/connections.md",
    find_the_breaking_point: "docs/guide/find-the-breaking-point.md",
    getting_started: "docs/guide/getting-started.md",
    load: "docs/guide/load.md",
    load_test: "docs/guide/load-test.md",
    prometheus: "docs/guide/prometheus.md",
    proxies_and_dns: "docs/guide/proxies-and-dns.md",
    python: "docs/guide/python.md",
    results: "docs/guide/results.md",
    serve_page: "docs/guide/serve.md",
    targets: "docs/guide/targets.md",
    thresholds_and_ci: "docs/guide/thresholds-and-ci.md",
}

#[test]
fn every_page_of_the_guide_has_a_test() {
    let pages = files("docs/guide", &["md"]);
    let missing: Vec<_> =
        pages.iter().filter(|page| !PAGES.iter().any(|known| *page == Path::new(known))).collect();
    assert!(missing.is_empty(), "add to the list of pages: {missing:?}");
    let n_blocks = PAGES.iter().flat_map(|page| scripts(page)).count();
    assert!(n_blocks >= MIN_BLOCKS, "only {n_blocks} shell blocks are found");
}

/// A block that runs.
struct Script {
    /// Where it begins, as `FILE:LINE`.
    place: String,
    /// What bash runs.
    text: String,
}

/// Returns the shell blocks of a page.
fn scripts(page: &str) -> Vec<Script> {
    let blocks = Document::parse(&read(page)).blocks;
    let scripts = blocks.iter().filter_map(|block| {
        let text = script(block)?;
        Some(Script { place: format!("{page}:{}", block.line), text })
    });
    scripts.collect()
}

/// Returns what bash runs of a block. None if the block is not for a shell.
fn script(block: &Block) -> Option<String> {
    match block.info.as_str() {
        "sh" => Some(block.text.clone()),
        "console" => Some(commands(&block.text)),
        _ => None,
    }
}

/// Returns the commands of a console, without the output in between.
fn commands(text: &str) -> String {
    let mut found = String::new();
    let mut continues = false;
    for line in text.lines() {
        let command = match line.strip_prefix("$ ") {
            Some(command) => Some(command),
            None if continues => Some(line.strip_prefix("> ").unwrap_or(line)),
            None => None,
        };
        if let Some(command) = command {
            found.push_str(command);
            found.push('\n');
            continues = command.ends_with(['\\', '|']);
        }
    }
    found
}

/// Runs the blocks of a page, one after the other.
#[track_caller]
fn run(page: &str) {
    let stage = Stage::new();
    for script in scripts(page) {
        stage.run(&script);
    }
}

/// A scratch directory with the samples, and a server to attack.
struct Stage {
    server: Serve,
    directory: TempDir,
    programs: TempDir,
}

impl Stage {
    fn new() -> Self {
        let server = serve(&["-latency=lognormal:5ms,0.5"]);
        let [directory, programs] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for name in LINKS {
            symlink(env!("CARGO_BIN_EXE_drumfire"), programs.path().join(name)).unwrap();
        }
        let stage = Self { server, directory, programs };
        for sample in SAMPLES.iter().flat_map(|sample| all_files(sample)) {
            let copy = stage.directory.path().join(&sample);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::write(copy, stage.localized(&read(sample))).unwrap();
        }
        stage
    }

    /// Sends what is meant for port 8080 to the server of the test.
    fn localized(&self, text: &str) -> String {
        let address = self.server.url.trim_start_matches("http://");
        text.replace("127.0.0.1:8080", address).replace("localhost:8080", address)
    }

    #[track_caller]
    fn run(&self, script: &Script) {
        // Whether this machine has the time to attack is no part of the test.
        let text = patient(&self.localized(&script.text)).replace("-require-valid ", "");
        let path = format!("{}:{}", self.programs.path().display(), std::env::var("PATH").unwrap());
        let bash = ["bash", "-eu", "-o", "pipefail", "-c", &text];
        let run = program("timeout").arg(MAX_SECONDS).args(bash).env("PATH", path);
        let output = run.dir(self.directory.path()).run();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            output.status,
            Some(0),
            "{} failed (124 if it took longer than {MAX_SECONDS} s):\n{text}\n{stdout}\n{}",
            script.place,
            output.stderr,
        );
    }
}

#[test]
fn commands_of_a_console_are_separated_from_their_output() {
    let text = "$ a |\n    b\nout\n$ c \\\n> d\n> out\n$ cat <<E\n";
    assert_eq!(commands(text), "a |\n    b\nc \\\nd\ncat <<E\n");
}
