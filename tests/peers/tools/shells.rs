//! Manual pages and completions in mandoc and the shells.

use std::fs;

use crate::setup::installed::installed;
use crate::support::harness::{drumfire, program};

/// Returns the script that completes command lines in a shell.
fn completions(shell: &str) -> String {
    let output = drumfire("completions").arg(shell).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""), "{shell}");
    output.text().to_owned()
}

/// Runs a program and returns its output.
#[track_caller]
fn run(name: &str, args: &[&str]) -> String {
    let output = program(installed(name)).args(args).run();
    output.text().to_owned() + &output.stderr
}

#[test]
fn mandoc_accepts_the_pages() {
    let folder = tempfile::tempdir().unwrap();
    let output = drumfire("man").arg(folder.path()).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    for page in ["", "-attack", "-report", "-plot", "-encode", "-serve"] {
        let page = folder.path().join(format!("drumfire{page}.1"));
        let faults = run("mandoc", &["-T", "lint", "-W", "warning", page.to_str().unwrap()]);
        // The pages contain no date, so that the same source always gives the same pages.
        let faults: Vec<_> =
            faults.lines().filter(|fault| !fault.contains("missing date")).collect();
        assert_eq!(faults, [""; 0], "{}", page.display());
    }
}

/// Completes a line in bash as bash calls a completion: by words, with the last one unfinished.
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
    let replies = run("bash", &args);
    assert_eq!(replies.lines().collect::<Vec<_>>(), expected, "{words:?}");
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let table: [(&[&str], &[&str]); 25] = [
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
        (&["drumfire", "-"], &["-cpus=", "-version"]),
        (&["drumfire", "-cpus", "=", "2", "at"], &["attack"]),
        (&["drumfire", "-cpus", "2", "attack", "-ra"], &["-rate="]),
        (&["drumfire", "--cpus", "=", "2", "help", "re"], &["report"]),
        (&["drumfire", "-cpus", "at"], &[]),
        (&["drumfire", "-cpus", "=", "at"], &[]),
        (&["report", "--", "-"], &[]),
        (&["report", "--", "li"], &["list.txt"]),
    ];
    for (words, expected) in table {
        check_bash(words, expected);
    }
}

#[test]
fn every_link_is_completed_in_bash() {
    for link in ["attack", "report", "plot", "encode"] {
        check_bash(&[link, "-outp"], &["-output="]);
    }
}

#[test]
fn zsh_and_fish_accept_their_completions() {
    for shell in ["zsh", "fish"] {
        let script = tempfile::NamedTempFile::new().unwrap();
        fs::write(&script, completions(shell)).unwrap();
        let faults = run(shell, &["-n", script.path().to_str().unwrap()]);
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
        ("drumfire help r", "report"),
        ("drumfire -c", "-cpus"),
        ("drumfire -cpus=2 enc", "encode"),
    ];
    for (line, expected) in table {
        let script = format!("{}complete -C {line:?}", completions("fish"));
        let replies = run("fish", &["--no-config", "-c", &script]);
        let mut replies: Vec<_> =
            replies.lines().filter_map(|reply| reply.split('\t').next()).collect();
        replies.sort_unstable();
        assert_eq!(replies.join(" "), expected, "{line}");
    }
}
