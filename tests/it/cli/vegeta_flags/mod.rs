//! Every flag of Vegeta's commands: its default, accepted forms, and refused forms with the message
//! of each. docs/migrating/vegeta.md describes the differences.

mod attack;
mod network;
mod readers;

use std::fs;
use std::path::Path;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

use crate::support::harness::{Run, drumfire};
use crate::support::results::records;
use crate::support::servers::free_port;

use readers::{ENCODE, PLOT, REPORT};

/// A flag of Vegeta. In its forms, arguments are separated by `|`, `DIR` is a directory with files
/// and `PORT` is a free port.
struct Row {
    flag: &'static str,
    /// As in the manual page; empty for none and for false.
    default: &'static str,
    /// The first form is also tried with two dashes, and with its value in the next argument.
    accepted: &'static [&'static str],
    /// Forms with exit code 2. Each has the message that refuses it, without the name of the
    /// command, or one of [`KINDS`].
    refused: &'static [(&'static str, &'static str)],
    /// Forms with exit code 1, since the command line is valid. Each has its message, as above.
    failed: &'static [(&'static str, &'static str)],
}

const RATE: &str = "expected COUNT or COUNT/UNIT, COUNT a number, UNIT one of ns, us, ms, s, m, h \
                    or a duration such as 500ms; 0 or infinity for no limit";
const TIME: &str = "expected a number with a unit, ns, us, ms, s, m or h, as in 300ms or 1m30s";
const SIZE: &str = "expected -1 for no limit, or a whole number with an optional unit, \
                    b, kb, mb, gb, tb, pb or eb, in powers of 1024";
const NUMBER: &str = "expected a whole number";
const BOOLEAN: &str = "expected true or false";
const BUCKETS: &str =
    "expected rising durations in brackets, with units unless 0, as in [0,1ms,10ms]";

/// Words for messages that refuse a value and state what was expected.
const KINDS: [(&str, &str); 5] =
    [("rate", RATE), ("time", TIME), ("size", SIZE), ("number", NUMBER), ("boolean", BOOLEAN)];

/// The files that the rows name.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (cert.pem(), signing_key.serialize_pem());
    let files = [
        ("list.txt", LIST.to_owned()),
        ("list.json", "{\"method\": \"GET\", \"url\": \"http://127.0.0.1:1/\"}\n".to_owned()),
        ("body.txt", "hello\n".to_owned()),
        ("both.pem", format!("{cert}{key}")),
        ("cert.pem", cert),
        ("key.pem", key),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Nothing listens there, so a hit ends at once.
const LIST: &str = "GET http://127.0.0.1:1/\n";

/// Prepares a run of a command with one form of a flag, and with the input that the flag needs.
fn run(command: &str, form: &str, folder: &Path) -> Run {
    let form = form.replace("DIR", folder.to_str().unwrap());
    let form = form.replace("PORT", &free_port().to_string());
    let (line, input) = match command {
        "attack" if form.contains("-body=stdin") => ("attack -quiet -requests=1", Vec::new()),
        "attack" => ("attack -quiet -requests=1", LIST.into()),
        _ => (command, fs::read("tests/golden/timeout.csv").unwrap()),
    };
    drumfire(line).args(form.split('|')).stdin(input)
}

/// Checks the defaults of a command's flags against its manual page.
fn check_defaults(command: &str, rows: &[Row]) {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(drumfire("man").arg(folder.path()).run().status, Some(0));
    let page = folder.path().join(format!("drumfire-{command}.1"));
    let page = fs::read_to_string(page).unwrap().replace("\\-", "-");
    for Row { flag, default, .. } in rows {
        let label = format!("\\fB-{flag}\\fR");
        let item = page.split(".TP\n").find(|item| item.starts_with(&label));
        let item = item.unwrap_or_else(|| panic!("{command} has no flag -{flag}"));
        let found = item.split_once("Default: \\fB").and_then(|(_, rest)| rest.split_once("\\fR"));
        assert_eq!(found.map_or("", |(found, _)| found), *default, "{command} -{flag}");
    }
}

/// Checks that the accepted forms of a command's flags run.
fn check_accepted(command: &str, rows: &[Row]) {
    let folder = folder();
    for row in rows {
        let first = row.accepted[0];
        let spelled = match first.split_once('=') {
            Some((flag, value)) if !first.contains('|') => format!("-{flag}|{value}"),
            _ => format!("-{first}"),
        };
        for form in row.accepted.iter().copied().chain([spelled.as_str()]) {
            let output = run(command, form, folder.path()).run();
            assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{command} {form}");
            match command {
                "attack" => assert_eq!(records(&output.stdout).len(), 1, "{command} {form}"),
                _ => assert!(!output.stdout.is_empty(), "{command} {form}"),
            }
        }
    }
}

/// Checks that the refused and the failing forms of a command's flags print their message.
fn check_refused(command: &str, rows: &[Row]) {
    let folder = folder();
    for row in rows {
        let refused = row.refused.iter().map(|(form, line)| (form, line, 2));
        let failed = row.failed.iter().map(|(form, line)| (form, line, 1));
        for (form, line, status) in refused.chain(failed) {
            let problem = problem(row.flag, form, line);
            let problem = problem.replace("DIR", folder.path().to_str().unwrap());
            let help =
                if status == 2 { format!("see 'drumfire {command} -h'\n") } else { String::new() };
            let found = format!("drumfire {command}: {problem}\n{help}");
            let output = run(command, form, folder.path()).run();
            assert_eq!((output.status, output.stderr), (Some(status), found), "{command} {form}");
            assert_eq!(output.stdout, b"", "{command} {form}");
        }
    }
}

/// Returns the message that refuses a form, in full if only its kind is given.
fn problem(flag: &str, form: &str, line: &str) -> String {
    let kinds = || KINDS.iter().chain(&network::KINDS);
    let Some((_, expected)) = kinds().find(|(kind, _)| *kind == line) else {
        return line.replace("BUCKETS", BUCKETS);
    };
    let (_, value) = form.split_once('=').expect("a value is refused");
    let boolean = if line == "boolean" { "boolean " } else { "" };
    format!("invalid {boolean}value {value:?} for flag -{flag}: {expected}")
}

#[test]
fn the_migration_page_describes_every_flag() {
    let page = fs::read_to_string("docs/migrating/vegeta.md").unwrap();
    let sections: Vec<_> = page.split("\n## ").collect();
    for (command, rows) in
        [("attack", attack::ROWS), ("report", REPORT), ("plot", PLOT), ("encode", ENCODE)]
    {
        let section = sections.iter().find(|section| section.starts_with(&format!("{command}\n")));
        let section = section.unwrap_or_else(|| panic!("{command} has no section"));
        for Row { flag, .. } in rows {
            assert!(section.contains(&format!("| `-{flag}` |")), "{command} lacks -{flag}");
        }
    }
}

#[test]
fn every_flag_of_vegeta_has_its_default() {
    check_defaults("attack", attack::ROWS);
    check_defaults("report", REPORT);
    check_defaults("plot", PLOT);
    check_defaults("encode", ENCODE);
}

#[test]
fn every_flag_of_attack_s_network_has_its_default() {
    check_defaults("attack", network::ROWS);
}

#[test]
fn the_accepted_forms_of_attack_run() {
    check_accepted("attack", attack::ROWS);
}

#[test]
fn the_accepted_forms_of_attack_s_network_run() {
    check_accepted("attack", network::ROWS);
}

#[test]
fn the_accepted_forms_of_report_plot_and_encode_run() {
    check_accepted("report", REPORT);
    check_accepted("plot", PLOT);
    check_accepted("encode", ENCODE);
}

#[test]
fn the_refused_forms_of_attack_are_reported_in_one_line() {
    check_refused("attack", attack::ROWS);
}

#[test]
fn the_refused_forms_of_attack_s_network_are_reported_in_one_line() {
    check_refused("attack", network::ROWS);
}

#[test]
fn the_refused_forms_of_report_plot_and_encode_are_reported_in_one_line() {
    check_refused("report", REPORT);
    check_refused("plot", PLOT);
    check_refused("encode", ENCODE);
}
