//! Pages in Chromium. The scripts in browser/ compare what the page shows with its data.

mod streams;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::setup::installed::{browser, installed};
use crate::support::harness::{drumfire, program};
use crate::support::servers::serve;
use streams::{HOSTILE, mixed, one, short};

const MIX_GOB: &[u8] = include_bytes!("../../golden/mix.gob");

/// A file name cannot contain a slash.
const HOSTILE_FILE: &str = "<img src=x onerror=ran()>\"' \u{2028}\u{202e}.arrow";

/// A directory of streams and of the pages made from them.
struct Folder(TempDir);

impl Folder {
    fn new(streams: &[(&str, Vec<u8>)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        streams.iter().for_each(|(name, stream)| fs::write(dir.path().join(name), stream).unwrap());
        Self(dir)
    }

    /// Writes the output of a command, whose arguments are given separately, to a file.
    #[track_caller]
    fn write(&self, file: &str, line: &str, args: &[&str]) {
        let output =
            drumfire(line).args(args).arg(format!("-output={file}")).dir(self.0.path()).run();
        // These tests do not depend on whether thresholds pass.
        assert!(matches!(output.status, Some(0 | 99)), "{line}: {}", output.stderr);
    }

    /// Runs checks on pages, each written as `PAGE:GROUP/CHECK,GROUP/CHECK`.
    #[track_caller]
    fn check(&self, tasks: &[&str]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/browser/run.js");
        let tasks = tasks.iter().map(|task| self.0.path().join(task));
        let node = program(installed("node")).arg(script).arg(browser()).args(tasks);
        let output = node.env("CHROMIUM", installed("chromium")).run();
        assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    }
}

#[test]
fn a_page_responds_to_pointer_keys_and_buttons_with_its_data() {
    let folder = Folder::new(&[("mixed.arrow", mixed("mixed"))]);
    let limits = ["p99<500ms", "login:p95<10ms", "success>90%"];
    let mut args = limits.map(|limit| format!("-threshold={limit}")).to_vec();
    args.push("mixed.arrow".to_owned());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    folder.write("mixed.html", "report -type=html -by=name", &args);
    folder.write("passed.html", "report -type=html", &["-threshold=p99<1h", "mixed.arrow"]);
    folder.check(&[
        "mixed.html:charts/pointer,charts/keys,charts/zoom,charts/scale",
        "mixed.html:charts/legend,charts/copy,charts/save",
        "mixed.html:page/sort,page/outcome,page/slowest",
        "passed.html:page/outcome",
    ]);
}

#[test]
fn a_page_has_the_same_numbers_on_screen_on_paper_by_keys_and_for_programs() {
    let folder = Folder::new(&[("mixed.arrow", mixed("mixed"))]);
    for kind in ["html", "json"] {
        let file = format!("mixed.{kind}");
        folder.write(&file, &format!("report -by=name -type={kind}"), &["mixed.arrow"]);
    }
    folder.check(&[
        "mixed.html:page/silent,charts/figures,page/tab,page/policy",
        "mixed.html:page/narrow,page/plain,page/paper",
    ]);
}

#[test]
fn pages_of_every_kind_of_run_work_and_send_no_request() {
    let runs = [1, 2, 3, 4, 5, 6, 7, 8].map(|n| (format!("{n}.arrow"), format!("run {n}"), n + 4));
    let runs = runs.map(|(file, attack, seconds)| (file, short(&attack, seconds)));
    let mut streams: Vec<(&str, Vec<u8>)> =
        runs.iter().map(|(file, stream)| (file.as_str(), stream.clone())).collect();
    streams.extend([("one.arrow", one()), ("mix.gob", MIX_GOB.to_vec()), ("none", Vec::new())]);
    streams.extend([("attacked.arrow", attacked()), ("slow.arrow", mixed("slow"))]);
    let folder = Folder::new(&streams);
    let files: Vec<&str> = runs.iter().map(|(file, _)| file.as_str()).collect();
    folder.write("runs.html", "plot -type=html", &files);
    folder.write("one.html", "report -type=html", &["one.arrow"]);
    folder.write("gob.html", "report -type=html", &["mix.gob"]);
    folder.write("empty.html", "report -type=html", &["none"]);
    folder.write("attacked.html", "report -type=html", &["attacked.arrow"]);
    folder.write("compared.html", "compare -type=html -by=name", &["8.arrow", "slow.arrow"]);
    folder.check(&[
        "runs.html:page/silent,charts/pointer,charts/legend,page/paper,page/narrow",
        "one.html:charts/pointer,page/narrow",
        "gob.html:charts/pointer",
        "empty.html:page/empty",
        "attacked.html:page/silent,charts/pointer,page/narrow",
        "compared.html:charts/pointer,page/paper,page/narrow",
    ]);
}

#[test]
fn foreign_text_neither_runs_nor_becomes_markup_in_a_browser() {
    let folder = Folder::new(&[(HOSTILE_FILE, streams::hostile()), ("8.arrow", short("8", 12))]);
    let title = format!("-title={}", HOSTILE.trim_end_matches('\0'));
    let limit = "-threshold=</script><script>ran()</script>*:p99<1h";
    folder.write("report.html", "report -type=html -by=name", &[limit, HOSTILE_FILE]);
    folder.write("urls.html", "report -type=html -by=url", &[HOSTILE_FILE]);
    folder.write("plot.html", "plot -type=html", &[&title, HOSTILE_FILE, "8.arrow"]);
    folder.write("compare.html", "compare -type=html -by=name", &[HOSTILE_FILE, HOSTILE_FILE]);
    folder.write("picture.svg", "plot -type=svg", &[&title, HOSTILE_FILE]);
    folder.check(&[
        "report.html:page/hostile,page/paper",
        "urls.html:page/silent,page/narrow",
        "plot.html:page/hostile",
        "compare.html:page/hostile",
        "picture.svg:charts/picture",
    ]);
}

/// Returns the stream of an attack on the routes of a suite, where some requests fail.
fn attacked() -> Vec<u8> {
    let server = serve(&["-routes=targets/dashboard/routes.toml", "-errors=5%"]);
    let attack = drumfire("attack -quiet -rate=200 -requests=300 -name=attacked");
    let attack =
        attack.arg("-targets=targets/dashboard/modules.txt").arg("-feed=feeds/modules.csv");
    let output = attack.arg(format!("-base-url={}", server.url)).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    output.stdout
}
