//! Files: what the commands read and write, by its names on the command line.

use std::fs::{self, File, Metadata};
use std::io::{self, IsTerminal, Seek, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, poll};

use super::reading::Losses;

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

    /// Returns whether a name is that of the same file on disk.
    fn is_file(&self, name: &str) -> bool {
        let place = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let here = self.file.metadata().ok().filter(Metadata::is_file).map(place);
        here.is_some() && here == fs::metadata(name).ok().map(place)
    }
}

/// Where a command writes: standard output or a file. Its copies write to the same place.
#[derive(Clone, Debug)]
pub struct Output {
    name: String,
    /// Unbuffered: whoever writes gathers what belongs together.
    file: Arc<File>,
    /// Whether it is a file of ours, whose content may be written anew.
    rewritable: bool,
}

impl Output {
    /// Opens standard output, or creates a file, or empties one that exists.
    ///
    /// # Errors
    ///
    /// Where the file cannot be created.
    pub fn create(name: &str) -> anyhow::Result<Self> {
        if STDOUT.contains(&name) {
            let file = io::stdout().as_fd().try_clone_to_owned().context("open stdout")?;
            let name = STDOUT[0].to_owned();
            return Ok(Self { name, file: Arc::new(file.into()), rewritable: false });
        }
        let file = File::create(name).with_context(|| format!("create {name}"))?;
        let rewritable = file.metadata().is_ok_and(|metadata| metadata.is_file());
        Ok(Self { name: name.to_owned(), file: Arc::new(file), rewritable })
    }

    /// Opens as [`Output::create`] does, but never empties what is still to be read.
    ///
    /// # Errors
    ///
    /// As [`Output::create`], and where the file is one of the inputs.
    pub fn create_beside(inputs: &[Input], name: &str) -> anyhow::Result<Self> {
        if !STDOUT.contains(&name) && inputs.iter().any(|input| input.is_file(name)) {
            bail!("{name} is an input: name another file with -output");
        }
        Self::create(name)
    }

    /// As on the command line, or `stdout`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether a terminal shows what is written.
    pub fn is_terminal(&self) -> bool {
        self.file.is_terminal()
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
