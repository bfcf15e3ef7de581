//! Files: what the commands read and write, by its names on the command line.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, IsTerminal, Seek, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::sync::Arc;

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, poll};

use crate::app::input::reader::Losses;
use crate::app::os::terminal::{Claim, Terminal};

/// Names of standard input on the command line.
const STDIN: [&str; 2] = ["stdin", "-"];
/// Names of standard output on the command line.
const STDOUT: [&str; 2] = ["stdout", "-"];

/// A file to be read.
pub struct Input {
    /// As on the command line, or `stdin`.
    pub name: String,
    /// Unbuffered: whoever reads gathers.
    pub file: File,
}

impl Input {
    /// Opens the named files; standard input where none is named.
    ///
    /// # Errors
    ///
    /// Those that cannot be opened: a name mistyped should not pass for an empty stream.
    pub fn open_all(names: &[String]) -> anyhow::Result<Vec<Self>> {
        if names.is_empty() {
            return Ok(vec![Self::open(STDIN[0])?]);
        }
        let (mut inputs, mut losses) = (Vec::new(), Losses::default());
        for name in names {
            match Self::open(name) {
                Ok(input) => inputs.push(input),
                Err(error) => losses.0.push(error),
            }
        }
        losses.tell().map(|()| inputs)
    }

    /// Opens a file, or standard input by one of its names.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened.
    pub fn open(name: &str) -> anyhow::Result<Self> {
        let (name, file) = if STDIN.contains(&name) {
            (STDIN[0], io::stdin().as_fd().try_clone_to_owned().map(File::from))
        } else {
            (name, File::open(name))
        };
        let file = file.with_context(|| format!("open {name}"))?;
        Ok(Self { name: name.to_owned(), file })
    }

    /// Returns whether it is standard input.
    pub fn is_stdin(&self) -> bool {
        self.name == STDIN[0]
    }

    /// Returns whether it is a file on disk, which is there to its end.
    pub fn is_on_disk(&self) -> bool {
        place(&self.file).is_some()
    }
}

/// Returns what tells a file on disk from all others; None for what is no such file.
fn place(file: &File) -> Option<(u64, u64)> {
    let metadata = file.metadata().ok().filter(Metadata::is_file)?;
    Some((metadata.dev(), metadata.ino()))
}

/// Where a command writes: standard output or a file. Its copies write to the same place.
#[derive(Clone, Debug)]
pub struct Output {
    name: String,
    /// Unbuffered: whoever writes gathers what belongs together.
    file: Arc<File>,
    /// Whether it is a file of ours, whose content may be written anew.
    rewritable: bool,
    /// Whether it still has the content that it had before us.
    is_stale: bool,
}

impl Output {
    /// Opens standard output, or creates a file, or empties one that exists.
    ///
    /// # Errors
    ///
    /// Where the file cannot be created.
    pub fn create(name: &str) -> anyhow::Result<Self> {
        let mut output = Self::open(name)?;
        output.clear().with_context(|| format!("create {name}"))?;
        Ok(output)
    }

    /// Opens standard output or a file, which keeps what it holds until there is something to put
    /// in its place; see [`Output::clear`].
    ///
    /// # Errors
    ///
    /// Where the file cannot be created, and where the output is one of the inputs, which would
    /// be emptied before it is read, or fed with what was made of it.
    pub fn create_beside(inputs: &[Input], name: &str) -> anyhow::Result<Self> {
        let output = Self::open(name)?;
        let place_of_output = place(&output.file);
        if inputs.iter().any(|input| input.is_on_disk() && place(&input.file) == place_of_output) {
            bail!("{} is an input: name another file with -output", output.name);
        }
        Ok(output)
    }

    fn open(name: &str) -> anyhow::Result<Self> {
        if STDOUT.contains(&name) {
            let file = io::stdout().as_fd().try_clone_to_owned().context("open stdout")?.into();
            let name = STDOUT[0].to_owned();
            return Ok(Self { name, file: Arc::new(file), rewritable: false, is_stale: false });
        }
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(name);
        let file = file.with_context(|| format!("create {name}"))?;
        let rewritable = place(&file).is_some();
        Ok(Self { name: name.to_owned(), file: Arc::new(file), rewritable, is_stale: rewritable })
    }

    /// Empties a file that still has the content that it had before us; to be called before the
    /// first [`Write::write`], also where nothing is to be written.
    ///
    /// # Errors
    ///
    /// Where the file cannot be emptied.
    pub fn clear(&mut self) -> io::Result<()> {
        if mem::take(&mut self.is_stale) { self.file.set_len(0) } else { Ok(()) }
    }

    /// As on the command line, or `stdout`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether a terminal shows what is written.
    pub fn is_terminal(&self) -> bool {
        self.file.is_terminal()
    }

    /// Returns the terminal that shows what is written; None where none does.
    pub fn terminal(&self) -> Option<Terminal> {
        Terminal::of(&*self.file)
    }

    /// Lays claim to draw on the terminal that shows what is written; None where another process has
    /// one.
    pub fn claim(&self) -> Option<Claim> {
        Claim::lay(&*self.file)
    }

    /// Returns whether another process may read what is written as it comes.
    pub fn is_pipe(&self) -> bool {
        let kind = self.file.metadata().map(|metadata| metadata.file_type());
        kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
    }

    /// Refuses to go on where a stream of bytes would be shown by a terminal.
    ///
    /// # Errors
    ///
    /// Where the output is a terminal.
    pub fn refuse_terminal(&self) -> anyhow::Result<()> {
        if self.is_terminal() {
            bail!(
                "refusing to write a binary stream to the terminal: \
                 pipe it to 'drumfire report' or name a file with -output"
            );
        }
        Ok(())
    }

    /// Writes a document whole: in place of the last one in a file, behind it elsewhere.
    ///
    /// # Errors
    ///
    /// Where the output does not take it.
    pub fn put(&mut self, document: &[u8]) -> anyhow::Result<()> {
        self.try_put(document).with_context(|| format!("write {}", self.name))
    }

    fn try_put(&mut self, document: &[u8]) -> io::Result<()> {
        if self.rewritable {
            self.file.rewind()?;
            self.file.set_len(0)?;
        }
        self.write_all(document)
    }
}

impl Write for Output {
    /// Writes, and waits where others have left the pipe in non-blocking mode.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.file.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], None)?;
                }
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
