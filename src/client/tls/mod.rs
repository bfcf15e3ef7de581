//! TLS settings: trusted roots and the client certificate.

mod verify;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, Error as TlsError};

use crate::error::{Error, plain_text};
use verify::{FixedVerifier, Roots};

/// Maximum number of servers whose sessions are kept for resumption, per engine.
const MAX_SESSIONS: usize = 256;

/// Trusted roots and the client certificate.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Whether every certificate is accepted.
    pub insecure: bool,
    /// PEM files of the trusted roots; empty for the system's roots.
    pub root_certs: Vec<PathBuf>,
    /// The client certificate for servers that ask for one; None to send none.
    pub identity: Option<Identity>,
}

/// A client certificate and its key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// PEM file of the certificate, followed by its intermediate certificates.
    pub cert: PathBuf,
    /// PEM file of the private key; None if the file of the certificate holds it.
    pub key: Option<PathBuf>,
}

/// Returns the TLS settings of an attack.
///
/// If the system has no trusted roots, each handshake fails with that reason, so that an attack
/// without TLS can run.
///
/// # Errors
///
/// [`Error::Tls`] if a file cannot be read or parsed, or if a key does not match its certificate.
pub fn config(trust: &Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls(error.to_string()))?;
    let builder = if trust.insecure {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(FixedVerifier::accept_all(provider)))
    } else if trust.root_certs.is_empty() {
        builder.clone().with_native_roots().unwrap_or_else(|_| {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(FixedVerifier::reject_all(provider)))
        })
    } else {
        let verifier = roots(&trust.root_certs, provider)?;
        builder.dangerous().with_custom_certificate_verifier(verifier)
    };
    let mut config = match &trust.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = identity.read()?;
            let config = builder.with_client_auth_cert(chain, key);
            config.map_err(|error| identity.rejected(&error))?
        }
    };
    // Like in Vegeta, each connection performs a full handshake.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Returns the settings with a separate session cache, so that later connections to a server
/// resume the sessions of earlier ones, in TLS 1.2 and 1.3.
pub fn resuming(mut config: ClientConfig) -> ClientConfig {
    config.resumption = Resumption::in_memory_sessions(MAX_SESSIONS);
    config
}

fn roots(
    files: &[PathBuf],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let mut roots = Roots::empty();
    for file in files {
        let pem = Pem::read("-root-certs", file)?;
        for (number, certificate) in (1..).zip(pem.certificates()?) {
            roots.add(certificate).map_err(|_| pem.broken(number))?;
        }
    }
    roots.verifier(provider).map_err(|error| Error::Tls(error.to_string()))
}

impl Identity {
    /// Reads the certificate, its intermediate certificates and the key.
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
        let cert = Pem::read("-cert", &self.cert)?;
        // Read both files before parsing either, so that a mistyped name is reported first.
        let key = self.key.as_ref().map(|file| Pem::read("-key", file)).transpose()?;
        let chain = cert.certificates()?;
        let key = match key {
            Some(pem) => pem.key("expected a private key in PEM form, not encrypted")?,
            None => cert.key(
                "expected the certificate's private key in the same file, in PEM form and not \
                 encrypted, or in a file given by -key",
            )?,
        };
        Ok((chain, key))
    }

    /// Returns the error for a certificate and key that rustls rejects.
    fn rejected(&self, error: &TlsError) -> Error {
        let cert = self.cert.display();
        let (flag, file) = match &self.key {
            Some(key) => ("-key", key),
            None => ("-cert", &self.cert),
        };
        let problem = match error {
            TlsError::InconsistentKeys(_) => {
                format!("the private key is not that of the first certificate in '{cert}'")
            }
            // rustls reports a key that it cannot use as a general error.
            TlsError::General(_) => "expected a key of RSA with 2048 bits or more, of curve P-256 \
                                     or P-384, or of Ed25519"
                .to_owned(),
            error => error.to_string(),
        };
        Error::Tls(format!("bad {flag} file '{}': {problem}", file.display()))
    }
}

/// The content of a PEM file named by a flag.
struct Pem<'a> {
    flag: &'static str,
    file: &'a Path,
    text: Vec<u8>,
}

impl<'a> Pem<'a> {
    fn read(flag: &'static str, file: &'a Path) -> Result<Self, Error> {
        let mut pem = Self { flag, file, text: Vec::new() };
        pem.text = fs::read(file).map_err(|error| pem.bad(&plain_text(&error.to_string())))?;
        Ok(pem)
    }

    /// Returns the certificates, at least one.
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Error> {
        let numbered = (1..).zip(CertificateDer::pem_slice_iter(&self.text));
        let certificates: Result<Vec<_>, _> = numbered
            .map(|(number, certificate)| certificate.map_err(|_| self.broken(number)))
            .collect();
        let certificates = certificates?;
        if certificates.is_empty() {
            return Err(self.bad("expected certificates in PEM form"));
        }
        Ok(certificates)
    }

    /// Returns the first private key, or an error with what was expected.
    fn key(&self, expected: &str) -> Result<PrivateKeyDer<'static>, Error> {
        PrivateKeyDer::from_pem_slice(&self.text).map_err(|_| self.bad(expected))
    }

    fn broken(&self, number: usize) -> Error {
        self.bad(&format!("expected certificates in PEM form, but number {number} is broken"))
    }

    fn bad(&self, problem: &str) -> Error {
        Error::Tls(format!("bad {} file '{}': {problem}", self.flag, self.file.display()))
    }
}
