//! The files that commands read and write, by their names on the command line.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, IsTerminal, Seek, Write};
use std::mem;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::sync::Arc;

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, poll};

use crate::app::input::errors::InputErrors;
use crate::app::os::terminal::{DrawLock, Terminal};

/// Names of standard input on the command line.
const STDIN: [&str; 2] = ["stdin", "-"];
/// Names of standard output on the command line.
const STDOUT: [&str; 2] = ["stdout", "-"];

/// A file to read.
pub struct Input {
    /// The name on the command line, or `stdin`.
    pub name: String,
    /// Unbuffered, since decoders buffer.
    pub file: File,
}

impl Input {
    /// Opens the named files, or standard input if no file is named.
    ///
    /// # Errors
    ///
    /// If files cannot be opened: a mistyped name must not be treated as an empty stream.
    pub fn open_all(names: &[String]) -> anyhow::Result<Vec<Self>> {
        if names.is_empty() {
            return Ok(vec![Self::open(STDIN[0])?]);
        }
        let (mut inputs, mut errors) = (Vec::new(), InputErrors::default());
        for name in names {
            match Self::open(name) {
                Ok(input) => inputs.push(input),
                Err(error) => errors.0.push(error),
            }
        }
        errors.into_result().map(|()| inputs)
    }

    /// Opens a file, or standard input by one of its names.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub fn open(name: &str) -> anyhow::Result<Self> {
        let (name, file) = if STDIN.contains(&name) {
            (STDIN[0], io::stdin().as_fd().try_clone_to_owned().map(File::from))
        } else {
            (name, File::open(name))
        };
        let file = file.with_context(|| format!("open {name}"))?;
        Ok(Self { name: name.to_owned(), file })
    }

    /// Returns whether a name on the command line is one of standard input.
    pub fn names_stdin(name: &str) -> bool {
        STDIN.contains(&name)
    }

    /// Returns whether this is standard input.
    pub fn is_stdin(&self) -> bool {
        self.name == STDIN[0]
    }

    /// Returns whether this is a file on disk, all of which already exists.
    pub fn is_on_disk(&self) -> bool {
        file_id(&self.file).is_some()
    }
}

/// Returns the device and inode of a file on disk. None for pipes, terminals and the like.
fn file_id(file: &File) -> Option<(u64, u64)> {
    let metadata = file.metadata().ok().filter(Metadata::is_file)?;
    Some((metadata.dev(), metadata.ino()))
}

/// Standard output, or a file to write. Clones write to the same file.
#[derive(Clone, Debug)]
pub struct Output {
    name: String,
    /// Unbuffered, since encoders buffer.
    file: Arc<File>,
    /// Whether this is a file on disk, whose content can be replaced.
    is_replaceable: bool,
    /// Whether the file still has its old content.
    is_stale: bool,
}

impl Output {
    /// Opens standard output, or creates a file, or empties one that exists.
    ///
    /// # Errors
    ///
    /// If the file cannot be created.
    pub fn create(name: &str) -> anyhow::Result<Self> {
        let mut output = Self::open(name)?;
        output.clear().with_context(|| format!("create {name}"))?;
        Ok(output)
    }

    /// Opens standard output or a file. A file keeps its old content until [`Output::clear`] or
    /// [`Output::put`].
    ///
    /// # Errors
    ///
    /// If the file cannot be created. Also if it is one of the inputs, which would be emptied
    /// before it is read, or would receive its own content.
    pub fn create_after_opening(inputs: &[Input], name: &str) -> anyhow::Result<Self> {
        let output = Self::open(name)?;
        let id = file_id(&output.file);
        if inputs.iter().any(|input| input.is_on_disk() && file_id(&input.file) == id) {
            bail!("{} is an input: name another file with -output", output.name);
        }
        Ok(output)
    }

    fn open(name: &str) -> anyhow::Result<Self> {
        if STDOUT.contains(&name) {
            let file = io::stdout().as_fd().try_clone_to_owned().context("open stdout")?.into();
            let name = STDOUT[0].to_owned();
            return Ok(Self { name, file: Arc::new(file), is_replaceable: false, is_stale: false });
        }
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(name);
        let file = file.with_context(|| format!("create {name}"))?;
        let is_on_disk = file_id(&file).is_some();
        Ok(Self {
            name: name.to_owned(),
            file: Arc::new(file),
            is_replaceable: is_on_disk,
            is_stale: is_on_disk,
        })
    }

    /// Removes the old content of a file. Must be called before the first [`Write::write`], and
    /// also if nothing is written.
    ///
    /// # Errors
    ///
    /// If the file cannot be emptied.
    pub fn clear(&mut self) -> io::Result<()> {
        if mem::take(&mut self.is_stale) { self.file.set_len(0) } else { Ok(()) }
    }

    /// The name on the command line, or `stdout`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the output is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.file.is_terminal()
    }

    /// Returns the terminal that the output is. None if it is not a terminal.
    pub fn terminal(&self) -> Option<Terminal> {
        Terminal::of(&*self.file)
    }

    /// Acquires the right to draw in place on the terminal that the output is. None if another
    /// process has it.
    pub fn draw_lock(&self) -> Option<DrawLock> {
        DrawLock::acquire(&*self.file)
    }

    /// Returns whether another process may read the output while it is written.
    pub fn is_pipe(&self) -> bool {
        let kind = self.file.metadata().map(|metadata| metadata.file_type());
        kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
    }

    /// Checks that a binary stream does not go to a terminal.
    ///
    /// # Errors
    ///
    /// If the output is a terminal.
    pub fn refuse_terminal(&self) -> anyhow::Result<()> {
        if self.is_terminal() {
            bail!(
                "refusing to write a binary stream to the terminal: \
                 pipe it to 'drumfire report' or name a file with -output"
            );
        }
        Ok(())
    }

    /// Checks that a page or picture does not go to a terminal.
    ///
    /// # Errors
    ///
    /// If the output is a terminal.
    pub fn refuse_page(&self, ending: &str) -> anyhow::Result<()> {
        if self.is_terminal() {
            bail!(
                "refusing to write {ending} to the terminal: name a file, as in \
                 -output=report.{ending}, or pipe it"
            );
        }
        Ok(())
    }

    /// Writes a complete document. In a file it replaces the previous one, elsewhere it follows it.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn put(&mut self, document: &[u8]) -> anyhow::Result<()> {
        self.try_put(document).with_context(|| format!("write {}", self.name))
    }

    fn try_put(&mut self, document: &[u8]) -> io::Result<()> {
        if self.is_replaceable {
            self.file.rewind()?;
            self.file.set_len(0)?;
        }
        self.write_all(document)
    }
}

impl Write for Output {
    /// Writes, and waits if another process has set the pipe to non-blocking.
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
