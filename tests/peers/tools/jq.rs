//! jq at the end of the pipe.

use std::fs;
use std::os::unix::fs::symlink;

use crate::servers::nginx::nginx;
use crate::setup::installed::{installed, path_with};
use crate::support::harness::program;

#[test]
fn jq_checks_the_latency_of_an_attack_in_a_pipe() {
    let nginx = nginx("");
    let dir = tempfile::tempdir().unwrap();
    for name in ["attack", "report"] {
        symlink(env!("CARGO_BIN_EXE_drumfire"), dir.path().join(name)).unwrap();
    }
    symlink(installed("jq"), dir.path().join("jq")).unwrap();
    let targets = dir.path().join("api.txt");
    fs::write(&targets, nginx.targets()).unwrap();
    let line = format!(
        "attack -quiet -targets={} -rate=50 -duration=2s | report -type=json | \
         jq '.requests, .success, .latencies.\"99th\" < 500000000'",
        targets.display()
    );
    let output = program("sh").args(["-c", &line]).env("PATH", path_with(dir.path())).run();
    assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
    assert_eq!(output.text(), "100\n1\ntrue\n");
}
