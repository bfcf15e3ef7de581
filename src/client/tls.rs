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
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};

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
/// # Errors
///
/// [`Error::Tls`] where a file of roots cannot be read or holds none, or the system has none.
pub fn config(trust: &Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Tls(error.to_string()))?;
    let builder = if trust.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAny(provider)))
    } else if trust.root_certs.is_empty() {
        builder.with_native_roots().map_err(|error| {
            Error::Tls(format!(
                "the system has no trusted root certificates ({error}): give -root-certs or -insecure"
            ))
        })?
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

/// Accepts any certificate, for `-insecure`; the handshake's signatures must still be right.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
