//! Verifies the certificates of servers.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

/// Trusted root certificates.
pub struct Roots {
    certificates: Vec<CertificateDer<'static>>,
    store: RootCertStore,
}

impl Roots {
    /// Creates an empty set.
    pub fn empty() -> Self {
        Self { certificates: Vec::new(), store: RootCertStore::empty() }
    }

    /// Adds a certificate.
    ///
    /// # Errors
    ///
    /// If the certificate is malformed.
    pub fn add(&mut self, certificate: CertificateDer<'static>) -> Result<(), Error> {
        self.store.add(certificate.clone())?;
        self.certificates.push(certificate);
        Ok(())
    }

    /// Returns a verifier that accepts the certificates themselves and all that they signed.
    ///
    /// # Errors
    ///
    /// If the set is empty.
    pub fn verifier(
        self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, VerifierBuilderError> {
        let store = Arc::new(self.store);
        let chains = WebPkiServerVerifier::builder_with_provider(store, provider).build()?;
        Ok(Arc::new(RootVerifier { roots: self.certificates, chains }))
    }
}

/// Accepts certificates that chain to a root, and a root itself.
///
/// The latter lets a server use a self-signed certificate, as `openssl req -x509` creates it.
///
/// Source: Go, package crypto/x509, Certificate.Verify.
#[derive(Debug)]
struct RootVerifier {
    roots: Vec<CertificateDer<'static>>,
    chains: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for RootVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.chains.verify_server_cert(certificate, intermediates, server, ocsp, now);
        match verdict {
            Err(Error::InvalidCertificate(problem))
                if is_about_the_signer(&problem) && self.roots.contains(certificate) =>
            {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, server)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}

/// Returns whether a problem concerns the signer of a certificate, or the use of an authority's
/// certificate by a server, which webpki reports as `Other`.
///
/// webpki checks the validity period before these, so that an expired root is not accepted.
fn is_about_the_signer(problem: &CertificateError) -> bool {
    matches!(
        problem,
        CertificateError::Other(_)
            | CertificateError::UnknownIssuer
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
    )
}

/// Accepts every certificate, or rejects every one, without looking at it.
///
/// If it accepts, neither the certificate nor the server's key is checked.
#[derive(Debug)]
pub struct FixedVerifier {
    verdict: Result<(), NoRoots>,
    /// Its signature algorithms are offered first.
    provider: Arc<CryptoProvider>,
}

/// Why every certificate is rejected.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system has no trusted root certificates: give -root-certs or -insecure")]
struct NoRoots;

impl FixedVerifier {
    /// Returns a verifier that accepts every certificate.
    pub fn accept_all(provider: Arc<CryptoProvider>) -> Self {
        Self { verdict: Ok(()), provider }
    }

    /// Returns a verifier that rejects every certificate because there are no roots.
    pub fn reject_all(provider: Arc<CryptoProvider>) -> Self {
        Self { verdict: Err(NoRoots), provider }
    }
}

impl ServerCertVerifier for FixedVerifier {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let rejected = |problem| CertificateError::Other(OtherError(Arc::new(problem)));
        self.verdict.map_err(rejected)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // Signatures are not verified here, so that unsupported algorithms can be offered, too.
        let unsupported = [
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED448,
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::ECDSA_SHA1_Legacy,
        ];
        let mut schemes = self.provider.signature_verification_algorithms.supported_schemes();
        schemes.extend(unsupported);
        schemes
    }
}
