//! Runs the binary as a shell would: arguments, standard input, what comes out.
//!
//! ```text
//! let output = drumfire("report -type=json").stdin(stream).run();
//! assert_eq!((output.status, output.stderr.as_str()), (Some(0), ""));
//!
//! let mut report = drumfire("report -every=20ms").spawn();
//! report.feed(stream);
//! report.line("Requests");
//! report.signal(Signal::INT);
//! assert_eq!(report.wait().status, Some(0));
//! ```

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Returns the names of the entries of a directory, sorted.
pub fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// One run of a program that has not started.
pub struct Run {
    command: Command,
    /// The whole input. None if the input is fed piece by piece.
    stdin: Option<Vec<u8>>,
}

/// The result of a run.
#[derive(Debug)]
pub struct Output {
    /// Exit code. None if a signal ended the run.
    pub status: Option<i32>,
    /// Standard output, without the part that [`Running::line`] took.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

/// Runs `drumfire` with arguments separated by spaces; see [`Run::arg`] for others.
pub fn drumfire(line: &str) -> Run {
    program(env!("CARGO_BIN_EXE_drumfire")).args(line.split_whitespace())
}

/// Runs the program at a path, such as a link to the binary.
pub fn program(path: impl AsRef<OsStr>) -> Run {
    let mut command = Command::new(path);
    // The proxies of this machine must not affect tests that name no proxy.
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Run { command, stdin: None }
}

impl Run {
    /// Adds one argument, which may contain spaces.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs in another directory than the root of the repository.
    pub fn dir(mut self, directory: impl AsRef<Path>) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Provides the whole standard input.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// Redirects standard input.
    pub fn stdin_from(mut self, input: impl Into<Stdio>) -> Self {
        self.command.stdin(input);
        self
    }

    /// Redirects standard output; [`Output::stdout`] is then empty.
    pub fn stdout(mut self, output: impl Into<Stdio>) -> Self {
        self.command.stdout(output);
        self
    }

    /// Redirects standard error; [`Output::stderr`] is then empty.
    pub fn stderr(mut self, output: impl Into<Stdio>) -> Self {
        self.command.stderr(output);
        self
    }

    /// Runs to the end. The input is empty unless it was provided.
    pub fn run(mut self) -> Output {
        self.stdin.get_or_insert_default();
        self.spawn().wait()
    }

    /// Starts the run. The input is open to [`Running::feed`] unless it was provided.
    pub fn spawn(self) -> Running {
        let Self { mut command, stdin } = self;
        let mut child = Leashed(command.spawn().expect("the program can be run"));
        let pipe = child.0.stdin.take();
        let input = match (pipe, stdin) {
            (pipe, None) => pipe,
            (None, Some(_)) => None,
            (Some(mut pipe), Some(bytes)) => {
                // On a thread, since either side may wait for the other. A run that leaves some of
                // its input unread breaks the pipe, which is no failure of the test.
                thread::spawn(move || drop(pipe.write_all(&bytes)));
                None
            }
        };
        let stderr = child.0.stderr.take().map(|pipe| thread::spawn(move || text(pipe)));
        let stdout = child.0.stdout.take().map(pieces);
        Running { input, stdout, unread: Vec::new(), stderr, child }
    }
}

/// A run that has started. It ends with its test at the latest.
pub struct Running {
    /// None if the input has ended or was provided whole.
    input: Option<ChildStdin>,
    /// Pieces of standard output. None if it is redirected.
    stdout: Option<Receiver<Vec<u8>>>,
    /// Standard output that was received and not yet taken.
    unread: Vec<u8>,
    /// None if standard error is redirected.
    stderr: Option<JoinHandle<String>>,
    child: Leashed,
}

impl Running {
    /// Sends a piece of the input. On return, the run has read all that the pipe cannot hold.
    pub fn feed(&mut self, piece: impl AsRef<[u8]>) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(piece.as_ref()).expect("the run reads its input");
    }

    /// Ends the input.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits for at least `n_bytes` of standard output, and takes none of them.
    #[track_caller]
    pub fn await_stdout(&mut self, n_bytes: usize) {
        while self.unread.len() < n_bytes {
            self.read_some();
        }
    }

    /// Takes standard output up to the next line that begins with `start`, and returns that line.
    #[track_caller]
    pub fn line(&mut self, start: &str) -> String {
        loop {
            let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') else {
                self.read_some();
                continue;
            };
            let line = self.unread.drain(..=end).collect();
            let line = String::from_utf8(line).expect("stdout is UTF-8");
            if line.starts_with(start) {
                return line;
            }
        }
    }

    #[track_caller]
    fn read_some(&mut self) {
        let stdout = self.stdout.as_mut().expect("stdout is a pipe");
        match stdout.recv() {
            Ok(piece) => self.unread.extend(piece),
            Err(_) => panic!("the run ended, and {} bytes are unread", self.unread.len()),
        }
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child.0);
        kill_process(pid, signal).expect("the child was not waited for yet");
    }

    /// Sends a signal to the process group that the run leads, as a terminal does.
    pub fn signal_group(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child.0);
        kill_process_group(pid, signal).expect("the run leads a process group");
    }

    /// Returns the exit code if the run has ended. None if it is still running.
    pub fn status(&mut self) -> Option<i32> {
        self.child.0.try_wait().expect("it is a child").and_then(|status| status.code())
    }

    /// Waits for the end. An open input stays open until then.
    pub fn wait(self) -> Output {
        let Self { input, stdout, unread: mut rest, stderr, mut child } = self;
        rest.extend(stdout.iter().flatten().flatten());
        let status = child.0.wait().expect("it is a child").code();
        drop(input);
        let stderr = stderr.map(|stderr| stderr.join().expect("stderr is UTF-8"));
        Output { status, stdout: rest, stderr: stderr.unwrap_or_default() }
    }
}

/// Reads a pipe on a thread, so that a run never waits for a test that waits for its terminal.
fn pieces(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, pieces) = channel();
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(len @ 1..) = pipe.read(&mut piece) {
            if sender.send(piece[..len].to_vec()).is_err() {
                return;
            }
        }
    });
    pieces
}

fn text(mut pipe: impl Read) -> String {
    let mut text = String::new();
    pipe.read_to_string(&mut text).expect("stderr is UTF-8");
    text
}

/// A child process that is killed when its test ends first.
struct Leashed(Child);

impl Drop for Leashed {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Output {
    /// Returns standard error without the line of an attack that only says that this machine was
    /// too busy to send on time.
    pub fn messages(&self) -> String {
        let says_busy = |line: &&str| line.starts_with("drumfire attack: generator-limited: ");
        self.stderr.split_inclusive('\n').filter(|line| !says_busy(line)).collect()
    }

    /// Returns standard output, which must be UTF-8.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.stdout).expect("stdout is UTF-8")
    }
}
