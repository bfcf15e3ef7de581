//! `drumfire plot`.

/// The flags of plot.
#[derive(Debug, clap::Args)]
pub struct Options {}

/// Runs the command.
pub fn run(_options: Options) -> anyhow::Result<()> {
    Ok(())
}
