//! Runs every shell block of README.md, docs/guide and three pages of docs/migrating.
//!
//! Blocks of `sh` run as scripts that stop at the first failure. Of blocks of `console`, the lines
//! after `$ ` run. Of blocks of `sh plan`, each attack runs with `-dry-run`. Blocks of `sh ignore` do
//! not run. Any other block is written to a file if the paragraph before it ends in a colon and names
//! the file in backticks.
//!
//! Blocks of a page run in order, in one directory, and attack a server of the test in place of the
//! one on port 8080. A page that starts a server with routes in `targets` gets one with the same
//! flags.

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
const MIN_BLOCKS: usize = 60;

/// Endings of the files that a page may have as blocks.
const FILES: [&str; 4] = [".hurl", ".txt", ".csv", ".toml"];

/// The names under which the program is installed.
const LINKS: [&str; 5] = ["drumfire", "attack", "report", "plot", "encode"];

/// The command of a server.
const SERVER: &str = "drumfire serve ";

/// Flag of a server with the routes of a sample.
const ROUTES: &str = "-routes=targets/";

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
    find_the_breaking_point: "docs/guide/recipes/find-the-breaking-point.md",
    flows: "docs/guide/flows.md",
    from_ghz: "docs/migrating/ghz.md",
    from_k6: "docs/migrating/k6.md",
    from_locust: "docs/migrating/locust.md",
    grpc: "docs/guide/protocols/grpc.md",
    websocket: "docs/guide/protocols/websocket.md",
    getting_started: "docs/guide/getting-started.md",
    load: "docs/guide/load.md",
    load_test: "docs/guide/load-test.md",
    prometheus: "docs/guide/prometheus.md",
    proxies_and_dns: "docs/guide/proxies-and-dns.md",
    python: "docs/guide/recipes/python.md",
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

/// A block that runs or is written to a file.
struct Script {
    /// Where it begins, as `FILE:LINE`.
    place: String,
    /// What bash runs, or the content of the file.
    text: String,
    /// The name of the file. None if bash runs the block.
    file: Option<String>,
}

/// Returns the blocks of a page that run or are files.
fn scripts(page: &str) -> Vec<Script> {
    let page_text = read(page);
    let blocks = Document::parse(&page_text).blocks;
    let scripts = blocks.iter().filter_map(|block| {
        let place = format!("{page}:{}", block.line);
        match script(block) {
            Some(text) => Some(Script { place, text, file: None }),
            None => {
                let file = file_of(&page_text, block)?;
                Some(Script { place, text: block.text.clone(), file: Some(file) })
            }
        }
    });
    scripts.collect()
}

/// Returns what bash runs of a block. None if the block is not for a shell.
fn script(block: &Block) -> Option<String> {
    match block.info.as_str() {
        "sh" => Some(block.text.clone()),
        "sh plan" => Some(block.text.replace("drumfire attack ", "drumfire attack -dry-run ")),
        "console" => Some(commands(&block.text)),
        _ => None,
    }
}

/// Returns the file that a block is, from the paragraph before it. None if it is none.
fn file_of(page: &str, block: &Block) -> Option<String> {
    let before: Vec<_> = page.lines().take(block.line - 1).collect();
    let paragraph = before.rsplit(|line| line.is_empty()).find(|lines| !lines.is_empty())?;
    let paragraph = paragraph.join(" ");
    if !paragraph.ends_with(':') || block.info.starts_with("sh") {
        return None;
    }
    let spans = paragraph.split('`').skip(1).step_by(2);
    let is_file = |name: &&str| {
        FILES.iter().any(|ending| name.ends_with(ending)) && !name.contains([' ', '/', '='])
    };
    spans.filter(is_file).last().map(str::to_owned)
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
    let stage = Stage::new(page);
    for script in scripts(page) {
        stage.run(&script);
    }
}

/// A scratch directory with the samples, and a server to attack.
struct Stage {
    server: Serve,
    /// Whether the server has routes, for the flows and calls of the page.
    has_routes: bool,
    directory: TempDir,
    programs: TempDir,
}

impl Stage {
    fn new(page: &str) -> Self {
        let text = read(page);
        let commands = text.split(SERVER).skip(1).filter_map(|rest| rest.split(['\n', '`']).next());
        let with_routes = commands.into_iter().find(|command| command.contains(ROUTES));
        let latency = Some("-latency=lognormal:5ms,0.5")
            .filter(|latency| with_routes.is_none_or(|command| !command.contains(latency)));
        let flags = with_routes.into_iter().flat_map(|command| command.split(' '));
        let server = serve(&flags.chain(latency).collect::<Vec<_>>());
        let [directory, programs] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for name in LINKS {
            symlink(env!("CARGO_BIN_EXE_drumfire"), programs.path().join(name)).unwrap();
        }
        let has_routes = with_routes.is_some();
        let stage = Self { server, has_routes, directory, programs };
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
        if let Some(file) = &script.file {
            fs::write(self.directory.path().join(file), self.localized(&script.text)).unwrap();
            return;
        }
        // Whether this machine has the time to attack is no part of the test.
        let mut text = patient(&self.localized(&script.text)).replace("-require-valid ", "");
        if self.has_routes {
            // Every flow and call of an example succeeds.
            text = text.replace("| report", "| report -threshold='success=100%'");
        }
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
fn a_block_is_a_file_if_the_paragraph_before_it_ends_with_its_name() {
    let page = "`no.hurl`\n\nThe list `a.txt` and\n`b.hurl`:\n\n```hurl\nGET /\n```\n\n\
                ```hurl\nGET /\n```\n\n`c.hurl` runs:\n\n```sh\ntrue\n```\n";
    let blocks = Document::parse(page).blocks;
    let files: Vec<_> = blocks.iter().map(|block| file_of(page, block)).collect();
    assert_eq!(files, [Some("b.hurl".to_owned()), None, None]);
}

#[test]
fn commands_of_a_console_are_separated_from_their_output() {
    let text = "$ a |\n    b\nout\n$ c \\\n> d\n> out\n$ cat <<E\n";
    assert_eq!(commands(text), "a |\n    b\nc \\\nd\ncat <<E\n");
}
