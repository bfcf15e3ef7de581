//! Which modules may import which; docs/contributing/architecture.md has the reasons.

use std::collections::BTreeSet;
use std::path::Path;

use super::graph::{Import, Sources};
use crate::rules::expect_none;
use crate::rules::tree::{entries, read};

/// Modules that every other module may import. Each of them imports only from those before it.
const FOUNDATION: [&str; 11] = [
    "error",
    "units",
    "clock",
    "mark",
    "bounded_map",
    "markup",
    "record",
    "failure_names",
    "facts",
    "schedule",
    "plan",
];

/// The other modules of the library, each with the modules that it may import besides the
/// foundation.
const MODULES: [(&str, &[&str]); 14] = [
    ("feed", &[]),
    ("protobuf", &[]),
    ("serve", &["protobuf"]),
    ("export", &[]),
    ("codec", &[]),
    ("targets", &["feed", "protobuf"]),
    ("client", &["targets", "protobuf"]),
    ("flow", &["targets", "feed", "protobuf"]),
    ("attack", &["client", "targets", "feed", "flow"]),
    ("metrics", &[]),
    ("threshold", &["metrics"]),
    ("report", &["metrics", "threshold"]),
    ("compare", &["metrics", "threshold", "report"]),
    ("plot", &["metrics"]),
];

/// The modules of app, each with the others that it may import. All may import app/mod.rs,
/// app/exit.rs, app/console.rs and the library.
const APP: [(&str, &[&str]); 11] = [
    ("os", &[]),
    ("suggestion", &[]),
    ("manual", &[]),
    ("completions", &["manual"]),
    ("input", &["os"]),
    ("output", &["os", "input"]),
    ("flags", &["suggestion", "input"]),
    ("attack", &["os", "input", "output", "flags"]),
    ("commands", &["os", "input", "output", "flags"]),
    ("command", &["manual", "completions", "attack", "commands"]),
    ("args", &["suggestion", "manual", "command"]),
];

/// The order of the files and directories of each module: each imports only from those before it,
/// and from the `mod.rs`.
const ORDER: [(&str, &str); 19] = [
    (
        "attack",
        "admission recorder stop flow_counts progress target_choice dispatch task_pool hit_task flows streams engine work",
    ),
    (
        "client",
        "failure pool request response tls dial messages http1 http2 options connection hit grpc websocket",
    ),
    ("clock", "head_start timerfd alarm"),
    ("codec", "metadata stream batcher sorted_headers text gob detect arrow"),
    (
        "compare",
        "run row flows warnings comparison regression table text markdown json interval_bar html write",
    ),
    ("export", "prometheus"),
    ("feed", "row_order reader"),
    (
        "flow",
        "value json_path tree expand call cookies request evaluate syntax program compiled session",
    ),
    ("markup", "escape go_json html markdown redact secrets text_table"),
    (
        "metrics",
        "quantile histogram over_time tally run run_metrics statistic summary verdict bootstrap \
         groups last_interval",
    ),
    ("plot", "data render charts"),
    ("protobuf", "problem json encode template schema method reflection"),
    (
        "record",
        "extras schema texts headers column_reader flow messaging outcome columns batch labels \
         rows builder",
    ),
    (
        "report",
        "hdrplot hist report_type parts text terminal markdown locust junit \
         json html",
    ),
    ("schedule", "seed shard stages poisson pacer opening users"),
    (
        "serve",
        "arrival_log delays toml_text status_mix template dynamic response grpc websocket routes \
         server calls handshakes connection",
    ),
    (
        "targets",
        "path variable_problem problem lines url metadata weight template grpc socket assemble reader json http",
    ),
    ("threshold", "outcome scope unit metric expression file results regression_limit abort"),
    ("units", "divisor keyword duration delay rate share size uuid"),
];

/// Imports against an order, each with its reason.
const UPWARD: [(&str, &str, &str); 0] = [];

/// Files that belong to no module.
const ROOTS: [&str; 3] = ["app", "lib", "main"];

/// Files whose parts may be used throughout a module that is not listed as a part.
const SHARED: [&str; 3] = ["mod", "exit", "console"];

#[test]
fn modules_import_only_what_they_may() {
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    for import in Sources::read().imports().keys() {
        if let Some(problem) = problem_of(import) {
            let exception = UPWARD
                .iter()
                .find(|(from, to, _)| import.from == Path::new(from) && import.to == Path::new(to));
            match exception {
                Some((from, to, _)) => drop(used.insert((*from, *to))),
                None => {
                    let (from, to) = (import.from.display(), import.to.display());
                    problems.push(format!("{from} imports {to}: {problem}"));
                }
            }
        }
    }
    expect_none("imports that are not allowed", problems);
    for (from, to, _) in UPWARD {
        assert!(used.contains(&(from, to)), "{from} no longer imports {to}: remove the exception");
    }
}

/// Returns why an import is not allowed. None if it is.
fn problem_of(import: &Import) -> Option<&'static str> {
    let [from, to] = [&import.from, &import.to].map(|path| parts(path));
    match (from.as_slice(), to.as_slice()) {
        (["app", from, ..], ["app", to, ..]) => app_problem(from, to),
        ([from_top, from, ..], [to_top, to, ..]) if from_top == to_top => {
            order_problem(from_top, from, to)
        }
        ([from, ..], _) if ROOTS.contains(from) => None,
        ([from, ..], [to, ..]) => top_problem(from, to),
        _ => None,
    }
}

/// Returns the path of a file below src, in parts without an extension.
fn parts(path: &Path) -> Vec<&str> {
    let inner = path.strip_prefix("src").unwrap();
    inner.iter().map(|part| part.to_str().unwrap().trim_end_matches(".rs")).collect()
}

fn top_problem(from: &str, to: &str) -> Option<&'static str> {
    let rank = |name| FOUNDATION.iter().position(|known| *known == name);
    let row = MODULES.iter().find(|(name, _)| *name == from);
    match (rank(from), rank(to), row) {
        (Some(from), Some(to), _) => (from < to).then_some("against the order of FOUNDATION"),
        (Some(_), None, _) => Some("a module of FOUNDATION imports no other module"),
        (None, Some(_), Some(_)) => None,
        (None, None, Some((_, allowed))) => {
            (!allowed.contains(&to)).then_some("not in the row of MODULES")
        }
        (None, _, None) => Some("the importing module has no row in MODULES"),
    }
}

fn app_problem(from: &str, to: &str) -> Option<&'static str> {
    if from == to || SHARED.contains(&from) || SHARED.contains(&to) {
        return None;
    }
    match APP.iter().find(|(name, _)| *name == from) {
        Some((_, allowed)) => (!allowed.contains(&to)).then_some("not in the row of APP"),
        None => Some("the importing module has no row in APP"),
    }
}

fn order_problem(module: &str, from: &str, to: &str) -> Option<&'static str> {
    if from == to || SHARED.contains(&from) || SHARED.contains(&to) {
        return None;
    }
    let order = ORDER.iter().find(|(name, _)| *name == module).map_or("", |(_, order)| order);
    let rank = |name| order.split_whitespace().position(|known| known == name);
    match (rank(from), rank(to)) {
        (Some(from), Some(to)) => (from < to).then_some("against ORDER, and not in UPWARD"),
        _ => Some("not in ORDER"),
    }
}

#[test]
fn the_tables_list_every_module() {
    let mut missing = Vec::new();
    for name in names("src").iter().filter(|name| !ROOTS.contains(&name.as_str())) {
        if !FOUNDATION.contains(&name.as_str()) && !MODULES.iter().any(|(known, _)| known == name) {
            missing.push(format!("src/{name} is not in MODULES"));
        }
    }
    for (module, order) in ORDER {
        let names = names(&format!("src/{module}"));
        let names = names.iter().filter(|name| !is_unlisted(name));
        let unknown = names.filter(|name| !order.split_whitespace().any(|known| known == *name));
        missing.extend(unknown.map(|name| format!("src/{module}/{name} is not in ORDER")));
    }
    for name in names("src/app").iter().filter(|name| !is_unlisted(name)) {
        if !APP.iter().any(|(known, _)| known == name) {
            missing.push(format!("src/app/{name} is not in APP"));
        }
    }
    expect_none("modules without a place", missing);
}

/// Returns whether a file needs no place in an order.
fn is_unlisted(name: &str) -> bool {
    SHARED.contains(&name) || ["tests", "samples"].contains(&name)
}

/// Returns the names in a directory, without extensions.
fn names(directory: &str) -> Vec<String> {
    let paths = entries(Path::new(directory));
    paths.iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn the_architecture_page_lists_every_module() {
    let page = read("docs/contributing/architecture.md");
    for name in names("src").iter().filter(|name| *name != "lib") {
        let is_listed = ["├──", "└──"].iter().any(|branch| {
            [".rs", "/"].iter().any(|end| page.contains(&format!("{branch} {name}{end}")))
        });
        assert!(is_listed, "docs/contributing/architecture.md does not list src/{name}");
    }
}
