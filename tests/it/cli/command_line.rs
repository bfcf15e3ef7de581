//! The command line itself: help, version, links, refusals, exit codes.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::symlink;

use crate::support::harness::{Output, Run, drumfire, program};

/// Runs to the end and compares exit code and standard error.
fn check(run: Run, status: i32, stderr: &str) -> Output {
    let output = run.run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(status), stderr));
    output
}

#[test]
fn help_goes_to_stdout_on_request() {
    for line in ["-h", "-help", "--help", "help"] {
        let output = check(drumfire(line), 0, "");
        assert!(output.text().contains("\nusage: drumfire COMMAND"), "{}", output.text());
    }
    for line in ["report -h", "report --help", "help report"] {
        let output = check(drumfire(line), 0, "");
        assert!(output.text().contains("\nusage: drumfire report"), "{}", output.text());
    }
}

#[test]
fn help_goes_to_stderr_without_a_command() {
    let output = drumfire("").run();
    assert_eq!((output.status, output.text()), (Some(2), ""));
    assert!(output.stderr.contains("\nusage: drumfire COMMAND"), "{}", output.stderr);
}

#[test]
fn version_is_one_line() {
    for line in ["version", "-version", "--version", "-V"] {
        let output = check(drumfire(line), 0, "");
        let expected = concat!("drumfire ", env!("CARGO_PKG_VERSION"));
        assert!(output.text().starts_with(expected), "{}", output.text());
        assert_eq!(output.text().lines().count(), 1);
    }
}

#[test]
fn bad_usage_is_refused_with_a_pointer_to_the_help() {
    let table = [
        (
            "atack -rate=50",
            "drumfire: unknown command \"atack\" (did you mean attack?)\nsee 'drumfire -h'\n",
        ),
        (
            "report -nonesuch",
            "drumfire report: flag provided but not defined: -nonesuch\nsee 'drumfire report -h'\n",
        ),
        ("encode ---to", "drumfire encode: bad flag syntax: ---to\nsee 'drumfire encode -h'\n"),
    ];
    for (line, stderr) in table {
        check(drumfire(line), 2, stderr);
    }
}

#[test]
fn too_low_a_limit_of_open_files_is_reported_at_once() {
    let limited = |files: u64, line: &str| {
        let script = format!("ulimit -n {files} && exec \"$0\" {line}");
        program("sh").args(["-c", &script, env!("CARGO_BIN_EXE_drumfire")])
    };
    for line in ["attack", "report", "serve -listen=127.0.0.1:0"] {
        let name = line.split(' ').next().unwrap();
        let message = format!(
            "drumfire {name}: the limit on open files is 8: expected at least 32, see 'ulimit -n'\n"
        );
        check(limited(8, line), 1, &message);
    }
    check(limited(64, "attack -duration=1ms").stdin("GET http://127.0.0.1:1/"), 0, "");
}

#[test]
fn a_link_with_the_name_of_a_command_is_that_command() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["attack", "report", "plot", "encode"] {
        let link = directory.path().join(name);
        symlink(env!("CARGO_BIN_EXE_drumfire"), &link).unwrap();

        let output = check(program(&link).arg("-h"), 0, "");
        assert!(output.text().contains(&format!("\nusage: {name}")), "{}", output.text());

        let refusal = "flag provided but not defined: -nonesuch";
        let stderr = format!("{name}: {refusal}\nsee '{name} -h'\n");
        check(program(&link).arg("-nonesuch"), 2, &stderr);
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    check(drumfire("help").stdout(writer), 0, "");
}

#[test]
fn a_full_disk_is_reported_in_one_line() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let stderr = "drumfire: write stdout: no space left on device\n";
    check(drumfire("help").stdout(full), 1, stderr);
}

#[test]
fn an_unread_input_is_no_failure() {
    check(drumfire("version").stdin(vec![b'x'; 1 << 20]), 0, "");
}
