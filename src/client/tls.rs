//! Whom to trust over TLS, and as whom to come.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, OtherError,
    RootCertStore, SignatureScheme,
};

use crate::error::{Error, plain_text};

/// Servers whose sessions are kept for resumption, each engine.
const SERVERS_REMEMBERED: usize = 256;

/// Whom to trust, and as whom to come.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Accept any certificate.
    pub insecure: bool,
    /// PEM files of the trusted roots; empty for the system's own.
    pub root_certs: Vec<PathBuf>,
    /// What we show to servers that ask who we are; None for nothing.
    pub identity: Option<Identity>,
}

/// A certificate of ours and its key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// PEM file of the certificate, and of those between it and a root.
    pub cert: PathBuf,
    /// PEM file of its private key; None where the certificate's file holds it too.
    pub key: Option<PathBuf>,
}

/// Returns the TLS settings of an attack.
///
/// Where the system has no roots of its own, each handshake fails and says so: an attack that
/// needs no TLS goes on without them.
///
/// # Errors
///
/// [`Error::Tls`] where a file cannot be read or holds not what it should, or a key is not that of
/// its certificate.
pub fn config(trust: &Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls(error.to_string()))?;
    let builder = if trust.insecure {
        let verifier = Foregone { verdict: Ok(()), provider };
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
    } else if trust.root_certs.is_empty() {
        builder.clone().with_native_roots().unwrap_or_else(|_| {
            let verifier = Foregone { verdict: Err(NoRoots), provider };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        })
    } else {
        builder.with_root_certificates(roots(&trust.root_certs)?)
    };
    let mut config = match &trust.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = identity.read()?;
            let config = builder.with_client_auth_cert(chain, key);
            config.map_err(|error| identity.refused(&error))?
        }
    };
    // Each connection shakes hands in full, as Vegeta's do.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// Returns the settings with a memory of their own for sessions, so that later connections to a
/// server resume what an earlier one began, in TLS 1.2 and 1.3.
pub fn resuming(mut config: ClientConfig) -> ClientConfig {
    config.resumption = Resumption::in_memory_sessions(SERVERS_REMEMBERED);
    config
}

fn roots(files: &[PathBuf]) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for file in files {
        let pem = Pem::read("-root-certs", file)?;
        for (number, certificate) in (1..).zip(pem.certificates()?) {
            store.add(certificate).map_err(|_| pem.broken(number))?;
        }
    }
    Ok(store)
}

impl Identity {
    /// Reads the certificate, with those that stand behind it in the file, and the key.
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), Error> {
        let cert = Pem::read("-cert", &self.cert)?;
        // Both files are read before either is judged, so that a mistyped name is told as such.
        let key = self.key.as_ref().map(|file| Pem::read("-key", file)).transpose()?;
        let chain = cert.certificates()?;
        let key = match key {
            Some(pem) => pem.key("expected a private key in PEM form, not encrypted")?,
            None => cert.key(
                "expected the certificate's private key beside it, in PEM form and not encrypted, \
                 or in a file given by -key",
            )?,
        };
        Ok((chain, key))
    }

    /// Words why rustls does not take the certificate and the key.
    fn refused(&self, error: &TlsError) -> Error {
        let cert = self.cert.display();
        let (flag, file) = match &self.key {
            Some(key) => ("-key", key),
            None => ("-cert", &self.cert),
        };
        let problem = match error {
            TlsError::InconsistentKeys(_) => {
                format!("the private key is not that of the first certificate in '{cert}'")
            }
            error => error.to_string(),
        };
        Error::Tls(format!("bad {flag} file '{}': {problem}", file.display()))
    }
}

/// The content of a PEM file that a flag names.
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

    /// Returns the first private key, or says what was expected.
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

/// Why no certificate is trusted.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system has no trusted root certificates: give -root-certs or -insecure")]
struct NoRoots;

/// Trusts all certificates, for `-insecure`, or none; the handshake's signatures must still be
/// right.
#[derive(Debug)]
struct Foregone {
    verdict: Result<(), NoRoots>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Foregone {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let distrust = |problem| CertificateError::Other(OtherError(Arc::new(problem)));
        self.verdict.map_err(distrust)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
