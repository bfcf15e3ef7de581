//! What a terminal can show, from its size and the environment.

use std::env;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;

use drumfire::report::terminal::{Blocks, Look};
use rustix::fs::OFlags;
use rustix::termios::{tcgetwinsize, ttyname};

/// Columns and lines of a terminal that does not report its size, such as some serial lines.
const DEFAULT_SIZE: (u16, u16) = (80, 24);

/// A terminal in its current state. Its size may change, so it must be read before each drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Number of columns, and the characters of bars.
    pub look: Look,
    /// Number of lines, >= 1.
    pub height: usize,
    /// Whether to show colors.
    pub has_color: bool,
    /// Whether the terminal does not support escape sequences.
    pub is_dumb: bool,
}

impl Terminal {
    /// Returns the terminal that a file is. None if the file is not a terminal.
    pub fn of(file: &(impl AsFd + IsTerminal)) -> Option<Self> {
        if !file.is_terminal() {
            return None;
        }
        let size = tcgetwinsize(file).map(|size| (size.ws_col, size.ws_row));
        let (width, height) = size.ok().filter(|(w, h)| *w > 0 && *h > 0).unwrap_or(DEFAULT_SIZE);
        let is_dumb = is_dumb();
        Some(Self {
            look: Look { width: width.into(), blocks: blocks() },
            height: height.into(),
            // Source: https://no-color.org.
            has_color: !is_dumb && variable("NO_COLOR").is_none(),
            is_dumb,
        })
    }
}

/// The right to draw in place on a terminal. One process at a time has it, until it ends or drops
/// the lock. Without it, two commands of a pipe would draw over each other.
#[derive(Debug)]
pub struct DrawLock {
    /// The locked file. None if the terminal cannot be opened again; drawing is then not
    /// coordinated.
    _terminal: Option<File>,
}

impl DrawLock {
    /// Acquires the lock of the terminal that a file is. None if another process has it.
    ///
    /// The commands of a pipe share the open file of their terminal, and so they would share a lock
    /// on it too. Therefore the terminal is opened again.
    pub fn acquire(file: &impl AsFd) -> Option<Self> {
        let terminal = ttyname(file, Vec::new()).ok().and_then(|name| {
            let name = OsStr::from_bytes(name.as_bytes());
            let flags = OFlags::NOCTTY.bits() as i32;
            OpenOptions::new().write(true).custom_flags(flags).open(name).ok()
        });
        let is_taken =
            |terminal: &File| matches!(terminal.try_lock(), Err(TryLockError::WouldBlock));
        if terminal.as_ref().is_some_and(is_taken) {
            None
        } else {
            Some(Self { _terminal: terminal })
        }
    }
}

/// Returns the block characters that the locale and the terminal can show.
pub fn blocks() -> Blocks {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default();
    let plain: String = locale.to_lowercase().replace('-', "");
    if plain.contains("utf8") && !is_dumb() { Blocks::Unicode } else { Blocks::Ascii }
}

/// Returns whether the terminal does not support escape sequences.
fn is_dumb() -> bool {
    variable("TERM").is_some_and(|terminal| terminal == "dumb")
}

/// Returns an environment variable. None if it is not set or empty.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}
