//! The environment of runs: a folder for their files, a core for each side.

use std::fs::{self, File};
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use drumfire::clock;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::arrivals::{self, Arrival};
use crate::results::outcome::{self, Outcome};
use crate::runner::calls;
use crate::runner::process::{Ended, Process, cpu_so_far};
use crate::runner::sockets::{self, Plan};
use crate::runner::tls::TlsServer;
use crate::runner::tools::{Field, Tool};
use crate::server::{Server, can_pin, on_core};

/// Longest time for a run.
const PATIENCE: Duration = Duration::from_secs(45);

/// The core of the server.
const SERVER: usize = 0;

/// The core of the generator.
const GENERATOR: usize = 1;

/// Core that a program runs on.
#[derive(Clone, Copy, Debug)]
pub enum Core {
    /// On the generator's core.
    Generator,
    /// Any core.
    Any,
}

/// The environment of runs, which follow each other.
pub struct Stage {
    /// The tools that may be run.
    pub field: Field,
    /// Whether server and generator each have their own core.
    pub pins: bool,
    folder: TempDir,
    runtime: Runtime,
}

impl Stage {
    /// Prepares a folder, and checks whether processes can be pinned to cores.
    ///
    /// # Errors
    ///
    /// The folder or the timer cannot be created.
    pub fn new(field: Field) -> anyhow::Result<Self> {
        let pins = can_pin(SERVER) && can_pin(GENERATOR);
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).context("make a folder")?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { field, pins, folder, runtime })
    }

    /// Returns the path of a file that runs write or read.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Blocks until a future completes.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Blocks for a duration.
    pub fn pause(&self, length: Duration) {
        self.block_on(clock::pause(length));
    }

    /// Starts a command in the folder; its words are separated by spaces. See [`Stage::said`].
    ///
    /// # Errors
    ///
    /// The program cannot be started.
    pub fn launch(&self, call: &str, core: Core) -> anyhow::Result<Process> {
        let mut command = self.command(call, core);
        command.stdout(File::create(self.file("said"))?);
        command.stderr(File::create(self.file("complaint"))?);
        let child = command.spawn().with_context(|| format!("run {call}"))?;
        Ok(Process::new(child))
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    ///
    /// The command cannot be started, does not end, or fails.
    pub fn run(&self, call: &str, core: Core) -> anyhow::Result<Ended> {
        self.await_end(call, self.launch(call, core)?)
    }

    /// Waits for the end of a command that was launched.
    ///
    /// # Errors
    ///
    /// The command does not end, or fails.
    pub fn await_end(&self, call: &str, process: Process) -> anyhow::Result<Ended> {
        let ended = self.block_on(clock::limit(Some(clock::now() + PATIENCE), process.end()));
        let ended = ended.with_context(|| format!("{call}: no end after {PATIENCE:?}"))??;
        if !ended.success {
            let complaint = fs::read_to_string(self.file("complaint")).unwrap_or_default();
            bail!("{call}: failed: {}", complaint.trim_end());
        }
        Ok(ended)
    }

    /// Waits for the end of a process, and returns its CPU time. It is killed if it takes too long.
    ///
    /// # Errors
    ///
    /// The system does not allow waiting.
    pub fn cpu_within(&self, process: Process, limit: Duration) -> anyhow::Result<Duration> {
        let pid = process.pid();
        self.block_on(async {
            let mut end = pin!(process.end());
            match clock::limit(Some(clock::now() + limit), end.as_mut()).await {
                Some(ended) => Ok(ended?.cpu),
                None => Ok(pid.map_or(Duration::ZERO, cpu_so_far)),
            }
        })
    }

    /// Returns what the last command wrote to standard output.
    ///
    /// # Errors
    ///
    /// The output cannot be read.
    pub fn said(&self) -> anyhow::Result<String> {
        fs::read_to_string(self.file("said")).context("read what was said")
    }

    /// Returns the outcome of a tool's last run, as the tool reports it.
    ///
    /// # Errors
    ///
    /// There is no outcome.
    pub fn outcome(&self, tool: Tool) -> anyhow::Result<Outcome> {
        if tool.keeps_stream() {
            self.run("drumfire report -type=json stream", Core::Any)?;
        }
        outcome::read(tool, &self.said()?)
    }

    /// Starts `drumfire serve` on its core with flags, and makes it the target.
    ///
    /// # Errors
    ///
    /// The server does not start.
    pub fn serve(&self, flags: &[&str]) -> anyhow::Result<Server> {
        let server = Server::start(SERVER, flags)?;
        self.aim(&server.url)?;
        Ok(server)
    }

    /// As [`Stage::serve`]; the server logs arrivals for [`Stage::arrivals`].
    ///
    /// # Errors
    ///
    /// The server does not start.
    pub fn serve_noting(&self) -> anyhow::Result<Server> {
        let file = self.file("arrivals");
        self.serve(&[&format!("-arrivals={}", file.display())])
    }

    /// Starts nghttpd on the server's core, and makes it the target over HTTP/2 and TLS.
    ///
    /// # Errors
    ///
    /// The server is not installed, or does not start.
    pub fn serve_tls(&self) -> anyhow::Result<TlsServer> {
        let server = self.block_on(TlsServer::start(SERVER, self.folder.path()))?;
        self.aim(&server.url)?;
        Ok(server)
    }

    /// Returns the arrivals that the server logged, after it has ended.
    ///
    /// # Errors
    ///
    /// There is no log.
    pub fn arrivals(&self) -> anyhow::Result<Vec<Arrival>> {
        arrivals::read(&self.file("arrivals"))
    }

    /// Sets the target of tools that read it from a file, to a URL without a path.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn aim(&self, url: &str) -> anyhow::Result<()> {
        fs::write(self.file("targets"), format!("GET {url}/\n")).context("write the target")
    }

    /// Sets the target of tools that read it from a file, to the gRPC echo service at a URL.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn aim_calls(&self, url: &str) -> anyhow::Result<()> {
        calls::write_files(self.folder.path(), url)
    }

    /// Sets the target of tools that read it from a file, to the WebSocket echo at a URL.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn aim_sockets(&self, url: &str, plan: &Plan) -> anyhow::Result<()> {
        sockets::write_files(self.folder.path(), url, plan)
    }

    fn command(&self, call: &str, core: Core) -> Command {
        let mut words = call.split_whitespace();
        let program = self.field.path(words.next().unwrap_or_default());
        let mut command = match core {
            Core::Generator => on_core(GENERATOR, program),
            Core::Any => Command::new(program),
        };
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        for proxy in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            command.env_remove(proxy);
        }
        command
    }
}
