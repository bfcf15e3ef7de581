//! Manual pages and completions, as the programs that read them take them.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::harness::drumfire;

/// The commands that links are named after.
const LINKS: [&str; 4] = ["attack", "report", "plot", "encode"];

/// Returns what completes command lines in a shell.
fn completions(shell: &str) -> String {
    let output = drumfire("completions").arg(shell).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{shell}");
    output.text().to_owned()
}

/// Returns a folder with the manual pages.
fn pages() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let output = drumfire("man").arg(folder.path()).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    folder
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs a program and returns what it wrote; None where it is not installed.
fn run(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8(text).expect("its output is UTF-8"))
}

#[test]
fn every_command_and_every_link_has_its_page() {
    let folder = pages();
    let expected = [
        "attack.1",
        "drumfire-attack.1",
        "drumfire-encode.1",
        "drumfire-plot.1",
        "drumfire-report.1",
        "drumfire-serve.1",
        "drumfire.1",
        "encode.1",
        "plot.1",
        "report.1",
    ];
    assert_eq!(files(folder.path()), expected);
    for link in LINKS {
        let page = fs::read_to_string(folder.path().join(format!("{link}.1"))).unwrap();
        assert_eq!(page, format!(".so man1/drumfire-{link}.1\n"));
    }
}

#[test]
fn the_pages_name_every_flag_that_the_help_names() {
    let folder = pages();
    for command in ["attack", "report", "plot", "encode", "serve"] {
        let page = folder.path().join(format!("drumfire-{command}.1"));
        let page = fs::read_to_string(page).unwrap();
        let help = drumfire(command).arg("-h").run();
        let flags = help.text().lines().filter_map(|line| line.strip_prefix("  -"));
        let flags: Vec<_> = flags.filter_map(|line| line.split_whitespace().next()).collect();
        assert!(flags.len() >= 2, "{}", help.text());
        for flag in flags {
            let flag = format!("\\fB\\-{}\\fR", flag.replace('-', "\\-"));
            assert!(page.contains(&flag), "{command} lacks {flag}");
        }
    }
}

#[test]
fn a_directory_that_is_not_there_is_told() {
    let output = drumfire("man nosuch").run();
    let stderr = "drumfire man: write nosuch/drumfire.1: no such file or directory\n";
    assert_eq!((output.status, output.stderr.as_str()), (Some(1), stderr));
}

#[test]
fn mandoc_finds_no_fault_with_the_pages() {
    let folder = pages();
    for file in files(folder.path()).iter().filter(|file| file.starts_with("drumfire")) {
        let page = folder.path().join(file);
        let args = ["-T", "lint", "-W", "warning", page.to_str().unwrap()];
        let Some(faults) = run("mandoc", &args) else { return };
        // No date stands in the pages, so that the same source always gives the same ones.
        let faults: Vec<_> =
            faults.lines().filter(|fault| !fault.contains("missing date")).collect();
        assert_eq!(faults, [""; 0], "{file}");
    }
}

/// Completes a line in bash as its machinery calls a completion: by words, the last under way.
#[track_caller]
fn check_bash(words: &[&str], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("list.txt"), "").unwrap();
    let driver = r#"
        cd "$1" && shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        function_of=$(complete -p "${1##*/}") && function_of=${function_of#*-F }
        "${function_of%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        for reply in "${COMPREPLY[@]}"; do echo "$reply"; done
    "#;
    let script = completions("bash") + driver;
    let mut args = vec!["--norc", "-c", &script, "bash", folder.path().to_str().unwrap()];
    args.extend(words);
    let Some(replies) = run("bash", &args) else { return };
    assert_eq!(replies.lines().collect::<Vec<_>>(), expected, "{words:?}");
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let table: [(&[&str], &[&str]); 17] = [
        (&["drumfire", "at"], &["attack"]),
        (&["drumfire", "help", "re"], &["report"]),
        (&["drumfire", "man"], &[]),
        (&["attack", "-ra"], &["-rate="]),
        (&["attack", "--ra"], &["--rate="]),
        (&["/usr/bin/attack", "-qui"], &["-quiet"]),
        (&["drumfire", "attack", "-max-b"], &["-max-body="]),
        (&["drumfire", "report", "-ra"], &[]),
        (&["attack", "-format", "=", "j"], &["json"]),
        (&["attack", "-format", "="], &["http", "json"]),
        (&["attack", "-format", "j"], &["json"]),
        (&["attack", "-keepalive", "=", "f"], &["false"]),
        (&["attack", "-targets", "=", "li"], &["list.txt"]),
        (&["attack", "-rate", "li"], &[]),
        (&["attack", "-keepalive", "li"], &[]),
        (&["report", "-type=json", "li"], &["list.txt"]),
        (&["plot", "-type", "=", "s"], &["svg"]),
    ];
    for (words, expected) in table {
        check_bash(words, expected);
    }
}

#[test]
fn every_link_is_completed_in_bash() {
    for link in LINKS {
        check_bash(&[link, "-outp"], &["-output="]);
    }
}

#[test]
fn zsh_and_fish_understand_their_completions() {
    for shell in ["zsh", "fish"] {
        let script = tempfile::NamedTempFile::new().unwrap();
        fs::write(&script, completions(shell)).unwrap();
        let Some(faults) = run(shell, &["-n", script.path().to_str().unwrap()]) else { continue };
        assert_eq!(faults, "", "{shell}");
    }
}

#[test]
fn fish_completes_flags_with_one_dash() {
    let table = [
        ("attack -ra", "-rate"),
        ("drumfire attack -ra", "-rate"),
        ("drumfire encode -to=c", "-to=csv"),
        ("report -type h", "hdrplot hist html"),
        ("drumfire vers", "version"),
    ];
    for (line, expected) in table {
        let script = format!("{}complete -C {line:?}", completions("fish"));
        let Some(replies) = run("fish", &["--no-config", "-c", &script]) else { return };
        let mut replies: Vec<_> =
            replies.lines().filter_map(|reply| reply.split('\t').next()).collect();
        replies.sort_unstable();
        assert_eq!(replies.join(" "), expected, "{line}");
    }
}
