//! The flags of attack for what lies below HTTP: TLS, and the way to the server.

use std::path::PathBuf;

use drumfire::client::{Identity, Trust};

use super::Usage;

/// The flags of attack for what lies below HTTP.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Accept any certificate
    #[arg(long, help_heading = "Connections")]
    insecure: bool,
    /// PEM files of the trusted roots, instead of the system's
    #[arg(long, help_heading = "Connections", value_name = "FILES", value_delimiter = ',')]
    root_certs: Vec<PathBuf>,
    /// PEM file of our certificate, and of its key unless -key names it
    #[arg(long, help_heading = "Connections", value_name = "FILE", default_value = "")]
    cert: String,
    /// PEM file of our certificate's key
    #[arg(long, help_heading = "Connections", value_name = "FILE", default_value = "")]
    key: String,
    /// Resume TLS sessions of earlier connections
    #[arg(long, help_heading = "Connections")]
    pub session_tickets: bool,
}

impl Options {
    /// Returns whom to trust, and as whom to come.
    pub fn trust(&self) -> Result<Trust, Usage> {
        let identity = match (path(&self.cert), path(&self.key)) {
            (None, Some(_)) => {
                let problem = "-key requires setting -cert: the certificate that it is the key of";
                return Err(Usage(problem.to_owned()));
            }
            (cert, key) => cert.map(|cert| Identity { cert, key }),
        };
        Ok(Trust { insecure: self.insecure, root_certs: self.root_certs.clone(), identity })
    }
}

/// Scripts give an empty name for no file.
fn path(name: &str) -> Option<PathBuf> {
    (!name.is_empty()).then(|| name.into())
}
