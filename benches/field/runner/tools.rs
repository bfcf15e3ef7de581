//! The load generators: their commands, and which ones are installed.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Serialize;

/// Where `install.sh` installs tools that are not packages.
const INSTALLED: [&str; 3] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/bin"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/k6/bin"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/artillery/node_modules/.bin"),
];

/// Connections of peers that need a number of them to reach a rate: the default of oha and hey.
pub const CONNECTIONS: u64 = 50;

/// A load generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// drumfire with its defaults.
    Drumfire,
    /// drumfire with `-wait=poll`, if it supports that.
    Polling,
    /// wrk: a closed loop in C.
    Wrk,
    /// oha: Rust.
    Oha,
    /// hey: Go.
    Hey,
    /// ab, of the Apache server: C, one thread.
    Ab,
    /// h2load, of nghttp2: C++.
    H2load,
    /// Vegeta: Go.
    Vegeta,
    /// wrk2: wrk at a rate.
    Wrk2,
    /// k6: Go and JavaScript.
    K6,
    /// Artillery: JavaScript.
    Artillery,
    /// tsung: Erlang.
    Tsung,
}

impl Tool {
    /// Every tool, drumfire first.
    pub const ALL: [Tool; 12] = [
        Tool::Drumfire,
        Tool::Polling,
        Tool::Wrk,
        Tool::Oha,
        Tool::Hey,
        Tool::Ab,
        Tool::H2load,
        Tool::Vegeta,
        Tool::Wrk2,
        Tool::K6,
        Tool::Artillery,
        Tool::Tsung,
    ];

    /// Returns the name of its program.
    pub fn program(self) -> &'static str {
        match self {
            Tool::Drumfire | Tool::Polling => "drumfire",
            Tool::Wrk => "wrk",
            Tool::Oha => "oha",
            Tool::Hey => "hey",
            Tool::Ab => "ab",
            Tool::H2load => "h2load",
            Tool::Vegeta => "vegeta",
            Tool::Wrk2 => "wrk2",
            Tool::K6 => "k6",
            Tool::Artillery => "artillery",
            Tool::Tsung => "tsung",
        }
    }

    /// Returns whether it is drumfire, in either wait mode.
    pub fn is_drumfire(self) -> bool {
        self.program() == "drumfire"
    }

    /// Returns whether its records are in the file `stream` after a run.
    pub fn keeps_stream(self) -> bool {
        self.is_drumfire() || self == Tool::Vegeta
    }

    /// Returns the command that keeps `in_flight` requests in flight for `seconds`; None if the
    /// tool is not measured in this way. The URL has no path. Words are separated by spaces. The
    /// target is also in the file `targets`, and records go to the file `stream`.
    pub fn closed_loop(self, url: &str, in_flight: u64, seconds: u64) -> Option<String> {
        let (n, s) = (in_flight, seconds);
        Some(match self {
            Tool::Drumfire => attack(&format!("-rate=0 -max-workers={n} -duration={s}s")),
            Tool::Wrk => format!("wrk -t1 -c{n} -d{s}s {url}/"),
            Tool::Oha => format!("oha --no-tui --output-format json -c {n} -z {s}s {url}/"),
            Tool::Hey => format!("hey -c {n} -z {s}s {url}/"),
            // ab ends at 50 000 requests unless a greater number follows -t.
            Tool::Ab => format!("ab -q -k -c {n} -t {s} -n 100000000 {url}/"),
            Tool::H2load => format!("h2load --h1 -t 1 -c {n} -D {s} {url}/"),
            Tool::Vegeta => vegeta(&format!("-rate=0 -max-workers={n} -duration={s}s")),
            _ => return None,
        })
    }

    /// Returns the command that sends `rate` requests per second for `seconds`; None if the tool
    /// has no rate. See [`Tool::closed_loop`].
    pub fn rated(self, url: &str, rate: u64, seconds: u64) -> Option<String> {
        let (r, c, s) = (rate, CONNECTIONS, seconds);
        Some(match self {
            Tool::Drumfire => attack(&format!("-rate={r} -duration={s}s")),
            Tool::Polling => attack(&format!("-wait=poll -rate={r} -duration={s}s")),
            Tool::Oha => format!("oha --no-tui --output-format json -w -q {r} -z {s}s {url}/"),
            // hey's rate is per worker.
            Tool::Hey => format!("hey -c {c} -q {} -z {s}s {url}/", r / c),
            Tool::Vegeta => vegeta(&format!("-rate={r} -duration={s}s")),
            Tool::Wrk2 => format!("wrk2 -t1 -c{c} -d{s}s -R {r} {url}/"),
            _ => return None,
        })
    }

    /// Returns the command that has `in_flight` requests in flight at a server that never responds;
    /// None if the tool is not measured in this way. See [`Tool::closed_loop`].
    pub fn unanswered(self, url: &str, in_flight: u64) -> Option<String> {
        let n = in_flight;
        Some(match self {
            Tool::Drumfire => attack(&format!("-rate=5000 -requests={n} -timeout=60s")),
            Tool::Wrk => format!("wrk -t1 -c{n} -d60s --timeout 60s {url}/"),
            Tool::Oha => format!("oha --no-tui -c {n} -n {n} {url}/"),
            Tool::Hey => format!("hey -t 60 -c {n} -n {n} {url}/"),
            Tool::Vegeta => {
                vegeta(&format!("-rate=5000 -duration={}ms -timeout=60s", n.div_ceil(5)))
            }
            _ => return None,
        })
    }

    /// Returns the command that prints its version.
    fn version_call(self) -> &'static str {
        match self {
            Tool::Drumfire | Tool::Polling => "drumfire -version",
            Tool::Wrk => "wrk -v",
            Tool::Wrk2 => "wrk2 -v",
            Tool::Oha => "oha --version",
            // hey does not print its version.
            Tool::Hey => "dpkg-query -W hey",
            Tool::Ab => "ab -V",
            Tool::H2load => "h2load --version",
            Tool::Vegeta => "vegeta -version",
            Tool::K6 => "k6 version",
            Tool::Artillery => "artillery version",
            Tool::Tsung => "tsung -v",
        }
    }
}

/// Returns the command of an attack on the file `targets`, with records in the file `stream`.
pub fn attack(flags: &str) -> String {
    format!("drumfire attack -quiet {flags} -targets=targets -output=stream")
}

fn vegeta(flags: &str) -> String {
    format!("vegeta attack {flags} -targets=targets -output=stream")
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Tool::Polling => f.write_str("drumfire -wait=poll"),
            _ => f.write_str(self.program()),
        }
    }
}

impl Serialize for Tool {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The installed tools.
#[derive(Debug)]
pub struct Field {
    /// Where the programs are, by name.
    paths: BTreeMap<&'static str, PathBuf>,
    /// Whether drumfire supports `-wait`.
    polls: bool,
}

impl Field {
    /// Finds the tools: drumfire as it was built, the others in the PATH and among the installed
    /// peers.
    pub fn survey() -> Self {
        let drumfire = PathBuf::from(env!("CARGO_BIN_EXE_drumfire"));
        let mut help = Command::new(&drumfire);
        // Flags are parsed before help is printed.
        help.args(["attack", "-wait=poll", "-h"]).stdout(Stdio::null()).stderr(Stdio::null());
        let polls = help.status().is_ok_and(|status| status.success());
        let peers = Tool::ALL.into_iter().filter(|tool| !tool.is_drumfire());
        let mut paths: BTreeMap<_, _> = peers
            .filter_map(|tool| find(tool.program()).map(|path| (tool.program(), path)))
            .collect();
        paths.insert("drumfire", drumfire);
        Self { paths, polls }
    }

    /// Returns whether a tool is installed.
    pub fn has(&self, tool: Tool) -> bool {
        self.paths.contains_key(tool.program()) && (tool != Tool::Polling || self.polls)
    }

    /// Returns the path of a program; its name if it is not one of the tools.
    pub fn path<'a>(&'a self, program: &'a str) -> &'a Path {
        self.paths.get(program).map_or(Path::new(program), PathBuf::as_path)
    }

    /// Returns the version of each tool, or that it is missing.
    pub fn versions(&self) -> BTreeMap<String, String> {
        let tools = Tool::ALL.into_iter().filter(|tool| *tool != Tool::Polling);
        tools.map(|tool| (tool.to_string(), self.version(tool))).collect()
    }

    fn version(&self, tool: Tool) -> String {
        if !self.has(tool) {
            return "not installed".to_owned();
        }
        let mut words = tool.version_call().split_whitespace();
        let program = words.next().expect("a call has a first word");
        let output = Command::new(self.path(program)).args(words).output();
        // Some print it to standard error, and wrk then exits with a failure.
        let said = output.map(|output| [output.stdout, output.stderr].concat()).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let line = said.lines().map(str::trim).find(|line| !line.is_empty());
        line.unwrap_or("unknown version").to_owned()
    }
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = env::split_paths(&path).chain(INSTALLED.map(PathBuf::from));
    directories.map(|directory| directory.join(program)).find(|path| path.is_file())
}
