//! Where runs happen: a folder for what they leave, a core for the server and one for the generator.

use std::fs::{self, File};
use std::future::Future;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use drumfire::clock;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::arrivals::{self, Arrival};
use crate::results::outcome::{self, Outcome};
use crate::runner::process::{Ended, Process};
use crate::runner::tools::{Field, Tool};
use crate::server::{Server, can_pin, on_core};

/// Longest that a run may take.
const PATIENCE: Duration = Duration::from_secs(45);

/// The core of the server.
const SERVER: usize = 0;

/// The core of the generator.
const GENERATOR: usize = 1;

/// Where a program runs.
#[derive(Clone, Copy, Debug)]
pub enum Core {
    /// On the generator's core.
    Generator,
    /// On any.
    Any,
}

/// Where runs happen, one after another.
pub struct Stage {
    /// Who may be called.
    pub field: Field,
    /// Whether server and generator have a core of their own each.
    pub pins: bool,
    folder: TempDir,
    runtime: Runtime,
}

impl Stage {
    /// Prepares a folder, and looks whether processes can be kept on cores.
    ///
    /// # Errors
    ///
    /// Where there can be no folder or no timer.
    pub fn new(field: Field) -> anyhow::Result<Self> {
        let pins = can_pin(SERVER) && can_pin(GENERATOR);
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).context("make a folder")?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { field, pins, folder, runtime })
    }

    /// Returns the path of a file that runs leave or read.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Waits for some work.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Waits for a length of time.
    pub fn pause(&self, length: Duration) {
        self.block_on(clock::pause(length));
    }

    /// Begins a call whose words are parted by spaces, in the folder; see [`Stage::said`].
    ///
    /// # Errors
    ///
    /// Where the program cannot be started.
    pub fn launch(&self, call: &str, core: Core) -> anyhow::Result<Process> {
        let mut command = self.command(call, core);
        command.stdout(File::create(self.file("said"))?);
        command.stderr(File::create(self.file("complaint"))?);
        let child = command.spawn().with_context(|| format!("run {call}"))?;
        Ok(Process::new(child))
    }

    /// Makes a call to its end.
    ///
    /// # Errors
    ///
    /// Where it cannot be started, does not end or fails.
    pub fn run(&self, call: &str, core: Core) -> anyhow::Result<Ended> {
        self.await_end(call, self.launch(call, core)?)
    }

    /// Waits for the end of a launched call.
    ///
    /// # Errors
    ///
    /// Where it does not end or fails.
    pub fn await_end(&self, call: &str, process: Process) -> anyhow::Result<Ended> {
        let ended = self.block_on(clock::limit(Some(clock::now() + PATIENCE), process.end()));
        let ended = ended.with_context(|| format!("{call}: no end after {PATIENCE:?}"))??;
        if !ended.success {
            let complaint = fs::read_to_string(self.file("complaint")).unwrap_or_default();
            bail!("{call}: failed: {}", complaint.trim_end());
        }
        Ok(ended)
    }

    /// Returns what the last call wrote to standard output.
    ///
    /// # Errors
    ///
    /// Where that cannot be read.
    pub fn said(&self) -> anyhow::Result<String> {
        fs::read_to_string(self.file("said")).context("read what was said")
    }

    /// Returns how the last call of a tool went, by its own account.
    ///
    /// # Errors
    ///
    /// Where it left none.
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
    /// Where it does not start.
    pub fn serve(&self, flags: &[&str]) -> anyhow::Result<Server> {
        let server = Server::start(SERVER, flags)?;
        self.aim(&server.url)?;
        Ok(server)
    }

    /// As [`Stage::serve`]; the server notes arrivals in [`Stage::arrivals`].
    ///
    /// # Errors
    ///
    /// Where it does not start.
    pub fn serve_noting(&self) -> anyhow::Result<Server> {
        let file = self.file("arrivals");
        self.serve(&[&format!("-arrivals={}", file.display())])
    }

    /// Returns what the server noted, once it has ended.
    ///
    /// # Errors
    ///
    /// Where it noted nothing.
    pub fn arrivals(&self) -> anyhow::Result<Vec<Arrival>> {
        arrivals::read(&self.file("arrivals"))
    }

    /// Makes a URL without a path the target of the tools that read it from a file.
    ///
    /// # Errors
    ///
    /// Where that cannot be written.
    pub fn aim(&self, url: &str) -> anyhow::Result<()> {
        fs::write(self.file("targets"), format!("GET {url}/\n")).context("write the target")
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
