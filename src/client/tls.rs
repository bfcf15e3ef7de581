//! Whom to trust over TLS.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use crate::error::{Error, plain_text};

/// Whom to trust.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Accept any certificate.
    pub insecure: bool,
    /// PEM files of the trusted roots; empty for the system's own.
    pub root_certs: Vec<PathBuf>,
}

/// Returns the TLS settings of an attack.
///
/// Where the system has no roots of its own, each handshake fails and says so: an attack that
/// needs no TLS goes on without them.
///
/// # Errors
///
/// [`Error::Tls`] where a file of roots cannot be read or holds none.
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
    let mut config = builder.with_no_client_auth();
    // Each connection shakes hands in full, as Vegeta's do.
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn roots(files: &[PathBuf]) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for file in files {
        let bad = |problem: &str| {
            Error::Tls(format!("bad -root-certs file '{}': {problem}", file.display()))
        };
        let pem = fs::read(file).map_err(|error| bad(&plain_text(&error.to_string())))?;
        let before = store.len();
        for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(&pem)) {
            let broken = || {
                bad(&format!("expected certificates in PEM form, but number {number} is broken"))
            };
            let certificate = certificate.map_err(|_| broken())?;
            store.add(certificate).map_err(|_| broken())?;
        }
        if store.len() == before {
            return Err(bad("expected certificates in PEM form"));
        }
    }
    Ok(store)
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
