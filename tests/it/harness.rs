//! Runs the binary as a shell would: arguments, standard input, what comes out.
//!
//! ```text
//! let output = drumfire("report -type=json").stdin(stream).run();
//! assert_eq!((output.status, output.stderr.as_str()), (0, ""));
//! ```

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};

/// One run of the binary, not yet begun.
pub struct Run {
    command: Command,
    stdin: Vec<u8>,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Output {
    /// Exit code; None where a signal ended the run.
    pub status: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs `drumfire` with arguments that are parted by spaces; see [`Run::arg`] for others.
pub fn drumfire(line: &str) -> Run {
    program(env!("CARGO_BIN_EXE_drumfire")).args(line.split_whitespace())
}

/// Runs the program at a path, such as a link to the binary.
pub fn program(path: impl AsRef<OsStr>) -> Run {
    let mut command = Command::new(path);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Run { command, stdin: Vec::new() }
}

impl Run {
    /// Adds one argument, whatever is in it.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// Gives the whole standard input, which is empty otherwise.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Sends standard output elsewhere; [`Output::stdout`] is then empty.
    pub fn stdout(mut self, output: impl Into<Stdio>) -> Self {
        self.command.stdout(output);
        self
    }

    /// Runs to the end.
    pub fn run(self) -> Output {
        self.spawn().wait()
    }

    /// Begins the run.
    pub fn spawn(self) -> Running {
        let Self { mut command, stdin } = self;
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the program can be run");
        let mut pipe = child.stdin.take().expect("stdin is a pipe");
        // Beside the reading of the output, since either side may wait for the other; a run that
        // does not read its input to the end breaks the pipe, which is no fault of the test.
        let feeder = thread::spawn(move || drop(pipe.write_all(&stdin)));
        Running { child, feeder, read: Vec::new() }
    }
}

/// A run under way.
pub struct Running {
    child: Child,
    feeder: JoinHandle<()>,
    /// What was read of its standard output so far.
    read: Vec<u8>,
}

impl Running {
    /// Waits until so many bytes of standard output are there.
    pub fn await_stdout(&mut self, n_bytes: usize) {
        let stdout = self.child.stdout.as_mut().expect("stdout is a pipe");
        while self.read.len() < n_bytes {
            let mut bytes = vec![0; n_bytes];
            let len = stdout.read(&mut bytes).expect("its output can be read");
            assert!(len > 0, "the run ended after {} bytes", self.read.len());
            self.read.extend_from_slice(&bytes[..len]);
        }
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        send(&self.child, signal);
    }

    /// Waits for the end.
    pub fn wait(self) -> Output {
        let Self { child, feeder, mut read } = self;
        let output = child.wait_with_output().expect("its output can be read");
        feeder.join().expect("the feeder does not panic");
        read.extend(output.stdout);
        Output {
            status: output.status.code(),
            stdout: read,
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

/// Sends a signal to a child that was not waited for yet.
pub fn send(child: &Child, signal: Signal) {
    let pid = Pid::from_child(child);
    kill_process(pid, signal).expect("the child is there");
}

impl Output {
    /// What it wrote to standard output, which must be UTF-8.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.stdout).expect("stdout is UTF-8")
    }
}
