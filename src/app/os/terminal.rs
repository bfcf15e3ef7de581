//! The terminal: what it can show, by its size and by the environment.

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

/// The size of a terminal that does not tell it, as some serial lines.
const USUAL: (u16, u16) = (80, 24);

/// A terminal as it is now: whoever draws again looks again, since it may have another size then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Columns, and what bars are made of.
    pub look: Look,
    /// Lines, >= 1.
    pub height: usize,
    /// Whether to show colors.
    pub has_color: bool,
    /// Whether it knows escapes at all.
    pub is_dumb: bool,
}

impl Terminal {
    /// Returns the terminal that a file is; None where it is none.
    pub fn of(file: &(impl AsFd + IsTerminal)) -> Option<Self> {
        if !file.is_terminal() {
            return None;
        }
        let size = tcgetwinsize(file).map(|size| (size.ws_col, size.ws_row));
        let (width, height) = size.ok().filter(|(w, h)| *w > 0 && *h > 0).unwrap_or(USUAL);
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

/// The right to draw in place on a terminal, which one process has at a time, until it ends or lets
/// the claim go. Two commands of a pipe would draw over one another.
#[derive(Debug)]
pub struct Claim {
    /// Locked. None where the terminal cannot be opened again: then there is nothing to be told by.
    _terminal: Option<File>,
}

impl Claim {
    /// Lays claim to the terminal that a file is; None where another process has it.
    ///
    /// The commands of a pipe have the same file as their terminal, which a lock would not part;
    /// so the terminal is opened once more.
    pub fn lay(file: &impl AsFd) -> Option<Self> {
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

/// Returns the blocks that the locale and the terminal can show.
pub fn blocks() -> Blocks {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default();
    let plain: String = locale.to_lowercase().replace('-', "");
    if plain.contains("utf8") && !is_dumb() { Blocks::Unicode } else { Blocks::Ascii }
}

fn is_dumb() -> bool {
    variable("TERM").is_some_and(|terminal| terminal == "dumb")
}

/// Returns a variable of the environment; None where it is empty, too.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}
