//! Runs the binary beside the test: its input comes bit by bit, and signals reach it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A run of the binary that waits for its input.
pub struct Live {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Live {
    /// Begins a run with arguments that are parted by spaces.
    pub fn start(line: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_drumfire"))
            .args(line.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    /// Sends a piece of the input. What a pipe cannot hold has been read when it returns.
    pub fn send(&mut self, piece: impl AsRef<[u8]>) {
        self.stdin.as_mut().unwrap().write_all(piece.as_ref()).unwrap();
    }

    /// Ends the input.
    pub fn end_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for the next line that begins with `start`.
    pub fn line(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.stdout.read_line(&mut line).unwrap(), 0, "no line '{start}'");
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// Waits for some output and leaves it to be read.
    pub fn wait_for_output(&mut self) {
        assert!(!self.stdout.fill_buf().unwrap().is_empty());
    }

    /// Sends a signal, `INT` or `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-s", name, &pid]).output().unwrap();
    }

    /// Returns the exit code where the run is at its end.
    pub fn status(&mut self) -> Option<i32> {
        self.child.try_wait().unwrap().and_then(|status| status.code())
    }

    /// Waits for the end, and returns the rest of the output and the exit code.
    pub fn finish(mut self) -> (Vec<u8>, Option<i32>) {
        let mut rest = Vec::new();
        self.stdout.read_to_end(&mut rest).unwrap();
        (rest, self.child.wait().unwrap().code())
    }
}
