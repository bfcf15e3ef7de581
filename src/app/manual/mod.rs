//! Help, manual pages and the flag reference, made from the definitions of the flags.
//!
//! `drumfire man` writes the pages.

pub mod flag_docs;
pub mod help;
mod markdown_blocks;
mod man_page;
mod reference_page;

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command, ValueEnum};

/// The arguments of man.
#[derive(Debug, Args)]
pub struct Options {
    /// Format of the pages: manual pages, or Markdown for docs/reference/flags
    #[arg(long, default_value = "man")]
    format: Format,
    /// Existing directory to write the pages to
    #[arg(value_name = "DIR", required = true)]
    directory: PathBuf,
}

/// The format of the pages.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For the program man.
    Man,
    /// For the documentation.
    Markdown,
}

/// A page to write.
pub struct Page {
    /// The name of the file.
    pub file: String,
    /// The content of the file.
    pub text: String,
}

/// Runs the command for the tree of all commands.
///
/// # Errors
///
/// If a page cannot be written.
pub fn run(options: &Options, tree: &Command) -> anyhow::Result<()> {
    let pages = match options.format {
        Format::Man => man_page::pages(tree),
        Format::Markdown => reference_page::pages(tree),
    };
    for Page { file, text } in pages {
        let path = options.directory.join(file);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}
