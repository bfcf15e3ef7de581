//! `drumfire encode`.

/// The flags of encode.
#[derive(Debug, clap::Args)]
pub struct Options {}

/// Runs the command.
pub fn run(_options: Options) -> anyhow::Result<()> {
    Ok(())
}
